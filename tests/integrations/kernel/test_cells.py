"""Cells to clean values, column names to fields, misspellings to names: plain functions, plain values."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernel import fields as f
from core.kernel.fields import FieldSpec, KindSpec
from integrations.kernel import amounts, dates, words
from integrations.kernel.mapping import guess_mapping
from integrations.kernel.rows import Formats, Limits, Priced, compile_columns, parse_row

AMOUNT = st.decimals(min_value=-(10**12), max_value=10**12, places=2, allow_nan=False)


def written(amount: Decimal, mark: str, group: str) -> str:
    whole, cents = f"{abs(amount):,.2f}".split(".")
    return ("-" if amount < 0 else "") + whole.replace(",", group) + mark + cents


@given(
    AMOUNT, st.sampled_from([(".", ","), (",", "."), (",", " "), (".", "'"), (",", "\u202f")]), st.sampled_from("$€£")
)
def test_amounts_are_read_as_they_were_written(amount: Decimal, marks: tuple[str, str], sign: str) -> None:
    text = written(amount, *marks)
    assert amounts.parse_number(text, marks[0]) == amount
    assert amounts.parse_number(f"{text} {sign}", marks[0]) == amount
    if amount >= 0:
        assert amounts.parse_number(f"{sign}{text}", marks[0]) == amount
        assert amounts.parse_number(f"({text})", marks[0]) == -amount
    assert amounts.decimal_mark_of([text]) == marks[0]


@given(st.dates(date(1950, 1, 1), date(2060, 1, 1)), st.sampled_from(["dmy", "mdy", "ymd"]), st.sampled_from("/.-"))
def test_days_are_read_as_they_were_written(day: date, order: str, mark: str) -> None:
    pattern = {"dmy": "%d{0}%m{0}%Y", "mdy": "%m{0}%d{0}%Y", "ymd": "%Y{0}%m{0}%d"}[order].format(mark)
    assert dates.parse_date(f"{day:{pattern}}", order) == day
    assert dates.parse_date(f"{day:{pattern}} 00:03:00", order) == day
    assert dates.parse_date(f"{day:%d %b, %Y} 00:03:00", "mdy") == day
    assert dates.parse_date(f"{day:%B %d, %Y}", "dmy") == day


@pytest.mark.parametrize(
    ("text", "order", "words_of_it"),
    [
        ("31/11/2026", "dmy", "November has 30 days."),
        ("TBD", "dmy", "Enter a date as DD/MM/YYYY."),
        ("19/12/2026", "mdy", "There is no month 19."),
        ("29.02.2025", "dmy", "February has 28 days."),
    ],
)
def test_bad_dates_say_how_to_mend_them(text: str, order: str, words_of_it: str) -> None:
    with pytest.raises(dates.BadDate, match=words_of_it):
        dates.parse_date(text, order)


def test_dot_before_three_digits_is_asked_about() -> None:
    with pytest.raises(amounts.BadNumber, match="Did you mean 39,800.00") as caught:
        amounts.parse_number("39.800")
    assert caught.value.suggestion == "39800"


@pytest.mark.parametrize(
    ("value", "known", "target"),
    [
        ("GTXPro", ["GTX Basic", "GTX Pro"], "GTX Pro"),
        ("technolgy", ["technology", "telecommunications"], "technology"),
        ("Philipines", ["Philippines"], "Philippines"),
        ("Plant 2", ["Plant 3"], None),
        ("Bo", ["Bob"], None),
        ("Kan-code", ["Konex", "Isdom"], None),
    ],
)
def test_misspelt_names(value: str, known: list[str], target: str | None) -> None:
    found = words.near_misses([value], known).get(value)
    assert (found.target if found else None) == target


@given(st.lists(st.text("abcdefg ", min_size=6, max_size=12), min_size=1, max_size=40), st.data())
def test_blocks_of_names_give_what_one_list_gives(names: list[str], data: st.DataObject) -> None:
    asked = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=5)) + ["zzzzzzzz"]
    found = words.near_misses(asked, iter(names))
    for name in asked:
        if words.squashed(name) in {words.squashed(other) for other in names} and words.squashed(name):
            assert words.squashed(found[name].target) == words.squashed(name)
    assert "zzzzzzzz" not in found


SPEC = KindSpec(
    "deals",
    "Deals",
    (
        FieldSpec("name", "Name", required=True),
        FieldSpec("amount", "Amount", f.MONEY),
        FieldSpec("share", "Share", f.PERCENT),
        FieldSpec("won", "Won", f.BOOLEAN),
        FieldSpec("type", "Type", f.CHOICE, choices={"new": "new", "add on": "expansion"}),
        FieldSpec("mail", "Mail", f.EMAIL),
        FieldSpec("closed_on", "Close date", f.DATE, synonyms=("Closing",)),
    ),
    ("name",),
)


def parsed(formats: Formats | None = None, **cells: object) -> tuple[dict[str, object], list[str]]:
    names = list(cells)
    columns = compile_columns(SPEC, names, {name: name for name in names}, formats or Formats())
    clean, problems = parse_row(columns, [cells[name] for name in names])
    return clean, [problem.code for problem in problems]


def test_clean_row() -> None:
    clean, problems = parsed(
        name="  Acme\n pilot ", amount="1,200.50", share="75 %", won="Yes", type="Add-on", mail="A@B.de"
    )
    assert problems == []
    assert clean == {
        "name": "Acme\n pilot",
        "amount": Decimal("1200.50"),
        "share": 75,
        "won": True,
        "type": "expansion",
        "mail": "a@b.de",
    }


@pytest.mark.parametrize("nothing", ["", "  ", "N/A", "Select", "--None--", "#REF!", None, "-", "TBD"])
def test_words_that_mean_nothing(nothing: str | None) -> None:
    clean, problems = parsed(name="Acme", amount=nothing)
    assert (clean["amount"], problems) == (None, [])


def test_what_is_wrong_with_a_row() -> None:
    assert parsed(name="", amount="much")[1] == ["bad_number", "missing"]
    assert parsed(name="A", share="130")[1] == ["too_large"]
    assert parsed(name="A", mail="nobody", type="odd", won="perhaps")[1] == [
        "bad_email",
        "unknown_choice",
        "bad_boolean",
    ]
    limits = Formats(limits={"amount": Limits(Decimal(0), Decimal(99)), "name": Limits(length=3)})
    assert parsed(limits, name="Acme", amount="100")[1] == ["too_long", "too_large"]


def test_currency_beside_an_amount() -> None:
    formats = Formats(priced=frozenset({"amount"}), home="USD", currencies=frozenset({"USD", "EUR"}))
    assert parsed(formats, name="A", amount="€ 5")[0]["amount"] == Priced(Decimal(5), "EUR")
    assert parsed(formats, name="A", amount="$5")[0]["amount"] == 5
    assert parsed(formats, name="A", amount="£5")[1] == ["unknown_currency"]
    assert amounts.currency_of("$5", "CAD") == "CAD"


def test_exported_texts_lose_their_guard() -> None:
    assert parsed(name="'=SUM(A1)")[0]["name"] == "=SUM(A1)"
    assert parsed(name="'t Hart")[0]["name"] == "'t Hart"


def test_columns_find_their_fields_by_name_and_shape() -> None:
    sample = [["Acme", "12/31/2026", "100", "x"], ["Bolt", "1/2/2026", "200", "y"]]
    found = guess_mapping(SPEC, ["Deal Name", "Closing", "AMOUNT", "Share"], sample)
    assert [guess.field for guess in found] == ["name", "closed_on", "amount", ""]
