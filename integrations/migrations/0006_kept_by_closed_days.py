from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("integrations", "0005_api_tokens")]
    operations: ClassVar = [
        migrations.AlterField(
            model_name="importedrecord",
            name="kept",
            field=models.CharField(
                blank=True,
                choices=[
                    ("changed", "Changed since the import"),
                    ("used", "In use"),
                    ("closed", "Closed on a day whose books are closed"),
                ],
                default="",
                max_length=8,
            ),
        )
    ]
