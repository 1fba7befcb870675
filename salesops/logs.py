"""Logs: one JSON object a line in production, readable lines in development. Every line of a request has its id."""

from __future__ import annotations

import sys
from typing import Any

import structlog

_BEFORE: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure(*, as_json: bool, level: str) -> dict[str, Any]:
    """Route structlog through the standard library, and give the LOGGING setting, so that all speak one format."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_BEFORE,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [*_BEFORE, structlog.stdlib.ExtraAdder(["task", "status_code"])],
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_ending(as_json=as_json)],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Refusals and missing pages stand in the request line already; failures are logged with their cause.
            "django.request": {"level": "ERROR"},
            "django.server": {"handlers": [], "propagate": True},
            "axes": {"level": "WARNING"},
            "celery": {"level": "WARNING"},
            "_granian": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        },
    }


def _ending(*, as_json: bool) -> list[Any]:
    if as_json:
        # Without the values of variables: they are passwords and people's records as often as not.
        frames = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        return [structlog.processors.ExceptionRenderer(frames), structlog.processors.JSONRenderer()]
    return [
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
    ]
