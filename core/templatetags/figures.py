"""Figures, dates and names as text. How each is written: core/kernel/formats.py."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from core.kernel import formats
from core.kernel.money import from_minor

register = template.Library()
Figure = Decimal | int | float | None
DASH = mark_safe(formats.NONE)  # noqa: S308 -- a constant of ours


@register.filter
def money(amount: Figure, currency: str = "USD") -> str:
    return formats.exact_money(amount, currency)


@register.filter
def minor(amount: int | None, currency: str) -> str:
    """Whole minor units with the currency's decimals. -96000 USD -> −$960.00."""
    return formats.NONE if amount is None else formats.exact_money(from_minor(amount, currency), currency)


@register.filter
def minor_signed(amount: int, currency: str) -> str:
    """What is added or taken away, with its sign."""
    return formats.exact_money(from_minor(amount, currency), currency, plus=True)


@register.filter
def minor_or_dash(amount: int, currency: str) -> str:
    """Nothing as a dash, in tables where most cells hold nothing."""
    return minor(amount, currency) if amount else formats.NONE


@register.filter
def month(day: date) -> str:
    """January 2024."""
    return f"{day:%B %Y}"


@register.filter
def whole_money(amount: Figure, currency: str = "USD") -> str:
    return formats.whole_money(amount, currency)


@register.filter
def compact(amount: Figure, currency: str = "USD") -> str:
    return formats.compact_money(amount, currency)


@register.filter
def signed_compact(amount: Figure, currency: str = "USD") -> str:
    return formats.compact_money(amount, currency, plus=True)


@register.filter
def signed_money(amount: Figure, currency: str = "USD") -> str:
    return formats.whole_money(amount, currency, plus=True)


@register.filter
def signed(value: Figure) -> str:
    return formats.whole(value, plus=True)


@register.filter
def pct(value: Figure) -> str:
    return formats.percent(value)


@register.filter
def points(value: Figure) -> str:
    return formats.points(value)


@register.filter
def signed_points(value: Figure) -> str:
    return formats.points(value, plus=True)


@register.filter
def rate(value: Figure) -> str:
    return formats.rate(value)


@register.filter
def times(value: Figure) -> str:
    return formats.ratio(value)


@register.filter
def two_places(value: Figure) -> str:
    return formats.index(value)


@register.filter
def whole(value: Figure) -> str:
    return formats.whole(value)


@register.filter
def day(value: date | None) -> str:
    return formats.day(value)


@register.filter
def plain_number(value: Figure) -> str:
    """As entered, without the zeros a column adds. 2.5000 -> 2.5."""
    return formats.NONE if value is None else f"{Decimal(str(value)).normalize():f}"


@register.filter
def last_day(value: date | None) -> str:
    """The last day of a half-open span, as people say it: the day before its end."""
    return formats.NONE if value is None else formats.day(value - timedelta(days=1))


@register.simple_tag
def since_day(value: date | None) -> str:
    """The first day of a span; a dash for one that holds since ever."""
    return formats.NONE if value is None or value.year <= 1900 else formats.day(value)


@register.simple_tag
def span_words(valid_from: date, valid_to: date | None) -> str:
    """A span of days in words. Since Jan 1, 2026; Jan 1, 2026 – Mar 31, 2026; to Mar 31, 2026; always."""
    is_known = valid_from.year > 1900
    if valid_to is None:
        return _("since %(day)s") % {"day": formats.day(valid_from)} if is_known else _("always")
    last = formats.day(valid_to - timedelta(days=1))
    return f"{formats.day(valid_from)} – {last}" if is_known else _("to %(day)s") % {"day": last}


@register.simple_tag
def took(started: datetime | None, ended: datetime | None) -> str:
    """How long something took. 0.4 s -> under 1 s; 75 s -> 1 min 15 s."""
    if started is None or ended is None:
        return ""
    return formats.duration((ended - started).total_seconds())


@register.filter
def words(name: str) -> str:
    """A key as words. exact_duplicates -> Exact duplicates."""
    return str(name).replace("_", " ").capitalize()


@register.filter
def told(value: object) -> str:
    return formats.told(value)


@register.filter
def whole_or_text(value: Any) -> str:
    return formats.whole(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else str(value)


@register.filter
def initials(name: object) -> str:
    return formats.initials(str(name))


@register.filter
def as_json(value: Any) -> str:
    return json.dumps(value, default=str)


@register.filter
def get(mapping: Mapping[str, Any], key: str) -> Any:
    return mapping.get(key)


def _company(context: template.Context) -> Any:
    """The company of the context, asked for once a page where the context gives a callable."""
    company, request = context.get("company"), context.get("request")
    if not callable(company):
        return company
    if not hasattr(request, "so_company"):
        found = company()
        if request is None:
            return found
        request.so_company = found
    return request.so_company  # type: ignore[union-attr]  # -- set just above


@register.simple_tag(takes_context=True)
def near_day(context: template.Context, value: date | None) -> SafeString:
    """A day, without its year inside the fiscal year of the page's `as_of`; the full date stays in the title."""
    if value is None:
        return DASH
    as_of, company = context.get("as_of"), _company(context)
    within = None
    if isinstance(as_of, date) and hasattr(company, "calendar"):
        year = company.calendar.year_of(as_of.date() if isinstance(as_of, datetime) else as_of)
        within = (year.start, year.end)
    text = formats.day(value, within=within)
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), formats.day(value), text)


@register.simple_tag(takes_context=True)
def stamp(context: template.Context, value: datetime | None) -> SafeString:
    """An instant with its zone: the user's, else the company's."""
    if value is None:
        return DASH
    zone = getattr(context.get("user"), "time_zone", "") or getattr(_company(context), "time_zone", "UTC")
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), formats.moment(value, zone))
