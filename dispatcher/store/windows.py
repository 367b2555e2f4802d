"""The last so-and-so long as an SQL condition, also where the clock was set back."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_

# As far as the clocks of several machines may be apart.
CLOCKS_APART: Final = timedelta(minutes=1)


def within(column: Any, window: timedelta, *, now: datetime) -> ColumnElement[bool]:
    """Return the condition that an instant lies within the last `window`.

    What lies ahead was written while the clock was wrong. It counts for nothing until its time has come:
    else an hour set back would use up for an hour what may be sent, and make telephones ring for an hour.
    """
    return and_(column > now - window, column <= now + CLOCKS_APART)
