"""Files of pay: taken from comp admins alone, never with a row of their own, undone to the day, read by nobody else."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from core.models import AuditEvent, Notification, Run
from core.runs import open_run
from core.services import set_closed_through
from integrations.models import ImportFile, ImportMapping
from integrations.services import ImportRefused, ask_for_undo, export_all, start_import
from people.enums import Role
from people.models import Person, PersonPay, User
from people.services import create_user, set_pay
from reporting.services import failed_lately
from tests.api.conftest import make_caller
from tests.small_company import AS_OF, SINCE

pytestmark = pytest.mark.django_db
JAN, JUL = date(2024, 1, 1), date(2024, 7, 1)
HEAD = "Person,Valid from,OTE,Variable pay,Currency\n"
FILE = HEAD + "Ana Alves,2024-01-01,187654,61234,USD\nOlga Orlov,2024-01-01,187655,61235,EUR\n"
AMOUNTS = ("187654", "187,654", "61234", "61,234", "187655", "61235")
Bring = Callable[..., ImportFile]


@pytest.fixture
def comp(company: Any) -> User:
    person = Person.objects.create(name="Cora Comp")
    roles = [Role.COMP_ADMIN]
    return create_user(email="comp@example.com", password=None, roles=roles, by=None, on=SINCE, person=person)


def rows_of(name: str) -> list[tuple[int, int, str, date, date | None]]:
    found = PersonPay.objects.filter(person__name=name).order_by("valid_from")
    return [(int(row.ote), int(row.variable), row.currency_id, row.valid_from, row.valid_to) for row in found]


def told(row: ImportFile) -> dict[int, str]:
    return {issue.row_number: issue.message for issue in row.issues.all()}


# --- what a file does ------------------------------------------------------------------------------------------------


def test_a_file_sets_pay_and_its_undo_takes_it_back(company: Any, comp: User, bring: Bring, undo: Any) -> None:
    first = bring("person_pay", FILE, by=comp)
    assert first.counts["created"] == 2
    assert rows_of("Olga Orlov") == [(187_655, 61_235, "EUR", JAN, None)]
    second = bring("person_pay", HEAD + "Ana Alves,2024-01-01,1,1,USD\nAna Alves,2024-07-01,2,2,USD\n", by=comp)
    assert (second.counts["created"], second.counts["updated"]) == (1, 1)
    assert rows_of("Ana Alves") == [(1, 1, "USD", JAN, JUL), (2, 2, "USD", JUL, None)]
    assert undo(second)["kept"] == 0
    assert rows_of("Ana Alves") == [(187_654, 61_234, "USD", JAN, None)]
    assert undo(first)["kept"] == 0
    assert not PersonPay.objects.exists()


def test_what_was_set_since_an_import_stays_when_it_is_undone(
    company: Any, comp: User, bring: Bring, undo: Any
) -> None:
    """The row of the file is kept, since it was ended by hand; the one before it still ends where it begins."""
    bring("person_pay", FILE, by=comp)
    second = bring("person_pay", HEAD + "Ana Alves,2024-04-01,2,2,USD\n", by=comp)
    later = PersonPay(person=company.rep.person, valid_from=JUL, ote=3, variable=3, currency_id="USD")
    set_pay(pay=later, by=comp)
    assert undo(second)["kept"] == 1
    april = date(2024, 4, 1)
    assert [row[3:] for row in rows_of("Ana Alves")] == [(JAN, april), (april, JUL), (JUL, None)]


def test_a_currency_that_no_column_names_stays(company: Any, comp: User, bring: Bring) -> None:
    bring("person_pay", FILE, by=comp)
    bring("person_pay", "Person,Valid from,OTE,Variable pay\nOlga Orlov,2024-01-01,5,4\n", by=comp)
    assert rows_of("Olga Orlov") == [(5, 4, "EUR", JAN, None)]


def test_an_export_of_the_kind_comes_in_again_and_changes_nothing(
    company: Any, comp: User, bring: Bring, tmp_path: Path
) -> None:
    bring("person_pay", FILE, by=comp)
    call_command("export_records", "person_pay", str(tmp_path / "pay.csv"))
    again = bring("person_pay", tmp_path / "pay.csv", by=comp)
    assert (again.counts["unchanged"], again.counts["created"], again.counts["updated"]) == (2, 0, 0)


def test_rows_that_cannot_be_are_told_one_by_one_without_an_amount(company: Any, comp: User, bring: Bring) -> None:
    wrong = (
        "Ana Alves,2024-01-01,100,187654,USD\nMax Moreau,2024-01-01,-1,-2,USD\nEva Egger,2024-01-01,100.5,1,JPY\n"
        "Nobody Known,2024-01-01,100,10,USD\nVera Vogt,2024-01-01,100,10,USD\nVera Vogt,2024-01-01,200,20,USD\n"
    )
    row = bring("person_pay", HEAD + wrong, by=comp)
    assert rows_of("Vera Vogt") == [(200, 20, "USD", JAN, None)]
    assert PersonPay.objects.count() == 1 and not Person.objects.filter(name="Nobody Known").exists()
    messages = " ".join(told(row).values())
    for words in ("can't be more", "less than nothing", "more decimals than its currency"):
        assert words in messages
    assert not any(amount in messages for amount in AMOUNTS)


def test_closed_days_keep_their_pay(company: Any, comp: User, bring: Bring, undo: Any) -> None:
    first = bring("person_pay", FILE, by=comp)
    third = bring("person_pay", HEAD + "Ana Alves,2024-07-01,3,3,USD\n", by=comp)
    set_closed_through(day=date(2024, 6, 30), reason="", by=company.ops.user, on=AS_OF)
    rows = "Ana Alves,2024-01-01,1,1,USD\nAna Alves,2024-06-30,2,2,USD\nOlga Orlov,2024-07-02,4,4,USD\n"
    second = bring("person_pay", HEAD + rows, by=comp)
    assert len(told(second)) == 2 and all(
        "Books are closed through Jun 30, 2024" in one for one in told(second).values()
    )
    assert rows_of("Ana Alves") == [(187_654, 61_234, "USD", JAN, JUL), (3, 3, "USD", JUL, None)]
    assert undo(third)["deleted"] == 1  # an open day gives its row back, and the one before goes on
    assert rows_of("Ana Alves") == [(187_654, 61_234, "USD", JAN, None)]
    assert undo(first)["kept"] == 2
    assert len(rows_of("Ana Alves")) == 1


# --- one's own -------------------------------------------------------------------------------------------------------


def test_nobody_imports_their_own_pay_nor_undoes_it(company: Any, comp: User, bring: Bring) -> None:
    mine = HEAD + "Cora Comp,2024-01-01,999,9,USD\nAna Alves,2024-01-01,100,10,USD\n"
    check = bring("person_pay", mine, by=comp, dry=True)
    assert check.counts["created"] == 1
    row = bring("person_pay", mine, by=comp)
    assert rows_of("Cora Comp") == [] and len(rows_of("Ana Alves")) == 1
    assert "Nobody sets their own pay" in " ".join(told(row).values())
    other = create_user(email="comp2@example.com", password=None, roles=[Role.COMP_ADMIN], by=None, on=SINCE)
    done = bring("person_pay", mine, by=other)
    assert len(rows_of("Cora Comp")) == 1
    key = f"External ID,{HEAD}".replace("External ID", "Pay ID") + f"PPY-{PersonPay.objects.get(ote=999).pk},"
    bring("person_pay", f"{key}Ana Alves,2024-09-01,1,1,USD\n", by=comp)  # nor by giving one's row to another
    assert len(rows_of("Cora Comp")) == 1
    with pytest.raises(ImportRefused, match="changed your own pay"):
        ask_for_undo(import_file=done, by=comp)
    ask_for_undo(import_file=done, by=other)


# --- whose files they are --------------------------------------------------------------------------------------------


def upload(client: Client, text: str = FILE, kind: str = "person_pay") -> Any:
    return client.post("/imports/new/", {"kind": kind, "file": SimpleUploadedFile("salaries.csv", text.encode())})


@pytest.mark.parametrize("member", ["ops", "admin", "vp", "manager", "rep"])
def test_others_are_neither_offered_nor_let_bring_files_of_pay(company: Any, signed_in: Any, member: str) -> None:
    who = getattr(company, member)
    client = signed_in(who)
    page = client.get("/imports/new/")
    assert b"person_pay" not in page.content
    answer = upload(client)
    assert answer.status_code == (200 if member in ("ops", "admin") else 404)
    with pytest.raises(ImportRefused, match="can't be imported"):
        start_import(kind="person_pay", stream=io.BytesIO(FILE.encode()), name="x.csv", by=who.user)
    call = make_caller(who).client.post(
        "/api/v1/imports/", {"kind": "person_pay", "file": SimpleUploadedFile("x", b"x")}
    )
    assert call.status_code == (400 if member in ("ops", "admin") else 403)
    assert "person_pay" not in call.content.decode().replace("“person_pay”", "")
    assert not ImportFile.objects.exists()


def test_a_comp_admin_is_offered_nothing_else(company: Any, comp: User, signed_in: Any, bring: Bring) -> None:
    accounts = bring("accounts", "Account\nAcme\n", by=company.ops.user)
    client = signed_in(comp)
    form = client.get("/imports/new/").context["form"]
    assert [key for key, _label in form.fields["kind"].choices] == ["person_pay", "plan_assignments", "pay_events"]
    assert upload(client, "Account\nBeta\n", "accounts").status_code == 200
    assert client.get(f"/imports/{accounts.pk}/").status_code == 404
    assert b"file.csv" not in client.get("/imports/").content


@pytest.fixture
def worked(company: Any, comp: User, signed_in: Any, run_jobs: Any) -> ImportFile:
    """A file of pay as its comp admin worked on it: uploaded, checked, a cell mended, imported; one row refused."""
    client = signed_in(comp)
    wrong = "Max Moreau,2024-01-01,x187654,1,USD\nEva Egger,2024-01-01,100,61234,USD\n"
    assert upload(client, FILE + wrong).status_code == 302
    row = ImportFile.objects.get()
    chosen = {f"column-{i}": row.mapping[name] for i, name in enumerate(row.shape["columns"])}
    client.post(f"/imports/{row.pk}/map/", chosen)
    run_jobs()
    client.post(f"/imports/{row.pk}/fix/", {"field": "ote", "value": "x187654", "target": "187654"})
    run_jobs()
    client.post(f"/imports/{row.pk}/run/")
    run_jobs()
    row.refresh_from_db()
    assert (row.state, row.counts["created"]) == ("imported", 3)
    return row


def text_of(answer: Any) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(body.decode())


def addresses(row: ImportFile) -> list[str]:
    """Everything that tells of an import: pages, downloads, runs with their logs, the API."""
    runs = list(Run.objects.values_list("pk", flat=True))
    one = f"/api/v1/imports/{row.pk}/"
    return [
        *(f"/imports/{row.pk}/", f"/imports/{row.pk}/errors.csv", f"/imports/{row.pk}/undo/", one, f"{one}problems/"),
        *(f"{one}proposals/", *(f"/runs/{pk}/" for pk in runs), *(f"/api/v1/runs/{pk}/" for pk in runs)),
        *(f"/api/v1/runs/{pk}/log/" for pk in runs),
    ]


LISTS = (
    *("/imports/", "/imports/today/", "/runs/", "/runs/?format=csv", "/runs/?kind=import", "/imports/?format=csv"),
    *("/api/v1/imports/", "/api/v1/runs/", "/imports/?kind=person_pay", "/search/?q=salar", "/today/"),
)


@pytest.mark.parametrize("member", ["ops", "admin", "vp", "manager", "rep"])
def test_nobody_else_finds_a_file_of_pay_its_rows_errors_and_runs(
    company: Any, worked: ImportFile, signed_in: Any, member: str
) -> None:
    client = signed_in(getattr(company, member))
    assert len(Run.objects.all()) == 3 and all(run.is_walled for run in Run.objects.all())
    assert {url: client.get(url).status_code for url in addresses(worked)} == {
        url: 403 if url.startswith("/api/v1/imports") and member not in ("ops", "admin") else 404
        for url in addresses(worked)
    }
    for url in LISTS:
        text = text_of(client.get(url))
        assert "salaries" not in text and not any(amount in text for amount in AMOUNTS), url
    acts = ("map", "sheet", "decide", "fix", "run", "undo")
    assert {client.post(f"/imports/{worked.pk}/{act}/").status_code for act in acts} == {404}
    api = ("mapping", "check", "run", "undo", "proposals/accept")
    answers = {client.post(f"/api/v1/imports/{worked.pk}/{act}/").status_code for act in api}
    assert answers <= {403, 404}
    run = Run.objects.latest("pk")
    assert {client.post(f"/runs/{run.pk}/{act}/").status_code for act in ("stop", "retry")} == {404}


def test_whose_file_it_is_and_another_comp_admin_find_all_of_it(
    company: Any, comp: User, worked: ImportFile, signed_in: Any
) -> None:
    client = signed_in(comp)
    assert [url for url in addresses(worked) if client.get(url).status_code != 200] == []
    assert "61234" in text_of(client.get(f"/imports/{worked.pk}/errors.csv"))
    other = create_user(email="comp2@example.com", password=None, roles=[Role.COMP_ADMIN], by=None, on=SINCE)
    assert signed_in(other).get(f"/imports/{worked.pk}/").status_code == 200
    finance = create_user(email="finance@example.com", password=None, roles=[Role.FINANCE], by=None, on=SINCE)
    assert signed_in(finance).get(f"/imports/{worked.pk}/").status_code == 404


def test_the_audit_and_the_bell_hold_no_amount(company: Any, comp: User, worked: ImportFile, signed_in: Any) -> None:
    acts = AuditEvent.objects.filter(act__startswith="import.")
    assert acts.filter(act="import.decided").get().detail == {"field": "ote", "action": "use"}
    page = text_of(signed_in(company.admin).get("/settings/audit/?act=import"))
    for text in (page, json.dumps(list(acts.values_list("detail", flat=True)))):
        assert not any(amount in text for amount in AMOUNTS)
    assert set(Notification.objects.values_list("user", flat=True)) == {comp.pk}
    assert ImportMapping.objects.get().kind == "person_pay"


def test_an_export_of_personal_data_names_no_file_of_pay(
    company: Any, comp: User, worked: ImportFile, signed_in: Any
) -> None:
    Run.objects.update(label="Import Ana Alves salaries.csv", error="Ana Alves 187654")
    address = reverse("core:erasure_export", args=["person", company.rep.person.pk])
    answer = signed_in(company.admin).get(address)
    assert answer.status_code == 200
    assert "salaries" not in answer.content.decode() and "187654" not in answer.content.decode()
    Run.objects.update(is_walled=False)
    assert "187654" in signed_in(company.admin).get(address).content.decode()


def test_a_walled_run_that_failed_is_not_told_to_who_keeps_the_others(company: Any, comp: User) -> None:
    for is_walled in (True, False):
        run = open_run(kind="import.undo", label="Undo salaries.csv", by=comp, is_walled=is_walled)
        Run.objects.filter(pk=run.pk).update(state="failed", ended_at=run.created_at)
    assert [run.is_walled for run in failed_lately(run.created_at)] == [False]


def test_an_export_of_all_data_leaves_pay_out(company: Any, comp: User, bring: Bring, tmp_path: Path) -> None:
    bring("person_pay", FILE, by=comp)
    target = tmp_path / "all.zip"
    export_all(target=target, run=open_run(kind="export.all", label="all"))
    with zipfile.ZipFile(target) as packed:
        names = packed.namelist()
        text = "".join(packed.read(name).decode() for name in names)
    assert "records/people.csv" in names and not any("person" in name and "pay" in name for name in names)
    assert "Ana Alves" in text and not any(amount in text for amount in AMOUNTS)
