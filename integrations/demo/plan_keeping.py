"""Plans of the demo company as people kept them: written, tested, replayed, approved, sent to everybody on them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial

from compensation.models import Acceptance, Assignment, Plan, PlanVersion
from compensation.selectors.plan_checks import judged_findings, was_paid_on
from compensation.services import (
    accept_letter,
    acknowledge_warning,
    assign,
    begin_version,
    create_plan,
    end_assignment,
    publish_version,
    save_version,
    send_letters,
    start_replay,
    submit_version,
)
from integrations.demo import pay_terms
from integrations.demo.chance import chance
from integrations.demo.pay_desk import Deed, Desk, do_job
from integrations.demo.pay_terms import Membership, Version
from integrations.demo.roster import LOGINS

# Before a version holds: written, published, who is on it from the first day, letters.
WRITTEN, APPROVED, KNOWN, SENT = timedelta(days=24), timedelta(days=18), timedelta(days=15), timedelta(days=12)
DRAFTED, HANDED_IN = timedelta(days=8), timedelta(days=3)  # before today
ACCEPTS = 0.95
WHY = "Agreed with finance: the plan's own cap on pay holds."
_LOGINS = frozenset(person for _login, _roles, person, _sees in LOGINS)


def keeping(desk: Desk) -> Iterator[Deed]:
    """Everything that is done to plans, in any order."""
    story = desk.making.story
    for version in pay_terms.versions(story, desk.posted[-1].start):
        yield from _versioned(desk, version)
    for quarter in pay_terms.spiffs(story):
        name = pay_terms.spiff_name(quarter)
        text = pay_terms.definition(story, "spiff", quarter.start, quarter.end)
        yield from _written(desk, name, text, quarter.start, "Fleet OS before the year ends")
    for member in pay_terms.memberships(story):
        yield from _joined(desk, member)
    yield from _at_work(desk)


def _at_work(desk: Desk) -> Iterator[Deed]:
    """A draft for the year ahead that isn't done, and the SPIFF of the quarter ahead, which waits for a yes."""
    story = desk.making.story
    year, quarter = story.calendar.year_of(story.today).end, story.calendar.shift(story.quarters[-1], 1)
    text = pay_terms.definition(story, pay_terms.AHEAD, year)
    name = pay_terms.NAMES[pay_terms.ENTERPRISE]
    drafted = partial(_draft, desk, name, text, "No cap, and the last rate from 120%")
    yield Deed(desk.at(story.today - DRAFTED, name), drafted)
    name = pay_terms.spiff_name(quarter)
    text = pay_terms.definition(story, "spiff", quarter.start, quarter.end)
    handed_in = partial(_write, desk, name, text, "The same again")
    yield Deed(desk.at(story.today - HANDED_IN, name), handed_in)


def _versioned(desk: Desk, version: Version) -> Iterator[Deed]:
    text = pay_terms.definition(desk.making.story, version.text, version.since)
    yield from _written(desk, pay_terms.NAMES[version.plan], text, version.since, version.note)


def _written(desk: Desk, name: str, text: object, since: date, note: str) -> Iterator[Deed]:
    """A version's way from its draft to its letters."""
    yield Deed(desk.at(since - WRITTEN, name), partial(_write, desk, name, text, note))
    yield Deed(desk.at(since - APPROVED, name), partial(_publish, desk, name))
    yield Deed(desk.at(since - SENT, name), partial(_send, desk, name, since))


def _draft(desk: Desk, name: str, text: object, note: str, at: datetime) -> PlanVersion:
    plan = Plan.objects.filter(name=name).first()
    if plan is None:
        return create_plan(name=name, definition=text, by=desk.comp, note=note)
    begun = begin_version(plan_id=plan.pk, by=desk.comp)
    return save_version(version=begun, definition=text, by=desk.comp, edits=begun.edits, note=note)


def _write(desk: Desk, name: str, text: object, note: str, at: datetime) -> None:
    version = _draft(desk, name, text, note, at)
    for judged in judged_findings(version):
        if judged.is_open:
            found = judged.finding
            told = {"code": found.code, "place": found.place, "message": found.message}
            version = acknowledge_warning(version=version, **told, reason=WHY, by=desk.comp, at=at)
    if was_paid_on(version):
        start_replay(version=version, by=desk.comp)
        do_job("compensation.replay_version")
        version.refresh_from_db()
    submit_version(version=version, by=desk.comp, at=at)


def newest(name: str) -> PlanVersion:
    return PlanVersion.objects.filter(plan__name=name).order_by("-number")[0]


def _publish(desk: Desk, name: str, at: datetime) -> None:
    publish_version(version=newest(name), by=desk.vp, at=at)


def _send(desk: Desk, name: str, since: date, at: datetime) -> None:
    """Letters to everybody on the plan, and their yes in the days after."""
    for letter in send_letters(version=newest(name), by=desk.comp, on=at.date()):
        _accept(letter)


def _accept(letter: Acceptance) -> None:
    """Most say yes within a week or two; who left can't."""
    person = letter.payee.person
    if person is None or person.user is None:
        return
    random = chance("letter", person.name, letter.version.plan.name, letter.version.number)
    if random.random() < ACCEPTS or person.name in _LOGINS:
        on = letter.sent_on + timedelta(days=random.randint(0, 9))
        accept_letter(letter=letter, by=person.user, on=on)


def _joined(desk: Desk, member: Membership) -> Iterator[Deed]:
    is_known = member.start == desk.making.story.quarters[0].start or member.plan not in pay_terms.NAMES
    known = member.start - KNOWN if is_known else member.start
    yield Deed(desk.at(known, member.person, member.plan), partial(_join, desk, member))
    if member.end is not None:
        yield Deed(desk.at(member.end, member.person, member.plan), partial(_leave, desk, member))


def _plan_of(member: Membership) -> Plan:
    return Plan.objects.get(name=pay_terms.NAMES.get(member.plan, member.plan))


def _join(desk: Desk, member: Membership, at: datetime) -> None:
    plan, person = _plan_of(member), desk.people[member.person]
    assign(plan=plan, person=person, valid_from=member.start, by=desk.comp, role=member.role)
    in_force = plan.versions.filter(state="published", valid_from__lte=member.start).order_by("-valid_from").first()
    if in_force is not None and in_force.letters.exists():
        for letter in send_letters(version=in_force, by=desk.comp, on=at.date()):
            _accept(letter)


def _leave(desk: Desk, member: Membership, at: datetime) -> None:
    held = Assignment.objects.filter(plan=_plan_of(member), payee__person=desk.people[member.person], valid_to=None)
    for row in held:
        if member.end is not None:
            end_assignment(assignment=row, valid_to=member.end, by=desk.comp)
