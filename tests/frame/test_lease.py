"""The lease: real processes take and leave it, are killed, and find what others left."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from salesops.embedded import home as homes
from salesops.embedded import postgres, processes, valkey
from tests.frame.conftest import Holder


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """One home for the tests of this file: making its cluster takes a second."""
    folder = Path(tempfile.mkdtemp(prefix="so-lease-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def at_that_place(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """postgres.is_running() and the like ask about that home; nothing runs after a test."""
    monkeypatch.setenv("SALESOPS_HOME", str(place))
    yield
    assert not postgres.is_running()
    assert not valkey.is_running()


@pytest.fixture
def holder(place: Path) -> Callable[..., Holder]:
    return lambda **more: Holder(place, **more)


def test_the_last_one_out_stops_the_services(holder: Callable[[], Holder]) -> None:
    first, second = holder(), holder()
    assert first.servers() == second.servers()
    first.leave()
    assert postgres.is_running()
    assert valkey.is_running()
    second.leave()
    assert not homes.socket_folder().exists()


def test_a_killed_holder_doesn_t_count(holder: Callable[[], Holder]) -> None:
    first, second = holder(), holder()
    assert first.servers() == second.servers()
    first.kill()
    assert postgres.is_running()
    second.leave()


def test_what_the_killed_left_is_used_again(holder: Callable[[], Holder]) -> None:
    first = holder()
    left = first.servers()
    first.kill()
    assert postgres.is_running()
    second = holder()
    assert second.servers() == left
    second.leave()


def test_servers_that_lost_their_sockets_are_started_again(holder: Callable[[], Holder]) -> None:
    first = holder()
    left = first.servers()
    first.kill()
    postgres.socket_path().unlink()
    valkey.socket_path().unlink()
    second = holder()
    assert set(second.servers()).isdisjoint(left)
    assert [processes.command_of(int(pid)) for pid in left] == ["", ""]
    second.leave()


def test_a_server_that_crashed_is_started_again(holder: Callable[[], Holder]) -> None:
    """Its pid file stays, and the number in it may belong to any other program by then: this one, say."""
    first = holder()
    for pid in first.servers():
        os.kill(int(pid), signal.SIGKILL)
    first.kill()
    path = postgres.data() / "postmaster.pid"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    assert postgres.server_pid() is None
    second = holder()
    second.servers()
    second.leave()


@pytest.mark.parametrize(
    ("given", "brought"),
    [
        ({"DATABASE_URL": "postgresql://db/x"}, (False, True)),
        ({"REDIS_URL": "redis://broker"}, (True, False)),
        ({"DATABASE_URL": "postgresql://db/x", "REDIS_URL": "redis://broker"}, (False, False)),
    ],
)
def test_only_what_isn_t_given_is_brought(
    holder: Callable[..., Holder], given: dict[str, str], brought: tuple[bool, bool]
) -> None:
    one = holder(**given)
    assert tuple(pid != "None" for pid in one.servers()) == brought
    one.leave()


def test_sockets_have_short_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALESOPS_HOME", "/tmp/" + "a-long-name/" * 30)
    assert max(len(str(postgres.socket_path())), len(str(valkey.socket_path()))) < 104
    monkeypatch.setattr(tempfile, "tempdir", "/tmp/" + "deep/" * 20)
    assert len(str(postgres.socket_path())) < 104


def test_a_folder_that_others_may_enter_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALESOPS_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    homes.socket_folder().mkdir(mode=0o755)
    with pytest.raises(homes.UnsafeFolder, match="isn't private"):
        homes.make_folders()


def test_data_of_another_mode_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALESOPS_HOME", str(tmp_path))
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres/PG_VERSION").write_text("18")
    (tmp_path / "postgres.mode").write_text("somebody else")
    with pytest.raises(postgres.PostgresFailed, match="Start as the same user as before"):
        postgres.start()


NO_NAMESPACES = "from salesops.embedded import postgres; postgres._namespaces_work = lambda: False\n"


@pytest.mark.skipif(os.getuid() != 0, reason="an ordinary user runs PostgreSQL as such")
def test_root_without_namespaces_runs_as_nobody(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice: the second time finds folders that belong to nobody. Where nobody can't go, a sentence says so."""
    monkeypatch.setenv("SALESOPS_HOME", str(home))
    closed = any(path.stat().st_mode & 0o001 == 0 for path in (postgres.binaries(), *postgres.binaries().parents))
    for _time in range(2):
        holder = Holder(
            home,
            NO_NAMESPACES,
        )
        servers = holder.servers()
        if closed:
            assert servers == ()
            return
        assert pwd.getpwuid(Path(f"/proc/{servers[0]}").stat().st_uid).pw_name == "nobody"
        holder.leave()
    assert not postgres.is_running()


def test_the_secret_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALESOPS_HOME", str(tmp_path))
    made = homes.secret_key()
    assert homes.secret_key() == made
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]
    with pytest.raises(RuntimeError, match="Set SECRET_KEY"):
        homes.secret_key(required_from_environment=True)
