"""Inbound SMS as rows: each MessageSid once, and what the first of a case said."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from dispatcher.store.rows import insert_once
from dispatcher.store.tables import messages
from dispatcher.texts.mentions import with_pictures

# Twilio lets ten through; whatever a form claims, a line on the timeline stays a line.
MOST_PICTURES = 99


@dataclass(frozen=True, slots=True)
class Texted:
    """An inbound SMS as Twilio delivers it. `pictures`: how many came with it; they are never fetched."""

    sid: str
    from_: str
    to: str
    body: str
    pictures: int = 0

    def on_timeline(self, *, untold: bool = False) -> dict[str, object]:
        """Return what a timeline entry keeps of it; `untold`: nobody was told, after so many others."""
        told = {"untold": True} if untold else {}
        pictures = {"pictures": min(self.pictures, MOST_PICTURES)} if self.pictures else {}
        return {"text": self.body, **pictures, **told}


def store(connection: Connection, texted: Texted, *, sender: str, purpose: str, now: datetime) -> bool:
    """Keep a message; False where it was kept before.

    `sender` is its number, or what stands for one; `purpose` is received or loop.
    """
    return insert_once(
        connection,
        messages,
        {
            "sid": texted.sid,
            "direction": "in",
            "from_number": texted.from_,
            "to_number": texted.to,
            "body": texted.body,
            "purpose": purpose,
            "status": "received",
            "created_at": now,
            "updated_at": now,
            "sender": sender,
            "media": min(texted.pictures, MOST_PICTURES),
        },
    )


def attach(connection: Connection, sid: str, case_id: int) -> None:
    """File a message under a case."""
    connection.execute(update(messages).where(messages.c.sid == sid).values(case_id=case_id))


@dataclass(frozen=True, slots=True)
class FirstWords:
    """What the first message of a case said, and how many pictures came with it."""

    body: str
    pictures: int

    def said(self, language: str) -> str:
        """Return the words with the pictures mentioned."""
        return with_pictures(self.body, self.pictures, language)


def first_words(connection: Connection, case_id: int) -> FirstWords | None:
    """Return what the first message of a case said; None where there is none."""
    row = connection.execute(
        select(messages.c.body, messages.c.media)
        .where(messages.c.case_id == case_id, messages.c.direction == "in")
        .order_by(messages.c.id)
        .limit(1)
    ).one_or_none()
    return None if row is None else FirstWords(row.body, row.media or 0)
