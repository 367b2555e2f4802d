"""A call and its attempts as values, and what became of an attempt, computed from what is known of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Phase(StrEnum):
    """Where in the call flow the caller is."""

    GREETING = "greeting"
    RINGING = "ringing"
    TALKING = "talking"
    MESSAGE = "message"
    OVER = "over"


class Outcome(StrEnum):
    """What became of an attempt (contract section 2)."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    NO_ANSWER = "no-answer"
    BUSY = "busy"
    FAILED = "failed"
    CANCELED = "canceled"
    VOICEMAIL = "voicemail"


FINAL_STATUSES = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


@dataclass(frozen=True, slots=True)
class Call:
    """A row of the table `calls`. `rung` and `dial` count from 0 and are -1 before the first.

    `is_loop`: the call came back to us from our own doing (contract section 5.8), and only it has no case.
    `taken_before`: when the case that the call joined had been closed or taken; None for one open or new.
    """

    sid: str
    case_id: int | None
    direction: str
    from_raw: str
    to_raw: str
    status: str
    phase: Phase
    recorded: bool
    rung: int
    dial: int
    accepted_attempt: int | None
    started_at: datetime
    ended_at: datetime | None
    duration_seconds: int | None
    is_loop: bool = False
    forwarded_raw: str = ""
    taken_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A row of the table `attempts`: one telephone rung once, with every fact learned about it.

    Facts only ever become known; `outcome` is `outcome_of` the rest, so it does not matter in which
    order they came.
    """

    id: int
    call_sid: str
    dial: int
    rung: int
    person: str
    phone: str
    screened: bool
    ring_seconds: int
    dialled_at: datetime
    leg_sid: str | None = None
    leg_status: str | None = None
    leg_sequence: int = -1
    answered_at: datetime | None = None
    declined_at: datetime | None = None
    accepted_at: datetime | None = None
    unanswered_at: datetime | None = None
    bridged: bool | None = None
    dial_status: str | None = None
    cut_at: datetime | None = None
    looped_at: datetime | None = None
    outcome: str | None = None

    @property
    def pending(self) -> bool:
        """Whether the telephone may still be ringing or the callee listening."""
        return self.outcome is None

    @property
    def is_spoilt(self) -> bool:
        """Whether nobody but we ourselves can have answered: forwarded to us, and no key was asked for."""
        return self.looped_at is not None and not self.screened

    @property
    def settled(self) -> bool:
        """Whether the outcome is known from the leg itself, a key or an answer, not from the dial alone.

        A dial may be reported over before its legs are; what it says of them is known better a moment later.
        """
        by_callee = self.accepted_at or self.declined_at or self.unanswered_at or self.answered_at
        by_callee = by_callee or self.looped_at
        return self.outcome is not None and (by_callee is not None or self.leg_status in FINAL_STATUSES)


def outcome_of(attempt: Attempt) -> Outcome | None:
    """Return what became of an attempt, or None while that is open (contract section 2).

    A key decides; then a telephone forwarded to us has not answered (contract section 5.8); then an answer
    without a key is `voicemail`, unless the caller or another callee ended the leg first (`canceled`); then
    the leg's own final status; then what the whole dial reported.
    """
    if attempt.is_spoilt:
        return Outcome.NO_ANSWER
    if attempt.accepted_at is not None:
        return Outcome.FAILED if attempt.bridged is False else Outcome.ACCEPTED
    if attempt.declined_at is not None:
        return Outcome.DECLINED
    if attempt.looped_at is not None:
        return Outcome.NO_ANSWER
    if attempt.unanswered_at is not None:
        return Outcome.VOICEMAIL
    if attempt.leg_status in {"busy", "failed"}:
        return Outcome(attempt.leg_status)
    answered = attempt.answered_at is not None or attempt.leg_status == "completed"
    if attempt.cut_at is not None:
        rung_out = attempt.cut_at - attempt.dialled_at >= timedelta(seconds=attempt.ring_seconds)
        ended_alone = not answered and attempt.leg_status == "no-answer" and rung_out
        return Outcome.NO_ANSWER if ended_alone else Outcome.CANCELED
    if answered:
        return Outcome.VOICEMAIL if attempt.dial_status is not None else None
    if attempt.leg_status in {"no-answer", "canceled"}:
        return Outcome(attempt.leg_status)
    if attempt.dial_status is None:
        return None
    if attempt.dial_status in {"busy", "failed", "canceled"}:
        return Outcome(attempt.dial_status)
    return Outcome.NO_ANSWER
