"""Claims: who has an effect in hand, for how long, and whose word counts about it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from dispatcher.decision import NewEffect
from dispatcher.outbox.claims import (
    LEASE,
    claim_effects,
    give_up_effect,
    postpone_effect,
    put_back,
    renew_claims,
    settle_effect,
)
from dispatcher.outbox.lanes import Lane
from dispatcher.outbox.queue import Effect, EffectState, add_effects
from dispatcher.store.engine import Database
from dispatcher.store.tables import effects

NOW = datetime(2026, 3, 14, 3, 0, tzinfo=UTC)
EVERY_LANE = dict.fromkeys(Lane, 100)


def sms(number: int, purpose: str, **delay: float) -> NewEffect:
    return NewEffect("sms", f"sms:{number}", {"purpose": purpose}, timedelta(**delay))


def queue(database: Database, *new: NewEffect) -> None:
    with database.write() as connection:
        add_effects(connection, new, case_id=None, now=NOW)


def claim(database: Database, worker: str = "one", **more: Any) -> list[Effect]:
    return claim_effects(database, worker=worker, **{"now": NOW, "free": EVERY_LANE, **more})


def row(database: Database, effect: Effect) -> Any:
    with database.read() as connection:
        return connection.execute(select(effects).where(effects.c.id == effect.id)).one()


def test_each_lane_gets_what_it_has_room_for_the_most_pressing_first(database: Database) -> None:
    queue(
        database,
        *(sms(n, "caller") for n in range(30)),
        sms(40, "page"),
        *(sms(n, "told") for n in range(50, 60)),
    )
    free = {Lane.CALLERS: 2, Lane.PEOPLE: 1, Lane.PAGES: 5}
    assert [effect.key for effect in claim(database, free=free)] == ["sms:40", "sms:50", "sms:0", "sms:1"]


def test_a_lane_that_is_behind_is_worked_off_from_both_ends(database: Database) -> None:
    """By turns where there is room for one; the newest that was never tried, not what fails again and again."""
    queue(database, *(sms(n, "caller", seconds=n - 100) for n in range(20)))
    with database.write() as connection:
        connection.execute(effects.update().where(effects.c.key == "sms:19").values(tries=3))
    taken = [
        [effect.key for effect in claim(database, free={Lane.CALLERS: room}, turn=turn)]
        for turn, room in enumerate([4, 1, 1, 1, 3, 3])
    ]
    assert taken == [
        ["sms:0", "sms:1", "sms:17", "sms:18"],
        ["sms:16"],
        ["sms:2"],
        ["sms:15"],
        ["sms:3", "sms:4", "sms:14"],
        ["sms:5", "sms:12", "sms:13"],
    ]


def test_both_ends_of_a_short_queue_are_taken_once(database: Database) -> None:
    queue(database, sms(1, "page"), sms(2, "page"))
    assert [effect.key for effect in claim(database, turn=0)] == ["sms:1", "sms:2"]


def test_nothing_is_taken_before_it_is_due(database: Database) -> None:
    queue(database, sms(1, "page", seconds=1))
    assert claim(database) == []
    assert len(claim(database, now=NOW + timedelta(seconds=1))) == 1


def test_a_lease_that_is_renewed_is_not_taken_over(database: Database) -> None:
    queue(database, sms(1, "page"))
    [effect] = claim(database)
    later = NOW + LEASE * 3
    with database.write() as connection:
        renew_claims(connection, worker="one", in_hand=[effect.id], now=later)
    assert claim(database, "two", now=later + timedelta(seconds=1)) == []


def test_a_lease_that_runs_out_is_taken_over_by_another_worker_which_looks_first(database: Database) -> None:
    queue(database, sms(1, "page"))
    [effect] = claim(database)
    assert claim(database, now=NOW + LEASE * 2, in_hand=[effect.id]) == []
    [taken] = claim(database, "two", now=NOW + LEASE * 2)
    assert (taken.id, taken.maybe_done, taken.claimed_by) == (effect.id, True, "two")


def test_a_lease_cannot_be_renewed_once_another_has_the_effect(database: Database) -> None:
    queue(database, sms(1, "page"))
    [effect] = claim(database)
    claim(database, "two", now=NOW + LEASE)
    with database.write() as connection:
        renew_claims(connection, worker="one", in_hand=[effect.id], now=NOW + LEASE * 9)
    assert row(database, effect).claimed_until == NOW + LEASE * 2


@pytest.mark.parametrize("how", ["postponed", "given up", "put back"])
def test_who_has_lost_the_claim_cannot_undo_what_another_has_done(database: Database, how: str) -> None:
    """The first worker hung, the second one did it: the failure of the first comes too late to count."""
    queue(database, sms(1, "page"))
    [late] = claim(database)
    [effect] = claim(database, "two", now=NOW + LEASE)
    with database.write() as connection:
        settle_effect(connection, effect, state=EffectState.DONE, now=NOW)
        match how:
            case "postponed":
                assert not postpone_effect(
                    connection, late, due_at=NOW, error="no answer", error_code=None, maybe_done=True
                )
            case "given up":
                assert not give_up_effect(connection, late, now=NOW, error="no answer", error_code=None)
            case _:
                put_back(connection, late)
    assert row(database, effect).state == "done"


def test_who_has_done_it_says_so_though_another_has_it_in_hand(database: Database) -> None:
    """Then the other one's failure no longer has it tried again."""
    queue(database, sms(1, "page"))
    [first] = claim(database)
    [second] = claim(database, "two", now=NOW + LEASE)
    with database.write() as connection:
        settle_effect(connection, first, state=EffectState.DONE, now=NOW)
        postpone_effect(connection, second, due_at=NOW, error="x", error_code=None, maybe_done=True)
    assert row(database, first).state == "done"


def test_what_is_put_back_is_due_at_once_and_counts_as_no_try(database: Database) -> None:
    queue(database, sms(1, "told"))
    [effect] = claim(database)
    with database.write() as connection:
        put_back(connection, effect, maybe_done=True)
    [again] = claim(database, "two")
    assert (again.tries, again.maybe_done) == (1, True)


def test_a_page_that_failed_is_tried_again_in_another_lane(database: Database) -> None:
    queue(database, sms(1, "page"), sms(2, "caller"))
    failed = claim(database)
    with database.write() as connection:
        for effect in failed:
            postpone_effect(connection, effect, due_at=NOW, error="x", error_code=None, maybe_done=False)
    assert {effect.key: effect.lane for effect in claim(database)} == {
        "sms:1": Lane.AGAIN,
        "sms:2": Lane.CALLERS,
    }
