"""How tests are spread over workers: a file stays together, so that what it starts for itself is started once.

FULL_ROUND=1 tries more of the same: hostile input in four times as many turns, each page in each width and theme.
"""

from __future__ import annotations

import os
from typing import Any

from xdist.scheduler.loadscope import LoadScopeScheduling

# Folders whose files share something that takes long to start: one worker does them all.
TOGETHER = ("tests/browser/",)
# What takes longest begins first, and small files fill the end.
FIRST = ("tests/browser/", "tests/hostile/", "tests/access/", "tests/frame/", "tests/integrations/", "tests/api/")
FULL_ROUND = os.environ.get("FULL_ROUND") == "1"


def by_length(path: str) -> int:
    return next((place for place, folder in enumerate(FIRST) if path.startswith(folder)), len(FIRST))


class ByFile(LoadScopeScheduling):
    """In the order of collection, which tests.conftest makes that of FIRST."""

    def __init__(self, config: Any, log: Any) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return next((folder for folder in TOGETHER if path.startswith(folder)), path)
