"""The tags and filters of every page, loaded as built-ins: one library made of the noun files beside it."""

from __future__ import annotations

from django import template

from core.templatetags import addresses, cells, drawings, figures, mails

register = template.Library()
for part in (figures, drawings, addresses, cells, mails):
    register.tags.update(part.register.tags)
    register.filters.update(part.register.filters)
