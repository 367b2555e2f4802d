"""How often one number is answered, and how often anybody is told of it: machines answer too (contract 4).

What was answered and told is written on the inbound messages themselves, in the transaction that decides
it, so that a burst which arrives before anything was sent is counted as well.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, func, select, update

from dispatcher.store.tables import messages
from dispatcher.store.windows import within


class Answer(StrEnum):
    """Of what kind an answer is: to a command that was carried out, or anything else we send back."""

    ASIDE = "aside"  # a help line, a receipt, a question back
    COMMAND = "command"


MOST: Final = {Answer.ASIDE: 5, Answer.COMMAND: 60}
"""The most answers to one number within `WITHIN`, by contract section 4."""

MOST_TOLD: Final = 5
WITHIN: Final = timedelta(minutes=10)
SILENCE: Final = timedelta(hours=1)
"""How long a number gets no more answers of a kind that it has had the most of."""


def is_silent(answered: Sequence[datetime], *, most: int, now: datetime) -> bool:
    """Tell whether the last of `most` answers within ten minutes was less than an hour ago.

    `answered`: when the number was answered in the last hour and ten minutes.
    """
    instants = sorted(answered)
    filled = zip(instants, instants[most - 1 :], strict=False)
    return any(last - first < WITHIN and now - last < SILENCE for first, last in filled)


def spend_answer(connection: Connection, sid: str, sender: str, kind: Answer, *, now: datetime) -> bool:
    """Return whether a message may be answered, and remember that it was. The sender's number is locked."""
    answered = connection.execute(
        select(messages.c.created_at).where(
            messages.c.sender == sender,
            messages.c.answered == kind,
            within(messages.c.created_at, SILENCE + WITHIN, now=now),
        )
    ).scalars()
    if is_silent(list(answered), most=MOST[kind], now=now):
        return False
    connection.execute(update(messages).where(messages.c.sid == sid).values(answered=kind))
    return True


def spend_telling(connection: Connection, sid: str, sender: str, *, now: datetime) -> bool:
    """Return whether people may be told of a message, and remember that they were. The number is locked."""
    told = connection.execute(
        select(func.count()).where(
            messages.c.sender == sender, messages.c.told, within(messages.c.created_at, WITHIN, now=now)
        )
    ).scalar_one()
    if told >= MOST_TOLD:
        return False
    connection.execute(update(messages).where(messages.c.sid == sid).values(told=True))
    return True
