"""Jobs belong to a buyer's queue; those that there are stay bound to their deliveries."""

import django.db.models.deletion
from django.db import migrations, models


# A sender's own id was one a delivery, and is one a buyer: later ones of the same name get a suffix.
FILL = """
UPDATE delivery_job j SET buyer_id = g.buyer_id, bound = true, tries = (j.state <> 'QUEUED')::int
  FROM delivery_allocation a JOIN contracts_agreement g ON g.id = a.agreement_id
 WHERE a.id = j.allocation_id;
UPDATE delivery_job j SET client_job_id = left(j.client_job_id, 40) || '-' || j.id
 WHERE EXISTS (SELECT 1 FROM delivery_job e WHERE e.buyer_id = j.buyer_id
               AND e.client_job_id = j.client_job_id AND e.id < j.id);
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_fewer_indexes'),
        ('delivery', '0004_site_agents'),
    ]

    operations = [
        migrations.CreateModel(
            name='JobGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('ARRAY', 'array'), ('GANG', 'gang')], max_length=5)),
                ('size', models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='JobOutput',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('size_bytes', models.PositiveIntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('content', models.BinaryField()),
                ('kept_at', models.DateTimeField(help_text='market time')),
            ],
            options={
                'ordering': ['job', 'name'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='job',
            name='one_job_a_client_id',
        ),
        migrations.AddField(
            model_name='job',
            name='bound',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='job',
            name='buyer',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.member'),
        ),
        migrations.AddField(
            model_name='job',
            name='deadline',
            field=models.DateTimeField(blank=True, help_text='market time', null=True),
        ),
        migrations.AddField(
            model_name='job',
            name='expected_at',
            field=models.DateTimeField(blank=True, help_text='market time', null=True),
        ),
        migrations.AddField(
            model_name='job',
            name='group_index',
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='job',
            name='lost',
            field=models.PositiveSmallIntegerField(default=0, help_text='tries lost with their devices'),
        ),
        migrations.AddField(
            model_name='job',
            name='max_retries',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='job',
            name='min_memory_gb',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='job',
            name='place',
            field=models.CharField(blank=True, help_text='code of a site or zone', max_length=60),
        ),
        migrations.AddField(
            model_name='job',
            name='preempted_at',
            field=models.DateTimeField(blank=True, help_text='market time', null=True),
        ),
        migrations.AddField(
            model_name='job',
            name='priority',
            field=models.PositiveSmallIntegerField(default=5),
        ),
        migrations.AddField(
            model_name='job',
            name='saves_in_s',
            field=models.PositiveIntegerField(default=0, help_text='wall seconds; 0: stays'),
        ),
        migrations.AddField(
            model_name='job',
            name='team',
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name='job',
            name='tries',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='job',
            name='wait_rank',
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='job',
            name='wait_reason',
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AlterField(
            model_name='job',
            name='allocation',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='jobs', to='delivery.allocation'),
        ),
        migrations.AddField(
            model_name='jobgroup',
            name='buyer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.member'),
        ),
        migrations.AddField(
            model_name='job',
            name='group',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='jobs', to='delivery.jobgroup'),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='job',
            name='buyer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.member'),
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(condition=models.Q(('state__in', ('QUEUED', 'RUNNING'))), fields=['buyer', 'id'], name='jobs_in_line'),
        ),
        migrations.AddIndex(
            model_name='job',
            index=models.Index(fields=['buyer', '-id'], name='jobs_of_a_buyer'),
        ),
        migrations.AddConstraint(
            model_name='job',
            constraint=models.UniqueConstraint(fields=('buyer', 'client_job_id', 'group_index'), name='one_job_a_client_id', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='job',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'RUNNING'), _negated=True), models.Q(('allocation__isnull', False), ('variant__isnull', False)), _connector='OR'), name='running_job_has_a_place'),
        ),
        migrations.AddConstraint(
            model_name='job',
            constraint=models.CheckConstraint(condition=models.Q(('bound', False), ('allocation__isnull', False), _connector='OR'), name='bound_job_has_a_place'),
        ),
        migrations.AddField(
            model_name='joboutput',
            name='job',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='outputs', to='delivery.job'),
        ),
        migrations.AddConstraint(
            model_name='jobgroup',
            constraint=models.CheckConstraint(condition=models.Q(('size__gte', 2)), name='job_group_has_several'),
        ),
        migrations.AddConstraint(
            model_name='jobgroup',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['ARRAY', 'GANG'])), name='job_group_kind'),
        ),
        migrations.AddConstraint(
            model_name='joboutput',
            constraint=models.UniqueConstraint(fields=('job', 'name'), name='one_output_a_name'),
        ),
        migrations.AddConstraint(
            model_name='joboutput',
            constraint=models.CheckConstraint(condition=models.Q(('size_bytes__lte', 8388608)), name='job_output_is_small'),
        ),
    ]
