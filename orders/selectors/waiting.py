"""Quotes that wait, as lines of the approvals page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from core.kernel import formats
from core.registry import Waiting
from orders.policies import APPROVES
from orders.selectors.records import quotes_to_decide
from people.models import User
from people.selectors import acts_for


def waiting_quotes(user: User, as_of: date) -> Sequence[Waiting]:
    if not (user.has_role(*APPROVES) or acts_for(user, as_of)):
        return []
    return [
        Waiting(
            title=_("%(quote)s: a discount of %(pct)s") % {"quote": quote, "pct": formats.rate(quote.discount_pct)},
            detail=_("%(total)s, asked by %(who)s")
            % {"total": formats.exact_money(quote.total, str(quote.currency_id)), "who": quote.asked_by},
            url=reverse("orders:quote_decide", args=[quote.pk]),
            in_place_of=str(standing.on_behalf_of or ""),
        )
        for quote, standing in quotes_to_decide(user, as_of)
    ]
