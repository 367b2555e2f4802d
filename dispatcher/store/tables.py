"""Every table of the database; the migrations are checked against it by a test.

Enumerations are stored as their short text. Text documents are JSON. Instants are UtcDateTime.
History tables (timeline, audit, organisation_versions) are only ever added to.
"""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
    false,
)
from sqlalchemy.types import JSON

from dispatcher.store.types import String, Text, UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

FIRST_CASE = 1001

organisation_versions = Table(
    "organisation_versions",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("document", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("actor", String(200), nullable=False),
)

cases = Table(
    "cases",
    metadata,
    Column("id", Integer, Identity(start=FIRST_CASE), primary_key=True),
    Column("state", String(20), nullable=False),
    Column("urgency", String(20), nullable=False),
    Column("source", String(20), nullable=False),
    Column("hotline", String(200)),
    Column("language", String(2), nullable=False),
    Column("caller", String(20)),
    Column("municipality", String(200)),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("acknowledged_at", UtcDateTime),
    Column("acknowledged_by", String(200)),
    Column("closed_at", UtcDateTime),
    Column("closed_by", String(200)),
    # paging: the number of the next round, null until paging begins
    Column("page_round", Integer),
    Column("ticket_system", String(50), nullable=False),
    Column("ticket_id", String(200)),
    Column("ticket_url", String(1000)),
    # the newest timeline entry that the ticket holds
    Column("ticket_entry", Integer, nullable=False, default=0),
    Index("ix_cases_opened_at_id", "opened_at", "id"),
    Index("ix_cases_state_opened_at_id", "state", "opened_at", "id"),
    Index("ix_cases_urgency_opened_at_id", "urgency", "opened_at", "id"),
    Index("ix_cases_state_urgency_opened_at_id", "state", "urgency", "opened_at", "id"),
    Index("ix_cases_caller_opened_at", "caller", "opened_at"),
    Index("ix_cases_closed_at", "closed_at"),
    sqlite_autoincrement=True,
)

calls = Table(
    "calls",
    metadata,
    Column("sid", String(64), primary_key=True),
    # null for a loop: a call that came back to us from our own doing belongs to no case
    Column("case_id", ForeignKey("cases.id"), index=True),
    Column("is_loop", Boolean, nullable=False, default=False, server_default=false()),
    Column("direction", String(20), nullable=False),
    Column("from_raw", Text, nullable=False),
    Column("to_raw", Text, nullable=False),
    Column("forwarded_raw", Text, nullable=False, default="", server_default=""),
    Column("status", String(20), nullable=False),
    Column("phase", String(20), nullable=False),
    Column("recorded", Boolean, nullable=False),
    Column("rung", Integer, nullable=False),
    Column("dial", Integer, nullable=False),
    Column("accepted_attempt", Integer),
    # when the case that the call joined had been taken, or closed
    Column("taken_before", UtcDateTime),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("duration_seconds", Integer),
    Index("ix_calls_ended_at", "ended_at"),
    Index("ix_calls_from_raw_started_at", "from_raw", "started_at"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("call_sid", ForeignKey("calls.sid"), nullable=False, index=True),
    Column("dial", Integer, nullable=False),
    Column("rung", Integer, nullable=False),
    Column("person", String(200), nullable=False),
    Column("phone", String(20), nullable=False),
    Column("screened", Boolean, nullable=False),
    Column("ring_seconds", Integer, nullable=False),
    Column("dialled_at", UtcDateTime, nullable=False),
    Column("leg_sid", String(64), index=True),
    Column("leg_status", String(20)),
    Column("leg_sequence", Integer, nullable=False, default=-1),
    Column("answered_at", UtcDateTime),
    Column("declined_at", UtcDateTime),
    Column("accepted_at", UtcDateTime),
    Column("unanswered_at", UtcDateTime),  # answered, but the question ran out without a key
    Column("bridged", Boolean),
    Column("dial_status", String(20)),
    Column("cut_at", UtcDateTime),  # the caller or another callee ended the dial
    Column("looped_at", UtcDateTime),  # the telephone is forwarded to us: the leg came back as a call
    Column("outcome", String(20)),
    UniqueConstraint("call_sid", "dial", "phone"),
)

timeline = Table(
    "timeline",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(50), nullable=False),
    Column("by", String(200)),
    Column("data", JSON, nullable=False),
    Index("ix_timeline_case_id_id", "case_id", "id"),
    sqlite_autoincrement=True,
)

messages = Table(
    "messages",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("sid", String(64), unique=True),
    Column("direction", String(10), nullable=False),
    Column("from_number", Text, nullable=False),
    Column("to_number", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("purpose", String(50), nullable=False),
    Column("case_id", ForeignKey("cases.id"), index=True),
    Column("person", String(200)),
    Column("page_id", Integer),
    Column("effect_key", String(200)),
    Column("status", String(20), nullable=False),
    Column("error_code", Integer),
    Column("created_at", UtcDateTime, nullable=False, index=True),
    Column("updated_at", UtcDateTime, nullable=False),
    # of one that came in: its sender's number, how we answered, whether anybody was told, how many pictures
    Column("sender", String(20)),
    Column("answered", String(10)),  # aside | command
    Column("told", Boolean),
    Column("media", Integer),
    Index("ix_messages_sender_answered_created_at", "sender", "answered", "created_at"),
    Index("ix_messages_sender_told_created_at", "sender", "told", "created_at"),
    Index("ix_messages_purpose_created_at", "purpose", "created_at"),
    Index("ix_messages_to_number", "to_number"),
)

pages = Table(
    "pages",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("round", Integer, nullable=False),
    Column("person", String(200), nullable=False),
    Column("channel", String(10), nullable=False),  # sms | call
    Column("phone", String(20), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("sid", String(64), index=True),
    Column("answered_at", UtcDateTime),
    Column("outcome", String(20)),
    Column("handed_at", UtcDateTime),  # when the provider took it
    Column("ringing_at", UtcDateTime),  # when its telephone was last taken for it
    Column("first", Boolean, nullable=False, default=False),  # of the case's first round since it was opened
    Column("waiting", Integer, nullable=False, default=0),  # how many other cases it says are waiting
    UniqueConstraint("case_id", "round", "person", "channel", "phone"),
    Index("ix_pages_person_created_at", "person", "created_at"),
    Index("ix_pages_phone_created_at", "phone", "created_at"),
    Index("ix_pages_case_id_person", "case_id", "person"),
)

recordings = Table(
    "recordings",
    metadata,
    Column("sid", String(64), primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("call_sid", ForeignKey("calls.sid"), nullable=False),
    Column("kind", String(20), nullable=False),  # conversation | message
    Column("state", String(20), nullable=False, index=True),  # pending | stored | missing | purged
    Column("seconds", Integer),
    Column("file", String(200)),
    Column("sha256", String(64)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("stored_at", UtcDateTime),
    Column("remote_deleted_at", UtcDateTime),
    Column("purged_at", UtcDateTime),
)

tickets = Table(
    "tickets",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("dedupe_key", String(200), nullable=False, unique=True),
    Column("subject", Text, nullable=False),
    Column("urgency", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    sqlite_autoincrement=True,
)

ticket_notes = Table(
    "ticket_notes",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("ticket_id", ForeignKey("tickets.id"), nullable=False, index=True),
    Column("dedupe_key", String(200), nullable=False, unique=True),
    Column("body", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
)

effects = Table(
    "effects",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("kind", String(50), nullable=False),
    Column("key", String(200), nullable=False, unique=True),
    Column("case_id", ForeignKey("cases.id")),
    Column("data", JSON, nullable=False),
    Column("lane", String(20), nullable=False, server_default="people"),
    Column("state", String(20), nullable=False),  # pending | claimed | done | failed | dropped
    Column("due_at", UtcDateTime, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("tries", Integer, nullable=False, default=0),
    Column("maybe_done", Boolean, nullable=False, default=False),  # an earlier try may have worked
    Column("claimed_by", String(200)),
    Column("claimed_until", UtcDateTime),
    Column("finished_at", UtcDateTime, index=True),
    Column("error", Text),
    Column("error_code", Integer),
    Column("first_tried_at", UtcDateTime),
    Column("sid", String(64), index=True),  # the call that this effect placed
    Index("ix_effects_state_due_at", "state", "due_at"),
    Index("ix_effects_state_lane_due_at", "state", "lane", "due_at", "id"),
    Index("ix_effects_case_id", "case_id"),
)

deadlines = Table(
    "deadlines",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("kind", String(50), nullable=False),
    Column("key", String(200), nullable=False, unique=True),
    Column("data", JSON, nullable=False),
    Column("due_at", UtcDateTime, nullable=False, index=True),
)

# what coordinators were last told: one row for each kind of alarm, whom or what it is about, and receiver
alarms = Table(
    "alarms",
    metadata,
    Column("kind", String(50), primary_key=True),
    Column("subject", String(200), primary_key=True),
    Column("receiver", String(200), primary_key=True),
    Column("told_at", UtcDateTime, nullable=False),
    Column("held", Integer, nullable=False),  # how many were held back since
    Index("ix_alarms_receiver_told_at", "receiver", "told_at"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("actor", String(200), nullable=False),
    Column("action", String(50), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("data", JSON, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("person", String(200)),  # the person of the organisation, where it is one
    Column("password_hash", Text, nullable=False),
    Column("role", String(20), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("disabled_at", UtcDateTime),
    # counted up when the password changes or the user is disabled: ends every session
    Column("session_epoch", Integer, nullable=False, default=0),
)

# The sessions of the pages that have not ended; the cookie holds the key, of which only the hash is here.
sessions = Table(
    "sessions",
    metadata,
    Column("key_sha256", String(64), primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    # the user's `session_epoch` when it began
    Column("user_epoch", Integer, nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("scope", String(20), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
)

calendar_addresses = Table(
    "calendar_addresses",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("secret_sha256", String(64), nullable=False, unique=True),
    # whose calendar: `person` or `schedule`, and its id
    Column("kind", String(20), nullable=False),
    Column("target", String(200), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
)

workers = Table(
    "workers",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("started_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
)
