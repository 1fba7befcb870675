"""Compose file, image and Makefile as text: they parse, fit together, and name only what there is."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.frame.conftest import ROOT

DEPLOYMENT = (ROOT / "docs/deployment.md").read_text()


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def test_the_parts_of_the_several_machine_shape(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"prepare", "web", "worker", "beat", "postgres", "redis", "mail"}
    for name in ("web", "worker", "postgres", "redis", "mail"):
        assert services[name]["healthcheck"]["test"], name
    for name in ("web", "worker", "beat"):
        assert services[name]["depends_on"]["prepare"]["condition"] == "service_completed_successfully"
    assert [name for name, service in services.items() if "ports" in service] == ["web"]
    named = {part.split(":")[0] for service in services.values() for part in service.get("volumes", [])}
    assert named == set(compose["volumes"])


def test_workers_scale_and_hold_nothing(compose: dict[str, Any]) -> None:
    for name in ("web", "worker"):
        assert "container_name" not in compose["services"][name]
        assert compose["services"][name].get("volumes") == ["files:/data"]


def test_every_setting_of_the_compose_file_is_described(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        if service.get("image") == "salesops":
            for name in service["environment"]:
                assert f"`{name}`" in DEPLOYMENT, name


def test_the_programs_of_the_compose_file_exist(compose: dict[str, Any]) -> None:
    for name in ("prepare", "worker", "beat", "mail"):
        command = compose["services"][name]["command"].split()
        if "-m" in command:
            assert importlib.util.find_spec(command[command.index("-m") + 1])
        elif command[0] == "python":
            assert (ROOT / command[1]).exists()
            assert list(ROOT.glob(f"*/management/commands/{command[2]}.py"))
        else:
            assert shutil.which(command[0], path=str(ROOT / ".venv/bin"))


def test_secrets_have_no_defaults() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for name in ("SECRET_KEY", "POSTGRES_PASSWORD"):
        assert re.search(rf"\$\{{{name}:\?", text), name
        assert not re.search(rf"\$\{{{name}:-", text), name


def test_the_image_runs_as_nobody_special() -> None:
    steps = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text()).splitlines()
    words = [line.split(maxsplit=1) for line in steps if line and not line.startswith(("#", " "))]
    users = [rest for word, rest in words if word == "USER"]
    assert users == ["salesops"]
    assert [word for word, _ in words].index("USER") > [word for word, _ in words].index("COPY")
    assert any(word == "RUN" and "--require-hashes" in rest for word, rest in words)
    assert ["VOLUME", "/data"] in words


def test_the_makefile_explains_itself() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    targets = [line.split()[0] for line in shown]
    assert {"run", "test", "check", "bench", "lock", "help"} <= set(targets)
    assert len(targets) <= 12
    assert all(len(line.split()) > 2 for line in shown)


def test_ci_runs_the_command_of_the_readme() -> None:
    assert "make test" in (ROOT / "README.md").read_text()
    assert (ROOT / ".ci/run").read_text().rstrip().endswith("make test")
    assert Path(ROOT / ".ci/run").stat().st_mode & 0o111


def test_everything_installed_has_a_hash() -> None:
    for name in ("requirements.lock", "requirements.uv.lock", "requirements.node.lock"):
        packages = re.split(r"\n(?=\S)", (ROOT / name).read_text())
        pinned = [part for part in packages if re.match(r"[A-Za-z0-9].*==", part)]
        assert pinned
        assert all("--hash=sha256:" in part for part in pinned), name
