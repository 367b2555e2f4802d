"""who was alerted for a case, and how often a number has rung, without reading what is old."""

from alembic import op

revision = '0010'
down_revision = '0009'


def upgrade() -> None:
    """Apply."""
    op.create_index('ix_pages_case_id_person', 'pages', ['case_id', 'person'])
    op.create_index('ix_calls_from_raw_started_at', 'calls', ['from_raw', 'started_at'])
