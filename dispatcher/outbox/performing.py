"""Performing one effect: act outside any transaction, then record in one what came of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from dispatcher.cases.ledger import lock_case
from dispatcher.outbox.claims import (
    give_up_effect,
    is_settled,
    postpone_effect,
    put_back,
    repeat_effect,
    settle_effect,
)
from dispatcher.outbox.queue import Effect, EffectState
from dispatcher.outbox.retrying import HOURS, STRUGGLING_TRY, Patience, retry_at
from dispatcher.services import Services
from dispatcher.telephony.port import DeliveryError, StoppedError

log = structlog.get_logger()

# What came of an effect is recorded as soon as the database takes it: an act is not repeated for its sake.
RECORD_PAUSES: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0)


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
    """The effect is not wanted; `reason` is a short word for the row, `record` stores what follows."""

    reason: str
    record: Callable[[Connection], None] = _nothing


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


def _never_again(_seconds: float) -> bool:
    return False


def perform(
    services: Services,
    handlers: Mapping[str, Handler],
    effect: Effect,
    *,
    pause: Callable[[float], bool] = _never_again,
) -> None:
    """Perform a claimed effect and record the result, whatever it is.

    `pause` waits that many seconds before the result is recorded again, after the database was away, and says
    whether it still should be.
    """
    handler = handlers.get(effect.kind)
    if handler is None:
        unknown = Handler(act=lambda _s, _e: Dropped(""))
        _record_failure(services, unknown, effect, DeliveryError(_UNKNOWN_KIND), pause)
        return
    try:
        result = handler.act(services, effect)
    except StoppedError as error:
        ambiguous = error.ambiguous
        _record(services, lambda connection: put_back(connection, effect, maybe_done=ambiguous), pause)
        return
    except DeliveryError as error:
        _record_failure(services, handler, effect, error, pause)
        return
    except Exception as error:
        # A fault of ours must not lose the effect: it is tried again like any passing failure.
        log.exception("effect-crashed", kind=effect.kind, effect=effect.id)
        told = DeliveryError(f"{type(error).__name__} in this program")
        _record_failure(services, handler, effect, told, pause)
        return
    _record(services, lambda connection: _record_result(services, connection, effect, result), pause)


def _record(services: Services, change: Callable[[Connection], None], pause: Callable[[float], bool]) -> None:
    """Make a change in a transaction, again and again while the database is away."""
    for seconds in RECORD_PAUSES:
        try:
            with services.db.write() as connection:
                change(connection)
        except SQLAlchemyError as error:
            if not pause(seconds):
                raise
            log.warning("effect-recorded-later", error=type(error).__name__)
        else:
            return
    with services.db.write() as connection:
        change(connection)


def _lock(connection: Connection, effect: Effect) -> None:
    """Lock the case before the effect's own row, in the order that everybody keeps."""
    if effect.case_id is not None:
        lock_case(connection, effect.case_id)


def _record_result(
    services: Services, connection: Connection, effect: Effect, result: Done | Dropped
) -> None:
    now = services.clock.now()
    _lock(connection, effect)
    if is_settled(connection, effect):
        return
    match result:
        case Dropped(reason, record):
            record(connection)
            settle_effect(connection, effect, state=EffectState.DROPPED, now=now, reason=reason)
        case Done(record, again):
            record(connection)
            if again(connection):
                repeat_effect(connection, effect, now=now)
            else:
                settle_effect(connection, effect, state=EffectState.DONE, now=now)


def _record_failure(
    services: Services,
    handler: Handler,
    effect: Effect,
    error: DeliveryError,
    pause: Callable[[float], bool],
) -> None:
    again_at = retry_at(
        created_at=effect.created_at,
        tries=effect.tries,
        now=services.clock.now(),
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

    def change(connection: Connection) -> None:
        _lock(connection, effect)
        if again_at is None:
            now = services.clock.now()
            if give_up_effect(connection, effect, now=now, error=str(error), error_code=error.code):
                handler.failed(services, connection, effect, error)
            return
        postponed = postpone_effect(
            connection,
            effect,
            due_at=again_at,
            error=str(error),
            error_code=error.code,
            maybe_done=effect.maybe_done or error.ambiguous,
        )
        if postponed and effect.tries == STRUGGLING_TRY:
            handler.struggling(services, connection, effect)

    _record(services, change, pause)
