"""The people of the bench: a tree of seats six levels deep that was rearranged over the years, teams, logins."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bench.crm.filling import fill

LEVELS = (1, 10, 40, 150, 600)  # seats of each level above the reps
NAMES = ("VP of Sales", "Region VP", "Director", "Senior manager", "Manager", "Rep")
REGIONS, TEAMS = 10, 150  # a team is what a senior manager leads
PASSWORD = "bench-crm-login"
YEARS_BACK = 4
CURRENCY_OF_REGION = (*["USD"] * 7, "EUR", "GBP", "JPY")


@dataclass(frozen=True)
class Tree:
    """Seats numbered from 1 at the top: the boss, level, and region of each (index 0 stands for nobody)."""

    boss: list[int]
    level: list[int]
    region: list[int]
    today: date

    @property
    def reps(self) -> list[int]:
        return [seat for seat, level in enumerate(self.level) if level == len(LEVELS)]

    def first_of(self, level: int) -> int:
        return self.level.index(level)


def plant(seats: int, today: date) -> Tree:
    """Each seat hangs under the level above in turn, so that every branch has about the same size."""
    boss, level = [0], [-1]
    bounds: list[tuple[int, int]] = []
    for depth in range(len(LEVELS) + 1):
        first = len(boss)
        count = LEVELS[depth] if depth < len(LEVELS) else max(1, seats - sum(LEVELS))
        above = bounds[-1] if bounds else (0, 1)
        for number in range(count):
            boss.append(above[0] + number * (above[1] - above[0]) // count if bounds else 0)
            level.append(depth)
        bounds.append((first, len(boss)))
    region = [0] * len(boss)
    for seat in range(2, len(boss)):
        region[seat] = region[boss[seat]] if level[seat] > 1 else seat - 2
    return Tree(boss, level, region, today)


def seat_people(tree: Tree) -> None:
    """Seats, one person on each, teams, and lines with a re-organisation a year, one of them still to come."""
    from people import models, services

    chance, since = random.Random(11), tree.today - timedelta(days=365 * YEARS_BACK)
    seats = range(1, len(tree.boss))
    titles = ((seat, f"{NAMES[tree.level[seat]]} {seat}", tree.level[seat] < len(LEVELS)) for seat in seats)
    fill(models.Position, ("id", "title", "is_manager"), titles)
    fill(models.Person, ("id", "name", "email"), ((n, _name(n), f"person{n}@bench.example") for n in seats))
    fill(models.Occupancy, ("position_id", "person_id", "valid_from"), ((n, n, since) for n in seats))
    _teams(tree, since)
    fill(models.ReportingLine, ("position_id", "reports_to_id", "valid_from", "valid_to"), _lines(tree, chance, since))
    services.rebuild_closure()


def _name(number: int) -> str:
    first = ("Ana", "Ben", "Carla", "Deniz", "Ewa", "Femi", "Grace", "Hugo", "Ines", "Jonas", "Kira", "Luis", "Mara")
    last = ("Adler", "Brandt", "Costa", "Diaz", "Egger", "Fox", "Gupta", "Horn", "Ito", "Jansen", "Klein", "Lopez")
    return f"{first[number % 13]} {last[number // 13 % 12]} {number}"


def _teams(tree: Tree, since: date) -> None:
    from people.models import PositionTeam, Team

    leaders = [seat for seat, level in enumerate(tree.level) if level == 3]
    fill(
        Team,
        ("id", "name", "kind", "parent_id"),
        [(n + 1, f"Region {n + 1}", "region", None) for n in range(REGIONS)]
        + [(REGIONS + n + 1, f"Team {n + 1}", "team", tree.region[seat] + 1) for n, seat in enumerate(leaders)],
    )
    led = {seat: REGIONS + n + 1 for n, seat in enumerate(leaders)}
    placed = ((seat, _team_of(tree, seat, led), since) for seat in range(1, len(tree.boss)) if tree.level[seat])
    fill(PositionTeam, ("position_id", "team_id", "valid_from"), placed)


def _team_of(tree: Tree, seat: int, led: dict[int, int]) -> int:
    while seat and seat not in led and tree.level[seat] > 3:
        seat = tree.boss[seat]
    return led.get(seat, tree.region[seat] + 1)


def _lines(tree: Tree, chance: random.Random, since: date) -> Any:
    """(seat, boss, from, to): every tenth rep had another manager once, some get another one soon."""
    managers = [seat for seat, level in enumerate(tree.level) if level == len(LEVELS) - 1]
    for seat in range(2, len(tree.boss)):
        fate = chance.random() if tree.level[seat] == len(LEVELS) else 1
        if fate < 0.10:
            moved = tree.today - timedelta(days=chance.randrange(30, 1000))
            yield seat, chance.choice(managers), since, moved
            yield seat, tree.boss[seat], moved, None
        elif fate < 0.11:
            moves = tree.today + timedelta(days=chance.randrange(1, 60))
            yield seat, tree.boss[seat], since, moves
            yield seat, chance.choice(managers), moves, None
        else:
            yield seat, tree.boss[seat], since, None


def make_logins(tree: Tree) -> dict[str, str]:
    """Eight people of all sizes; gives what each is called and the e-mail to sign in with."""
    from people.models import Person
    from people.services import create_user

    reps, manager = tree.reps, tree.first_of(4)
    wanted = {
        "rep": (reps[0], ["rep"]),
        "rep of another region": (reps[-1], ["rep"]),
        "manager": (manager, ["manager"]),
        "another manager": (manager + 7, ["manager"]),
        "senior manager": (tree.first_of(3), ["manager"]),
        "region VP": (tree.first_of(1), ["manager"]),
        "VP of Sales": (1, ["executive"]),
        "sales ops": (0, ["sales_ops"]),
    }
    for who, (seat, roles) in wanted.items():
        person = Person.objects.get(pk=seat) if seat else None
        create_user(email=_email(who), password=PASSWORD, roles=roles, by=None, on=tree.today, person=person)
    return {who: _email(who) for who in wanted}


def _email(who: str) -> str:
    return f"{who.replace(' ', '-').lower()}@bench.example"
