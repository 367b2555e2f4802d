"""what an inbound message led to."""

from alembic import op
import sqlalchemy as sa

revision = '0004'
down_revision = '0003'


def upgrade() -> None:
    """Apply."""

    op.add_column('messages', sa.Column('sender', sa.String(length=20), nullable=True))
    op.add_column('messages', sa.Column('answered', sa.String(length=10), nullable=True))
    op.add_column('messages', sa.Column('told', sa.Boolean(), nullable=True))
    op.add_column('messages', sa.Column('media', sa.Integer(), nullable=True))
    op.create_index('ix_messages_sender_answered_created_at', 'messages', ['sender', 'answered', 'created_at'])
    op.create_index('ix_messages_sender_told_created_at', 'messages', ['sender', 'told', 'created_at'])
