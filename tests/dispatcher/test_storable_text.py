"""The store's edge: what goes into the database comes out of it, on both kinds, whatever it was."""

import sqlalchemy
from sqlalchemy import insert, select

from dispatcher.store.engine import Database
from dispatcher.store.tables import audit, metadata
from dispatcher.store.types import String
from tests.hotline.telephony import EVENING

HOSTILE = "P\udce5 veg\x00\x1b[2J\x0b\ud800\uffff \ud83d\ude92 ok\r\n"
KEPT = "På veg[2J\n\ufffd\ufffd 🚒 ok\n"


def test_every_column_of_text_makes_its_values_storable() -> None:
    plain = [
        str(column)
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, sqlalchemy.String) or "CHAR" in str(column.type).upper()
        if not isinstance(column.type, String)
    ]
    assert plain == []


def test_hostile_text_is_kept_as_text_and_found_by_what_it_was(database: Database) -> None:
    row = {
        "at": EVENING, "actor": HOSTILE, "action": "x", "subject": "y",
        "data": {HOSTILE: [HOSTILE, {"deep": HOSTILE}]},
    }  # fmt: skip
    with database.write() as connection:
        connection.execute(insert(audit).values(row))
    with database.read() as connection:
        kept = connection.execute(select(audit).where(audit.c.actor == HOSTILE)).one()
    assert kept.actor == KEPT
    assert kept.data == {KEPT: [KEPT, {"deep": KEPT}]}
