"""${message}."""

from alembic import op
import sqlalchemy as sa

from dispatcher.store.types import UtcDateTime

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Apply."""
    ${upgrades if upgrades else "pass"}
