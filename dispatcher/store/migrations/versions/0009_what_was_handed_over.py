"""What was handed over, to whom, and when: pages, calls of effects, alarms."""

from alembic import op
import sqlalchemy as sa

from dispatcher.store.types import UtcDateTime

revision = '0009'
down_revision = '0008'


def upgrade() -> None:
    """Apply."""

    op.add_column('pages', sa.Column('handed_at', UtcDateTime(), nullable=True))
    op.add_column('pages', sa.Column('first', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column('pages', sa.Column('waiting', sa.Integer(), nullable=False, server_default='0'))
    op.add_column('pages', sa.Column('ringing_at', UtcDateTime(), nullable=True))
    op.create_index(op.f('ix_pages_phone_created_at'), 'pages', ['phone', 'created_at'])
    op.add_column('effects', sa.Column('first_tried_at', UtcDateTime(), nullable=True))
    op.add_column('effects', sa.Column('sid', sa.String(length=64), nullable=True))
    op.create_index(op.f('ix_effects_sid'), 'effects', ['sid'])
    op.create_index(op.f('ix_messages_purpose_created_at'), 'messages', ['purpose', 'created_at'])
    op.create_index(op.f('ix_messages_to_number'), 'messages', ['to_number'])
    op.create_table('alarms',
    sa.Column('kind', sa.String(length=50), nullable=False),
    sa.Column('subject', sa.String(length=200), nullable=False),
    sa.Column('receiver', sa.String(length=200), nullable=False),
    sa.Column('told_at', UtcDateTime(), nullable=False),
    sa.Column('held', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('kind', 'subject', 'receiver', name=op.f('pk_alarms'))
    )
    op.create_index(op.f('ix_alarms_receiver_told_at'), 'alarms', ['receiver', 'told_at'])
