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


class RowOutcome(models.TextChoices):
    CREATED = "created", _("Created")
    UPDATED = "updated", _("Updated")
    UNCHANGED = "unchanged", _("Unchanged")
    DUPLICATE = "duplicate", _("Duplicate")
    REJECTED = "rejected", _("Rejected")
    WAITING = "waiting", _("Waits for a decision")
