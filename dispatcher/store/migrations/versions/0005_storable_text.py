"""storable text: rows that earlier versions took as they came are made such as every reader takes."""

import json
from datetime import UTC, datetime

from alembic import op
import sqlalchemy as sa

from dispatcher.store.types import UtcDateTime
from roster.foreign import storable, storable_values

revision = '0005'
down_revision = '0004'

BATCH_ROWS = 1000


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind()
    inspector = sa.inspect(connection)
    for name in inspector.get_table_names():
        keys = inspector.get_pk_constraint(name)['constrained_columns']
        # what rows are found and joined by stays: it never came from outside unchecked
        joined = [column for key in inspector.get_foreign_keys(name) for column in key['constrained_columns']]
        columns = {each['name']: each['type'] for each in inspector.get_columns(name)}
        texts = {
            column: isinstance(of, sa.JSON) for column, of in columns.items()
            if isinstance(of, (sa.String, sa.JSON)) and column not in (*keys, *joined)
        }
        if keys and texts:
            _mend(connection, name, {key: columns[key] for key in keys}, texts)
    _tell_tickets_again(connection)


def _mend(connection, name, keys, texts) -> None:
    """Go through one table in batches; `texts` tells of each column whether it holds JSON."""
    table = sa.Table(
        name, sa.MetaData(),
        *(sa.Column(key, of, primary_key=True) for key, of in keys.items()),
        *(sa.Column(text, sa.Text) for text in texts),
    )
    sqlite = connection.dialect.name == 'sqlite'
    # SQLite gives bytes, since it keeps texts that are none and then cannot read them
    as_read = sa.LargeBinary if sqlite else sa.Text
    query = sa.select(
        *table.primary_key, *(sa.cast(table.c[text], as_read).label(f'read_{text}') for text in texts)
    ).order_by(*table.primary_key).limit(BATCH_ROWS)
    rows = connection.execute(query).all()
    while rows:
        for row in rows:
            change = {}
            for (text, is_json), value in zip(texts.items(), row[len(keys):], strict=True):
                mended = None if value is None else _mended(value, is_json)
                if mended is not None:
                    fresh = sa.literal(mended, sa.Text)
                    change[text] = sa.cast(fresh, sa.JSON) if is_json and not sqlite else fresh
            if change:
                here = (column == value for column, value in zip(table.primary_key, row, strict=False))
                connection.execute(table.update().where(*here).values(change))
        after = sa.tuple_(*table.primary_key) > sa.tuple_(*(
            sa.literal(value, of) for value, of in zip(rows[-1], keys.values(), strict=False)
        ))
        rows = connection.execute(query.where(after)).all()


def _tell_tickets_again(connection) -> None:
    """Give tickets that could not take such a text another try: their notes carry keys, so none is doubled."""
    effects = sa.table(
        'effects', sa.column('kind'), sa.column('state'), sa.column('tries'), sa.column('error'),
        sa.column('error_code'), sa.column('due_at', UtcDateTime), sa.column('finished_at', UtcDateTime),
    )
    connection.execute(
        sa.update(effects).where(effects.c.kind == 'ticket', effects.c.state == 'failed').values(
            state='pending', tries=0, due_at=datetime.now(UTC), finished_at=None, error=None, error_code=None
        )
    )


def _mended(value, is_json) -> str | None:
    """Return what should stand in place of a value; None where it may stay."""
    text = value if isinstance(value, str) else _decoded(value)
    if not is_json or '\\u' not in text:
        fresh = storable(text)
    else:
        try:
            plain = json.loads(text, strict=False)
        except ValueError:
            return None
        clean = storable_values(plain)
        fresh = text if clean == plain else json.dumps(clean)
    return None if fresh == value or fresh.encode() == value else fresh


def _decoded(value: bytes) -> str:
    for errors in ('strict', 'surrogatepass'):
        try:
            return value.decode('utf-8', errors)
        except UnicodeDecodeError:
            continue
    return value.decode('utf-8', 'surrogateescape')
