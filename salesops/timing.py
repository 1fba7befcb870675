"""Server-Timing on every answer, for measuring: only where SERVER_TIMING=1, for how long a lookup took tells a bit."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import connection
from django.http import HttpRequest, HttpResponse


class _Statements:
    """Counts statements and the time they took, the way to the database and back included."""

    def __init__(self) -> None:
        self.count, self.seconds = 0, 0.0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.count += 1
            self.seconds += time.perf_counter() - started


class ServerTimingMiddleware:
    """`app` is the whole time in ms, `cpu` what this thread computed, `sql` the statements' with their number."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.SERVER_TIMING:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        statements, started, computed = _Statements(), time.perf_counter(), time.thread_time()
        with connection.execute_wrapper(statements):
            response = self.get_response(request)
        took, cpu = 1000 * (time.perf_counter() - started), 1000 * (time.thread_time() - computed)
        sql = f'sql;dur={1000 * statements.seconds:.1f};desc="{statements.count}"'
        response["Server-Timing"] = f"app;dur={took:.1f}, cpu;dur={cpu:.1f}, {sql}"
        return response
