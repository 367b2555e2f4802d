"""`rehearse`: what would happen to a call at an instant that nobody answers, rung by rung."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from roster.on_duty import OnDuty, inside_desk_hours, who_is_on
from roster.organisation import Hotline
from roster.phones import PhoneError, parse_caller, parse_phone
from roster.wallclock import local
from vakttelefon.cli.questions import WHEN, Question, ask_of_all, read_instant, wrong_usage

if TYPE_CHECKING:
    from vakttelefon.rehearsal import Heard, Rehearsal, Ring

_SKIPPED: Final = {
    "absent": "is absent",
    "no-phone": "has no phone",
    "unknown": "is not in the roster",
}


@click.command(epilog="Example: vakttelefon rehearse --hotline drift --at 2026-12-24T21:00 --file org.toml")
@click.option("--hotline", metavar="ID", help="The hotline; may be left out where there is one.")
@click.option("--at", metavar="WHEN", help=f"{WHEN}. Default: now.")
@click.option("--caller", metavar="NUMBER", help="Who rings; decides which municipality is named.")
@click.option(
    "--file",
    type=click.Path(path_type=Path),
    metavar="ORG.toml",
    help="Rehearse this organisation file instead of the database.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
def rehearse(
    hotline: str | None,
    at: str | None,
    caller: str | None,
    file: Path | None,
    as_json: bool,  # noqa: FBT001  click's
) -> None:
    """Play a call to a hotline at an instant, past or future, with simulated phones that nobody answers.

    The real call flow rings the real roster; no Twilio account is needed, and nothing is kept. It shows who
    is rung and why, who is skipped, what the caller hears, and who is paged afterwards.
    """
    from vakttelefon.rehearsal import rehearse_call

    roster = ask_of_all(file)
    instant = datetime.now(UTC).replace(microsecond=0) if at is None else read_instant(roster, "--at", at)
    line = _hotline(roster, hotline, instant)
    question = Question(roster.history, line.schedule)
    duty = who_is_on(
        question.history,
        line.schedule,
        instant,
        language=question.organisation.language,
        absence_reasons=True,
    )
    played = rehearse_call(question.history, line.id, instant, caller=_number(caller))
    if as_json:
        click.echo(json.dumps(rehearsal_as_json(question, duty, played), ensure_ascii=False, indent=2))
    else:
        _print(question, duty, played)


def _hotline(question: Question, hotline_id: str | None, at: datetime) -> Hotline:
    """Return the hotline that is meant, as it was or is at the instant."""
    known = question.history.at(at).hotlines
    choice = ", ".join(each.id for each in known) or "none: the organisation has no hotline then"
    if hotline_id is None:
        if len(known) != 1:
            raise wrong_usage("--hotline", "which hotline is meant?", f"give one of {choice}")
        return known[0]
    for each in known:
        if each.id == hotline_id:
            return each
    raise wrong_usage("--hotline", f'there is no hotline "{hotline_id}"', f"use one of {choice}")


def _number(caller: str | None) -> str | None:
    if caller is None:
        return None
    # whoever calls is served, also from numbers that are never dialled
    if served := parse_caller(caller):
        return served
    try:
        return parse_phone(caller)
    except PhoneError as error:
        raise wrong_usage("--caller", error.what, error.remedy) from None


def rehearsal_as_json(question: Question, duty: OnDuty, played: "Rehearsal") -> dict[str, Any]:
    """Return a rehearsal as plain JSON values; rungs count from 1, and the desk's is null."""
    written = question.written
    return {
        "hotline": played.hotline.id,
        "at": written(played.at),
        "caller": played.caller,
        "schedule": played.hotline.schedule,
        "desk_open": _desk_open(question, played),
        "people": list(duty.people),
        "because": list(duty.because),
        "first_ring_seconds": played.first_ring_seconds,
        "heard": [{"at": written(each.at), "text": each.text} for each in played.heard],
        "callee_hears": list(played.callee_hears),
        "rungs": [
            {
                "rung": None if ring.rung is None else ring.rung + 1,
                "at": written(ring.at),
                "seconds": ring.seconds,
                "targets": [
                    {
                        "id": target.id,
                        "name": target.name,
                        "phone": target.phone,
                        "named_by": list(target.named_by),
                    }
                    for target in ring.targets
                ],
            }
            for ring in played.rings
        ],
        "skipped": [{"rung": each.rung + 1, "id": each.id, "reason": each.reason} for each in played.skipped],
        "empty_rungs": [number + 1 for number in played.empty_rungs],
        "ended_at": written(played.ended_at),
        "pages": [
            {
                "at": written(each.at),
                "channel": each.channel,
                "to": each.to,
                "name": each.name,
                "text": each.text,
            }
            for each in played.told
        ],
        "warnings": _warnings(question, played),
    }


def _desk_open(question: Question, played: "Rehearsal") -> bool:
    return inside_desk_hours(question.history, played.hotline.schedule, played.at)


def _warnings(question: Question, played: "Rehearsal") -> list[str]:
    """Return what a coordinator should know of this call."""
    found = [f"Rung {number + 1} rings nobody." for number in played.empty_rungs]
    on_rungs = [ring for ring in played.rings if ring.rung is not None]
    reached = {target.phone for ring in on_rungs for target in ring.targets}
    if not reached:
        found.append("Nobody of the duty is rung: the caller goes straight to the recorder.")
    elif len(reached) == 1:
        found.append("Only one telephone is rung on all rungs.")
    if _desk_open(question, played) and played.hotline.desk_number is None:
        found.append("The desk is open and the hotline has no desk_number: the duty is rung.")
    return found


def _print(question: Question, duty: OnDuty, played: "Rehearsal") -> None:
    desk = "inside desk hours" if _desk_open(question, played) else "outside desk hours"
    name = f"{played.hotline.name} ({played.hotline.id})"
    click.echo(f"{question.said(played.at)}, {name}, {desk}; {played.caller} rings, nobody answers.")
    click.echo(f"On duty on {duty.schedule}: {question.names(duty.people)}")
    for reason in duty.because:
        click.echo(f"  - {reason}")
    spoken = iter(played.heard)
    sentence = next(spoken, None)
    for ring in played.rings:
        while sentence is not None and sentence.at <= ring.at:
            _print_heard(question, sentence)
            sentence = next(spoken, None)
        _print_ring(question, played, ring)
    while sentence is not None:
        _print_heard(question, sentence)
        sentence = next(spoken, None)
    click.echo(f"{_clock(question, played.ended_at)}  the caller has hung up")
    if played.first_ring_seconds is not None:
        click.echo(f"The first telephone rings {played.first_ring_seconds:.1f} s after the answer.")
    if played.told:
        click.echo("Told while nobody takes the case, once round the ladder:")
    for told in played.told:
        whom = f"{told.name} {told.to}".strip()
        said = f": {told.text}" if told.text else ""
        click.echo(f"{_clock(question, told.at)}  {told.channel:<4} {whom}{said}")
    if played.callee_hears:
        click.echo("Who answers first hears:")
        for words in played.callee_hears:
            click.echo(f"  “{words}”")
    for warning in _warnings(question, played):
        click.echo(f"Warning: {warning}")


def _print_ring(question: Question, played: "Rehearsal", ring: "Ring") -> None:
    place = "desk" if ring.rung is None else f"rung {ring.rung + 1}"
    for target in ring.targets:
        by = f", by {' and '.join(target.named_by)}" if target.named_by else ""
        when = _clock(question, ring.at)
        click.echo(f"{when}  {place} rings {target.name} {target.phone} for {ring.seconds} s{by}")
    first = next((each for each in played.rings if each.rung == ring.rung), ring)
    for skipped in played.skipped if first is ring else ():
        if skipped.rung == ring.rung:
            names = question.names((skipped.id,))
            click.echo(f"{'':8}  {place} skips {names}, who {_SKIPPED[skipped.reason]}")


def _print_heard(question: Question, heard: "Heard") -> None:
    click.echo(f"{_clock(question, heard.at)}  caller hears “{heard.text}”")


def _clock(question: Question, at: datetime) -> str:
    return f"{local(at, question.zone):%H:%M:%S}"
