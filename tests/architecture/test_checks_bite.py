"""Each check is fed a small house that breaks its rule: a check that can't fail keeps nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tests.architecture.checks import documents, imports, jobs, markers, markup, migrations, references, sizes
from tests.architecture.checks.sources import Offence

ROOT = Path(__file__).resolve().parents[2]
Checker = Callable[[Path], Iterable[Offence]]


def build(root: Path, sample: dict[str, str]) -> Path:
    for name, source in {"core/__init__.py": "", **sample}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
        if path.suffix == ".py":
            (root / path.relative_to(root).parts[0] / "__init__.py").touch()
    return root


def over_edges(rule: Callable[[Iterable[imports.Edge]], Iterable[Offence]]) -> Checker:
    return lambda root: rule(imports.edges_of(root))


def lines(count: int, line: str = "x = 1") -> str:
    return "\n".join([line] * count) + "\n"


def function(count: int, head: str = "def act():") -> str:
    return f"{head}\n" + lines(count - 1, "    x = 1")


FLOORS = over_edges(imports.floor_offences)
STAIRS = over_edges(imports.staircase_offences)
DOORS = over_edges(imports.door_offences)
KERNELS = over_edges(imports.kernel_import_offences)
JOB = '@job("core.known")\ndef known(): ...\n'
NAMES = [references.Reverse("accounts", "opportunities", "pipeline")]


def unknown_jobs(root: Path) -> Iterable[Offence]:
    return jobs.job_offences(root, jobs.registered_names(root))


def reach_up(root: Path) -> Iterable[Offence]:
    return references.reach_up_offences(root, NAMES)


# (check, file, source, how many offences)
CASES: list[tuple[Checker, str, str, int]] = [
    # 1 floors
    (FLOORS, "core/audit.py", "from people.models import Person\n", 1),
    (FLOORS, "core/audit.py", "def late():\n    import reporting.selectors\n", 1),
    (FLOORS, "pipeline/models.py", "if TYPE_CHECKING:\n    from leads.models import Lead\n", 1),
    (FLOORS, "reporting/selectors.py", "from integrations import selectors\n", 1),
    (FLOORS, "orders/services.py", "import territories.models\n", 1),
    (FLOORS, "people/selectors.py", "from salesops.settings import HOME\n", 1),
    (FLOORS, "reporting/selectors.py", "from pipeline.selectors import deals\nfrom core import audit\n", 0),
    # 1 staircase: file and package
    (STAIRS, "pipeline/services.py", "from pipeline.tasks import work\n", 1),
    (STAIRS, "pipeline/services/runs.py", "from pipeline import views\n", 1),
    (STAIRS, "pipeline/selectors/deals.py", "from pipeline.services.deals import save\n", 1),
    (STAIRS, "pipeline/models/deals.py", "def f():\n    from pipeline.policies import may\n", 1),
    (STAIRS, "pipeline/views.py", "from pipeline.api import router\n", 1),
    (STAIRS, "pipeline/kernel/rates.py", "from ..enums import Stage\n", 1),
    (STAIRS, "core/models/work.py", "from core.jobs import enqueue\n", 1),
    (STAIRS, "core/services.py", "from core.pages import list_answer\n", 1),
    (STAIRS, "pipeline/services/runs.py", "from pipeline.services.deals import a\nfrom pipeline.models import b\n", 0),
    (STAIRS, "pipeline/management/commands/nightly.py", "from pipeline import services\n", 0),
    # 1 doors
    (DOORS, "pipeline/views.py", "from accounts.views import account_page\n", 1),
    (DOORS, "pipeline/forms.py", "from accounts.forms import AccountForm\n", 1),
    (DOORS, "pipeline/lists.py", "from accounts.lists import ACCOUNTS\n", 1),
    (DOORS, "pipeline/services/deals.py", "from core.pages import list_answer\n", 1),
    (DOORS, "pipeline/services/deals.py", "from core import views\n", 1),
    (DOORS, "pipeline/views.py", "from core.pages import a\nfrom core import audit\nfrom people.models import b\n", 0),
    # 1 kernels
    (KERNELS, "core/kernel/money.py", "from django.db import models\n", 1),
    (KERNELS, "core/kernel/money.py", "import os, time, requests\n", 3),
    (KERNELS, "leads/kernel/score.py", "from leads.enums import LeadStatus\n", 1),
    (KERNELS, "leads/kernel/score.py", "from pipeline.models import Stage\n", 1),
    (KERNELS, "leads/kernel/score.py", "import numpy\nfrom core.kernel.money import split\nimport re\n", 0),
    (imports.kernel_call_offences, "core/kernel/days.py", "x = date.today()\ny = datetime.now()\n", 2),
    (imports.kernel_call_offences, "core/kernel/days.py", "def f(p):\n    print(p)\n    return open(p)\n", 2),
    (imports.heavy_offences, "reporting/selectors.py", "import pandas as pd\nfrom plotly import graph_objects\n", 2),
    (imports.heavy_offences, "reporting/selectors.py", "def f():\n    import pandas\n", 0),
    # 1 the plan of a room
    (imports.plan_offences, "pipeline/handlers.py", "", 1),
    (imports.plan_offences, "pipeline/repository/deals.py", "", 0),
    (imports.plan_offences, "pipeline/repository/__init__.py", "", 1),
    (imports.plan_offences, "pipeline/services/utils.py", "", 1),
    (imports.plan_offences, "core/caches.py", "", 1),
    # 1 what is named in strings
    (references.code_offences, "core/views.py", 'redirect("people:person")\n', 1),
    (references.code_offences, "core/views.py", 'apps.get_model("people.Person")\n', 1),
    (references.code_offences, "pipeline/apps.py", 'NavigationEntry(url_name="leads:leads")\n', 1),
    (references.code_offences, "pipeline/services.py", 'jobs.enqueue("reporting.refresh", on="x")\n', 1),
    (references.code_offences, "leads/views.py", 'redirect("people:person")\nreverse("leads:lead")\n', 0),
    (references.template_offences, "templates/core/run.html", "{% url 'people:person' 1 %}", 1),
    (references.template_offences, "templates/base.html", '<p>\n{% url "reporting:home" %}', 1),
    (references.template_offences, "templates/components/a.html", '{% include "leads/_lead.html" %}', 1),
    (references.template_offences, "templates/leads/lead.html", "{% url 'people:person' 1 %}", 0),
    (reach_up, "accounts/policies.py", "accounts.filter(opportunities__owner__in=x)\n", 1),
    (reach_up, "accounts/policies.py", 'accounts.values("opportunities__owner")\n', 1),
    (reach_up, "pipeline/policies.py", "accounts.filter(opportunities__owner__in=x)\n", 0),
    # 3 sizes
    (sizes.size_offences, "pipeline/services.py", function(61), 1),
    (sizes.size_offences, "pipeline/services.py", function(60), 0),
    (sizes.size_offences, "pipeline/services.py", lines(501), 1),
    (sizes.size_offences, "pipeline/migrations/0001_initial.py", lines(501), 0),
    (sizes.size_offences, "templates/core/run.html", lines(151, "<p>"), 1),
    (sizes.size_offences, "pipeline/views.py", function(26), 1),
    (sizes.size_offences, "pipeline/views/deals.py", function(26), 1),
    (sizes.size_offences, "pipeline/tasks.py", function(8), 1),
    (sizes.size_offences, "core/jobs.py", function(8, "@shared_task\ndef act():"), 1),
    (sizes.size_offences, "pipeline/tasks.py", function(7), 0),
    # 4 migrations
    (migrations.reverse_offences, "core/migrations/0002_x.py", "a = migrations.RunPython(forward)\n", 1),
    (migrations.reverse_offences, "core/migrations/0002_x.py", 'a = migrations.RunSQL("SELECT 1")\n', 1),
    (migrations.reverse_offences, "core/migrations/0002_x.py", "a = RunPython(go, reverse_code=RunPython.noop)\n", 0),
    (migrations.reverse_offences, "core/migrations/0002_x.py", 'a = RunSQL("CREATE", "DROP")\n', 0),
    # 6 documents (core/__init__.py stands in every sample house)
    (documents.readme_offences, "docs/tour.md", "", 1),
    (documents.readme_offences, "core/README.md", lines(41), 1),
    (documents.readme_offences, "core/README.md", lines(40), 0),
    (
        documents.setting_offences,
        "core/audit.py",
        'a = os.environ["A_B"]\nb = os.environ.get("C")\nc = os.getenv("D")\n',
        3,
    ),
    (documents.command_offences, "core/management/commands/sweep.py", "", 1),
    (lambda root: documents.metric_offences(root, ["win_rate"]), "docs/metrics.md", "`a_win_rate` win_rate", 1),
    (lambda root: documents.metric_offences(root, ["win_rate"]), "docs/metrics.md", "`win_rate`", 0),
    (documents.command_offences, "core/management/commands/_shared.py", "", 0),
    (documents.link_offences, "docs/a.md", "[a](b.md) [c](#not-here) [d](../core/__init__.py)", 2),
    (documents.link_offences, "docs/a.md", "# The house\n[a](#the-house) [b](https://example.com) `[c](d)`", 0),
    (documents.wording_offences, "docs/a.md", "See issue 12.\nIn /root/x.\nTODO\n", 3),
    # 7 jobs
    (unknown_jobs, "core/tasks.py", JOB + 'enqueue("core.unknown", id=1)\n', 1),
    (unknown_jobs, "core/tasks.py", JOB + 'NightlyStep("a", 1, "b", job="core.unknown")\n', 1),
    (unknown_jobs, "core/tasks.py", JOB + 'jobs.enqueue("core.known")\nenqueue(name)\n', 0),
    # 8 pages
    (markup.markup_offences, "templates/a.html", "<script>go()</script>", 1),
    (markup.markup_offences, "templates/a.html", '<script type="application/json">{}</script>', 0),
    (markup.markup_offences, "templates/a.html", "<script src=\"{% static 'a.js' %}\"></script>", 0),
    (markup.markup_offences, "templates/a.html", '<script src="https://cdn.example.com/a.js"></script>', 1),
    (markup.markup_offences, "templates/a.html", "<style>p{}</style>", 1),
    (markup.markup_offences, "templates/a.html", '<p onclick="go()" style="width:{{ w }}%">', 2),
    (markup.markup_offences, "templates/a.html", '<i {% bar_style 3 %} class="{% if a > b %}x{% endif %}"></i>', 0),
    (markup.markup_offences, "templates/a.html", '<b hx-on:click="go()"></b><a href="javascript:go()">x</a>', 2),
    (markup.markup_offences, "templates/a.html", '<a hx-get="/x">x</a><div hx-get="/x">y</div>', 2),
    (markup.markup_offences, "templates/a.html", '<a hx-get="/x" href="/x">x</a>', 0),
    (markup.markup_offences, "templates/a.html", '<form action="/x"><button hx-get="/x">x</button></form>', 0),
    (markup.markup_offences, "templates/a.html", '<form><button hx-get="/x">x</button></form>', 1),
    (markup.markup_offences, "templates/a.html", '<div hx-get="/x" hx-trigger="load"></div>', 1),
    (markup.markup_offences, "templates/a.html", '<div hx-get="/x" hx-trigger="load"><a href="/x">x</a></div>', 0),
    (markup.markup_offences, "pipeline/templates/a.html", "<style></style>", 1),
    # 9 markers
    (markers.marker_offences, "core/a.py", f"import os  # {'noqa'}\nimport re  # {'noqa'}: F401\n", 2),
    (markers.marker_offences, "core/a.py", f"import os  # {'noqa'}: F401, E501 -- re-exported\n", 0),
    (markers.marker_offences, "core/a.py", f"a = 1  # {'type'}: ignore\nb = 2  # {'type'}: ignore[x]  # why\n", 2),
    (markers.marker_offences, "core/a.py", f"a = 1  # {'type'}: ignore[arg-type,misc]  # -- a lazy text\n", 0),
    (markers.marker_offences, "core/a.py", f"# {'mypy'}: ignore-errors\n", 1),
]


@pytest.mark.parametrize(("check", "name", "source", "count"), CASES)
def test_the_check_counts_what_breaks_its_rule(
    tmp_path: Path, check: Checker, name: str, source: str, count: int
) -> None:
    root = build(tmp_path, {name: source})
    found = list(check(root))
    assert len(found) == count, [str(one) for one in found]
    assert all(one.path.is_relative_to(root) and one.line >= 1 for one in found)


def test_a_pointer_up_is_refused_but_to_the_user() -> None:
    up = references.Pointer("pipeline", "Activity", "lead", "leads", "Lead")
    sideways = references.Pointer("orders", "Order", "territory", "territories", "Territory")
    user = references.Pointer("core", "Run", "started_by", "people", "User")
    down = references.Pointer("leads", "Lead", "owner", "people", "Person")
    assert len(list(references.pointer_offences([up, sideways, user, down]))) == 2


def test_import_linter_bites(tmp_path: Path) -> None:
    """The contracts of .importlinter fail as the tests do: one table, one set of rules."""
    wrong = {
        "core/audit.py": "from pipeline.models import Deal\n",
        "pipeline/models.py": "from pipeline import views\n",
        "pipeline/views.py": "from core import views\n",
        "pipeline/kernel/__init__.py": "import django\n",
        "core/views.py": "",
    }
    root = build(tmp_path, wrong)
    text = (ROOT / ".importlinter").read_text()
    packages = text[text.index("root_packages =") : text.index("include_external")]
    (root / ".importlinter").write_text(text.replace(packages, "root_packages =\n    core\n    pipeline\n"))
    (root / "tests").symlink_to(ROOT / "tests")
    command = [
        sys.executable,
        "-c",
        "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()",
    ]
    answer = subprocess.run([*command, "--no-cache"], cwd=root, capture_output=True, text=True, check=False)
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert "0 kept, 4 broken" in answer.stdout


def test_a_lax_policy_is_reported() -> None:
    lax = {"default-src": ["'self'"], "script-src": ["'self'", "'unsafe-inline'"], "object-src": [], "base-uri": []}
    assert markup.policy_offences(lax) == ["script-src 'unsafe-inline'"]
    assert len(markup.policy_offences({})) == 4


def test_a_model_without_migration_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    from core.models import Run

    monkeypatch.setattr(Run._meta.get_field("kind"), "max_length", 61)
    assert list(migrations.missing_migrations()) == ["core"]
