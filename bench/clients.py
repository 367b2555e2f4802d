"""Eight clients that keep their connections and send requests made and signed beforehand."""

import contextlib
import secrets
import socket
import threading
import time
from collections import deque
from dataclasses import dataclass
from itertools import count
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

from bench.servers import ACCOUNT, PUBLIC_URL, TOKEN

CLIENTS = 8
PATH = "/webhooks/twilio/voice"
RECEIVE_BYTES = 65_536


class WrongAnswerError(Exception):
    """A server did not answer as the measurement needs it to."""


@dataclass(frozen=True, slots=True)
class Timing:
    """One round: how many requests, in how many seconds, and each request's own time."""

    requests: int
    seconds: float
    latencies: tuple[float, ...]

    @property
    def per_second(self) -> float:
        """The throughput."""
        return self.requests / self.seconds


_callers = count()


def new_calls(number: int, *, hotline: str) -> list[bytes]:
    """Return complete HTTP requests, each the first of a new call, with Twilio's usual parameters.

    Every caller is another one, in all rounds of a run: the same one again would join the first one's case.
    """
    validator = RequestValidator(TOKEN)
    return [
        _first_request(validator, caller=f"+479{next(_callers):07d}", hotline=hotline) for _ in range(number)
    ]


def _first_request(validator: RequestValidator, *, caller: str, hotline: str) -> bytes:
    form = {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "CallSid": f"CA{secrets.token_hex(16)}",
        "CallStatus": "ringing",
        "Called": hotline,
        "CalledCity": "",
        "CalledCountry": "NO",
        "CalledState": "",
        "CalledZip": "",
        "Caller": caller,
        "CallerCity": "",
        "CallerCountry": "NO",
        "CallerState": "",
        "CallerZip": "",
        "Direction": "inbound",
        "From": caller,
        "FromCity": "",
        "FromCountry": "NO",
        "FromState": "",
        "FromZip": "",
        "To": hotline,
        "ToCity": "",
        "ToCountry": "NO",
        "ToState": "",
        "ToZip": "",
    }
    body = urlencode(form).encode()
    signature = validator.compute_signature(PUBLIC_URL + PATH, form)
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: vakt.example.no\r\nUser-Agent: TwilioProxy/1.1\r\nAccept: */*\r\n"
        f"X-Twilio-Signature: {signature}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def send_all(address: tuple[str, int], requests: list[bytes], *, expected: bytes) -> Timing:
    """Send every request once, eight at a time, and check each answer.

    Raises:
        WrongAnswerError: an answer is not 200, or does not hold the `expected` bytes.
    """
    waiting = deque(requests)
    latencies: list[float] = []
    failures: list[Exception] = []
    ready = threading.Barrier(CLIENTS + 1)

    def client() -> None:
        try:
            with socket.create_connection(address, timeout=30) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                ready.wait()
                while True:
                    try:
                        request = waiting.popleft()
                    except IndexError:
                        return
                    began = time.perf_counter()
                    connection.sendall(request)
                    _check(_answer(connection), expected)
                    latencies.append(time.perf_counter() - began)
        except Exception as error:  # noqa: BLE001 (raised again in the thread that waits)
            failures.append(error)
            ready.abort()

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    with contextlib.suppress(threading.BrokenBarrierError):  # the failure that broke it is raised below
        ready.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    if failures:
        raise failures[0]
    return Timing(len(requests), seconds, tuple(sorted(latencies)))


def _answer(connection: socket.socket) -> bytes:
    """Read one whole answer, head and body."""
    received = b""
    while (end := received.find(b"\r\n\r\n")) < 0:
        received += _more(connection)
    head = received[:end].lower()
    _, named, rest = head.partition(b"content-length:")
    if not named:
        message = "an answer has no Content-Length"
        raise WrongAnswerError(message)
    total = end + 4 + int(rest.split(b"\r\n", 1)[0])
    while len(received) < total:
        received += _more(connection)
    return received


def _more(connection: socket.socket) -> bytes:
    data = connection.recv(RECEIVE_BYTES)
    if not data:
        message = "the server closed a connection in the middle of an answer"
        raise WrongAnswerError(message)
    return data


def _check(answer: bytes, expected: bytes) -> None:
    if not answer.startswith(b"HTTP/1.1 200 ") or expected not in answer:
        message = f"not the answer that was expected: {answer[:300]!r}"
        raise WrongAnswerError(message)
