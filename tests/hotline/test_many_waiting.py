"""Many cases that are not closed: answers name what fits and count the rest rightly, however many there are."""

import re

import pytest
from sqlalchemy import insert

from dispatcher.commands.candidates import MOST_NAMED
from dispatcher.store.tables import cases, pages
from tests.hotline.rig import KARI, Rig

MANY = MOST_NAMED + 25


def open_cases(rig: Rig, *, paged_to: dict[str, int]) -> None:
    with rig.db.write() as connection:
        rows = [
            {
                "id": 1001 + number,
                "state": "open",
                "urgency": "unassessed",
                "source": "sms",
                "hotline": "drift",
                "language": "nn",
                "opened_at": rig.clock.now(),
                "ticket_system": "builtin",
                "ticket_entry": 0,
            }
            for number in range(MANY)
        ]
        connection.execute(insert(cases), rows)
        for person, count in paged_to.items():
            for number in range(count):
                connection.execute(
                    insert(pages).values(
                        case_id=1001 + number,
                        round=0,
                        person=person,
                        channel="sms",
                        phone=KARI,
                        created_at=rig.clock.now(),
                    )
                )


def counted(said: str) -> int:
    """Return how many cases an answer names and counts."""
    left = re.search(r"\+ (\d+)", said)
    return len(re.findall(r"V-\d+", said)) + (int(left[1]) if left else 0)


@pytest.mark.parametrize(
    ("command", "paged", "named"),
    [
        ("LIST", 0, MANY),
        ("ACK", 0, MANY),
        ("ACK", 3, 3),
        ("DONE ordna", MOST_NAMED + 1, MOST_NAMED + 1),
        ("PASS", MOST_NAMED, MOST_NAMED),
    ],
)
def test_an_answer_counts_every_case_it_is_about(rig: Rig, command: str, paged: int, named: int) -> None:
    open_cases(rig, paged_to={"kari": paged, "ola": MANY})
    rig.text(KARI, command)
    rig.work()
    [said] = rig.texts_to(KARI)
    assert counted(said) == named
    assert all(rig.case(f"V-{1001 + number}").state == "open" for number in (0, MANY - 1))


def test_the_only_case_somebody_was_paged_for_is_meant_among_many(rig: Rig) -> None:
    open_cases(rig, paged_to={"kari": 1, "ola": MANY})
    rig.text(KARI, "ACK")
    rig.work()
    assert rig.case("V-1001").acknowledged_by == "kari"
