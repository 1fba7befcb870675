from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("integrations", "0003_alter_importmapping_value_map")]

    operations = [
        migrations.AlterField(
            "importedrecord",
            "import_file",
            models.ForeignKey(
                "integrations.importfile", models.CASCADE, related_name="records", db_constraint=False
            ),
        ),
        migrations.AddField("importfile", "imported_at", models.DateTimeField("imported", null=True, blank=True)),
        migrations.RenameField("importedrecord", "version_after", "stamp_after"),
        migrations.AlterField("importedrecord", "stamp_after", models.BigIntegerField(null=True)),
        migrations.AddField("importedrecord", "stamp_before", models.BigIntegerField(null=True)),
        migrations.AddField(
            "importedrecord",
            "kept",
            models.CharField(
                max_length=8,
                choices=[("changed", "Changed since the import"), ("used", "In use")],
                blank=True,
                default="",
            ),
        ),
        migrations.AlterField(
            "importedrecord",
            "outcome",
            models.CharField(
                max_length=10, choices=[("created", "Created"), ("updated", "Changed"), ("removed", "Removed")]
            ),
        ),
    ]
