"""Plans as files: python manage.py comp_plan check FILE; comp_plan run FILE --credits CSV --out CSV. No database."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compensation.kernel.cases import count_cases, run_cases
from compensation.kernel.digest import input_hash, output_hash
from compensation.kernel.engine import calculate
from compensation.kernel.inputs import Inputs
from compensation.kernel.left_out import left_out, unread_columns
from compensation.kernel.lint import ERROR, lint
from compensation.kernel.plan import Plan
from compensation.kernel.reading import PlanError, read_plan
from compensation.kernel.rows import (
    CREDIT_COLUMNS,
    OUT_COLUMNS,
    PEOPLE_COLUMNS,
    QUOTA_COLUMNS,
    inputs_of,
    out_rows,
)
from compensation.kernel.settlement import settle
from compensation.selectors import file_text, plan_data, table_rows, write_table
from core.kernel.periods import FiscalCalendar


class Command(BaseCommand):
    help = "Check a plan file (validate, lint, run its cases), or calculate with it from CSV to CSV."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        check = acts.add_parser("check", help="validate, lint and run the cases; ends with 1 when something is wrong")
        check.add_argument("file", type=Path)
        check.add_argument("--strict", action="store_true", help="warnings are wrong, too")
        run = acts.add_parser("run", help="calculate credits of a file into lines and payments")
        run.add_argument("file", type=Path)
        run.add_argument("--credits", type=Path, required=True, help=", ".join(CREDIT_COLUMNS))
        run.add_argument("--quotas", type=Path, help=", ".join(QUOTA_COLUMNS))
        run.add_argument("--people", type=Path, help=", ".join(PEOPLE_COLUMNS))
        run.add_argument("--out", type=Path, required=True, help=", ".join(OUT_COLUMNS))
        run.add_argument("--through", help="calculate up to this day; the last credit's fiscal year without it")
        run.add_argument("--allow-notes", action="store_true", help="calculate although quotas are missing")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            data = plan_data(file_text(options["file"]))
            plan = read_plan(data)
        except PlanError as error:
            raise CommandError("\n".join(str(one) for one in error.problems)) from error
        except (OSError, ValueError) as error:
            raise CommandError(_said(error)) from error
        if options["act"] == "check":
            self._check(plan, data, strict=options["strict"])
        else:
            self._run(plan, options)

    def _check(self, plan: Plan, data: Any, *, strict: bool) -> None:
        findings = lint(plan)
        for one in findings:
            self.stdout.write(str(one))
        differences = run_cases(plan, data)
        for difference in differences:
            self.stdout.write(f"case: {difference}")
        cases = count_cases(data)
        errors = sum(one.severity == ERROR for one in findings)
        doubtful = len(findings) - errors
        self.stdout.write(
            f"{plan.title}: {len(plan.components)} components, {errors} errors, {doubtful} warnings and notes, "
            f"{cases - len({one.case for one in differences})} of {cases} cases come out"
        )
        if errors or differences or (strict and doubtful):
            raise CommandError("The plan isn't ready.")

    def _run(self, plan: Plan, options: dict[str, Any]) -> None:
        try:
            credits = table_rows(options["credits"], ("credit_key", "payee", "on", "measure"))
            quotas = table_rows(options["quotas"], QUOTA_COLUMNS[:4]) if options["quotas"] else []
            people = table_rows(options["people"], ("payee",)) if options["people"] else []
            self._refuse_errors(plan, credits)
            inputs = inputs_of(plan, credits, quotas, people)
            calculation = calculate(plan, inputs, _through(options["through"], plan, inputs))
        except (ValueError, OSError) as error:
            raise CommandError(_said(error)) from error
        heads = (rows[0] if rows else () for rows in (credits, quotas, people))
        for said in (*left_out(calculation.book), *unread_columns(plan, *heads)):
            self.stderr.write(f"left out: {said}")
        for note in calculation.notes:
            self.stderr.write(f"{note.kind.replace('_', ' ')}: {note.payee}, {note.period}, {note.of}")
        if calculation.notes and not options["allow_notes"]:
            raise CommandError("Nothing was written: mend what stands above, or pass --allow-notes.")
        try:
            rows = list(out_rows(calculation, settle(calculation)))
            count = write_table(options["out"], OUT_COLUMNS, rows)
        except (ValueError, OSError) as error:
            raise CommandError(f"Nothing was written: {_said(error)}") from error
        self.stdout.write(f"{count:,} rows in {options['out']}")
        self.stdout.write(f"input {input_hash(inputs)}\noutput {output_hash(rows)}")

    def _refuse_errors(self, plan: Plan, credits: list[dict[str, str]]) -> None:
        """What the linter calls an error, names among it that are no column of the credits."""
        errors = [str(one) for one in lint(plan, fields=list(credits[0]) if credits else None) if one.severity == ERROR]
        if errors:
            raise CommandError("\n".join(errors))


def _said(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename2 or error.filename}: {error.strerror}."
    return str(error)


def _through(asked: str | None, plan: Plan, inputs: Inputs) -> date:
    """The day that is asked for; else the end of the fiscal year of the last credit, or of the plan."""
    if asked:
        try:
            through = date.fromisoformat(asked)
        except ValueError as error:
            raise ValueError(f"--through is “{asked}”, which is no day like 2026-01-31.") from error
        if through < plan.valid_from:
            raise ValueError(f"--through is {through}, before the plan begins on {plan.valid_from}.")
        return through
    days = [int(day) for day in inputs.credits.on]
    last = max(date.fromordinal(max(days)) if days else plan.valid_from, plan.valid_from)
    ends = date.fromordinal(plan.valid_to.toordinal() - 1) if plan.valid_to else date.max
    return min(ends, FiscalCalendar(start_month=plan.year_starts).year_of(last).last_day)
