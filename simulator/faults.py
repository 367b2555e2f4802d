"""What can be made to go wrong on request: at the REST side, with webhooks, and with callbacks."""

import random
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal


class CallbackKind(StrEnum):
    """The kinds of requests that tell the application something without asking it anything."""

    CALL = "call"
    NUMBER = "number"
    RECORDING = "recording"
    MESSAGE = "message"
    CONFERENCE = "conference"
    DETECTION = "detection"


@dataclass(frozen=True, slots=True)
class Disturbance:
    """How status callbacks suffer; shares are probabilities from 0 to 1, drawn from the seed.

    `latest_seconds` is the longest delay of a late one. Callbacks of one call come out of order when
    some are late and others are not.
    """

    late: float = 0.0
    latest_seconds: float = 30.0
    doubled: float = 0.0
    dropped: float = 0.0
    kinds: frozenset[CallbackKind] = frozenset(CallbackKind)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What becomes of one callback: the extra delay of each copy of it, none when it is lost."""

    delays: tuple[float, ...]


class RestFaultKind(StrEnum):
    """What a REST request meets."""

    ANSWER = "answer"  # an HTTP error, nothing done
    LOST_REQUEST = "lost-request"  # time-out, nothing done
    LOST_ANSWER = "lost-answer"  # time-out, but it was done
    REFUSED = "refused"  # no connection
    SLOW = "slow"  # done and answered, later
    SILENT = "silent"  # the connection is taken, nothing is done, nothing said for `seconds`, then it breaks
    DRIPS = "drips"  # done; headers at once, then the body byte by byte within `seconds`
    DRIPS_HEADERS = "drips-headers"  # done; byte by byte from the status line on within `seconds`
    THIN_LINE = "thin-line"  # done; the body at `bytes_a_second`


@dataclass(slots=True)
class RestFault:
    """A fault for the next `times` REST requests that match `method` and `resource` (None: any)."""

    kind: RestFaultKind
    times: int
    method: str | None = None
    resource: str | None = None
    status: int = 500
    code: int = 20500
    message: str = "Internal Server Error"
    seconds: float = 0.0
    bytes_a_second: float = 1000.0

    def matches(self, method: str, path: str) -> bool:
        """Tell whether it strikes a request; `resource` is part of the path, e.g. `Messages`."""
        if self.times <= 0 or (self.method is not None and self.method != method):
            return False
        return self.resource is None or f"/{self.resource}" in path


_ANSWERS = {
    401: (20003, "Authenticate"),
    404: (20404, "The requested resource was not found"),
    429: (20429, "Too Many Requests"),
    500: (20500, "Internal Server Error"),
    503: (20503, "Service Unavailable"),
}


@dataclass(slots=True)
class Faults:
    """The faults in force; may be changed at any time.

    Attributes:
        callbacks: Disturbance of status callbacks.
        doubled_webhooks: Whether every request for TwiML is sent twice at once, and whose answer counts.
        webhook_outages: So many next requests to the application find no connection.
        webhook_timeouts: So many next requests to the application get no answer in time.
    """

    callbacks: Disturbance = field(default_factory=Disturbance)
    doubled_webhooks: Literal["no", "use-first", "use-second"] = "no"
    webhook_outages: int = 0
    webhook_timeouts: int = 0
    rest: list[RestFault] = field(default_factory=list)

    def answer(
        self, status: int, *, times: int = 1, method: str | None = None, resource: str | None = None
    ) -> None:
        """Let the next matching REST requests be answered with an HTTP error."""
        code, message = _ANSWERS.get(status, (20000 + status % 1000, f"Error {status}"))
        self.rest.append(
            RestFault(
                RestFaultKind.ANSWER,
                times,
                method=method,
                resource=resource,
                status=status,
                code=code,
                message=message,
            )
        )

    def strike(
        self,
        kind: RestFaultKind,
        *,
        times: int = 1,
        method: str | None = None,
        resource: str | None = None,
        seconds: float = 0.0,
        bytes_a_second: float = 1000.0,
    ) -> None:
        """Let the next matching REST requests time out, be refused, be slow, silent, or dripping.

        `seconds` are of wall time over a socket. In one process `slow` takes wall time too, and the silent,
        dripping and thin ones move a standing virtual clock instead.
        """
        if bytes_a_second <= 0:
            raise ValueError(f"a line of {bytes_a_second} bytes a second carries nothing: give more than 0")
        self.rest.append(
            RestFault(
                kind,
                times,
                method=method,
                resource=resource,
                seconds=seconds,
                bytes_a_second=bytes_a_second,
            )
        )

    def take(self, method: str, path: str) -> RestFault | None:
        """Use up and return the fault that strikes a request, or None."""
        for fault in self.rest:
            if fault.matches(method, path):
                fault.times -= 1
                if fault.times <= 0:
                    self.rest.remove(fault)
                return fault
        return None

    def deliveries(self, kind: CallbackKind, *, dice: random.Random) -> Delivery:
        """Decide what becomes of one callback."""
        disturbance = self.callbacks
        if kind not in disturbance.kinds:
            return Delivery((0.0,))
        if dice.random() < disturbance.dropped:
            return Delivery(())

        def delay() -> float:
            return dice.uniform(0, disturbance.latest_seconds) if dice.random() < disturbance.late else 0.0

        first = delay()
        if dice.random() < disturbance.doubled:
            return Delivery((first, first + dice.uniform(0, disturbance.latest_seconds)))
        return Delivery((first,))
