"""When pay comes: the period of somebody's last day, of acceptance, and so many months after another."""

from __future__ import annotations

import numpy as np

from compensation.kernel.book import Book

NEVER = 10**9  # beyond any grid


def left_period(book: Book, payee: int) -> int:
    """The period of pay of somebody's last day; beyond the grid while they stay."""
    staff = book.staff
    day = int(staff.left[staff.payee == payee].min(initial=NEVER)) - 1
    if day > book.through:
        return NEVER
    return int(book.grid.last_of(book.plan.pay_every)[max(int(book.grid.place(np.array([day]))[0]), 0)])


def later(book: Book, period: int, months: int) -> int:
    """The period of pay so many months after one; beyond the grid where it isn't reached."""
    steps = months if book.grid.unit == "month" else round(months * 52 / 12)
    at = period + steps
    return int(book.grid.last_of(book.plan.pay_every)[at]) if at < len(book.grid) else at


def accepted_period(book: Book, payee: int) -> int | None:
    """The period of pay in which somebody accepted the plan; None while they haven't."""
    staff = book.staff
    days = [int(day) for day in staff.accepted[(staff.payee == payee) & staff.is_on_plan]]
    day = min(days, default=10**9)
    if day > book.through:
        return None
    at = max(int(book.grid.place(np.array([day]))[0]), 0)
    return int(book.grid.last_of(book.plan.pay_every)[at])
