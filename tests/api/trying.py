"""Calls made up from the OpenAPI document (schemathesis), in this process through WSGI; used by a test and by a bench.

Every answer is held against the document: status, content type, headers and body. Positive calls follow it, half of
them with numbers of records that exist, so that they get past "not found"; negative ones break it on purpose and must
be refused.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


@dataclass(slots=True)
class Tried:
    """What was called and what came back. failures: act -> the first reports of answers outside the document."""

    calls: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    by_act: dict[str, Counter[int]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    failed: int = 0
    failures: dict[str, list[str]] = field(default_factory=dict)

    def p95_ms(self) -> float:
        return 1000 * sorted(self.seconds)[int(0.95 * len(self.seconds))] if self.seconds else 0.0

    def report(self, most: int = 10) -> str:
        told = [f"{act}: {reports[0]}" for act, reports in list(self.failures.items())[:most]]
        return "\n\n".join(told)


def try_api(app: Any, secret: str, ids: Mapping[str, int], *, calls: int, start: int = 0) -> Tried:
    """About `calls` calls as the token's login, spread evenly over all acts and both modes.

    ids: numbers of records that exist, by parameter and field name (account_id). `start` seeds what is made up.
    """
    token = {"Authorization": f"Bearer {secret}"}
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema/", app, headers=token)
    operations = [found.ok() for found in schema.get_all_operations()]
    examples = max(1, -(-calls // (len(operations) * len(MODES))))
    tried = Tried()
    for operation in operations:
        for mode in MODES:
            _try_act(operation, mode, token, ids, tried, examples=examples, start=start)
    return tried


def _try_act(
    operation: Any,
    mode: Any,
    token: Mapping[str, str],
    ids: Mapping[str, int],
    tried: Tried,
    *,
    examples: int,
    start: int,
) -> None:
    @seed(start)
    @settings(
        max_examples=examples, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case: Any) -> None:
        if mode == GenerationMode.POSITIVE and tried.calls % 2:
            _aim(case, ids)
        _call(case, token, tried)

    run()


def _aim(case: Any, ids: Mapping[str, int]) -> None:
    """Numbers of records that exist, in the address and in the body, and a change of whatever stands."""
    for name in list(case.path_parameters or {}):
        if name in ids:
            case.path_parameters[name] = ids[name]
    if case.headers and "If-Match" in case.headers:
        case.headers["If-Match"] = "*"
    for row in _rows(case.body):
        for name in row.keys() & ids.keys():
            row[name] = ids[name]


def _rows(body: Any) -> list[dict[str, Any]]:
    if not isinstance(body, dict):
        return []
    items = body.get("items")
    return [body, *(row for row in items if isinstance(row, dict))] if isinstance(items, list) else [body]


def _call(case: Any, token: Mapping[str, str], tried: Tried) -> None:
    begun = time.perf_counter()
    response = case.call(headers=dict(token))
    tried.seconds.append(time.perf_counter() - begun)
    tried.calls += 1
    act = case.operation.label
    tried.statuses[response.status_code] += 1
    tried.by_act.setdefault(act, Counter())[response.status_code] += 1
    try:
        case.validate_response(response, checks=CHECKS, headers=dict(token))
    except FailureGroup as failure:
        tried.failed += 1
        kept = tried.failures.setdefault(act, [])
        if len(kept) < 3:
            kept.append(str(failure)[:3000])
