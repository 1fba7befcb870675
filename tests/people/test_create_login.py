"""python manage.py create_login: the first login of a production installation, and any later one."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from people.models import Person, User

GOOD = "seven-lamps-of-rain"


def _create(monkeypatch: pytest.MonkeyPatch, *args: str, password: str = GOOD) -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    told = io.StringIO()
    call_command("create_login", *args, "--password-stdin", stdout=told)
    return told.getvalue()


def test_a_login_with_roles_and_a_person(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    told = _create(monkeypatch, "Ada@Example.com", "--roles", "admin,sales_ops", "--name", "Ada Lamb")
    user = User.objects.get(email="ada@example.com")
    assert user.check_password(GOOD)
    assert user.roles == {"admin", "sales_ops"}
    assert user.person.name == "Ada Lamb"
    assert "ada@example.com" in told


def test_a_known_person_gets_the_login(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    known = Person.objects.create(name="Ada Lamb", email="ada@example.com")
    _create(monkeypatch, "ada@example.com", "--roles", "rep")
    known.refresh_from_db()
    assert known.user is not None
    assert Person.objects.count() == 1


def test_a_blank_password_can_only_be_set_by_mail(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    _create(monkeypatch, "ada@example.com", "--roles", "rep", password="")
    assert not User.objects.get().has_usable_password()


@pytest.mark.parametrize(
    ("args", "password", "words"),
    [
        (("ada@example.com", "--roles", "boss"), GOOD, "There is no role “boss”"),
        (("ada", "--roles", "rep"), GOOD, "valid email"),
        (("ada@example.com", "--roles", "rep"), "short", "too short"),
    ],
)
def test_mistakes_are_said_and_leave_nothing(
    db: None, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...], password: str, words: str
) -> None:
    with pytest.raises(CommandError, match=words):
        _create(monkeypatch, *args, "--name", "Ada Lamb", password=password)
    assert not User.objects.exists()
    assert not Person.objects.exists()


def test_an_address_has_one_login(db: None, monkeypatch: pytest.MonkeyPatch, company: Any) -> None:
    with pytest.raises(CommandError, match="has a login already"):
        _create(monkeypatch, company.rep.user.email, "--roles", "rep")
