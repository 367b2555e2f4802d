"""A database of an earlier version is brought to the present one with everything in it."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import func, insert, select, text

from dispatcher.cases.queries import case_detail
from dispatcher.store import migrate
from dispatcher.store.engine import Database
from dispatcher.store.migrate import NotMigratedError, require_migrated, upgrade
from dispatcher.store.tables import (
    api_tokens,
    calendar_addresses,
    cases,
    effects,
    messages,
    metadata,
    timeline,
)

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def at_version(url: str, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    config.attributes["url"] = url
    command.upgrade(config, revision)


def test_a_filled_database_of_the_first_version_keeps_its_rows(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/vakt.db"
    at_version(url, "0001")
    with pytest.raises(NotMigratedError):
        require_migrated(url)
    database = Database(url)
    with database.write() as connection:
        connection.execute(
            insert(api_tokens).values(name="tavle", token_sha256="0" * 64, scope="read", created_at=NOW)
        )
    database.close()
    upgrade(url)
    require_migrated(url)
    database = Database(url)
    with database.read() as connection:
        assert connection.execute(select(api_tokens.c.name)).scalars().all() == ["tavle"]
        assert connection.execute(select(calendar_addresses)).all() == []
    database.close()


def test_texts_that_earlier_versions_took_as_they_came_can_be_read_afterwards(tmp_path: Path) -> None:
    """Half surrogates in JSON, bytes that are no UTF-8, zero characters and escape sequences."""
    url = f"sqlite:///{tmp_path}/vakt.db"
    at_version(url, "0002")
    with sqlite3.connect(tmp_path / "vakt.db") as old:
        old.execute(
            "INSERT INTO cases (id, state, urgency, source, language, opened_at, ticket_system, ticket_entry)"
            " VALUES (1001, 'open', 'unassessed', 'sms', 'nn', '2026-11-26 12:00:00', 'builtin', 0)"
        )
        for data in (
            r'{"text": "Str\udcf8mbrot i \udce5tte bygg"}',
            r'{"text": "\ud83d\ude00 \u00e5 er rett", "more": ["\u001b[2J"]}',
        ):
            old.execute(
                "INSERT INTO timeline (case_id, at, kind, data) VALUES (1001, '2026-11-26 12:00:00', 'note', ?)",
                [data],
            )
        for number, body in enumerate(("nett\x00verk\x0bnede", b"st\xf8r\xed\xa0\x80", "heilt vanleg, 😀")):
            old.execute(
                "INSERT INTO messages (direction, from_number, to_number, body, purpose, status, created_at,"
                " updated_at, sid) VALUES ('in', '', '', CAST(? AS TEXT), '', '', '2026-11-26 12:00:00',"
                " '2026-11-26 12:00:00', ?)",
                [body, f"SM{number}"],
            )
        old.execute(
            "INSERT INTO effects (kind, key, case_id, data, state, due_at, created_at, tries, maybe_done, finished_at)"
            " VALUES ('ticket', 'ticket:1001', 1001, '{\"case\": 1001}', 'failed', '2026-11-26 12:00:00',"
            " '2026-11-26 12:00:00', 40, 0, '2026-11-27 12:00:00')"
        )
    upgrade(url)
    database = Database(url)
    with database.read() as connection:
        waiting = connection.execute(
            select(effects.c.key, effects.c.tries).where(effects.c.state == "pending")
        ).all()
        shown = case_detail(connection, "V-1001", "nn")
        kept = connection.execute(select(timeline.c.data).order_by(timeline.c.id)).scalars().all()
        bodies = connection.execute(select(messages.c.body).order_by(messages.c.id)).scalars().all()
    database.close()
    assert waiting == [("ticket:1001", 0)]
    assert shown is not None
    assert shown.timeline[0].text == "Notat: Strømbrot i åtte bygg"
    assert kept == [
        {"text": "Strømbrot i åtte bygg"},
        {"text": "😀 å er rett", "more": ["[2J"]},
    ]
    assert bodies == ["nettverk\nnede", "størí\xa0\ufffd", "heilt vanleg, 😀"]


def test_mending_texts_goes_through_a_table_of_any_size_on_both_databases(database_url: str) -> None:
    """More rows than one batch, with a text to mend in the last."""
    database = Database(database_url)
    with database.write() as connection:
        connection.execute(
            insert(cases).values(
                id=1001, state="open", urgency="routine", source="sms", language="nn", opened_at=NOW,
                ticket_system="builtin", ticket_entry=0,
            )
        )  # fmt: skip
        row = {"case_id": 1001, "at": NOW, "kind": "note", "data": {"text": "ingen ting"}}
        connection.execute(insert(timeline), [row] * 2_100)
        last = connection.execute(select(func.max(timeline.c.id))).scalar_one()
        raw = r'{"text": "P\udce5 veg"}'
        connection.execute(
            text("UPDATE timeline SET data = CAST(:raw AS JSON) WHERE id = :id")
            if connection.dialect.name == "postgresql"
            else text("UPDATE timeline SET data = :raw WHERE id = :id"),
            {"raw": raw, "id": last},
        )
    with database.write() as connection, Operations.context(MigrationContext.configure(connection)):
        scripts = ScriptDirectory(str(Path(migrate.__file__).parent / "migrations")).walk_revisions()
        (mending,) = (each for each in scripts if each.path.endswith("_storable_text.py"))
        mending.module.upgrade()
    with database.read() as connection:
        assert connection.execute(select(timeline.c.data).where(timeline.c.id == last)).scalar_one() == {
            "text": "På veg"
        }
    database.close()


def test_the_migrations_make_the_tables_that_the_program_uses(database_url: str) -> None:
    database = Database(database_url)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []
    database.close()
