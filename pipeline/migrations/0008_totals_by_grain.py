import django.contrib.postgres.fields
from django.db import migrations, models

# All of it is derived: emptied here, made anew by the next fold.
EMPTY = "TRUNCATE pipeline_dealfact, pipeline_nodetotal, pipeline_totalsstate"


class Migration(migrations.Migration):
    dependencies = [("pipeline", "0007_custom_values")]
    operations = [
        migrations.RunSQL(EMPTY, EMPTY),
        migrations.RemoveField("totalsstate", "currency"),
        migrations.AddField("totalsstate", "basis", models.CharField(max_length=32, default=""), preserve_default=False),
        migrations.AddField("dealfact", "seat_id", models.BigIntegerField(null=True)),
        migrations.AddField(
            "dealfact",
            "viewers",
            django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list),
            preserve_default=False,
        ),
        migrations.AddIndex("dealfact", models.Index(fields=["seat_id", "day"], name="deal_fact_seat")),
        migrations.RemoveConstraint("nodetotal", "node_total_once"),
        migrations.RemoveIndex("nodetotal", "node_total_day"),
        migrations.RemoveField("nodetotal", "kind"),
        migrations.RemoveField("nodetotal", "split"),
        migrations.AddField("nodetotal", "series", models.CharField(max_length=24, default=""), preserve_default=False),
        migrations.AddConstraint(
            "nodetotal",
            models.UniqueConstraint(
                fields=("series", "node_id", "day", "part", "status", "currency"),
                nulls_distinct=False,
                name="node_total_once",
            ),
        ),
        migrations.AddIndex("nodetotal", models.Index(fields=["series", "day"], name="node_total_day")),
    ]
