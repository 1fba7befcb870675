from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("compensation", "0002_ledger")]
    operations = [
        migrations.AddField(
            model_name="paysettings",
            name="managers_see",
            field=models.CharField(
                choices=[("none", "Nobody's"), ("line", "Their whole line's")],
                default="none",
                max_length=4,
                verbose_name="managers see statements and disputes of",
            ),
        ),
    ]
