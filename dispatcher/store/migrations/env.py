"""Alembic's entry: runs the migrations on the URL it is handed, foreign keys off while it does."""

from alembic import context
from sqlalchemy import create_engine, text

from dispatcher.store.tables import metadata


def run() -> None:
    """Run the migrations in one transaction and check the foreign keys after."""
    engine = create_engine(context.config.attributes["url"])
    with engine.connect() as connection:
        sqlite = engine.dialect.name == "sqlite"
        if sqlite:
            # A batch migration recreates tables: with foreign keys on, that deletes every child row.
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.commit()
        context.configure(
            connection=connection, target_metadata=metadata, render_as_batch=sqlite, compare_type=False
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
        if sqlite:
            broken = connection.execute(text("PRAGMA foreign_key_check")).all()
            if broken:
                message = f"{len(broken)} rows lost their parent in a migration: restore the backup"
                raise RuntimeError(message)
    engine.dispose()


run()
