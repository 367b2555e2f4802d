"""How it is told that there is no plan: which slots, which rules, and what would help."""

from typing import Any, Final

import click

from roster.layers import absence_interval
from roster.organisation import Absence
from roster.planning.clash import Clash, Remedy
from roster.planning.proposing import NoPlan
from roster.planning.terms import SPACING, Rule
from vakttelefon.cli.questions import Question
from vakttelefon.cli.terminal import cell, print_table

_MOST_SLOTS: Final = 12
_KINDS: Final = {
    "absence": "absent",
    "elsewhere": "on duty elsewhere",
    "replaced": "exchanged",
    "spacing": "weeks_between",
    "cap": "caps",
}


def clash_as_json(question: Question, found: NoPlan) -> dict[str, Any]:
    """Return the part of the JSON answer that says that there is no plan."""
    clash = found.clash
    if clash is None:
        return {"outcome": "not-found", "clash": None}
    return {
        "outcome": "impossible",
        "clash": {
            "slots": [
                {
                    "start": question.written(found.question.slots[slot].start),
                    "end": question.written(found.question.slots[slot].end),
                    "could": list(_could(found, barred)),
                    "barred": [
                        {"person": each, "rules": [rule.kind for rule in rules]}
                        for each, rules in barred.items()
                    ],
                }
                for slot, barred in _slots(found, clash)
            ],
            "rules": [
                {
                    "rule": rule.kind,
                    "person": rule.person or None,
                    "text": rule_in_words(question, found, rule),
                }
                for rule in clash.rules
            ],
            "remedies": [_remedy_in_words(question, found, each) for each in clash.remedies],
        },
    }


def print_no_plan(question: Question, found: NoPlan) -> None:
    """Print why there is no plan."""
    clash = found.clash
    if clash is None:
        click.echo("No plan was found, and it was not shown that there is none.")
        click.echo("Try --solver cp-sat, a shorter time, or fewer --weeks-between.")
        return
    slots = _slots(found, clash)
    if len(slots) == 1:
        click.echo("There is no plan: nobody is left for this slot.")
    else:
        click.echo(f"There is no plan: these {len(slots)} slots cannot all be filled.")
    _print_slots(question, found, slots)
    if clash.rules:
        click.echo("The rules in the way:")
        for rule in clash.rules:
            click.echo(f"  - {rule_in_words(question, found, rule)}")
    if clash.remedies:
        click.echo("Any one of these would help:" if len(clash.remedies) > 1 else "This would help:")
        for remedy in clash.remedies:
            click.echo(f"  - {_remedy_in_words(question, found, remedy)}")
    else:
        click.echo("No single change helps: more than one rule has to give way.")


def _print_slots(
    question: Question, found: NoPlan, slots: list[tuple[int, dict[str, tuple[Rule, ...]]]]
) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("From", "To", "Left for it", "Not"):
        table.add_column(heading, no_wrap=heading in {"From", "To"})
    for slot, barred in slots[:_MOST_SLOTS]:
        each = found.question.slots[slot]
        could = question.names(_could(found, barred)) or "nobody"
        cells = (question.said(each.start), question.said(each.end), could, _barred(question, barred))
        table.add_row(*(cell(each) for each in cells))
    print_table(table)
    if len(slots) > _MOST_SLOTS:
        click.echo(f"… and {len(slots) - _MOST_SLOTS} more slots")


def _barred(question: Question, barred: dict[str, tuple[Rule, ...]]) -> str:
    """Return who may not, each with the kinds of the rules: `Kari: absent; Ola: caps`."""
    return "; ".join(
        f"{question.names((person,))}: {', '.join(dict.fromkeys(_KINDS[rule.kind] for rule in rules))}"
        for person, rules in barred.items()
    )


def _slots(found: NoPlan, clash: Clash) -> list[tuple[int, dict[str, tuple[Rule, ...]]]]:
    """Return the slots of the seats, each once, with whom rules of their own keep from it."""
    by_slot: dict[int, dict[str, tuple[Rule, ...]]] = {}
    for seat, barred in zip(clash.seats, clash.barred, strict=True):
        by_slot[found.question.slot_of[seat]] = {each.person: each.rules for each in barred}
    return list(by_slot.items())


def _could(found: NoPlan, barred: dict[str, tuple[Rule, ...]]) -> tuple[str, ...]:
    return tuple(person for person in found.question.people if person not in barred)


def rule_in_words(question: Question, found: NoPlan, rule: Rule) -> str:
    """Return a rule as a line: whose, which, and where it stands."""
    rules, name = found.question.rules, question.names((rule.person,)) if rule.person else ""
    match rule.kind:
        case "absence":
            return f"{name} is absent, {_absences(found, rule.person)}"
        case "elsewhere":
            return f"{name} is on duty on another schedule"
        case "replaced":
            return f"{name} would be exchanged by {rule.name}, which stays"
        case "spacing":
            weeks = "1 week" if rules.weeks_between == 1 else f"{rules.weeks_between} weeks"
            return f"at least {weeks} between duties (weeks_between), those that stay included"
        case "cap":
            cap = rules.caps[rule.number]
            return f"at most {_duties(cap.most)} in {cap.days} days (caps), those that stay included"


def _absences(found: NoPlan, person_id: str) -> str:
    """Return the absences of a person that meet the slots of the clash."""
    question, clash = found.question, found.clash
    person = question.organisation.person(person_id)
    slots = [question.slots[question.slot_of[seat]] for seat in (clash.seats if clash is not None else ())]
    zone = question.organisation.zone
    told: list[str] = []
    for absence in () if person is None else person.absences:
        begins, ends = absence_interval(absence, zone)
        if any(begins < slot.end and slot.start < ends for slot in slots):
            told.append(_absence(absence))
    return "; ".join(told)


def _absence(absence: Absence) -> str:
    reason = f" ({absence.reason})" if absence.reason else ""
    first, last = (str(each).replace(" ", "T") for each in (absence.from_, absence.to))
    return f"{first} to {last}{reason}"


def _duties(count: int) -> str:
    return "1 duty" if count == 1 else f"{count} duties"


def _remedy_in_words(question: Question, found: NoPlan, remedy: Remedy) -> str:
    if remedy.kind == "person" or remedy.rule is None:
        return "one more person, free in that time: --people, or a layer that names somebody more"
    rule = remedy.rule
    if rule == SPACING:
        return f"fewer weeks between: --weeks-between {remedy.number}"
    if rule.kind == "cap":
        cap = found.question.rules.caps[rule.number]
        return f"a cap of {_duties(remedy.number)} in {cap.days} days"
    name = question.names((rule.person,))
    match rule.kind:
        case "absence":
            return f"{name} back for these slots: move or end the absence"
        case "elsewhere":
            return f"{name} taken off the other schedule in that time"
        case _:
            return f"{rule.name} withdrawn"
