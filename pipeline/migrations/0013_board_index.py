from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pipeline", "0012_night_totals")]
    operations = [
        migrations.AddIndex(
            model_name="opportunity",
            index=models.Index(
                models.F("stage"),
                models.OrderBy(models.F("amount"), descending=True, nulls_last=True),
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(("archived_at__isnull", True), ("status", "open")),
                name="deal_board",
            ),
        ),
    ]
