"""calls without a case: loops."""

from alembic import op
import sqlalchemy as sa

from dispatcher.store.types import UtcDateTime

revision = '0007'
down_revision = '0006'


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table('calls') as batch:
        batch.alter_column('case_id', existing_type=sa.Integer(), nullable=True)
        batch.add_column(sa.Column('is_loop', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column('forwarded_raw', sa.Text(), nullable=False, server_default=''))
        batch.add_column(sa.Column('taken_before', UtcDateTime(), nullable=True))
    with op.batch_alter_table('attempts') as batch:
        batch.add_column(sa.Column('looped_at', UtcDateTime(), nullable=True))
