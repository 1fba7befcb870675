"""Columns and points of a chart in the units of its picture. Pure: a template writes them out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from compensation.kernel.drawing import round_ticks

WIDTH, HEIGHT, LEFT, RIGHT, TOP, FOOT = 640, 220, 62, 24, 14, 26
LETTER = 9  # how wide a letter of a label is on a phone, where letters are larger
Words = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Label:
    at: float
    words: str


@dataclass(frozen=True, slots=True)
class Bar:
    """series: 0 for what is compared with, 1 for what it is about."""

    x: float
    y: float
    width: float
    height: float
    series: int
    words: str


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: float
    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Picture:
    """bars or dots; path: of a line; rows and columns: words along both axes; zero: where nothing stands."""

    bars: tuple[Bar, ...] = ()
    dots: tuple[Dot, ...] = ()
    path: str = ""
    rows: tuple[Label, ...] = ()
    columns: tuple[Label, ...] = ()
    zero: float = 0.0


def columns(
    labels: Sequence[str], series: Sequence[Sequence[float]], words: Words, *, line: Sequence[float] = ()
) -> Picture:
    """Columns side by side for each label, a series a colour, over a common zero; a line of as many values."""
    values = [value for one in series for value in one] + list(line)
    up, ticks = _scale(values)
    step = (WIDTH - LEFT - RIGHT) / max(len(labels), 1)
    wide = round(min(step * 0.72 / max(len(series), 1), 40), 1)
    bars = []
    for number, one in enumerate(series):
        for place, value in enumerate(one):
            x = LEFT + step * (place + 0.5) + wide * (number - len(series) / 2)
            high, low = sorted((up(value), up(0)))
            told = f"{labels[place]}: {words(value)}"
            colour = number if len(series) > 1 else 1
            bars.append(Bar(round(x, 1), high, max(wide - 1, 1), round(max(low - high, 0.5), 1), colour, told))
    widest = max((len(one) for one in labels), default=1) * LETTER
    every = math.ceil(widest / step)
    named = [
        Label(round(LEFT + step * (place + 0.5), 1), words_of)
        for place, words_of in enumerate(labels)
        if place % every == 0
    ]
    points = [f"{round(LEFT + step * (place + 0.5), 1)} {up(value)}" for place, value in enumerate(line)]
    path = f"M{' L'.join(points)}" if len(points) > 1 else ""
    return Picture(tuple(bars), (), path, tuple(Label(up(one), words(one)) for one in ticks), tuple(named), up(0))


def scatter(points: Sequence[tuple[float, float, str, str]], across_words: Words, up_words: Words) -> Picture:
    """points: (x, y, words, url), both axes from nothing on; the line is where both are the same."""
    up, rows = _scale([y for _x, y, _words, _url in points])
    ticks = round_ticks(max([x for x, _y, _words, _url in points], default=1.0))
    widest = ticks[-1] or 1

    def across(value: float) -> float:
        return round(LEFT + max(value, 0) / widest * (WIDTH - LEFT - RIGHT), 1)

    dots = tuple(Dot(across(x), up(y), words, url) for x, y, words, url in points)
    end = min(widest, rows[-1])
    return Picture(
        (),
        dots,
        f"M{across(0)} {up(0)} L{across(end)} {up(end)}",
        tuple(Label(up(one), up_words(one)) for one in rows),
        tuple(Label(across(one), across_words(one)) for one in ticks),
        up(0),
    )


def _scale(values: Sequence[float]) -> tuple[Callable[[float], float], list[float]]:
    """A scale up that holds nothing and all values, with its ticks."""
    ticks = round_ticks(max([*values, 0.0]) or 1.0)
    lowest, highest = min([*values, 0.0]), ticks[-1] or 1.0

    def up(value: float) -> float:
        return round(HEIGHT - FOOT - (value - lowest) / (highest - lowest) * (HEIGHT - FOOT - TOP), 1)

    return up, ticks
