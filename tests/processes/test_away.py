"""A process that starts without its database answers all the same, and knows afterwards what it did."""

from collections.abc import Callable
from pathlib import Path

import pytest

from simulator import personas
from simulator.handset import Sound
from tests.processes.hall import KARI, Hall, wait_until


@pytest.mark.slow
@pytest.mark.parametrize("in_one", [True, False], ids=["in one process", "apart"])
def test_a_call_taken_before_the_database_was_there_is_a_case_of_who_took_it(
    sqlite_url: str, open_hall: Callable[..., Hall], *, in_one: bool
) -> None:
    hall = open_hall(sqlite_url, in_one=in_one)
    hall.start()
    wait_until((hall.folder / "var/spool/organisation.last").exists, "the organisation is kept")
    hall.kill()
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    hall.db.close()
    file.rename(file.with_suffix(".aside"))
    hall.start()
    hall.cast(KARI, personas.human(answers_after=1))
    call = hall.ring(personas.caller(talk_seconds=20))
    wait_until(
        lambda: any(item.sound is Sound.CONNECTED for item in call.handset.heard), "they talk together"
    )
    wait_until(lambda: call.is_over, "the call is over")
    assert not file.exists(), "nobody has made an empty one"
    file.with_suffix(".aside").rename(file)
    wait_until(hall.holds(lambda case: case.acknowledged_by == "kari"), "Kari has the case")
    assert hall.references() == ["V-1001"]
    assert hall.web.output.count("database-away") == (1 if in_one else 2)
    assert "started-without" in hall.web.output
    assert "Traceback" not in hall.web.output
