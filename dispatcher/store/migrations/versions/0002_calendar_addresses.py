"""calendar addresses."""

from alembic import op
import sqlalchemy as sa

from dispatcher.store.types import UtcDateTime

revision = '0002'
down_revision = '0001'


def upgrade() -> None:
    """Apply."""

    op.create_table('calendar_addresses',
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('secret_sha256', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('target', sa.String(length=200), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('revoked_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calendar_addresses')),
    sa.UniqueConstraint('name', name=op.f('uq_calendar_addresses_name')),
    sa.UniqueConstraint('secret_sha256', name=op.f('uq_calendar_addresses_secret_sha256'))
    )
