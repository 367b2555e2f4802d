"""A small Twilio application whose answers each test writes, and a simulator around it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, request

from simulator import Faults, Simulator, Switches, VirtualClock, WsgiTransport
from simulator.personas import Persona

ACCOUNT = "AC" + "0" * 32
TOKEN = "an-invented-token"
BASE = "https://app.example.no"
HOTLINE = "+4721000000"
KARI, OLA, SIRI = "+4790000001", "+4790000002", "+4790000003"
CALLER = "+4791000001"
EVENING = datetime(2026, 11, 25, 20, 0, tzinfo=UTC)

Answer = str | Response | Callable[[dict[str, str]], "str | Response"]


@dataclass(frozen=True)
class Request:
    """A request that the application received."""

    at: datetime
    method: str
    path: str
    raw_uri: str
    form: dict[str, str]
    query: dict[str, str]
    headers: dict[str, str]
    cookies: dict[str, str]


def twiml(inner: str) -> Response:
    """A TwiML answer around some verbs."""
    return Response(
        f'<?xml version="1.0" encoding="UTF-8"?><Response>{inner}</Response>', mimetype="text/xml"
    )


@dataclass
class Scene:
    """The simulator, the application, and what the application was asked."""

    simulator: Simulator
    clock: VirtualClock
    answers: dict[str, Answer] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    def answer(self, path: str, with_: Answer) -> None:
        """Let the application answer a path: verbs, a response, or a function of the parameters."""
        self.answers[path] = with_

    def asked(self, path: str) -> list[Request]:
        """The requests for a path, in order."""
        return [one for one in self.requests if one.path == path]

    def forms(self, path: str) -> list[dict[str, str]]:
        """The parameters of the requests for a path, in order."""
        return [one.form for one in self.asked(path)]

    def phone(self, number: str, persona: Persona | None = None) -> Any:
        """Add a phone."""
        return self.simulator.add_phone(number, f"Phone {number[-2:]}", persona)

    def rang(self) -> list[str]:
        """The numbers dialled, in order."""
        return [leg.to for leg in self.simulator.calls if leg.direction != "inbound"]

    def statuses(self) -> dict[str, str]:
        """The last status of each leg, by number called."""
        return {leg.to: leg.status for leg in self.simulator.calls}


def make_scene(
    *, switches: Switches | None = None, faults: Faults | None = None, voice_url: str = f"{BASE}/voice"
) -> Scene:
    """Make a simulator with one number whose webhooks all go to the application."""
    app = Flask("application")
    clock = VirtualClock(EVENING)
    simulator = Simulator(
        ACCOUNT,
        TOKEN,
        clock=clock,
        transport=WsgiTransport(app, BASE),
        switches=switches or Switches(seed=1),
        faults=faults,
    )
    simulator.add_number(
        HOTLINE,
        voice_url=voice_url,
        status_callback=f"{BASE}/status",
        sms_url=f"{BASE}/sms",
        name="Hotline",
    )
    scene = Scene(simulator, clock)

    @app.route("/<path:path>", methods=["GET", "POST"])
    def serve(path: str) -> Any:
        received = Request(
            clock.now(),
            request.method,
            f"/{path}",
            request.environ["RAW_URI"],
            dict(request.form),
            dict(request.args),
            dict(request.headers),
            dict(request.cookies),
        )
        scene.requests.append(received)
        answer = scene.answers.get(f"/{path}", "")
        if callable(answer) and not isinstance(answer, Response):
            answer = answer(received.form)
        return twiml(answer) if isinstance(answer, str) else answer

    return scene
