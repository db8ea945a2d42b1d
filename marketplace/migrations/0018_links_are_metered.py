"""A link names the way to its carrier's meter."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("marketplace", "0017_auction_indications_and_rolling")]

    operations = [
        migrations.AddField(
            model_name="carrierlink",
            name="connector",
            field=models.CharField(
                blank=True,
                default="",
                help_text="a key of settings.CARRIERS; empty: nobody meters it",
                max_length=20,
            ),
        ),
    ]
