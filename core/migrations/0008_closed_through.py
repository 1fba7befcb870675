from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0007_tags_attachments_fields")]
    operations = [
        migrations.AddField(
            model_name="company",
            name="closed_through",
            field=models.DateField(
                blank=True,
                editable=False,
                help_text="The last day whose figures stand: what was closed until then isn't changed any more.",
                null=True,
                verbose_name="closed through",
            ),
        ),
    ]
