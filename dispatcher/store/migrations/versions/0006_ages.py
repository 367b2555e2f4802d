"""ages: what is deleted by its age is found by it."""

from alembic import op

revision = '0006'
down_revision = '0005'

AGES = (
    ('cases', 'closed_at'),
    ('messages', 'created_at'),
    ('effects', 'finished_at'),
    ('audit', 'at'),
    ('ticket_notes', 'at'),
)


def upgrade() -> None:
    """Apply."""
    for table, column in AGES:
        op.create_index(op.f(f'ix_{table}_{column}'), table, [column])
