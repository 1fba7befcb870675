"""Reads of targets, and of what of them goes with an account that moves."""

from quotas.selectors.targets import (
    HeldTargets,
    PersonTarget,
    get_target_for,
    history_of,
    named,
    target_of,
    targets_for,
    targets_for_people,
    targets_in_force,
    targets_of,
    targets_of_holders,
)

__all__ = [
    "HeldTargets",
    "PersonTarget",
    "get_target_for",
    "history_of",
    "named",
    "target_of",
    "targets_for",
    "targets_for_people",
    "targets_in_force",
    "targets_of",
    "targets_of_holders",
]
