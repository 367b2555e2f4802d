"""sessions."""

from alembic import op
import sqlalchemy as sa

from dispatcher.store.types import UtcDateTime

revision = '0008'
down_revision = '0007'


def upgrade() -> None:
    """Apply."""

    op.create_table('sessions',
    sa.Column('key_sha256', sa.String(length=64), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('user_epoch', sa.Integer(), nullable=False),
    sa.Column('began_at', UtcDateTime(), nullable=False),
    sa.Column('seen_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_sessions_user_id_users')),
    sa.PrimaryKeyConstraint('key_sha256', name=op.f('pk_sessions'))
    )
