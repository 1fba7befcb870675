"""What every page shows around its content: the side bar by role, the company, the person."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import registry
from core.selectors import company_day, the_company, unread_count

GROUPS = {
    "home": "",
    "revenue": _("Revenue"),
    "operations": _("Operations"),
    "compensation": _("Compensation"),
    "reports": _("Reports"),
    "foot": "",
}


def frame(request: HttpRequest) -> dict[str, Any]:
    """Nothing is asked of the database until a template uses it, and then once."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"company": the_company, "demo_logins": _offered_logins}
    return {
        "company": cache(the_company),
        "navigation": cache(lambda: _navigation(request)),
        "account_entries": cache(lambda: [_line(entry, request) for entry in _seen("account", user)]),
        "unread": cache(lambda: unread_count(user)),
        "commands": cache(lambda: _commands(user)),
        "above": cache(lambda: _above(request)),
    }


def _seen(group: str, user: Any) -> list[registry.NavigationEntry]:
    return [entry for entry in registry.navigation if entry.group == group and entry.may_see(user)]


def _offered_logins() -> list[dict[str, str]]:
    return [login for offer in registry.sign_in_offers for login in offer.logins()]


def _navigation(request: HttpRequest) -> list[dict[str, Any]]:
    seen = [entry for entry in registry.navigation if entry.may_see(request.user)]
    groups = []
    for key, label in GROUPS.items():
        entries = [_line(entry, request) for entry in seen if entry.group == key]
        if entries:
            groups.append({"key": key, "label": label, "entries": entries})
    lines = [line for group in groups for line in group["entries"]]
    if not any(line["active"] for line in lines) and any(_is_within(request.path, url) for url in _settings_urls()):
        for line in lines:
            line["active"] = line["key"] == "settings"
    return groups


def _settings_urls() -> list[str]:
    return [reverse(entry.url_name) for entry in registry.navigation if entry.group == "settings"]


def _above(request: HttpRequest) -> list[tuple[Any, str]]:
    """The crumbs of a page that the settings page leads to."""
    settings = next((entry for entry in registry.navigation if entry.key == "settings"), None)
    if settings is None or not settings.may_see(request.user) or request.path not in _settings_urls():
        return []
    return [(settings.label, reverse(settings.url_name))]


def _commands(user: Any) -> list[dict[str, Any]]:
    """What the palette offers a person without a record."""
    seen = [entry for entry in registry.commands if entry.may_see(user)]
    return [{"label": entry.label, "icon": entry.icon, "url": reverse(entry.url_name)} for entry in seen]


def _line(entry: registry.NavigationEntry, request: HttpRequest) -> dict[str, Any]:
    try:
        url = reverse(entry.url_name)
    except NoReverseMatch:
        url = "/"
    return {
        "key": entry.key,
        "label": entry.label,
        "icon": entry.icon,
        "url": url,
        "count": entry.count(request.user, company_day(timezone.now())) if entry.count else None,
        "count_is_work": entry.count_is_work,
        "active": _is_within(request.path, url) or any(_is_within(request.path, reverse(name)) for name in entry.also),
        "shortcut": entry.shortcut,
    }


def _is_within(path: str, url: str) -> bool:
    return path == url or (url != "/" and path.startswith(url))


def settings_entries(user: Any) -> list[dict[str, Any]]:
    """What the settings page offers a person."""
    return [
        {"label": entry.label, "url": reverse(entry.url_name), "text": entry.text, "icon": entry.icon}
        for entry in _seen("settings", user)
    ]
