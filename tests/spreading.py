"""How tests are spread over workers: a file stays together, so that what it starts for itself is started once."""

from __future__ import annotations

from typing import Any

from xdist.scheduler.loadscope import LoadScopeScheduling

# Folders whose files share something that takes long to start: one worker does them all.
TOGETHER = ("tests/browser/",)


class ByFile(LoadScopeScheduling):
    """In the order of collection: browser and frame begin early, and small files fill the end."""

    def __init__(self, config: Any, log: Any) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return next((folder for folder in TOGETHER if path.startswith(folder)), path)
