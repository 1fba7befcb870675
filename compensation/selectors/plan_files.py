"""Plan files and tables as people keep them, YAML and CSV, read into plain data; nothing is looked up or stored."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from compensation.kernel.reading import PlanError, Problem

MOST_BYTES = 2_000_000


class _Loader(yaml.SafeLoader):
    """YAML without surprises: `on` and `no` are words, a key comes once, nothing refers to something else."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("References (*name) aren't read: write the part out.")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        keys = [self.construct_object(key, deep=True) for key, _value in node.value]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            raise yaml.YAMLError(f"“{twice}” stands twice in line {node.start_mark.line + 1} and below.")
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def plan_data(text: str) -> Any:
    """The contents of a plan file. Raises PlanError for what can't be read."""
    if len(text) > MOST_BYTES:
        raise PlanError([Problem("", "The file is too large to be a plan.")])
    try:
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 -- a SafeLoader of our own
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise PlanError([Problem("", f"The file can't be read: {error}"[:500])]) from error
    if not isinstance(data, Mapping):
        raise PlanError([Problem("", "The file holds no plan.")])
    return data


def plan_text(data: Any) -> str:
    """The same as a file again."""
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=110)


def table_rows(path: Path, wanted: Sequence[str]) -> list[dict[str, str]]:
    """Rows of a CSV file. Raises OSError and ValueError, which names a missing column."""
    with path.open(newline="", encoding="utf-8-sig") as stream:
        reader = csv.DictReader(stream, strict=True)
        missing = [name for name in wanted if name not in (reader.fieldnames or ())]
        if missing:
            raise ValueError(f"{path.name} has no column “{missing[0]}”. Wanted: {', '.join(wanted)}.")
        return [dict(row) for row in reader]


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> int:
    """A CSV file, whole or not at all; gives the number of rows."""
    beside = path.with_name(f".{path.name}.part")
    count = 0
    with beside.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow(row)
            count += 1
    beside.replace(path)
    return count
