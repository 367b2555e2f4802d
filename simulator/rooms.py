"""Where calls meet without one having dialled the other: conferences and queues.

Sources: https://www.twilio.com/docs/voice/twiml/conference, .../enqueue, .../queue
"""

from dataclasses import dataclass, field
from datetime import datetime

from simulator.callbacks import send_callback
from simulator.calls import Params
from simulator.engine import Latch
from simulator.exchange import Exchange
from simulator.faults import CallbackKind
from simulator.handset import Sound
from simulator.journal import EntryKind
from simulator.leg import Leg, Progress
from simulator.recordings import start_recording, stop_recording
from simulator.records import Recording, RecordingCallback
from simulator.webhook import rfc2822

CONFERENCE_EVENTS = frozenset({"start", "end", "join", "leave", "mute", "hold", "modify", "announcement"})
MOST_IN_QUEUE = 1000


@dataclass(slots=True, eq=False)
class Participant:
    """A call in a conference. `out` is set, with the reason, when it is to leave."""

    leg: Leg
    joined_at: datetime
    out: Latch
    label: str = ""
    is_muted: bool = False
    is_on_hold: bool = False
    starts: bool = True
    ends: bool = False
    has_talked: bool = False


@dataclass(slots=True, eq=False)
class Conference:
    """A conference. `status`: init, in-progress, completed. What the first participant asked for applies."""

    sid: str
    name: str
    created_at: datetime
    started: Latch
    progress: Progress | None = None
    records: bool = False
    recording_callback: RecordingCallback | None = None
    recording: Recording | None = None
    status: str = "init"
    sequence: int = 0
    updated_at: datetime | None = None
    reason_ended: str | None = None
    ended_by: str | None = None
    participants: dict[str, Participant] = field(default_factory=dict)


def find_conference(exchange: Exchange, name: str) -> Conference | None:
    """Return the conference of that name which has not ended."""
    for conference in exchange.conferences.values():
        if conference.name == name and conference.status != "completed":
            return conference
    return None


def open_conference(
    exchange: Exchange,
    name: str,
    *,
    progress: Progress | None,
    records: bool,
    recording_callback: RecordingCallback | None,
) -> Conference:
    """Return the conference of that name, a new one where there is none."""
    found = find_conference(exchange, name)
    if found is None:
        found = Conference(
            exchange.sids.make("CF"),
            name,
            exchange.now(),
            exchange.engine.latch(),
            progress=progress,
            records=records,
            recording_callback=recording_callback,
        )
        exchange.conferences[found.sid] = found
    return found


def join(exchange: Exchange, conference: Conference, participant: Participant) -> None:
    """Let a call in; the conference starts when two are there and one of them may start it."""
    leg = participant.leg
    conference.participants[leg.sid] = participant
    leg.is_muted = participant.is_muted
    exchange.journal.add(
        EntryKind.CONNECTED,
        leg.handset.phone.number,
        f"joins the conference {conference.name}",
        call_sid=leg.sid,
        details={"other": conference.name},
    )
    tell(exchange, conference, "join", "participant-join", participant=participant)
    present = conference.participants.values()
    if conference.status == "init" and len(present) > 1 and any(one.starts for one in present):
        conference.status = "in-progress"
        conference.updated_at = exchange.now()
        conference.started.set()
        tell(exchange, conference, "start", "conference-start")
        if conference.records:
            first = next(iter(present)).leg
            conference.recording = start_recording(
                exchange,
                first,
                source="Conference",
                channels=1,
                callback=conference.recording_callback,
                conference_sid=conference.sid,
            )
    connect(conference)


def connect(conference: Conference) -> None:
    """Let those hear each other who are there and not on hold."""
    talking = [one for one in conference.participants.values() if not one.is_on_hold]
    if conference.status != "in-progress":
        talking = []
    for one in conference.participants.values():
        leg = one.leg
        leg.peers = [other.leg for other in talking if other is not one] if one in talking else []
        if leg.peers and not one.has_talked:
            leg.handset.hears(Sound.CONNECTED, text=conference.name)
        elif one.has_talked and not leg.peers:
            leg.handset.hears(Sound.MUSIC if one.is_on_hold else Sound.DISCONNECTED)
        one.has_talked = bool(leg.peers)


def leave(exchange: Exchange, conference: Conference, participant: Participant, *, reason: str) -> None:
    """Let a call out; the conference ends with the last one, or with one that ends it."""
    leg = participant.leg
    if conference.participants.pop(leg.sid, None) is None:
        return
    leg.peers = []
    leg.is_muted = False
    tell(
        exchange,
        conference,
        "leave",
        "participant-leave",
        participant=participant,
        extra=(
            ("ParticipantCallStatus", leg.status),
            ("ReasonParticipantLeft", reason),
        ),
    )
    is_kick = reason == "participant_updated_via_api"
    if participant.ends:
        way = "kicked" if is_kick else "left"
        end_conference(exchange, conference, f"participant-with-end-conference-on-exit-{way}", by=participant)
    elif not conference.participants:
        end_conference(
            exchange,
            conference,
            "last-participant-kicked" if is_kick else "last-participant-left",
            by=participant,
        )
    else:
        connect(conference)


def end_conference(
    exchange: Exchange, conference: Conference, reason: str, *, by: Participant | None = None
) -> None:
    """End a conference; whoever is still there leaves it."""
    if conference.status == "completed":
        return
    conference.status = "completed"
    conference.updated_at = exchange.now()
    conference.reason_ended = reason
    conference.ended_by = by.leg.sid if by else None
    why = "conference_ended_via_api" if reason == "conference-ended-via-api" else "moderator_ended_conference"
    for one in conference.participants.values():
        one.leg.peers = []
        one.out.set(why)
    extra: list[tuple[str, str]] = [("ReasonConferenceEnded", reason), ("Reason", reason.replace("-", " "))]
    if by is not None:
        extra += [("CallSidEndingConference", by.leg.sid), ("ParticipantLabelEndingConference", by.label)]
    tell(exchange, conference, "end", "conference-end", extra=tuple(extra))
    if conference.recording is not None:
        seconds = (exchange.now() - conference.recording.started_at).total_seconds()
        stop_recording(exchange, conference.recording, seconds=seconds)


def tell(
    exchange: Exchange,
    conference: Conference,
    event: str,
    name: str,
    *,
    participant: Participant | None = None,
    extra: Params = (),
) -> None:
    """Tell what happens in a conference, if it was asked for."""
    progress = conference.progress
    number, conference.sequence = conference.sequence, conference.sequence + 1
    if progress is None or event not in progress.events:
        return
    params = [
        ("AccountSid", exchange.account_sid),
        ("ConferenceSid", conference.sid),
        ("FriendlyName", conference.name),
        ("SequenceNumber", str(number)),
        ("StatusCallbackEvent", name),
        ("Timestamp", rfc2822(exchange.now())),
    ]
    if participant is not None:
        params += [
            ("CallSid", participant.leg.sid),
            ("Coaching", "false"),
            ("EndConferenceOnExit", str(participant.ends).lower()),
            ("Hold", str(participant.is_on_hold).lower()),
            ("Muted", str(participant.is_muted).lower()),
            ("StartConferenceOnEnter", str(participant.starts).lower()),
        ]
        if participant.label:
            params.append(("ParticipantLabel", participant.label))
    send_callback(
        exchange,
        CallbackKind.CONFERENCE,
        url=progress.url,
        method=progress.method,
        params=(*params, *extra),
        sid=conference.sid,
    )


@dataclass(slots=True, eq=False)
class Bridge:
    """A waiting call and the one that took it from the queue, until either side ends it."""

    dialler: Leg
    screening_url: str
    screening_method: str
    ready: Latch
    over: Latch


@dataclass(slots=True, eq=False)
class Waiting:
    """A call in a queue. `out` is set with a Bridge when it is taken, or with a word when it leaves."""

    leg: Leg
    since: datetime
    out: Latch


@dataclass(slots=True, eq=False)
class Queue:
    """A queue; `arrived` is set when somebody joins."""

    sid: str
    name: str
    created_at: datetime
    arrived: Latch
    most: int = MOST_IN_QUEUE
    waiting: list[Waiting] = field(default_factory=list)

    def position(self, leg: Leg) -> int:
        """Return the place of a call, the front being 1; 0 when it is not there."""
        for place, one in enumerate(self.waiting, start=1):
            if one.leg is leg:
                return place
        return 0


def open_queue(exchange: Exchange, name: str) -> Queue:
    """Return the queue of that name, a new one where there is none."""
    for queue in exchange.queues.values():
        if queue.name == name:
            return queue
    queue = Queue(exchange.sids.make("QU"), name[:64], exchange.now(), exchange.engine.latch())
    exchange.queues[queue.sid] = queue
    return queue
