"""Plan files and tables as people keep them, YAML and CSV, read into plain data; nothing is looked up or stored."""

from __future__ import annotations

import csv
import io
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


def _is_read(tag: str, first: str) -> bool:
    """Days stay texts: what is no day is told with its place by whoever asks for one."""
    return tag != "tag:yaml.org,2002:timestamp" and (tag != "tag:yaml.org,2002:bool" or first in "tTfF")


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if _is_read(tag, first)]
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


def file_text(path: Path) -> str:
    """A text file's contents. Raises OSError, and ValueError that names the line that isn't UTF-8."""
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ValueError(f"{path.name}, line {line}: this isn't UTF-8. Save the file as UTF-8.") from error


def table_rows(path: Path, wanted: Sequence[str]) -> list[dict[str, str]]:
    """Rows of a CSV file; empty ones are left out. Raises OSError, and ValueError that names the column or line."""
    reader = csv.reader(io.StringIO(file_text(path), newline=""), strict=True)
    found = []
    try:
        head = [name.strip() for name in next(reader, [])]
        _check_head(path, head, wanted)
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != len(head):
                said = f"{len(row)} cells, but the head has {len(head)}. Put quotes around a cell with a comma."
                raise ValueError(f"{path.name}, line {reader.line_num}: {said}")
            found.append(dict(zip(head, row, strict=True)))
    except csv.Error as error:
        raise ValueError(f"{path.name}, line {reader.line_num}: this can't be read as CSV: {error}.") from error
    return found


def _check_head(path: Path, head: Sequence[str], wanted: Sequence[str]) -> None:
    twice = next((name for name in head if name and head.count(name) > 1), None)
    if twice:
        raise ValueError(f"{path.name} has the column “{twice}” twice.")
    missing = [name for name in wanted if name not in head]
    if missing:
        other = next((words for sign, words in ((";", "semicolons"), ("\t", "tabs")) if sign in "".join(head)), None)
        said = f" Its cells are separated by {other}: save it with commas." if other else ""
        raise ValueError(f"{path.name} has no column “{missing[0]}”. Wanted: {', '.join(wanted)}.{said}")


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> int:
    """A CSV file, whole or not at all; gives the number of rows."""
    beside = path.with_name(f".{path.name}.part")
    count = 0
    try:
        with beside.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, columns, lineterminator="\n")
            writer.writeheader()
            for row in rows:
                writer.writerow(row)
                count += 1
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return count
