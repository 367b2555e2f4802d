"""Nobody but Twilio, for our account, gets anything done through the webhooks; and nothing is done twice."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from simulator.transport import HttpRequest, HttpResponse, WsgiTransport
from tests.hotline.rig import ACCOUNT, CALLER, HOTLINE, PUBLIC_URL, TOKEN
from tests.simulation.stories import STORIES, play
from tests.simulation.theatre import KARI, Theatre

FOREIGN = "AC" + "b" * 32


def _paths(theatre: Theatre) -> Iterator[str]:
    """Yield an address of every route below the webhooks of Twilio, its numbers being those of real rows."""
    adapter = theatre.app.url_map.bind("vakt.example.no")
    for rule in theatre.app.url_map.iter_rules():
        if rule.rule.startswith("/webhooks/twilio"):
            yield adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, 1), method="POST")


def _form(theatre: Theatre) -> dict[str, str]:
    """Return a form that would do something at whichever route, were it genuine."""
    return {
        "AccountSid": ACCOUNT,
        "CallSid": theatre.case().calls[0].sid,
        "MessageSid": "SM" + "9" * 32,
        "From": KARI,
        "To": HOTLINE,
        "Body": "DONE ferdig",
        "Digits": "1",
        "CallStatus": "completed",
        "DialCallStatus": "no-answer",
        "DialBridged": "false",
        "SequenceNumber": "9",
        "MessageStatus": "failed",
        "RecordingSid": "RE" + "9" * 32,
        "RecordingStatus": "completed",
        "RecordingDuration": "7",
    }


def _signed(path: str, form: Mapping[str, str], *, token: str = TOKEN, base: str = PUBLIC_URL) -> str:
    signature: str = RequestValidator(token).compute_signature(f"{base}{path}", dict(form))
    return signature


Forges = Callable[[str, dict[str, str]], tuple[dict[str, str], str | None]]
FORGERIES: Mapping[str, Forges] = {
    "without a signature": lambda _path, form: (form, None),
    "with an empty signature": lambda _path, form: (form, ""),
    "with garbage for a signature": lambda _path, form: (form, "ø" * 28),
    "signed with another token": lambda path, form: (form, _signed(path, form, token="another")),
    "altered": lambda path, form: ({**form, "Digits": "2"}, _signed(path, form)),
    "with something added": lambda path, form: ({**form, "More": "1"}, _signed(path, form)),
    "signed for another address": lambda path, form: (form, _signed(f"{path}/", form)),
    "signed for another host": lambda path, form: (
        form,
        _signed(path, form, base="https://evil.example.com"),
    ),
    "of another account": lambda path, form: (
        foreign := {**form, "AccountSid": FOREIGN},
        _signed(path, foreign),
    ),
    "of no account": lambda path, form: (
        nameless := {name: value for name, value in form.items() if name != "AccountSid"},
        _signed(path, nameless),
    ),
}


@pytest.fixture
def busy(theatre: Theatre) -> Theatre:
    """An installation in which every kind of row exists, one call being in the middle of ringing."""
    play(theatre, STORIES["nobody answers and the caller leaves a message"])
    theatre.ring(caller="+4791000077")
    theatre.run(seconds=20)
    return theatre


def test_a_forged_request_is_refused_and_changes_nothing(busy: Theatre) -> None:
    """403 at every route for every kind of forgery, and not a row is different."""
    before, spool = busy.everything(), busy.services.settings.spool
    client = busy.app.test_client()
    paths = sorted(_paths(busy))
    assert len(paths) >= 20
    for name, forge in FORGERIES.items():
        for path in paths:
            form, signature = forge(path, _form(busy))
            headers = (
                {} if signature is None else {"X-Twilio-Signature": signature.encode().decode("latin-1")}
            )
            answer = client.post(path, data=form, headers=headers)
            assert answer.status_code == 403, (name, path)
    assert busy.everything() == before
    assert not spool.exists() or not list(spool.iterdir())


@pytest.mark.parametrize("accounts", [[ACCOUNT, FOREIGN], [FOREIGN, ACCOUNT]])
def test_a_request_that_names_two_accounts_is_refused(busy: Theatre, accounts: list[str]) -> None:
    path, form = "/webhooks/twilio/sms", MultiDict(_form(busy))
    form.setlist("AccountSid", accounts)
    signature = RequestValidator(TOKEN).compute_signature(f"{PUBLIC_URL}{path}", form)
    before = busy.everything()
    answer = busy.app.test_client().post(path, data=form, headers={"X-Twilio-Signature": signature})
    assert answer.status_code == 403
    assert busy.everything() == before


def test_a_genuine_request_differs_from_the_forged_ones_in_nothing_but_its_signature(busy: Theatre) -> None:
    """The forms above would really do something: what refuses them is the signature alone."""
    before = busy.everything()
    path = "/webhooks/twilio/sms"
    form = _form(busy)
    answer = busy.app.test_client().post(path, data=form, headers={"X-Twilio-Signature": _signed(path, form)})
    assert answer.status_code == 200
    assert busy.everything() != before


def test_a_webhook_answers_nothing_but_post(busy: Theatre) -> None:
    """What is asked for with GET is refused too, signed or not."""
    before = busy.everything()
    client = busy.app.test_client()
    for path in _paths(busy):
        assert client.get(path).status_code in {403, 405}
    assert busy.everything() == before


class _Witness(WsgiTransport):
    """Keeps every request that Twilio makes, and what it was answered."""

    def __init__(self, transport: WsgiTransport) -> None:
        super().__init__(transport.app, transport.base_url)
        self.seen: list[tuple[HttpRequest, HttpResponse]] = []

    def send(self, request: HttpRequest) -> HttpResponse:
        answer = super().send(request)
        self.seen.append((request, answer))
        return answer


@pytest.mark.parametrize(
    "name", ["a private voicemail, then a human", "nobody answers and the caller leaves a message"]
)
def test_requests_replayed_change_nothing(
    name: str, database_url: str, open_theatre: Callable[..., Theatre]
) -> None:
    """Every genuine request of a whole case, sent again in order and backwards, leaves each row as it was."""
    theatre = open_theatre(database_url)
    witness = _Witness(theatre.transport)
    theatre.simulator.exchange.transport = witness
    play(theatre, STORIES[name])
    if theatre.case().state == "open":
        theatre.text(KARI, "ACK")
    holder = theatre_holder(theatre)
    theatre.text(CALLER, "Det er framleis nede")
    theatre.text(holder, "URGENT alt er nede")
    theatre.run(seconds=5)
    theatre.text(holder, "DONE ferdig")
    theatre.run(minutes=20)
    assert theatre.case().state == "closed"
    before, requests = theatre.everything(), list(witness.seen)
    assert len(requests) > 25
    again: list[Any] = []
    for request, _answer in [*requests, *reversed(requests)]:
        answer = witness.send(request)
        assert answer.status < 300
        again.append(answer)
    assert theatre.everything() == before
    first_request, first_answer = requests[0]
    assert first_request.url.endswith("/voice")
    assert again[0].body == first_answer.body, "the same first request is greeted in the same words"


def theatre_holder(theatre: Theatre) -> str:
    """Return the phone of whoever has the case."""
    theatre.run(seconds=5)
    organisation = theatre.services.organisations.current()
    person = organisation.person(theatre.case().acknowledged_by or "") if organisation else None
    assert person is not None
    return str(person.phones[0])
