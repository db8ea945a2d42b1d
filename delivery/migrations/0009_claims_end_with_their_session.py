from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0008_recalls'),
    ]

    operations = [
        migrations.AddField(
            model_name='attempt',
            name='session',
            field=models.CharField(blank=True, max_length=60),
        ),
    ]
