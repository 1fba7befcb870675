"""A deal that is being saved: others wait with their change, but not with what only points to it."""

from __future__ import annotations

from threading import Thread

import pytest
from django.db import OperationalError, connection, transaction

from pipeline.models import Opportunity
from pipeline.services.deals import locked_deals
from tests.small_company import make_company


def beside(sql: str, deal: Opportunity) -> list[str]:
    """What another connection meets with a statement about the deal: [] where it needn't wait."""
    met: list[str] = []

    def ask() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql, [deal.pk])
        except OperationalError as error:
            met.append(str(error))
        finally:
            connection.close()

    thread = Thread(target=ask)
    thread.start()
    thread.join(timeout=30)
    assert not thread.is_alive()
    return met


@pytest.mark.django_db(transaction=True)
def test_a_check_that_wrote_a_score_needs_not_wait_for_who_saves_the_deal() -> None:
    deal = make_company().deal()
    with transaction.atomic():
        assert list(locked_deals([deal.pk])) == [deal]
        one = "SELECT 1 FROM pipeline_opportunity WHERE id = %s"
        assert beside(f"{one} FOR KEY SHARE NOWAIT", deal) == []  # as a pointer asks at COMMIT
        assert "could not obtain lock" in beside(f"{one} FOR NO KEY UPDATE NOWAIT", deal)[0]
