"""Rows of every table as JSON lines, and back: the same text whichever database they come from."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import JSON, Boolean, Column, Connection, Integer, Table, func, insert, select, text

from dispatcher.accounts.users import Role
from dispatcher.cases.model import CaseState, Source, Urgency
from dispatcher.outbox.queue import EffectState
from dispatcher.store.tables import effects, metadata, sessions, workers
from dispatcher.store.types import UtcDateTime
from vakttelefon.backups.archive import LARGEST_ID, is_member

BATCH_ROWS: Final = 500


def _file_name(name: str) -> str:
    if not is_member(f"recordings/{name}"):
        message = f"{name!r} is no recording's file"
        raise ValueError(message)
    return name


# Columns whose every value means something to the program.
_WORDS: Final[Mapping[tuple[str, str], Callable[[str], str]]] = {
    ("cases", "state"): CaseState,
    ("cases", "urgency"): Urgency,
    ("cases", "source"): Source,
    ("effects", "state"): EffectState,
    ("users", "role"): Role,
    ("recordings", "file"): _file_name,
}

# Who works or is signed in at the moment says nothing once it is over; nor may a copy begin sessions again.
_TRANSIENT: Final = frozenset({workers.name, sessions.name})


def kept_tables() -> tuple[Table, ...]:
    """Return the tables that a copy holds, parents before their children."""
    return tuple(table for table in metadata.sorted_tables if table.name not in _TRANSIENT)


def dump_rows(connection: Connection, table: Table) -> Iterator[bytes]:
    """Yield a table's rows as JSON lines, in the order of their keys."""
    query = select(table).order_by(*table.primary_key)
    for row in connection.execution_options(yield_per=BATCH_ROWS).execute(query):
        plain = {name: _plain(value) for name, value in row._mapping.items()}
        text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
        # half a surrogate pair, which no UTF-8 has, is written as its JSON escape
        yield text.encode(errors="backslashreplace") + b"\n"


def load_rows(connection: Connection, table: Table, lines: Iterable[bytes]) -> int:
    """Insert rows from JSON lines into an empty table, and return how many.

    Raises:
        ValueError: a line is no row of the table.
    """
    count = 0
    batch: list[dict[str, Any]] = []
    for line in lines:
        batch.append(_row(table, line))
        if len(batch) == BATCH_ROWS:
            connection.execute(insert(table), batch)
            count, batch = count + len(batch), []
    if batch:
        connection.execute(insert(table), batch)
    return count + len(batch)


def count_rows(connection: Connection) -> Mapping[str, int]:
    """Return how many rows each table has that a copy holds."""
    return {
        table.name: int(connection.execute(select(func.count()).select_from(table)).scalar_one())
        for table in kept_tables()
    }


def next_ids(connection: Connection) -> Mapping[str, int]:
    """Return the number that the next row of each counting table would get: deleted ones never return."""
    found: dict[str, int] = {}
    for table in kept_tables():
        column = counting_column(table)
        if column is None:
            continue
        largest = connection.execute(select(func.max(table.c[column]))).scalar_one() or 0
        found[table.name] = max(largest + 1, _sequence_next(connection, table.name, column))
    return found


def set_next_ids(connection: Connection, numbers: Mapping[str, int]) -> None:
    """Let each counting table go on at its number."""
    for table in kept_tables():
        column = counting_column(table)
        if column is None or table.name not in numbers:
            continue
        largest = connection.execute(select(func.max(table.c[column]))).scalar_one() or 0
        number = max(numbers[table.name], largest + 1)
        if connection.dialect.name == "sqlite":
            if table.dialect_options["sqlite"]["autoincrement"]:
                connection.execute(
                    text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table.name}
                )
                connection.execute(
                    text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :seq)"),
                    {"name": table.name, "seq": number - 1},
                )
        else:
            connection.execute(
                text("SELECT setval(pg_get_serial_sequence(:name, :column), :number, false)"),
                {"name": table.name, "column": column, "number": number},
            )


def counting_column(table: Table) -> str | None:
    """Return the column that the database numbers, or None."""
    column = table.autoincrement_column
    return None if column is None or column.identity is None else column.name


def _sequence_next(connection: Connection, name: str, column: str) -> int:
    if connection.dialect.name == "sqlite":
        row = connection.execute(
            text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": name}
        ).first()
        return 1 if row is None else int(row.seq) + 1
    sequence = connection.execute(
        text("SELECT pg_get_serial_sequence(:name, :column)"), {"name": name, "column": column}
    ).scalar_one()
    # the name comes from the database itself, quoted where it has to be
    row = connection.execute(text(f"SELECT last_value, is_called FROM {sequence}")).one()  # noqa: S608
    return int(row.last_value) + bool(row.is_called)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _row(table: Table, line: bytes) -> dict[str, Any]:
    plain = json.loads(line)
    if not isinstance(plain, dict) or plain.keys() != set(table.c.keys()):
        message = f"a line of {table.name} is no row of it"
        raise ValueError(message)
    for column in table.columns:
        if plain[column.name] is not None:
            plain[column.name] = _value(column, plain[column.name])
    return _put_back(plain) if table.name == effects.name else plain


def _value(column: Column[Any], plain: Any) -> Any:
    """Return the value of a column from JSON; ValueError where it could not have come from a copy of ours."""
    if isinstance(column.type, UtcDateTime):
        instant = datetime.fromisoformat(plain)
        if instant.tzinfo is not None:
            return instant
    elif isinstance(column.type, Boolean):
        if isinstance(plain, bool):
            return plain
    elif isinstance(column.type, Integer):
        if isinstance(plain, int) and not isinstance(plain, bool) and abs(plain) <= LARGEST_ID:
            return plain
    elif isinstance(column.type, JSON):
        if isinstance(plain, dict):
            return plain
    elif isinstance(plain, str):
        words = _WORDS.get((column.table.name, column.name))
        return plain if words is None else words(plain)
    message = f"{column.table.name}.{column.name} holds what it cannot hold"
    raise ValueError(message)


def _put_back(effect: dict[str, Any]) -> dict[str, Any]:
    """Make an effect one that nobody has in hand and that may have happened since the copy was made.

    So it is looked for at Twilio before it is done: nobody is paged twice because of a restore.
    """
    if effect["state"] in {EffectState.PENDING.value, EffectState.CLAIMED.value}:
        effect.update(state=EffectState.PENDING, maybe_done=True, claimed_by=None, claimed_until=None)
    return effect
