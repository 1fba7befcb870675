from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportState(models.TextChoices):
    UPLOADED = "uploaded", _("Uploaded")
    CHECKING = "checking", _("Checking")
    CHECKED = "checked", _("Checked")
    IMPORTING = "importing", _("Importing")
    IMPORTED = "imported", _("Imported")
    UNDONE = "undone", _("Undone")
    FAILED = "failed", _("Failed")


class ProposalAction(models.TextChoices):
    USE = "use", _("Use existing")
    CREATE = "create", _("Create")
    BLANK = "blank", _("Leave blank")


class Touched(models.TextChoices):
    """What an import did to a record."""

    CREATED = "created", _("Created")
    UPDATED = "updated", _("Changed")
    REMOVED = "removed", _("Removed")


class Kept(models.TextChoices):
    """Why an undo left a record as it is."""

    CHANGED = "changed", _("Changed since the import")
    USED = "used", _("In use")
    CLOSED = "closed", _("Closed on a day whose books are closed")
