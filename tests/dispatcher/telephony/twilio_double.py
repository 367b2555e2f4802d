"""A tiny HTTP server on loopback that stands where Twilio stands: answers from a script, keeps what it heard."""

import base64
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from dispatcher.telephony.port import CallRecord, SentMessage, Telephony

ACCOUNT = "AC" + "a1" * 16
TOKEN = "hemmeleg-æøå"
SMS_SID = "SM" + "1" * 32
CALL_SID = "CA" + "1" * 32
RECORDING_SID = "RE" + "1" * 32
NOW = "Mon, 02 Nov 2026 20:00:00 +0000"


@dataclass(frozen=True)
class Heard:
    method: str
    path: str
    query: Mapping[str, list[str]]
    form: Mapping[str, list[str]]
    headers: Mapping[str, str]

    @property
    def credentials(self) -> str | None:
        scheme, _, coded = self.headers.get("authorization", "").partition(" ")
        return base64.b64decode(coded).decode() if scheme == "Basic" else None


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: bool = False  # close the connection without a word
    wait_for: threading.Event | None = None  # act, but answer only then
    promised_bytes: int | None = None  # a Content-Length that the body does not keep


def as_json(document: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(document).encode(), {"Content-Type": "application/json"})


def refusal(status: int, code: int) -> Answer:
    return as_json({"code": code, "message": "about +4790000001", "more_info": "", "status": status}, status)


class TwilioDouble:
    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.answer: Callable[[Heard], Answer] = lambda _heard: Answer()
        self.base_url = ""

    def always(self, answer: Answer) -> None:
        self.answer = lambda _heard: answer


@contextmanager
def running_double() -> Iterator[TwilioDouble]:
    double = TwilioDouble()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            form = parse_qs(self.rfile.read(length).decode(), keep_blank_values=True)
            parts = urlsplit(self.path)
            heard = Heard(
                self.command,
                parts.path,
                parse_qs(parts.query, keep_blank_values=True),
                form,
                {name.lower(): value for name, value in self.headers.items()},
            )
            double.heard.append(heard)
            answer = double.answer(heard)
            if answer.wait_for is not None:
                answer.wait_for.wait(5)
            if answer.drop:
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            length = len(answer.body) if answer.promised_bytes is None else answer.promised_bytes
            self.send_header("Content-Length", str(length))
            self.end_headers()
            with suppress(ConnectionError):  # a hasty client has gone
                self.wfile.write(answer.body)
            if answer.promised_bytes is not None:
                self.close_connection = True

        do_GET = do_POST = do_DELETE = _serve  # noqa: N815 - http.server's names

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    double.base_url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield double
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def message_json(**changes: Any) -> dict[str, Any]:
    return {
        "sid": "SM" + "1" * 32,
        "to": "+4790000001",
        "from": "+4721000000",
        "body": "Sak V-1001",
        "status": "queued",
        "direction": "outbound-api",
        "error_code": None,
        "date_created": NOW,
        "date_sent": None,
        "date_updated": NOW,
    } | changes


def call_json(**changes: Any) -> dict[str, Any]:
    return {
        "sid": "CA" + "1" * 32,
        "parent_call_sid": None,
        "to": "+4790000001",
        "from": "+4721000000",
        "direction": "outbound-api",
        "status": "queued",
        "start_time": None,
        "end_time": None,
        "duration": None,
        "date_created": NOW,
        "date_updated": NOW,
    } | changes


def send(telephony: Telephony) -> SentMessage:
    return telephony.send_sms(
        to="+4790000001",
        from_="+4721000000",
        body="Sak V-1001",
        status_callback="https://vakt.example.no/s",
        validity_seconds=300,
    )


def place(telephony: Telephony) -> CallRecord:
    return telephony.place_call(
        to="+4790000001",
        from_="+4721000000",
        url="https://vakt.example.no/p",
        status_callback="https://vakt.example.no/c",
        ring_seconds=25,
        limit_seconds=600,
    )
