"""Performing one effect: act outside any transaction, then record in one what came of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog
from sqlalchemy import Connection

from dispatcher.cases.ledger import lock_case
from dispatcher.outbox.queue import (
    Effect,
    EffectState,
    postpone_effect,
    settle_effect,
)
from dispatcher.outbox.retrying import HOURS, STRUGGLING_TRY, Patience, retry_at
from dispatcher.services import Services
from dispatcher.telephony.port import DeliveryError

log = structlog.get_logger()


def _nothing(_connection: Connection) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Done:
    """The effect has happened; `record` stores what follows.

    `again` is asked within that transaction whether more of the same has come up meanwhile.
    """

    record: Callable[[Connection], None] = _nothing
    again: Callable[[Connection], bool] = field(default=lambda _connection: False)


@dataclass(frozen=True, slots=True)
class Dropped:
    """The effect is no longer wanted; `reason` is a short word for the row."""

    reason: str


_UNKNOWN_KIND = "effects of this kind cannot be performed by this version of the program"


@dataclass(frozen=True, slots=True)
class Handler:
    """How effects of one kind are performed.

    `act` may raise DeliveryError. `failed` is called in the transaction that gives the effect up,
    `struggling` in the one that records the eighth failed try.
    """

    act: Callable[[Services, Effect], Done | Dropped]
    failed: Callable[[Services, Connection, Effect, DeliveryError], None] = field(
        default=lambda _services, _connection, _effect, _error: None
    )
    struggling: Callable[[Services, Connection, Effect], None] = field(
        default=lambda _services, _connection, _effect: None
    )
    patience: Patience = HOURS


def perform(services: Services, handlers: Mapping[str, Handler], effect: Effect) -> None:
    """Perform a claimed effect and record the result, whatever it is."""
    handler = handlers.get(effect.kind)
    if handler is None:
        _record_failure(
            services, Handler(act=lambda _s, _e: Dropped("")), effect, DeliveryError(_UNKNOWN_KIND)
        )
        return
    try:
        result = handler.act(services, effect)
    except DeliveryError as error:
        _record_failure(services, handler, effect, error)
        return
    except Exception as error:
        # A fault of ours must not lose the effect: it is tried again like any passing failure.
        log.exception("effect-crashed", kind=effect.kind, effect=effect.id)
        _record_failure(services, handler, effect, DeliveryError(f"{type(error).__name__} in this program"))
        return
    now = services.clock.now()
    with services.db.write() as connection:
        _lock(connection, effect)
        match result:
            case Dropped(reason):
                settle_effect(connection, effect, state=EffectState.DROPPED, now=now, error=reason)
            case Done(record, again):
                record(connection)
                if again(connection):
                    postpone_effect(
                        connection, effect, due_at=now, error=None, error_code=None, maybe_done=False
                    )
                else:
                    settle_effect(connection, effect, state=EffectState.DONE, now=now)


def _lock(connection: Connection, effect: Effect) -> None:
    """Lock the case before the effect's own row, in the order that everybody keeps."""
    if effect.case_id is not None:
        lock_case(connection, effect.case_id)


def _record_failure(services: Services, handler: Handler, effect: Effect, error: DeliveryError) -> None:
    now = services.clock.now()
    again_at = retry_at(
        created_at=effect.created_at,
        tries=effect.tries,
        now=now,
        permanent=error.permanent,
        patience=handler.patience,
    )
    log.warning(
        "effect-failed",
        kind=effect.kind,
        effect=effect.id,
        tries=effect.tries,
        code=error.code,
        error=str(error),
        given_up=again_at is None,
    )
    with services.db.write() as connection:
        _lock(connection, effect)
        if again_at is None:
            settle_effect(
                connection,
                effect,
                state=EffectState.FAILED,
                now=now,
                error=str(error),
                error_code=error.code,
            )
            handler.failed(services, connection, effect, error)
            return
        postpone_effect(
            connection,
            effect,
            due_at=again_at,
            error=str(error),
            error_code=error.code,
            maybe_done=effect.maybe_done or error.ambiguous,
        )
        if effect.tries == STRUGGLING_TRY:
            handler.struggling(services, connection, effect)
