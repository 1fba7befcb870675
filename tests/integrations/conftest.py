"""Files of records on their way in, as tests write them."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

TODAY = date(2026, 11, 20)


@pytest.fixture
def bring() -> Callable[..., Any]:
    """bring("accounts", "name\\nAcme\\n") checks, accepts every proposal and imports; gives the ImportFile."""
    from core.runs import open_run
    from integrations import services
    from integrations.models import ImportFile

    def bring(
        kind: str,
        content: str | bytes | Path,
        *,
        name: str = "file.csv",
        accept: bool = True,
        dry: bool = False,
        today: date = TODAY,
        by: Any = None,
        **options: Any,
    ) -> ImportFile:
        data = content.read_bytes() if isinstance(content, Path) else content
        stream = io.BytesIO(data.encode() if isinstance(data, str) else data)
        row = services.start_import(kind=kind, stream=stream, name=name, by=by, mapping=options.pop("mapping", None))
        if options:
            row.options |= options
            row.save(update_fields=["options"])
        services.check_import(import_file=row, run=open_run(kind="import.check", label="check"), today=today)
        if accept:
            services.accept_proposals(import_file=row, by=by)
        row.refresh_from_db()
        if not dry:
            services.run_import(import_file=row, run=open_run(kind="import", label="import"), by=by, today=today)
            row.refresh_from_db()
        return row

    return bring


@pytest.fixture
def undo() -> Callable[..., Any]:
    """undo(import_file) gives the counts of the run."""
    from core.runs import open_run
    from integrations import services

    def undo(import_file: Any, *, even_changed: bool = False) -> dict[str, int]:
        run = open_run(kind="import.undo", label="undo")
        import_file.refresh_from_db()
        services.undo_import(import_file=import_file, run=run, by=None, even_changed=even_changed)
        run.refresh_from_db()
        import_file.refresh_from_db()
        return dict(run.counts)

    return undo
