"""The database or the broker dies under a running instance: said in words, mended by itself, nothing is lost."""

from __future__ import annotations

import os
import signal
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psycopg2
import pytest
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.test import RequestFactory
from redis import ConnectionError as BrokerLost

from salesops import outage
from salesops.embedded import postgres, valkey
from salesops.embedded.backend.base import DatabaseWrapper
from tests.frame.test_supervisor import Terminal, folder, port, running, wait_until

__all__ = ["folder", "port", "running"]  # fixtures


def page(terminal: Terminal, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(terminal.url + path, timeout=10) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def is_ready(terminal: Terminal) -> Callable[[], bool]:
    return lambda: terminal.answers("/readyz") == 200


def test_a_killed_broker_comes_back(running: Terminal, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALESOPS_HOME", str(folder))
    dead = valkey.server_pid()
    assert dead is not None
    os.kill(dead, signal.SIGKILL)
    wait_until(lambda: "Valkey had ended; it runs again." in running.text, running, 20)
    wait_until(is_ready(running), running, 40)
    assert valkey.server_pid() not in (None, dead)


def test_a_killed_database_is_said_in_words_and_comes_back(
    running: Terminal, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page while it is away says what is the matter; no program has to be started again."""
    monkeypatch.setenv("SALESOPS_HOME", str(folder))
    dead, web = postgres.server_pid(), running.program("wsgi").pid
    assert dead is not None
    os.kill(running.process.pid, signal.SIGSTOP)  # so that nobody mends it while we look
    try:
        os.kill(dead, signal.SIGKILL)
        wait_until(lambda: running.answers("/readyz") == 503, running, 20)
        status, text = page(running, "/auth/login/")
    finally:
        os.kill(running.process.pid, signal.SIGCONT)
    assert status == 503, running.text[-3000:]
    assert "can't reach its database" in text
    wait_until(is_ready(running), running, 60)
    assert page(running, "/auth/login/")[0] == 200
    assert "PostgreSQL had ended; it runs again." in running.text
    assert running.program("wsgi").pid == web


def _failing(state: str | None) -> OperationalError:
    class Cause(psycopg2.OperationalError):
        pgcode = state

    error = OperationalError("gone")
    error.__cause__ = Cause()
    return error


def _while_handling(first: Exception, second: Exception) -> Exception:
    second.__context__ = first
    return second


@pytest.mark.parametrize(
    ("error", "is_outage"),
    [
        (_failing(None), True),  # the connection is gone
        (_failing("57P01"), True),  # the server is shutting down
        (_failing("57P03"), True),  # it is starting
        (_failing("08006"), True),
        (_failing("40P01"), False),  # a deadlock is ours
        (_failing("57014"), False),  # a statement that took too long, too
        (InterfaceError("connection already closed"), True),
        (BrokerLost("away"), True),
        (DatabaseError("error with status PGRES_TUPLES_OK and no message from the libpq"), True),
        (_while_handling(_failing(None), ValueError("a mistake")), True),
        (_while_handling(ValueError("a mistake"), KeyError("another")), False),
        (ValueError("a mistake"), False),
        (None, False),
    ],
)
def test_what_counts_as_an_outage(error: BaseException | None, is_outage: bool) -> None:
    assert outage.is_outage(error) is is_outage


def test_a_database_that_cant_be_started_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that asks for the first time while the server is dead, and can't start it itself."""

    def take() -> None:
        raise postgres.PostgresFailed("PostgreSQL didn't start.")

    monkeypatch.setattr("salesops.embedded.lease.take", take)
    monkeypatch.setattr("salesops.embedded.backend.base.home.brings_postgres", lambda: True)
    monkeypatch.setattr("sys.argv", ["granian"])
    with pytest.raises(OperationalError, match="didn't start") as told:
        DatabaseWrapper(connection.settings_dict).get_new_connection({})
    assert outage.is_outage(told.value)


@pytest.mark.parametrize("path", ["/deals/", "/api/v1/accounts/"])
@pytest.mark.parametrize(("error", "status"), [(_failing(None), 503), (ValueError("a mistake"), 500)])
def test_the_answer_fits_who_asks(path: str, error: Exception, status: int) -> None:
    try:
        raise error
    except Exception:  # noqa: BLE001 -- the handler reads what is being handled, as Django calls it
        answer = outage.server_error(RequestFactory().post(path))
    assert answer.status_code == status
    assert ("Retry-After" in answer.headers) is (status == 503)
    if path.startswith("/api/"):
        assert answer.headers["Content-Type"] == "application/problem+json"
    else:
        assert ("may not have been saved" in answer.content.decode()) is (status == 503)


def test_the_sentence_of_a_read_doesnt_speak_of_saving() -> None:
    try:
        raise _failing("57P03")
    except OperationalError:
        answer = outage.server_error(RequestFactory().get("/deals/"))
    assert "may not have been saved" not in answer.content.decode()
