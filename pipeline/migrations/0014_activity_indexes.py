from django.db import migrations, models
from django.db.models.functions import Coalesce


class Migration(migrations.Migration):
    dependencies = [("pipeline", "0013_board_index")]
    operations = [
        migrations.AddIndex(
            model_name="activity",
            index=models.Index(Coalesce("happened_at", "created_at"), models.F("id"), name="activity_told"),
        ),
        migrations.AddIndex(
            model_name="opportunity",
            index=models.Index(fields=["last_activity_at", "id"], name="deal_last_activity"),
        ),
    ]
