"""Leaderboards: running contests and those that are over, one of them, and the start page's card."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.shortcuts import render

from compensation import policies
from compensation.selectors import leaderboards as found
from compensation.views.answers import found_if, today
from core.htmx import PageRequest

MOST_SHOWN = 6
MOST_PLACES = 200


def leaderboard_list(request: PageRequest) -> HttpResponseBase:
    """Running contests with their first places, and links to those that are over."""
    found_if(policies.may_have_statements(request.user))
    running, past = found.races_for(request.user, today())
    boards = [found.board_of(race, request.user, today()) for race in running[:MOST_SHOWN]]
    context = {"boards": boards, "more": running[MOST_SHOWN:], "past": past}
    return render(request, "compensation/leaderboards.html", context)


def leaderboard(request: PageRequest, ranked_version_id: int, contest_key: str) -> HttpResponseBase:
    """One contest in the span that the address names, or in its newest."""
    found_if(policies.may_have_statements(request.user))
    span = request.GET.get("span", "")[:20]
    race = found.get_race_for(request.user, ranked_version_id, contest_key, span, today())
    board = found.board_of(race, request.user, today())
    others = [one for one in found.races_of_component(race, today()) if one.span != race.span]
    context = {"board": board, "race": race, "places": board.places[:MOST_PLACES], "others": others}
    return render(request, "compensation/leaderboard.html", context | {"left_off": len(board.places) - MOST_PLACES})


def leaderboard_today(request: PageRequest) -> HttpResponseBase:
    """Own ranks: a card of the start page, alone for htmx."""
    found_if(policies.may_have_statements(request.user))
    boards, last = found.own_boards(request.user, today())
    context = {"boards": boards, "last": last, "part": "compensation/_leaderboard_today.html"}
    template = "compensation/_leaderboard_today.html" if request.htmx else "compensation/part.html"
    return render(request, template, context)
