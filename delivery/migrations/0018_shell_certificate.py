from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0017_data'),
    ]

    operations = [
        migrations.AddField(
            model_name='shell',
            name='certificate',
            field=models.TextField(default='', help_text='of no use without the private key'),
        ),
    ]
