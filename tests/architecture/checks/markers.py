"""Rule 9: whoever silences a tool says why, on the same line."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.checks.sources import Offence, files, text

_NOQA = re.compile(r"#\s*(?:ruff:\s*)?noqa\b", re.IGNORECASE)
_NOQA_REASON = re.compile(r"#\s*(?:ruff:\s*)?noqa:\s*[A-Z]+[0-9]+(?:,\s*[A-Z]+[0-9]+)* -- \S", re.IGNORECASE)
_IGNORE = re.compile(r"#\s*type:\s*ignore")
_IGNORE_REASON = re.compile(r"# type: ignore\[[a-z0-9_,\s-]+\]  # -- \S")
_MYPY = re.compile(r"#\s*mypy:")
_MYPY_REASON = re.compile(r"#\s*mypy:.* -- \S")
_FORMS = (
    (_NOQA, _NOQA_REASON, "noqa needs codes and a reason: `# noqa: CODE -- reason`"),
    (_IGNORE, _IGNORE_REASON, "type: ignore needs a code and a reason: `# type: ignore[code]  # -- reason`"),
    (_MYPY, _MYPY_REASON, "a mypy comment needs a reason: `# mypy: setting -- reason`"),
)


def marker_offences(root: Path) -> Iterator[Offence]:
    for path in files(root, ".py"):
        for token in tokenize.generate_tokens(io.StringIO(text(path)).readline):
            if token.type == tokenize.COMMENT:
                yield from _judge(path, token)


def _judge(path: Path, token: tokenize.TokenInfo) -> Iterator[Offence]:
    for mark, wanted, message in _FORMS:
        if mark.search(token.string) and not wanted.search(token.string):
            yield Offence(path, token.start[0], "9 markers", message)
