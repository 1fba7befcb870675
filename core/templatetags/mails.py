"""Styles of mails, inside the tags: mail programs read no sheet. A mail's template names a part, never a colour."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.kernel import formats

register = template.Library()
_FONT = "font-family:Inter,Segoe UI,Helvetica,Arial,sans-serif;"
_CELL = "font-size:13px;line-height:18px;color:#1a2433;border-top:1px solid #edf0f4;vertical-align:top;"
_FILLED = "background:#2f55d4;font-size:13px;font-weight:500;color:#ffffff;text-decoration:none;"
_BOX = "background:#ffffff;border:1px solid #dde2e9;border-radius:10px;"
STYLES = {
    "page": f"margin:0;padding:24px 12px;background:#f5f7fa;{_FONT}",
    "card": f"max-width:600px;margin:0 auto;padding:24px;{_BOX}",
    "title": "margin:0 0 4px;font-size:20px;line-height:28px;font-weight:600;color:#1a2433;",
    "head": "margin:24px 0 8px;font-size:14px;line-height:20px;font-weight:600;color:#1a2433;",
    "text": "margin:0 0 8px;font-size:13px;line-height:20px;color:#42506a;",
    "hero": "margin:12px 0 0;font-size:30px;line-height:36px;font-weight:600;color:#1a2433;",
    "table": "width:100%;border-collapse:collapse;",
    "th": "padding:6px 8px 6px 0;font-size:12px;font-weight:500;text-align:left;color:#5b6880;",
    "td": f"padding:7px 8px 7px 0;{_CELL}",
    "num": f"padding:7px 0 7px 8px;text-align:right;white-space:nowrap;{_CELL}",
    "th_num": "padding:6px 0 6px 8px;font-size:12px;font-weight:500;text-align:right;color:#5b6880;",
    "sub": "font-size:12px;font-weight:400;color:#5b6880;",
    "link": "color:#2f55d4;text-decoration:none;",
    "button": f"display:inline-block;margin:20px 0 4px;padding:9px 16px;border-radius:6px;{_FILLED}",
    "good": "color:#1b7f4b;",
    "bad": "color:#b3261e;",
    "foot": "max-width:600px;margin:12px auto 0;font-size:12px;line-height:18px;color:#5b6880;",
}  # fmt: skip


@register.simple_tag
def mail_style(name: str) -> SafeString:
    """The style attribute of a part of a mail. KeyError for a part that isn't named above."""
    return format_html('style="{}"', STYLES[name])


@register.filter
def points_plain(change: Decimal | None) -> str:
    """A change of a score in whole points with its sign: "+3", "−1"; a dash where there is none to compare with."""
    if change is None:
        return formats.NONE
    return formats.whole(change.quantize(Decimal(1), ROUND_HALF_UP), plus=True)
