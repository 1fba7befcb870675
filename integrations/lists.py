from __future__ import annotations

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from core.tables import Column, Table
from integrations.enums import ImportState
from integrations.filters import ImportFilter
from integrations.models import ApiToken
from integrations.policies import may_have_tokens, may_import
from integrations.selectors import imports_for, listed_tokens

_TONES = {
    ImportState.IMPORTED: "good",
    ImportState.FAILED: "bad",
    ImportState.UNDONE: "warn",
    ImportState.IMPORTING: "acc",
}

IMPORTS = Table(
    key="imports",
    title=_("Imports"),
    rows=lambda user, as_of: imports_for(user),
    may_see=may_import,
    filterset=ImportFilter,
    search=lambda rows, text: rows.filter(file_name__icontains=text),
    columns=(
        Column("file", _("File"), lambda i: i.file_name, is_link=True, sub=lambda i: i.kind),
        Column(
            "state", _("State"), lambda i: i.get_state_display(), kind="tag", tone=lambda i: _TONES.get(i.state, "")
        ),
        Column("rows", _("Rows"), lambda i: i.counts.get("rows"), kind="number"),
        Column("created", _("Created"), lambda i: i.counts.get("created"), kind="number"),
        Column("updated", _("Updated"), lambda i: i.counts.get("updated"), kind="number", hide_sm=True),
        Column("waiting", _("Waiting"), lambda i: i.counts.get("waiting"), kind="number", hide_sm=True),
        Column("rejected", _("Rejected"), lambda i: i.counts.get("rejected"), kind="number", hide_sm=True),
        Column("by", _("By"), lambda i: str(i.uploaded_by or "Salesops"), hide_sm=True),
        Column("on", _("Uploaded"), lambda i: i.created_at, kind="datetime", hide_sm=True),
    ),
    empty_title=_("Nothing imported yet"),
    empty_reason=_("Bring an export of your CRM: people first, then accounts, products and opportunities."),
)


def _state(token: ApiToken) -> str:
    if token.revoked_at:
        return _now("Revoked")
    return _now("Expired") if token.is_expired else _now("In use")  # type: ignore[attr-defined]  # -- an annotation


TOKENS = Table(
    key="tokens",
    title=_("API tokens"),
    rows=listed_tokens,
    may_see=may_have_tokens,
    search=lambda rows, text: rows.filter(name__icontains=text),
    columns=(
        Column("name", _("Token"), lambda t: t.name, is_link=True, sub=lambda t: f"{t.prefix}…"),
        Column("of", _("Of"), lambda t: str(t.user), hide_sm=True),
        Column(
            "state", _("State"), _state, kind="tag",
            tone=lambda t: "warn" if t.revoked_at or t.is_expired else "good",
            icon=lambda t: "lock" if t.revoked_at or t.is_expired else "check",
        ),
        Column("scopes", _("Scopes"), lambda t: ", ".join(t.scopes), kind="clip", hide_sm=True),
        Column("used", _("Last used"), lambda t: t.last_used_at, kind="datetime", sort="last_used_at", hide_sm=True),
        Column("expires", _("Expires"), lambda t: t.expires_at, kind="datetime", sort="expires_at", hide_sm=True),
    ),
    empty_title=_("No token yet"),
    empty_reason=_("A token lets a program do what you may do, as far as its scopes go."),
)  # fmt: skip
