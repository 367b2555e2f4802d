"""lanes of effects."""

from alembic import op
import sqlalchemy as sa

revision = '0003'
down_revision = '0002'


LANES = {
    'page-call': 'pages', 'stop-ringing': 'pages', 'hang-up': 'pages', 'alarm-call': 'alarms',
    'ask-sms': 'questions', 'ask-page': 'questions', 'ask-call': 'questions', 'alarm-mail': 'mail',
    'ticket': 'tickets', 'recording-fetch': 'recordings', 'recording-delete': 'recordings',
}
SMS_LANES = {'page': 'pages', 'alarm': 'alarms', 'caller': 'callers'}


def upgrade() -> None:
    """Apply."""
    op.add_column('effects', sa.Column('lane', sa.String(length=20), nullable=False, server_default='people'))
    op.create_index('ix_effects_state_lane_due_at', 'effects', ['state', 'lane', 'due_at', 'id'])
    # what is still to be done gets into its lane; of what has been done nobody asks
    effects = sa.table(
        'effects', sa.column('id', sa.Integer), sa.column('kind', sa.String), sa.column('data', sa.JSON),
        sa.column('state', sa.String), sa.column('lane', sa.String),
    )
    connection = op.get_bind()
    waiting = sa.select(effects).where(effects.c.state.in_(['pending', 'claimed']))
    for row in connection.execute(waiting).all():
        lane = SMS_LANES.get(row.data['purpose']) if row.kind == 'sms' else LANES.get(row.kind)
        if lane is None:
            continue
        connection.execute(sa.update(effects).where(effects.c.id == row.id).values(lane=lane))
