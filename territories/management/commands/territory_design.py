"""Territories from a file to a file: manage.py territory_design FILE --territories K --out FILE. No database."""

from __future__ import annotations

import csv
import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from territories.kernel.design import design, search_once
from territories.kernel.design_options import options as design_options
from territories.kernel.design_rows import RowsError, edges_of, request_of
from territories.kernel.distances import KINDS
from territories.kernel.request import CUT_EDGES, FREE, OBJECTIVES, POINTS, Design, Infeasible, Request

from ._twice import clock, seconds_running, two_searches

BAD_INPUT, NO_PLAN = 2, 3
NAME = "territory_design"
FINISH = 1.3  # seconds kept for writing, and for a late second process
BAND = 0.05


class Command(BaseCommand):
    help = "Divide units of a CSV file into territories of even load, near or contiguous, with a bound and a gap."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="id, x, y (or lat, lon), weight; at will current, locked, area")
        parser.add_argument("--territories", type=int, required=True, metavar="K")
        parser.add_argument("--out", type=Path, required=True, help="id, territory, center; with current: was, reason")
        parser.add_argument("--capacity", type=float, help="the most that a territory may weigh")
        parser.add_argument("--band", type=float, help="loads within this part of their mean; 0.05 without --capacity")
        parser.add_argument("--distance", choices=KINDS, help="haversine (km) for lat and lon, else euclid")
        parser.add_argument("--objective", choices=OBJECTIVES, help="distance; cut-edges with --contiguous")
        parser.add_argument("--centers", choices=(FREE, POINTS), default=FREE, help="points: each centre is a unit")
        parser.add_argument("--adjacency", type=Path, help="a, b: units that are neighbours")
        parser.add_argument("--contiguous", action="store_true", help="territories hang together; needs --adjacency")
        parser.add_argument("--moves-at-most", type=int, metavar="N", help="no more units leave today's territory")
        parser.add_argument(
            "--options", action="store_true", help="a few named options, each with travel, loads, moves"
        )
        parser.add_argument("--seconds", type=float, default=10.0, help="wall clock, from the program's start")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--processes", type=int, choices=(1, 2), default=2)
        parser.add_argument("--json", action="store_true", help="the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        begun = time.monotonic()
        running = seconds_running() if sys.argv[1:2] == [NAME] else 0.0
        left = clock(max(options["seconds"] - running - FINISH, 0.2))
        searches = two_searches if options["processes"] == 2 else search_once
        rows: list[dict[str, Any]] = []
        try:
            request = _request(options)
            if options["options"]:
                rows, found = design_options(request, left, progress=_quiet, cancelled=lambda: False, searches=searches)
            else:
                found = design(request, left, searches=searches)
        except (RowsError, OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{error}", returncode=BAD_INPUT) from error
        except Infeasible as error:
            if options["json"]:
                told = {"status": "infeasible", "unit": error.unit, "proven": error.proven, "message": str(error)}
                self.stdout.write(json.dumps(told))
            raise CommandError(str(error), returncode=NO_PLAN) from error
        try:
            _write(options["out"], request, found)
        except OSError as error:
            raise CommandError(f"{options['out']}: {error.strerror}", returncode=BAD_INPUT) from error
        self._tell(request, found, rows, options, running + time.monotonic() - begun)

    def _tell(
        self, request: Request, found: Design, rows: list[dict[str, Any]], options: dict[str, Any], seconds: float
    ) -> None:
        report = {"status": "proven" if found.proven else "found", "objective": request.objective} | found.report()
        report |= {"seconds": round(seconds, 2), "seed": request.seed}
        if options["options"]:
            report["options"] = rows
        if options["json"]:
            self.stdout.write(json.dumps(report))
            return
        for name, value in report.items():
            self.stdout.write(f"{name.replace('_', ' ')}: {json.dumps(value)}")


def _quiet(done: int, total: int, words: str) -> None:
    """Nobody is shown how far it is."""


def _request(options: dict[str, Any]) -> Request:
    objective = options["objective"] or (CUT_EDGES if options["contiguous"] else OBJECTIVES[0])
    _refuse_arguments(options, objective)
    file: Path = options["file"]
    needed = objective != CUT_EDGES
    request = request_of(
        file.read_text(encoding="utf-8"), file.name, options["territories"], options["distance"], needs_places=needed
    )
    adjacency: Path | None = options["adjacency"]
    edges = edges_of(adjacency.read_text(encoding="utf-8"), adjacency.name, request.ids) if adjacency else None
    if options["moves_at_most"] is not None and request.current is None:
        raise RowsError(f"{file.name} has no column “current”, from which --moves-at-most counts.")
    band = options["band"] if options["band"] is not None or options["capacity"] is not None else BAND
    return replace(
        request,
        capacity=options["capacity"],
        band=band,
        objective=objective,
        centers=options["centers"],
        edges=edges,
        contiguous=options["contiguous"] or objective == CUT_EDGES,
        moves_at_most=options["moves_at_most"],
        seed=options["seed"],
    )


def _refuse_arguments(options: dict[str, Any], objective: str) -> None:
    if (options["contiguous"] or objective == CUT_EDGES) and options["adjacency"] is None:
        raise RowsError("Contiguous territories and cut edges need --adjacency FILE, with the columns a and b.")
    for name, least in (("capacity", 0.0), ("band", 0.0), ("moves_at_most", 0), ("seconds", 0.0), ("seed", 0)):
        value = options[name]
        if value is not None and not value >= least:
            raise RowsError(f"--{name.replace('_', '-')} {value} is below 0.")


def _write(path: Path, request: Request, found: Design) -> None:
    """Whole or not at all: beside it first, then in its place."""
    beside = path.with_name(f".{path.name}.part")
    columns = ["id", "territory", "center"] + (["was", "reason"] if request.current is not None else [])
    try:
        with beside.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(columns)
            for at, (one, slot) in enumerate(zip(request.ids, found.of.tolist(), strict=True)):
                more = [request.current[at], found.why[at]] if request.current is not None else []
                writer.writerow([one, found.labels[slot], found.center[slot], *more])
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
