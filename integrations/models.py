from __future__ import annotations

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core import registry
from core.models import Run, Timestamped
from integrations.enums import ImportState, Kept, ProposalAction, Touched


class ImportFile(Timestamped):
    """One uploaded file on its way in: how it is read, what its columns mean, what became of it."""

    kind = models.CharField(_("kind"), max_length=40)
    file_name = models.CharField(_("file"), max_length=255)
    path = models.CharField(max_length=500)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField(_("size"))
    state = models.CharField(_("state"), max_length=10, choices=ImportState, default=ImportState.UPLOADED)
    shape = models.JSONField(default=dict)
    mapping = models.JSONField(_("mapping"), default=dict)
    options = models.JSONField(_("options"), default=dict)
    counts = models.JSONField(_("counts"), default=dict)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    check_run = models.ForeignKey(Run, models.SET_NULL, null=True, blank=True, related_name="+")
    import_run = models.ForeignKey(Run, models.SET_NULL, null=True, blank=True, related_name="+")
    undo_run = models.ForeignKey(Run, models.SET_NULL, null=True, blank=True, related_name="+")
    imported_at = models.DateTimeField(_("imported"), null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("import")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        return reverse("integrations:import", args=[self.pk])

    @property
    def is_walled(self) -> bool:
        """Whether its rows are for those alone who may import its kind."""
        kind = registry.import_kinds.find(self.kind)
        return kind is not None and kind.is_walled

    @property
    def running(self) -> Run | None:
        """What is being done with the file right now."""
        runs = (self.undo_run, self.import_run, self.check_run)
        return next((run for run in runs if run is not None and not run.is_over), None)

    @property
    def stands(self) -> str:
        """The state when nothing runs: a check or an import that ended early left the file as it was before."""
        if self.running is None and self.state == ImportState.CHECKING:
            return ImportState.UPLOADED
        if self.running is None and self.state == ImportState.IMPORTING:
            return ImportState.CHECKED
        return self.state


class ImportMapping(Timestamped):
    """A remembered mapping: the next file with the same headers is read the same way."""

    kind = models.CharField(max_length=40)
    name = models.CharField(_("name"), max_length=120, blank=True)
    headers_hash = models.CharField(max_length=64)
    mapping = models.JSONField(default=dict)
    value_map = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "headers_hash"], name="mapping_once_a_header")]


class ImportProposal(Timestamped):
    """What the file implies and nobody decided yet: a value to fix, a record to create. One list to confirm."""

    import_file = models.ForeignKey(ImportFile, models.CASCADE, related_name="proposals")
    field = models.CharField(max_length=60)
    reference_kind = models.CharField(max_length=40)
    value = models.CharField(_("value in file"), max_length=500)
    rows = models.PositiveIntegerField(_("rows"))
    action = models.CharField(_("action"), max_length=6, choices=ProposalAction)
    target = models.CharField(_("becomes"), max_length=500, blank=True)
    score = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    reason = models.CharField(_("why"), max_length=255, blank=True)
    is_accepted = models.BooleanField(default=False)

    class Meta:
        ordering = ["reference_kind", "field", "-rows", "value"]
        constraints = [models.UniqueConstraint(fields=["import_file", "field", "value"], name="proposal_once")]


class ImportIssue(models.Model):
    """Why a row wasn't taken, or was taken with a warning."""

    import_file = models.ForeignKey(ImportFile, models.CASCADE, related_name="issues")
    row_number = models.BigIntegerField(_("row"))
    column = models.CharField(_("column"), max_length=255, blank=True)
    value = models.CharField(_("value"), max_length=500, blank=True)
    severity = models.CharField(max_length=8)
    code = models.CharField(max_length=40)
    message = models.CharField(_("problem"), max_length=500)
    suggestion = models.CharField(max_length=200, blank=True)
    raw = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["import_file", "severity", "row_number"])]


class ImportedRecord(models.Model):
    """What an import did to one record, with the values before, until it is undone.

    A stamp is the record's version, or where it has none the transaction that wrote it last: a record with another
    stamp than `stamp_after` was changed since. `kept` says why an undo left it. A million of them come at once: their
    pointer isn't checked row by row.
    """

    id = models.BigAutoField(primary_key=True)
    import_file = models.ForeignKey(ImportFile, models.CASCADE, related_name="records", db_constraint=False)
    record_kind = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    row_number = models.BigIntegerField(null=True)
    outcome = models.CharField(max_length=10, choices=Touched)
    before = models.JSONField(null=True)
    stamp_before = models.BigIntegerField(null=True)
    stamp_after = models.BigIntegerField(null=True)
    kept = models.CharField(max_length=8, choices=Kept, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["import_file", "record_kind", "record_id"])]


class ApiToken(Timestamped):
    """A key to the API for one login. Only a hash of it is kept; `prefix` is how people recognise it.

    Through it nobody may do more than the login may today, and no more than its scopes say.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens", verbose_name=_("login")
    )
    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(_("begins with"), max_length=12)
    secret_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(_("scopes"), default=list)
    expires_at = models.DateTimeField(_("expires"))
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("made by")
    )

    class Meta:
        verbose_name = _("API token")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def get_absolute_url(self) -> str:
        return reverse("integrations:token", args=[self.pk])

    def allows(self, scope: str) -> bool:
        """Whether the token may be used for a scope such as `accounts:read`; whoever may write may read."""
        resource, _colon, access = scope.partition(":")
        return scope in self.scopes or (access == "read" and f"{resource}:write" in self.scopes)
