"""What a file implies, as one list to confirm: misspelt values, missing records. Nothing is guessed silently."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

from core import audit, bulk, registry
from core.kernel.fields import FieldSpec
from core.registry import ImportContext
from integrations.enums import ProposalAction
from integrations.kernel import words
from integrations.models import ImportFile, ImportProposal
from integrations.services.files import remembered_values
from integrations.services.reading import Decisions, Key, Reader
from integrations.services.references import References

COMPARED = 2_000  # most frequent unknown values of a field that are compared with the known ones


class DecisionRefused(ValueError):
    """A decision that can't be; the message says why and what to do."""


def decisions_of(import_file: ImportFile) -> Decisions:
    """This file's decisions win over those remembered from an earlier one with the same headers."""
    taken = {(name, value): use for name, value, use in remembered_values(import_file)}
    proposed = {}
    for proposal in import_file.proposals.all():
        key = (proposal.field, proposal.value)
        if proposal.is_accepted:
            taken[key] = used(proposal)
        else:
            proposed[key] = used(proposal)
    return Decisions(taken, proposed)


def used(proposal: ImportProposal) -> str:
    """The value a proposal puts in place of the one in the file; "" leaves it blank."""
    if proposal.action == ProposalAction.BLANK:
        return ""
    return proposal.target if proposal.action == ProposalAction.USE else proposal.value


def propose(*, import_file: ImportFile, reader: Reader, references: References) -> int:
    """Write down a proposal for each value that nobody decided; returns how many are new."""
    made: list[ImportProposal] = []
    for spec in reader.kind.spec.fields:
        values = _of_field(reader.tally.unresolved, spec.name)
        if values:
            known: Iterable[str] = references.labels(spec.reference)
            known = chain(known, reader.own_labels()) if spec.reference == reader.own_kind else known
            creates = registry.reference_kinds[spec.reference].create is not None
            made += _proposals(import_file, spec, values, words.near_misses(_most(values), known), creates=creates)
        values = _of_field(reader.tally.near, spec.name)
        if values:
            near = words.near_misses(_most(values), spec.vocabulary)
            close = {value: count for value, count in values.items() if value in near and near[value].target != value}
            made += _proposals(import_file, spec, close, near, creates=False)
    have = set(import_file.proposals.values_list("field", "value"))
    fresh = [proposal for proposal in made if (proposal.field, proposal.value) not in have]
    ImportProposal.objects.bulk_create(fresh, batch_size=2000)
    return len(fresh)


def _of_field(counts: Mapping[Key, int], name: str) -> dict[str, int]:
    return {value: count for (field, value), count in sorted(counts.items()) if field == name}


def _most(values: Mapping[str, int]) -> list[str]:
    return sorted(values, key=lambda value: -values[value])[:COMPARED]


def _proposals(
    import_file: ImportFile,
    spec: FieldSpec,
    values: Mapping[str, int],
    near: Mapping[str, words.NearMiss],
    *,
    creates: bool,
) -> list[ImportProposal]:
    return [
        _proposal(import_file, spec, value, count, near.get(value), creates=creates) for value, count in values.items()
    ]


def _proposal(
    import_file: ImportFile, spec: FieldSpec, value: str, count: int, near: words.NearMiss | None, *, creates: bool
) -> ImportProposal:
    label = registry.reference_kinds[spec.reference].label if spec.reference else spec.label
    if near:
        action, target, reason = ProposalAction.USE, near.target, near.reason
    elif creates:
        action, target, reason = ProposalAction.CREATE, value, f"no {label.lower()} of this name"
    else:
        action, target, reason = ProposalAction.BLANK, "", f"no {label.lower()} of this name; it can't be made here"
    return ImportProposal(
        import_file=import_file,
        field=spec.name,
        reference_kind=spec.reference,
        value=value[:500],
        rows=count,
        action=action,
        target=target[:500],
        score=near.score if near else None,
        reason=reason,
    )


def accept_proposals(*, import_file: ImportFile, by: Any, only: list[int] | None = None) -> int:
    """Accept all proposals of a file, or those with the given ids."""
    waiting = import_file.proposals.filter(is_accepted=False)
    count = (waiting if only is None else waiting.filter(pk__in=only)).update(is_accepted=True)
    if count:
        audit.record(act="import.proposals_accepted", actor=by, subject=import_file, detail={"count": count})
    return count


def decide(*, proposal: ImportProposal, action: str, target: str, by: Any) -> None:
    """Take another decision than the proposed one. Raises DecisionRefused when it can't be."""
    kind = registry.reference_kinds.find(proposal.reference_kind)
    if action == ProposalAction.USE and kind and References().find(kind.key, target) is None:
        raise DecisionRefused(f"There is no {kind.label.lower()} “{target}”. Write an existing name, or create it.")
    if action == ProposalAction.USE and not target:
        raise DecisionRefused("Write the value to use instead.")
    if action == ProposalAction.CREATE and (kind is None or kind.create is None):
        raise DecisionRefused("That can't be created here. Use an existing name, or leave it blank.")
    proposal.action, proposal.target, proposal.is_accepted = action, target, True
    proposal.save(update_fields=["action", "target", "is_accepted"])
    _record(proposal.import_file, by, field=proposal.field, action=action, value=proposal.value, target=target)


def fix_value(*, import_file: ImportFile, field: str, value: str, target: str, by: Any) -> None:
    """What stands in a cell means something else: every row with it is read so from the next check on; "" is blank."""
    if field not in import_file.mapping.values():
        raise DecisionRefused("That column isn't imported.")
    action = ProposalAction.USE if target else ProposalAction.BLANK
    ImportProposal.objects.update_or_create(
        import_file=import_file,
        field=field,
        value=value,
        defaults={
            **{"reference_kind": "", "rows": import_file.issues.filter(value=value).count(), "action": action},
            **{"target": target, "is_accepted": True, "reason": "decided by hand"},
        },
    )
    _record(import_file, by, field=field, action=action, value=value, target=target)


def _record(import_file: ImportFile, by: Any, *, field: str, action: str, **values: str) -> None:
    """The audit is read by others: of a file behind a wall it doesn't hold what stands in a cell."""
    detail = {"field": field, "action": action, **({} if import_file.is_walled else values)}
    audit.record(act="import.decided", actor=by, subject=import_file, detail=detail)


def create_missing(import_file: ImportFile, references: References, context: ImportContext, *, assume: bool) -> None:
    """Make the records whose creation was accepted, or all proposed ones when a check assumes so."""
    wanted = import_file.proposals.filter(action=ProposalAction.CREATE)
    made: dict[str, dict[str, int]] = {}
    for proposal in wanted if assume else wanted.filter(is_accepted=True):
        kind, word = registry.reference_kinds[proposal.reference_kind], words.normal(proposal.value)
        mine = made.setdefault(kind.key, {})
        if kind.create and word not in mine and references.find(kind.key, proposal.value) is None:
            mine[word] = kind.create(proposal.value, context)
    for key, found in made.items():
        references.learn(key, found.items())
        bulk.touch(registry.reference_kinds[key].record_kind, found.values())
