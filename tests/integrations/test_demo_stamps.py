"""Acts on deals that are entered in one transaction are dated to the days they tell of, each once, and no others."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import transaction

from core import audit
from core.models import AuditEvent
from integrations.demo.stamps import stamp

FIRST, SECOND = (datetime(2024, 3, day, 12, tzinfo=UTC) for day in (4, 5))


@pytest.mark.django_db(transaction=True)
def test_acts_on_deals_get_the_days_they_tell_of() -> None:
    before = audit.record(act="deal.created", subject_kind="opportunity")
    with transaction.atomic():
        one = audit.record(act="deal.created", subject_kind="opportunity")
        with transaction.atomic():  # a savepoint has a number of its own
            two = audit.record(act="deal.changed", subject_kind="opportunity")
        other = audit.record(act="role.granted", subject_kind="user")
        stamp(at=FIRST)
        later = audit.record(act="deal.changed", subject_kind="opportunity")
        stamp(at=SECOND)
    at = dict(AuditEvent.objects.values_list("pk", "at"))
    assert [at[one.pk], at[two.pk], at[later.pk]] == [FIRST, FIRST, SECOND]
    assert all(at[kept.pk].year > 2024 for kept in (before, other))
