"""The standard stories of a call, and how each ends whatever Twilio leaves undocumented."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from simulator import personas
from simulator.engine import Script, Sleep
from simulator.handset import Handset, Sound
from simulator.personas import Behaviour, Persona
from simulator.switches import Switches
from tests.hotline.rig import CALLER, EVENING
from tests.simulation.theatre import DESK_HOURS, Theatre

Makes = Callable[[], Persona]
# Twilio's errors that are the network's doing, not ours: a leg that could not be dialled.
_NOT_OURS: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Ending:
    """How a story ends: facts of the contract (section 5), not of a timetable.

    `outcomes`: for each person rung, the outcomes that fit; `recordings`: how many are filed;
    `is_paged`: whether somebody was alerted after the ladder.
    """

    state: str
    by: str | None
    outcomes: Mapping[str, frozenset[str]]
    recordings: int
    is_paged: bool
    kinds: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Story:
    """Who behaves how, and how it ends under given switches."""

    caller: Callable[[], Behaviour]
    ending: Callable[[Switches], Ending]
    cast: Mapping[str, Makes] = field(default_factory=dict)
    at: datetime = EVENING


def _ends(
    state: str,
    by: str | None = None,
    *,
    outcomes: Mapping[str, str] | None = None,
    recordings: int = 0,
    paged: bool = False,
    kinds: frozenset[str] = frozenset(),
) -> Callable[[Switches], Ending]:
    """Make an ending that no switch changes; an outcome may be several, divided by `|`."""
    known = {name: frozenset(words.split("|")) for name, words in (outcomes or {}).items()}
    return lambda _switches: Ending(state, by, known, recordings, paged, kinds)


def _accepting(person: str, **others: str) -> Callable[[Switches], Ending]:
    return _ends("acknowledged", person, recordings=1, outcomes={person: "accepted", **others})


def _two_at_once(switches: Switches) -> Ending:
    # Where Twilio gives up the others at the first answer, only one of them can answer at all.
    loser = "canceled" if switches.cancel_policy == "first-answer" else "canceled|voicemail"
    return _accepting("per", kari="no-answer", ola=loser)(switches)


def _gone_before_connected() -> Persona:
    """Make somebody whose call breaks off between the 1 and the caller's voice."""

    def behave(handset: Handset) -> Script[None]:
        yield Sleep(4.0)
        handset.answer()
        while True:
            heard = yield from handset.next_sound()
            if heard is not None and heard.sound is Sound.LISTENING:
                handset.press("1")
            if heard is not None and "Takk" in heard.text:
                handset.hang_up()

    return Persona("breaks off", behaviour=behave)


NOBODY = {"kari": "no-answer", "ola": "no-answer", "per": "no-answer"}


STORIES: Mapping[str, Story] = {
    "the person on duty answers": Story(
        caller=lambda: personas.caller(talk_seconds=40),
        cast={"kari": personas.human},
        ending=_accepting("kari"),
    ),
    "the person on duty ends the talk": Story(
        caller=lambda: personas.caller(talk_seconds=None),
        cast={"kari": lambda: personas.human(talk_seconds=30)},
        ending=_accepting("kari"),
    ),
    "a private voicemail, then a human": Story(
        caller=lambda: personas.caller(talk_seconds=40),
        cast={"kari": personas.voicemail, "per": personas.human},
        ending=_accepting("per", kari="voicemail", ola="canceled"),
    ),
    "a voicemail is faster than a slow human": Story(
        caller=lambda: personas.caller(talk_seconds=40),
        cast={
            "ola": lambda: personas.voicemail(answers_after=3),
            "ola_desk": personas.busy,
            "per": lambda: personas.slow(answers_after=10),
        },
        ending=_accepting("per", kari="no-answer", ola="voicemail|busy|canceled", per="accepted|canceled"),
    ),
    "passed by key, then answered": Story(
        caller=lambda: personas.caller(talk_seconds=40),
        cast={"kari": personas.passes_on, "per": personas.human},
        ending=_accepting("per", kari="declined", ola="canceled"),
    ),
    "refused, busy and unreachable, then the next telephone": Story(
        caller=lambda: personas.caller(talk_seconds=40),
        cast={
            "kari": personas.declines,
            "ola": personas.unreachable,
            "per": personas.busy,
            "ola_desk": personas.human,
        },
        ending=_accepting("ola", kari="busy", ola="failed|accepted", per="busy"),
    ),
    "somebody answers and hangs up at once": Story(
        caller=lambda: personas.caller(talk_seconds=40),
        cast={"kari": personas.hangs_up_at_once, "per": personas.human},
        ending=_accepting("per", kari="voicemail", ola="canceled"),
    ),
    "somebody presses 1 and is gone before being connected": Story(
        caller=lambda: personas.caller(talk_seconds=40),
        cast={"kari": _gone_before_connected, "per": personas.human},
        ending=_accepting("per", kari="failed", ola="canceled"),
    ),
    "a wrong key first": Story(
        caller=lambda: personas.caller(talk_seconds=40),
        cast={"kari": personas.wrong_key_first},
        ending=_accepting("kari"),
    ),
    "a slow person": Story(
        caller=lambda: personas.caller(talk_seconds=40),
        cast={"kari": personas.slow},
        ending=_accepting("kari"),
    ),
    "two people answer at once": Story(
        caller=lambda: personas.caller(talk_seconds=40),
        cast={
            "ola": lambda: personas.human(answers_after=4.0, think_seconds=2.5),
            "per": lambda: personas.human(answers_after=3.9, think_seconds=1.5),
        },
        ending=_two_at_once,
    ),
    "nobody answers and the caller leaves a message": Story(
        caller=lambda: personas.caller(message_seconds=15),
        ending=_ends("open", recordings=1, paged=True, kinds=frozenset({"message-left"}), outcomes=NOBODY),
    ),
    "nobody answers and the caller says nothing": Story(
        caller=lambda: personas.caller(message_seconds=0),
        ending=_ends("open", recordings=0, paged=True, outcomes=NOBODY),
    ),
    "the caller hangs up at the greeting": Story(
        caller=lambda: personas.caller(hangs_up_on="Vakttelefonen"),
        ending=_ends("open", paged=True),
    ),
    "the caller hangs up while it rings": Story(
        caller=lambda: personas.caller(hangs_up_after=22.0),
        ending=_ends("open", paged=True, outcomes={"kari": "canceled"}),
    ),
    "the caller hangs up in the middle of the question": Story(
        caller=lambda: personas.caller(hangs_up_after=15.0),
        cast={"kari": lambda: personas.human(answers_after=2.0, think_seconds=5)},
        # Kari's 1 comes either in the question, where that outlives the caller, or when she is paged.
        ending=_ends("acknowledged", "kari", paged=True, outcomes={"kari": "canceled"}),
    ),
    "the caller hangs up at the beep": Story(
        caller=lambda: personas.caller(hangs_up_on=Sound.BEEP),
        ending=_ends("open", paged=True, outcomes=NOBODY),
    ),
    "the desk answers inside desk hours": Story(
        caller=lambda: personas.caller(talk_seconds=40),
        cast={"desk": lambda: personas.human(keys=())},
        at=DESK_HOURS,
        ending=_ends("acknowledged", "desk", recordings=1, outcomes={"desk": "accepted"}),
    ),
    "the desk does not answer": Story(
        caller=lambda: personas.caller(talk_seconds=40),
        cast={"kari": personas.human},
        at=DESK_HOURS,
        ending=_accepting("kari", desk="no-answer"),
    ),
    "the recording is refused": Story(
        caller=lambda: personas.caller(keys=("9",), talk_seconds=40),
        cast={"kari": personas.human},
        ending=_ends(
            "acknowledged", "kari", outcomes={"kari": "accepted"}, kinds=frozenset({"recording-refused"})
        ),
    ),
}


def play(theatre: Theatre, story: Story) -> None:
    """Play a story to its end, and let what follows it happen."""
    theatre.cast(**{name: make() for name, make in story.cast.items()})
    call = theatre.ring(by=story.caller())
    theatre.until_over(call)


def assert_ending(theatre: Theatre, ending: Ending) -> None:
    """Show that a story has ended as it should, and that nothing is out of order."""
    case = theatre.case()
    assert (str(case.state), case.acknowledged_by) == (ending.state, ending.by)
    (call,) = case.calls
    came_to: dict[str, set[str]] = {}
    for attempt in call.attempts:
        came_to.setdefault(attempt.person, set()).add(str(attempt.outcome))
    assert came_to.keys() == ending.outcomes.keys(), came_to
    for person, outcomes in came_to.items():
        assert outcomes <= ending.outcomes[person], came_to
    if ending.by is not None and "accepted" in ending.outcomes[ending.by]:
        assert "accepted" in came_to[ending.by], came_to
    assert [item.stored for item in call.recordings] == [True] * ending.recordings
    kinds = theatre.kinds()
    assert ending.kinds <= kinds.keys()
    assert bool(kinds["paged"]) == ending.is_paged, kinds
    assert_order(theatre)


def assert_order(theatre: Theatre, *, receipts: int = 1) -> None:
    """Show what holds after every call: one case, nothing left undone, nothing done twice."""
    assert theatre.transport.failures == []
    errors = [item for item in theatre.simulator.debugger.entries if item.code not in _NOT_OURS]
    assert errors == []
    assert theatre.case_count() == 1
    case = theatre.case()
    assert case.timeline[0].kind == "call-received"
    assert case.ticket.id is not None
    assert all(attempt.outcome is not None for call in case.calls for attempt in call.attempts)
    kinds = theatre.kinds()
    for kind in ("call-received", "call-ended", "ticket-opened"):
        assert kinds[kind] == 1, kinds
    assert all(
        recording.is_deleted for recording in theatre.simulator.recordings if recording.status == "completed"
    )
    texts = [(message.to, message.body) for message in theatre.sms()]
    assert len(texts) == len(set(texts)), "an SMS was sent twice"
    to_caller = [message.body for message in theatre.sms(CALLER)]
    assert len([body for body in to_caller if "er registrert som" in body]) == receipts
    assert len([body for body in to_caller if "har teke saka" in body]) == kinds["acknowledged"]
    assert theatre.effect_states().keys() <= {"done", "dropped", "pending"}
