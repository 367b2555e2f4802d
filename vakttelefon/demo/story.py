"""The storyline of the demo (contract section 1), each step checked against what the API shows."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from dispatcher.cases.queries import case_detail
from dispatcher.cases.views import CaseDetail
from simulator import personas
from simulator.journal import EntryKind
from vakttelefon.demo.installation import CALLERS, Installation
from vakttelefon.rehearsal import seconds_to_first_ring

Tell = Callable[[str], None]
# How soon the first telephone is to ring (contract section 5.2).
FIRST_RING_SECONDS = 9
NEVER = float("inf")


class BrokenStepError(Exception):
    """A step did not go as it should; the message says what was expected."""


@dataclass(slots=True)
class Story:
    """Plays the steps on an installation; `tell` prints a line."""

    on: Installation
    tell: Tell
    done: list[str] = field(default_factory=list)

    def step(
        self, title: str, check: Callable[[], bool], *, within: timedelta = timedelta(minutes=5)
    ) -> None:
        """Let time pass until the check holds, and say so.

        Raises:
            BrokenStepError: it does not hold within that time.
        """
        if not self.on.simulator.run_until(check, within):
            raise BrokenStepError(title)
        self.done.append(title)
        self.tell(f"✓ {title}")

    def case(self, reference: str) -> CaseDetail | None:
        """Return a case as the API shows it."""
        with self.on.services.db.read() as connection:
            return case_detail(connection, reference, str(self.on.organisation.language))

    def holds(self, reference: str, check: Callable[[CaseDetail], bool]) -> Callable[[], bool]:
        """Return the check of a case that has to exist."""

        def held() -> bool:
            case = self.case(reference)
            return case is not None and check(case)

        return held

    def texted(self, number: str, *parts: str) -> Callable[[], bool]:
        """Return whether a phone has received an SMS with all these words."""
        phone = self.on.simulator.phone(number)
        return lambda: any(
            all(part in text.body for part in parts) for text in phone.inbox if not text.is_own
        )

    def outcome(self, case: CaseDetail, person: str) -> set[str | None]:
        """Return what became of the attempts to reach somebody in the case's calls."""
        return {item.outcome for call in case.calls for item in call.attempts if item.person == person}


def tell_story(on: Installation, tell: Tell) -> int:
    """Play the whole storyline and return how many steps it had.

    Raises:
        BrokenStepError: a step did not go as it should; the story ends there.
    """
    story = Story(on, tell)
    zone = on.organisation.zone
    shown = {EntryKind.WEBHOOK, EntryKind.CALLBACK, EntryKind.REST, EntryKind.RECORDING, EntryKind.WARNING}
    journal = on.simulator.journal
    journal.listen(lambda entry: None if entry.kind in shown else tell(f"  {journal.line(entry, zone=zone)}"))
    on.simulator.add_tenant(next_due=on.worker.next_due_at, run_due=on.worker.tick)
    _an_answered_call(story)
    _a_case_by_sms(story)
    _a_call_nobody_takes(story)
    return len(story.done)


def _set(on: Installation, person: str, persona: personas.Persona) -> None:
    known = on.organisation.person(person)
    for number in known.phones if known is not None else ():
        on.simulator.phone(number).persona = persona


def _an_answered_call(story: Story) -> None:
    on, cast = story.on, story.on.cast
    duty, backup, third = cast.on_duty, cast.backup, cast.next_one
    for person in on.organisation.people:
        _set(on, person.id, personas.human(keys=("1",)))
    _set(on, duty.id, personas.no_answer())
    _set(on, backup.id, personas.voicemail())
    caller = next(iter(CALLERS))
    story.tell(f"\nIn the night {CALLERS[caller][0]} rings the hotline. {duty.name} is on duty.")
    call = on.simulator.ring(caller, on.hotline_number, by=personas.caller(talk_seconds=40))
    story.step(
        "a case exists from the first ring",
        story.holds("V-1001", lambda case: case.state == "open" and not case.calls[0].attempts),
    )
    story.step(
        f"the first telephone rings at most {FIRST_RING_SECONDS} s after the answer",
        lambda: (seconds_to_first_ring(on.simulator, call) or NEVER) <= FIRST_RING_SECONDS,
        within=timedelta(seconds=30),
    )
    story.tell(f"  it rang {seconds_to_first_ring(on.simulator, call):.1f} s after the answer")
    story.step(
        "its stub ticket is opened while the telephone still rings",
        story.holds("V-1001", lambda case: case.ticket.id is not None and not call.is_over),
    )
    story.step(
        f"{duty.name}, on duty, does not answer",
        story.holds("V-1001", lambda case: story.outcome(case, duty.id) == {"no-answer"}),
    )
    story.step(
        f"the private voicemail of {backup.name} picks up and does not count as an answer",
        story.holds(
            "V-1001",
            lambda case: case.state == "open" and story.outcome(case, backup.id) == {"voicemail"},
        ),
    )
    story.step(
        f"{third.name} presses 1 and has the case",
        story.holds(
            "V-1001",
            lambda case: case.acknowledged_by == third.id and story.outcome(case, third.id) == {"accepted"},
        ),
    )
    story.step("they talk, and the caller hangs up", lambda: call.is_over, within=timedelta(minutes=10))
    story.step(
        "the conversation is recorded, encrypted and filed, and deleted at Twilio",
        lambda: (
            story.holds("V-1001", lambda case: [item.stored for item in case.calls[0].recordings] == [True])()
            and all(recording.is_deleted for recording in on.simulator.recordings)
        ),
    )
    story.step("the caller has the case number by SMS", story.texted(caller, "V-1001", "registrert"))
    story.step("the caller was told who has the case", story.texted(caller, third.name))


def _a_case_by_sms(story: Story) -> None:
    on, third = story.on, story.on.cast.next_one
    caller = next(iter(CALLERS))
    phone = third.phones[0]
    story.tell(f"\n{third.name} steers the case by SMS.")
    on.simulator.text(phone, on.hotline_number, "URGENT heile nettet i kommunen er nede")
    story.step(
        "URGENT with a reason makes it an urgent case",
        story.holds("V-1001", lambda case: case.urgency == "urgent"),
    )
    on.simulator.text(phone, on.hotline_number, "NOTE ringde leverandøren, ny ruter er på veg")
    story.step(
        "NOTE is written into the case",
        story.holds(
            "V-1001",
            lambda case: any(
                entry.kind == "note" and entry.by == third.id and "ruter" in entry.text
                for entry in case.timeline
            ),
        ),
    )
    on.simulator.text(phone, on.hotline_number, "DONE ruteren er bytt")
    story.step("DONE closes it", story.holds("V-1001", lambda case: case.state == "closed"))
    story.step("the caller is told that it is solved", story.texted(caller, "V-1001", "løyst"))


def _a_call_nobody_takes(story: Story) -> None:
    on, backup = story.on, story.on.cast.backup
    for person in on.organisation.people:
        _set(on, person.id, personas.no_answer())
    caller = list(CALLERS)[1]
    story.tell(f"\n{CALLERS[caller][0]} rings, and nobody answers.")
    call = on.simulator.ring(caller, on.hotline_number, by=personas.caller(message_seconds=15))
    story.step(
        "the ladder is tried to its end, and the caller leaves a message",
        story.holds("V-1002", lambda case: any(entry.kind == "message-left" for entry in case.timeline)),
        within=timedelta(minutes=15),
    )
    story.step("the call is over", lambda: call.is_over)
    story.step(
        "the message is filed",
        story.holds("V-1002", lambda case: [item.stored for item in case.calls[0].recordings] == [True]),
    )
    story.step("the coordinator is alarmed", _coordinator_texted(story, "V-1002"))
    story.step(
        f"the case is paged rung by rung, until {backup.name} too is paged",
        story.texted(backup.phones[0], "V-1002"),
        within=timedelta(minutes=20),
    )
    on.simulator.text(backup.phones[0], on.hotline_number, "ACK")
    story.step(
        f"{backup.name} sends ACK and has the case",
        story.holds("V-1002", lambda case: case.acknowledged_by == backup.id),
    )
    story.step("the caller is told who has it", story.texted(caller, "V-1002", backup.name))
    paged = _pages(story)
    on.simulator.advance(timedelta(minutes=20))
    story.step("and nobody is paged any more", lambda: _pages(story) == paged)


def _pages(story: Story) -> int:
    case = story.case("V-1002")
    return sum(entry.kind == "paged" for entry in case.timeline) if case is not None else -1


def _coordinator_texted(story: Story, reference: str) -> Callable[[], bool]:
    checks = [
        story.texted(person.phones[0], reference)
        for person in story.on.organisation.people
        if "coordinator" in person.roles and person.phones
    ]
    return lambda: bool(checks) and all(check() for check in checks)
