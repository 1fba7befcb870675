"""Custom fields: kernel by its properties, definitions, and the way form -> record -> export -> import."""

from __future__ import annotations

import string
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Account
from core import services
from core.kernel.own_fields import BadValue, Choice, OwnField, exported, merged, plain, stored
from core.models import AuditEvent, CustomField

CHOICES = (Choice("low", "Low"), Choice("mid", "Mid value"), Choice("high", "High", is_off=True))


def field(kind: str, **more: Any) -> OwnField:
    return OwnField("account", "k", "K", kind, choices=CHOICES, **more)


VALUES = {
    "text": st.text(max_size=200),
    "long": st.text(max_size=400),
    "number": st.decimals(-(10**11), 10**11, places=6, allow_nan=False),
    "money": st.decimals(-(10**13), 10**13, places=4, allow_nan=False),
    "date": st.dates(date(1900, 1, 1), date(2199, 12, 31)),
    "boolean": st.booleans(),
    "choice": st.sampled_from(["low", "Mid value", "HIGH"]),
    "choices": st.lists(st.sampled_from(["low", "mid", "high"]), max_size=5),
    "person": st.integers(1, 10**9),
}


@pytest.mark.parametrize("kind", list(VALUES))
def test_storing_what_was_stored_changes_nothing(kind: str) -> None:
    one = field(kind)

    @given(VALUES[kind])
    def check(value: Any) -> None:
        kept = stored(one, value)
        assert stored(one, plain(one, kept)) == kept

    check()


@pytest.mark.parametrize("kind", [name for name in VALUES if name != "person"])
def test_what_is_exported_reads_back_as_the_same_value(kind: str) -> None:
    one = field(kind)

    @given(VALUES[kind])
    def check(value: Any) -> None:
        kept = stored(one, value)
        assert stored(one, exported(one, kept, {})) == kept

    check()


def test_equal_numbers_are_stored_alike() -> None:
    assert [stored(field("number"), Decimal(text)) for text in ("1.50", "1.5", "1.500")] == ["1.5"] * 3
    assert stored(field("number"), Decimal("-0.00")) == "0"
    assert stored(field("money"), Decimal("1E+5")) == "100000"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("number", "NaN"),
        ("number", "1e400"),
        ("number", "0.0000001"),
        ("money", "1.00001"),
        ("date", date(1899, 12, 31)),
        ("date", "31.12.2026"),
        ("choice", "none of them"),
        ("choices", "low; nothing"),
        ("boolean", "perhaps"),
        ("url", "javascript:alert(1)"),
        ("url", "https://good.example@evil.example/"),
        ("url", "ftp://files.example"),
        ("text", "x" * 256),
        ("long", "x" * 10_001),
    ],
)
def test_a_value_that_does_not_fit_is_refused_in_words(kind: str, value: Any) -> None:
    with pytest.raises(BadValue, match=r"\w+ \w+"):
        stored(field(kind), value)


def test_signs_that_no_database_holds_are_dropped() -> None:
    assert stored(field("text"), "a\x00b \ud800c\nd") == "ab c d"


@given(st.dictionaries(st.sampled_from("abc"), st.none() | st.text(string.ascii_letters, min_size=1)))
def test_none_takes_a_key_away(changes: dict[str, str | None]) -> None:
    after = merged({"a": "1", "z": "2"}, changes)
    assert None not in after.values()
    assert after["z"] == "2"
    assert ("a" in after) == (changes.get("a", "1") is not None)


def define(company: Any, kind: str = "text", label: str = "Plant", on: str = "account", **more: Any) -> CustomField:
    wanted = services.Wanted(label, **more)
    return services.define_field(record_kind=on, type=kind, wanted=wanted, by=company.ops.user)


def test_key_is_made_of_the_name_and_stays_when_it_is_renamed(company: Any) -> None:
    row = define(company, label="Größe der Halle")
    assert row.key == "groe_der_halle"
    services.change_field(field_id=row.pk, wanted=services.Wanted("Hall size"), by=company.ops.user)
    row.refresh_from_db()
    assert (row.key, row.label) == ("groe_der_halle", "Hall size")
    assert AuditEvent.objects.filter(act="field.changed", subject_id=row.pk).exists()


@pytest.mark.parametrize(
    ("wanted", "part"),
    [
        (services.Wanted("plant"), "label"),
        (services.Wanted("  "), "label"),
        (services.Wanted("Industry"), "label"),
        (services.Wanted("Tags"), "label"),
        (services.Wanted("Size", choices=[("", "A", True)]), "choices"),
        (services.Wanted("Size", choices=[("", "A", False), ("", "a", False)]), "choices"),
        (services.Wanted("Size", choices=[("", "A; B", False)]), "choices"),
        (services.Wanted("Size", choices=[("", "A", False)], default="C"), "default"),
    ],
)
def test_what_a_definition_can_not_be(company: Any, wanted: services.Wanted, part: str) -> None:
    define(company)
    with pytest.raises(services.FieldError) as refused:
        services.define_field(record_kind="account", type="choice", wanted=wanted, by=company.ops.user)
    assert refused.value.field == part


def test_a_choice_renamed_keeps_its_key_and_one_left_out_is_off(company: Any) -> None:
    row = define(company, "choice", "Size", choices=[("", "Small", False), ("", "Large", False)])
    small, large = (one["key"] for one in row.choices)
    wanted = services.Wanted("Size", choices=[(large, "Huge", False)])
    row = services.change_field(field_id=row.pk, wanted=wanted, by=company.ops.user)
    assert row.choices == [{"key": large, "label": "Huge"}, {"key": small, "label": "Small", "off": True}]


FILLED = {
    "own_text": "Reno, plant 2", "own_note": "Two lines\nof text", "own_robots": "1,234.5", "own_budget": "39,800.25",
    "own_audit": "2026-11-30", "own_pilot": "1", "own_size": "large", "own_uses": ["tending", "welding"],
    "own_site": "https://example.com/a?b=c",
}  # fmt: skip
STORED = {
    "text": "Reno, plant 2", "note": "Two lines\nof text", "robots": "1234.5", "budget": "39800.25",
    "audit": "2026-11-30", "pilot": True, "size": "large", "uses": ["welding", "tending"],
    "site": "https://example.com/a?b=c",
}  # fmt: skip


def define_all(company: Any, on: str = "account") -> None:
    size = [("", "Small", False), ("", "Large", False)]
    uses = [("", "Welding", False), ("", "Tending", False)]
    for kind, label, choices in (
        ("text", "Text", []), ("long", "Note", []), ("number", "Robots", []), ("money", "Budget", []),
        ("date", "Audit", []), ("boolean", "Pilot", []), ("choice", "Size", size), ("choices", "Uses", uses),
        ("url", "Site", []), ("person", "Engineer", []),
    ):  # fmt: skip
        define(company, kind, label, on, choices=choices)


def fields_of(answer: Any) -> dict[str, Any]:
    """What a browser would post from the form of a page."""
    form = answer.context["form"]
    data: dict[str, Any] = {}
    for bound in form:
        value = bound.value()
        data[bound.html_name] = "" if value is None else bound.field.prepare_value(value)
        if bound.field.show_hidden_initial:
            data[bound.html_initial_name] = data[bound.html_name]
    return data


def test_every_type_goes_through_form_page_list_export_and_import(company: Any, signed_in: Any, tmp_path: Any) -> None:
    define_all(company)
    account, ops = company.account(), signed_in(company.ops)
    address = reverse("accounts:account_edit", args=[account.pk])
    data = fields_of(ops.get(address)) | FILLED | {"own_engineer": company.rep.person.pk}
    answer = ops.post(address, data)
    assert answer.status_code == 302, answer.context["form"].errors
    account.refresh_from_db()
    assert account.custom == STORED | {"engineer": company.rep.person.pk}

    page = ops.get(account.get_absolute_url()).content.decode()
    for words in ("Reno, plant 2", "1,234.5", "$39,800.25", "Nov 30, 2026", "Large", "Welding, Tending", "Ana Alves"):
        assert words in page
    keys = ",".join(["name", "own_text", "own_robots", "own_engineer"])
    listed = ops.get(reverse("accounts:accounts"), {"columns": keys, "format": "csv"})
    assert b'Acme Robotics,"Reno, plant 2",1234.5,Ana Alves' in b"".join(listed.streaming_content)
    check_round_trip(company, account, tmp_path)


def check_round_trip(company: Any, account: Account, folder: Any) -> None:
    """The exported file imported again changes nothing; over an emptied record it brings the values back."""
    from integrations.services import export_records

    path = folder / "accounts.csv"
    export_records(kind="accounts", path=path)
    version, before = account.version, account.custom
    assert imported(company, path) == {"created": 0, "updated": 0}
    account.refresh_from_db()
    assert (account.version, account.custom) == (version, before)
    Account.objects.filter(pk=account.pk).update(custom={})
    assert imported(company, path) == {"created": 0, "updated": 1}
    account.refresh_from_db()
    assert account.custom == before


def imported(company: Any, path: Any, kind: str = "accounts") -> dict[str, int]:
    from core.runs import open_run
    from integrations import services as imports

    with path.open("rb") as stream:
        row = imports.start_import(kind=kind, stream=stream, name=path.name, by=company.ops.user)
    for name, work in (("import.check", imports.check_import), ("import", imports.run_import)):
        run = open_run(kind=name, label=name, by=company.ops.user, params={"import": row.pk})
        more = {"by": company.ops.user} if name == "import" else {}
        work(import_file=row, run=run, today=company.as_of, **more)
    row.refresh_from_db()
    return {name: row.counts.get(name, 0) for name in ("created", "updated")}
