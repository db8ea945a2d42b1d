import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('marketplace', '0018_links_are_metered'),
    ]

    operations = [
        migrations.AddField(
            model_name='linkday',
            name='in_auctions_gbps',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), db_default=django.db.models.expressions.RawSQL('array_fill(0, ARRAY[24])', []), size=24),
        ),
        migrations.AlterField(
            model_name='linktrade',
            name='trade',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='link_trades', to='marketplace.trade'),
        ),
        migrations.AddConstraint(
            model_name='linktrade',
            constraint=models.UniqueConstraint(fields=('trade', 'link', 'starts_at'), name='one_link_trade_a_link_and_start'),
        ),
        migrations.CreateModel(
            name='AuctionLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('first_hour', models.PositiveIntegerField()),
                ('hours', models.PositiveIntegerField()),
                ('gbps', models.PositiveIntegerField(help_text='in each hour')),
                ('price_micros_per_gbps_hour', models.BigIntegerField(help_text='as asked, net, frozen')),
                ('price_micros_per_gb', models.BigIntegerField(help_text='as asked, net, frozen')),
                ('auction', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='links', to='marketplace.auction')),
                ('link', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='auctioned', to='marketplace.carrierlink')),
            ],
            options={
                'ordering': ['auction', 'number'],
                'constraints': [models.UniqueConstraint(fields=('auction', 'number'), name='one_auction_link_a_number'), models.CheckConstraint(condition=models.Q(('gbps__gt', 0), ('hours__gt', 0), ('price_micros_per_gbps_hour__gt', 0)), name='auction_link_is_of_something')],
            },
        ),
        migrations.CreateModel(
            name='AuctionLinkAward',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_hour', models.PositiveIntegerField(help_text="from the auction's first")),
                ('hours', models.PositiveIntegerField()),
                ('gbps', models.PositiveIntegerField(help_text='in each hour')),
                ('gb', models.PositiveBigIntegerField(default=0, help_text='moved once')),
                ('price_micros_per_gbps_hour', models.BigIntegerField(help_text="the arc's in these hours, net")),
                ('price_micros_per_gb', models.BigIntegerField(help_text="the arc's, net")),
                ('value_micros', models.BigIntegerField(help_text='net')),
                ('lapsed_at', models.DateTimeField(blank=True, null=True)),
                ('award', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='links', to='marketplace.auctionaward')),
                ('link_trade', models.OneToOneField(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='award', to='marketplace.linktrade')),
                ('offered', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='awards', to='marketplace.auctionlink')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('award', 'offered', 'first_hour'), name='one_link_award_a_piece'), models.CheckConstraint(condition=models.Q(('hours__gt', 0), ('value_micros__gt', 0), models.Q(('gbps__gt', 0), ('gb__gt', 0), _connector='OR')), name='link_award_is_of_something'), models.CheckConstraint(condition=models.Q(('link_trade__isnull', True), ('lapsed_at__isnull', True), _connector='OR'), name='link_award_is_traded_or_lapsed')],
            },
        ),
    ]
