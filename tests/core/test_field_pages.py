"""The admin's pages of custom fields: define, rename, choices, archive, order, refusals, who may, what is recorded."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from core.enums import FieldType
from core.models import AuditEvent, CustomField
from tests.core.test_own_fields import define

pytestmark = pytest.mark.django_db
NEW, LIST = "/settings/fields/new/", "/settings/fields/"
NO_CHOICES = {"c-TOTAL_FORMS": "0", "c-INITIAL_FORMS": "0"}


def filled(label: str, kind: str = "text", on: str = "account", *choices: tuple[str, str, bool], **more: Any) -> Any:
    """What a browser posts from the page; choices as (key, words, off)."""
    posted = {"label": label, "type": kind, "record_kind": on, "help_text": "", "default": ""}
    rows: dict[str, str] = {"c-TOTAL_FORMS": str(len(choices)), "c-INITIAL_FORMS": "0"}
    for number, (key, words, is_off) in enumerate(choices):
        rows |= {f"c-{number}-key": key, f"c-{number}-label": words} | ({f"c-{number}-is_off": "on"} if is_off else {})
    return posted | rows | more


def page_of(row: CustomField, act: str = "") -> str:
    return reverse(f"core:custom_field{act}", args=[row.pk])


def acts() -> list[str]:
    return list(AuditEvent.objects.filter(act__startswith="field.").order_by("id").values_list("act", flat=True))


@pytest.mark.parametrize("kind", FieldType.values)
@pytest.mark.parametrize("who", ["ops", "admin"])
def test_a_field_of_each_type_is_defined_and_stands_in_the_form_and_list(
    company: Any, signed_in: Any, who: str, kind: str
) -> None:
    client = signed_in(getattr(company, who))
    assert b"New field" in client.get(NEW).content
    choices = [("", "Small", False), ("", "Large", False)] if kind in ("choice", "choices") else []
    answer = client.post(NEW, filled("Plant", kind, "account", *choices, help_text="Where it stands"))
    assert answer.status_code == 302, answer.context["form"].errors
    row = CustomField.objects.get()
    assert (row.record_kind, row.type, row.key) == ("account", kind, "plant")
    assert acts() == ["field.defined"]
    event = AuditEvent.objects.get(act="field.defined")
    assert (event.actor_label, event.subject_label) == (str(getattr(company, who).user), "Plant")
    assert b"Plant" in client.get(LIST).content
    rep = signed_in(company.rep)
    assert b"Where it stands" in rep.get(reverse("accounts:account_new")).content
    listed = rep.get(reverse("accounts:accounts"), {"columns": "name,own_plant"}).context["table"]
    assert [column.key for column in listed.columns] == ["name", "own_plant"]


@pytest.mark.parametrize("on", ["account", "contact", "lead", "opportunity"])
def test_a_field_belongs_to_the_kind_that_was_chosen(company: Any, signed_in: Any, on: str) -> None:
    signed_in(company.ops).post(NEW, filled("Plant", on=on))
    signed_in(company.ops).post(NEW, filled("Plant", on="lead" if on == "account" else "account"))
    assert CustomField.objects.filter(record_kind=on).count() == 1
    assert CustomField.objects.count() == 2, "another kind may have a field of the same name"


def test_a_renamed_field_keeps_its_key_values_and_type(company: Any, signed_in: Any) -> None:
    row, client = define(company, "number", "Robots"), signed_in(company.ops)
    account = company.account(custom={"robots": "12"})
    page = client.get(page_of(row)).content.decode()
    assert "1 record holds a value" in page and 'name="type"' not in page
    client.post(page_of(row), filled("Robots in use", "text", "lead", help_text="All halls", is_required="on"))
    row.refresh_from_db()
    assert (row.label, row.key, row.type, row.record_kind) == ("Robots in use", "robots", "number", "account")
    shown = client.get(account.get_absolute_url()).content.decode()
    assert "Robots in use" in shown and ">12<" in shown
    detail = AuditEvent.objects.get(act="field.changed").detail
    assert detail == {"name": "Robots → Robots in use", "help": "– → All halls", "required": "no → yes"}


def test_saving_what_stands_records_nothing(company: Any, signed_in: Any) -> None:
    row = define(company, label="Plant")
    assert signed_in(company.ops).post(page_of(row), filled("Plant")).status_code == 302
    assert acts() == ["field.defined"]


def test_choices_are_renamed_added_ordered_and_taken_out(company: Any, signed_in: Any) -> None:
    row = define(company, "choice", "Size", choices=[("", "Small", False), ("", "Large", False)])
    client = signed_in(company.ops)
    account = company.account(custom={"size": "small"})
    rows = [("large", "Very large", False), ("", "Middle", False), ("small", "Small", True)]
    client.post(page_of(row), filled("Size", "choice", "account", *rows, default="Middle"))
    row.refresh_from_db()
    assert [(one["key"], one["label"], one.get("off", False)) for one in row.choices] == [
        ("large", "Very large", False), ("middle", "Middle", False), ("small", "Small", True),
    ]  # fmt: skip
    assert row.default == "middle"
    assert AuditEvent.objects.get(act="field.changed").detail["choices"] == (
        "Small, Large → Very large, Middle, Small (off)"
    )
    assert b"Small" in client.get(account.get_absolute_url()).content, "it stays where it was chosen"
    assert offered(client, reverse("accounts:account_edit", args=[account.pk])) == ["", "large", "middle", "small"]
    assert offered(client, reverse("accounts:account_new")) == ["", "large", "middle"]


def offered(client: Any, address: str) -> list[str]:
    return [key for key, _label in client.get(address).context["form"].fields["own_size"].choices]


@pytest.mark.parametrize(
    ("label", "part"),
    [
        ("", "label"),
        ("   ", "label"),
        ("PLANT", "label"),
        ("Industry", "label"),
        ("tags", "label"),
        ("x" * 61, "label"),
    ],
)
def test_a_name_that_can_not_be_is_refused_at_its_field(company: Any, signed_in: Any, label: str, part: str) -> None:
    define(company, label="Plant")
    answer = signed_in(company.ops).post(NEW, filled(label))
    assert answer.status_code == 200
    assert answer.context["form"].errors[part]
    assert CustomField.objects.count() == 1 and acts() == ["field.defined"]


def test_the_name_of_an_archived_field_says_that_it_can_be_restored(company: Any, signed_in: Any) -> None:
    row, client = define(company, label="Plant"), signed_in(company.ops)
    client.post(page_of(row, "_archive"))
    assert "Restore it" in str(client.post(NEW, filled("plant")).context["form"].errors["label"])


@pytest.mark.parametrize(
    ("kind", "more", "words"),
    [
        ("choice", {}, "at least one choice"),
        ("choices", {"choices": [("", "A", False), ("", "a", False)]}, "stands there twice"),
        ("choice", {"choices": [("", "A; B", False)]}, "no semicolon"),
        ("choice", {"choices": [("", "A", False)], "default": "C"}, "is none of"),
        ("number", {"default": "many"}, "number"),
        ("date", {"default": "31.12.2026"}, "Write a day"),
        ("boolean", {"default": "perhaps"}, "yes or no"),
        ("url", {"default": "javascript:alert(1)"}, "web address"),
        ("nothing", {}, "nothing"),
        ("text", {"on": "person"}, "person"),
    ],
)
def test_what_does_not_fit_is_said_in_words(company: Any, signed_in: Any, kind: str, more: Any, words: str) -> None:
    choices, on = more.pop("choices", ()), more.pop("on", "account")
    answer = signed_in(company.ops).post(NEW, filled("Plant", kind, on, *choices, **more))
    assert answer.status_code == 200 and words in answer.content.decode()
    assert not CustomField.objects.exists()


@pytest.mark.parametrize("rows", [{}, {"c-TOTAL_FORMS": "x"}, {"c-TOTAL_FORMS": "9999999", "c-INITIAL_FORMS": "0"}])
def test_a_form_without_its_rows_breaks_nothing(company: Any, signed_in: Any, rows: Any) -> None:
    posted = {"label": "Plant", "type": "choice", "record_kind": "account", "default": "\x00", **rows}
    assert signed_in(company.ops).post(NEW, posted).status_code == 200
    assert not CustomField.objects.exists()


def test_an_archived_field_leaves_forms_and_lists_and_comes_back_with_its_values(company: Any, signed_in: Any) -> None:
    row, client = define(company, label="Plant"), signed_in(company.ops)
    account = company.account(custom={"plant": "Reno"})
    told = client.post(page_of(row, "_archive"), follow=True).content.decode()
    assert "Plant archived" in told and page_of(row, "_restore") in told
    client.post(page_of(row, "_archive"))
    assert b"Reno" not in client.get(account.get_absolute_url()).content
    assert b"own_plant" not in client.get(reverse("accounts:account_edit", args=[account.pk])).content
    listed = client.get(
        reverse("accounts:accounts"), {"sort": "-own_plant", "own_plant": "none", "columns": "own_plant"}
    )
    assert b"Acme Robotics" in listed.content, "old addresses and saved views go on without it"
    assert not client.get(LIST).context["table"].objects
    assert [one.pk for one in client.get(LIST, {"archived": "1"}).context["table"].objects] == [row.pk]
    assert b"Restore" in client.get(page_of(row)).content
    client.post(page_of(row, "_restore"))
    client.post(page_of(row, "_restore"))
    assert b"Reno" in client.get(account.get_absolute_url()).content
    assert acts() == ["field.defined", "field.archived", "field.restored"]


def test_fields_are_put_in_order_among_those_in_use(company: Any, signed_in: Any) -> None:
    client = signed_in(company.admin)
    first, gone, second, third = (define(company, label=label) for label in ("First", "Gone", "Second", "Third"))
    other = define(company, label="Other", on="lead")
    client.post(page_of(gone, "_archive"))

    def order() -> list[str]:
        form = client.get(reverse("accounts:account_new"), follow=True).context["form"]
        return [form.fields[name].label for name in form.fields if name.startswith("own_")]

    client = signed_in(company.ops)
    assert order() == ["First", "Second", "Third"]
    client.post(page_of(third, "_move"), {"way": "up"})
    assert order() == ["First", "Third", "Second"]
    client.post(page_of(first, "_move"), {"way": "down"})
    assert order() == ["Third", "First", "Second"]
    before = len(acts())
    for row, way in ((third, "up"), (second, "down"), (gone, "up"), (other, "up"), (other, "")):
        assert client.post(page_of(row, "_move"), {"way": way}).status_code == 302
    assert (order(), len(acts())) == (["Third", "First", "Second"], before), (
        "at an end it stays, and so is told nothing"
    )
    assert acts().count("field.moved") == 2


@pytest.mark.parametrize("who", ["rep", "manager", "vp", "outsider"])
def test_nobody_else_finds_these_pages(company: Any, signed_in: Any, who: str) -> None:
    row, client = define(company, label="Plant"), signed_in(getattr(company, who))
    for address in (LIST, NEW, page_of(row), f"{LIST}?format=csv"):
        assert client.get(address).status_code == 404
    for address in (NEW, page_of(row), *(page_of(row, act) for act in ("_archive", "_restore", "_move"))):
        assert client.post(address, filled("Mine")).status_code == 404
    row.refresh_from_db()
    assert (row.label, row.archived_at) == ("Plant", None) and acts() == ["field.defined"]


def test_a_field_that_is_not_there_is_not_found(company: Any, signed_in: Any) -> None:
    client = signed_in(company.ops)
    assert client.get("/settings/fields/987654321/").status_code == 404
    for act in ("archive", "restore", "move"):
        assert client.post(f"/settings/fields/987654321/{act}/").status_code == 404
        assert client.get(f"/settings/fields/987654321/{act}/").status_code == 405


def test_no_more_than_a_hundred_fields(company: Any, signed_in: Any) -> None:
    CustomField.objects.bulk_create(
        CustomField(record_kind="account", key=f"k{n}", label=f"L{n}", type="text", position=n) for n in range(100)
    )
    assert b"at most 100 fields" in signed_in(company.ops).post(NEW, filled("One more")).content
    assert CustomField.objects.count() == 100


def test_the_page_costs_the_same_however_many_fields_there_are(company: Any, signed_in: Any) -> None:
    from tests.counting import queries

    row, client = define(company, label="Plant"), signed_in(company.ops)
    one = [queries(client, address) for address in (LIST, page_of(row))]
    define(company, label="Second")
    define(company, label="Third")
    assert [queries(client, address) for address in (LIST, page_of(row))] == one
