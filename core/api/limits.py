"""How often one may call: so many calls a minute for each token or login, counted in the cache."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _
from redis import RedisError

from core.api.problems import TooMany

WINDOW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a minute's calls."""

    limit: int
    left: int
    reset_seconds: int

    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(max(0, self.left)),
            "RateLimit-Reset": str(self.reset_seconds),
        }


def take(who: str, *, limit: int, now: float | None = None) -> Allowance:
    """Count one call of somebody. A cache that is away counts nothing: better a call too many than none."""
    at = time.time() if now is None else now
    window, passed = divmod(int(at), WINDOW_SECONDS)
    key = f"api:{who}:{window}"
    try:
        cache.add(key, 0, 2 * WINDOW_SECONDS)
        used = cache.incr(key)
    except (RedisError, ValueError):
        used = 1
    return Allowance(limit, limit - used, WINDOW_SECONDS - passed)


def take_call(request: Any) -> Allowance:
    """Count a call of the token or login that sends it. Raises TooMany."""
    who = f"token-{request.auth.pk}" if request.auth is not None else f"user-{request.user.pk}"
    return _within(take(who, limit=settings.API_CALLS_PER_MINUTE))


def take_refusal(request: Any) -> None:
    """Count a refused token by where it came from, so that nobody tries them one after the other. Raises TooMany."""
    _within(take(f"refused-{request.META.get('REMOTE_ADDR', '')}", limit=settings.API_REFUSALS_PER_MINUTE))


def _within(found: Allowance) -> Allowance:
    if found.left < 0:
        words = _("%(limit)s calls a minute are allowed. Go on in %(seconds)s seconds.")
        told = {"limit": found.limit, "seconds": found.reset_seconds}
        raise TooMany(words % told, retry_after=found.reset_seconds)
    return found
