"""Which static files are collected: the vendored packages bring much that no page uses."""

from __future__ import annotations

from django.contrib.staticfiles.apps import StaticFilesConfig


class StaticFiles(StaticFilesConfig):
    # Flags, payment logos and right-to-left sheets of Tabler: unused, and they name pictures that aren't collected.
    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "tabler-*", "*.rtl.*", "*.scss", "*.d.css.ts"]
