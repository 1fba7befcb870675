"""The plan of the house as one table: floors, the staircase inside a room, doors, pure kernels.

Everything that keeps rule 1 reads this file: the import-linter contracts (`contracts.py`), the tests, nothing else.
A room named here and not built yet costs nothing; its rules hold from its first file.
"""

from __future__ import annotations

# Top to bottom. A room may import from rooms below; rooms on one line don't know each other.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("salesops",),
    ("reporting", "integrations"),
    ("planning", "automation", "supply"),
    ("compensation", "forecasting", "enablement", "engagement"),
    ("leads",),
    ("quotas",),
    ("territories", "orders"),
    ("pipeline",),
    ("accounts",),
    ("people",),
    ("core",),
)
ROOMS: tuple[str, ...] = tuple(room for floor in FLOORS for room in floor)
FRAME = "salesops"

# Top to bottom. A step may import from steps below, not from its own step.
STAIRCASE: tuple[tuple[str, ...], ...] = (
    ("urls", "admin", "apps", "management"),
    ("views", "api", "tasks"),
    ("forms",),
    ("lists",),
    ("services",),
    ("filters",),
    ("selectors",),
    ("policies",),
    ("models",),
    ("enums",),
    ("kernel",),
)

# What another room may use. Of the ground floor, also its machines.
DOORS = frozenset({"models", "enums", "selectors", "filters", "services", "policies", "kernel"})
CORE_MACHINES = frozenset("audit bulk history jobs notify outbox registry runs tables tabular".split())
CORE_PAGE_MACHINES = frozenset({"api", "forms", "htmx", "pages"})  # only for what reads or answers a request
NOT_OF_A_PAGE = frozenset({"services", "selectors", "policies", "models", "enums", "kernel"})

# The closed list of files that stand in a room beside the plan: (the step directly below them, the files).
# A new line here takes a line in docs/adr/.
EXTRA_STEPS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "core": (
        ("forms", ("pages", "context", "middleware", "templatetags")),
        ("selectors", ("tables", "notify")),
        ("models", ("audit", "bulk", "history", "htmx", "jobs", "outbox", "registry", "runs", "tabular")),
        ("enums", ("liveness",)),
    ),
    "people": (("forms", ("adapters", "provider", "middleware")),),
    "integrations": (("services", ("demo",)),),
    "reporting": (("policies", ("metrics",)), ("kernel", ("charts",))),
}
NOT_STEPS = frozenset({"__init__", "migrations"})
FORBIDDEN_NAMES = frozenset({"utils", "helpers", "misc", "base", "manager"})

# Libraries that only compute; a kernel may use these and the standard library without I/O, network and clock.
KERNEL_LIBRARIES = frozenset({"jsonschema", "numpy", "rapidfuzz"})
HEAVY_LIBRARIES = frozenset({"ortools", "pandas", "plotly", "scipy", "sklearn", "statsforecast"})  # inside functions
KERNEL_HEAVY = HEAVY_LIBRARIES - {"plotly"}
IMPURE_STANDARD = frozenset(
    "asyncio ctypes email fileinput ftplib getpass glob http imaplib importlib io logging mmap multiprocessing os"
    " pathlib pickle platform poplib sched secrets select selectors shelve shutil signal smtplib socket socketserver"
    " sqlite3 ssl subprocess sys tempfile threading time urllib uuid webbrowser xmlrpc".split()
)
IMPURE_CALLS = frozenset({"open", "print", "input", "exec", "eval", "__import__"})


def height(room: str) -> int:
    """The floor of a room, counted from the ground."""
    return next(len(FLOORS) - i for i, floor in enumerate(FLOORS) if room in floor)


def steps_of(room: str) -> dict[str, int]:
    """The step of every file a room may have, counted from the kernel up."""
    rows: list[tuple[str, ...]] = []
    extras = dict(EXTRA_STEPS.get(room, ()))
    for row in STAIRCASE:
        rows += [names for below, names in extras.items() if below in row]
        rows.append(row)
    return {name: len(rows) - i for i, row in enumerate(rows) for name in row}


def opens_to(room: str, step: str, importer_step: str) -> bool:
    """Whether a file of another room may use this one."""
    if step in DOORS or step == "__init__":
        return True
    if step == "api" and importer_step == "api_urls":
        return True  # the frame gives every room's resources their addresses
    if room != "core":
        return False
    if step in CORE_PAGE_MACHINES:
        return importer_step not in NOT_OF_A_PAGE
    return step in CORE_MACHINES
