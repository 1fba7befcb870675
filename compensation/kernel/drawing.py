"""Lines of a small chart in the units of its picture. Pure: a template writes them out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 360, 172
LEFT, RIGHT, TOP, BOTTOM = 46, 58, 12, 24
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Drawn:
    """path: of an SVG; label at its end, at (x, y)."""

    path: str
    label: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Chart:
    """lines: the one in question first; ticks: (place, words) along both axes, from the left and from the top."""

    lines: tuple[Drawn, ...]
    across: tuple[tuple[float, str], ...]
    up: tuple[tuple[float, str], ...]


def chart(
    series: Sequence[tuple[str, Sequence[Point]]], across: Sequence[tuple[float, str]], up: Sequence[tuple[float, str]]
) -> Chart:
    """series: (label, points). Axes go from nothing to the last of their ticks."""
    widest = max((x for x, _words in across), default=1) or 1
    highest = max([*(y for _label, points in series for _x, y in points), *(y for y, _words in up)], default=1) or 1

    def place(x: float, y: float) -> Point:
        share = (WIDTH - LEFT - RIGHT) / widest, (HEIGHT - TOP - BOTTOM) / highest
        return round(LEFT + x * share[0], 1), round(HEIGHT - BOTTOM - y * share[1], 1)

    lines: list[Drawn] = []
    for label, points in series:
        placed = [place(*point) for point in points]
        path = " ".join(f"{'L' if number else 'M'}{x} {y}" for number, (x, y) in enumerate(placed))
        x, y = placed[-1]
        taken = [one.y for one in lines]
        lines.append(Drawn(path, label, x + 4, _apart(y + 4, taken)))
    return Chart(
        tuple(lines),
        tuple((place(x, 0)[0], words) for x, words in across),
        tuple((place(0, y)[1], words) for y, words in up),
    )


def _apart(y: float, taken: Sequence[float]) -> float:
    """Labels that would stand on each other are moved apart."""
    return y + 13 if any(abs(y - other) < 12 for other in taken) else y


def round_ticks(highest: float, most: int = 4) -> list[float]:
    """round_ticks(15) == [0, 5, 10, 15]"""
    if highest <= 0:
        return [0, 1]
    size = 10.0 ** (len(str(int(highest))) - 5)
    steps = [size * 10**power * digit for power in range(6) for digit in (1, 2, 5)]
    step = next(one for one in steps if highest / one <= most)
    return [step * number for number in range(int(-(-highest // step)) + 1)]
