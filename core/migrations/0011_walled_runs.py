from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0010_longer_tags")]
    operations = [
        migrations.AddField(
            model_name="run",
            name="is_walled",
            field=models.BooleanField(
                default=False,
                help_text="Shown to nobody but who started it: it works on pay.",
                verbose_name="behind a wall",
            ),
        ),
    ]
