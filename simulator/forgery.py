"""Requests as they must not be believed: copies of a genuine webhook, each wrong in one way.

Keep the genuine ones with `Tap`, and send what `forgeries` makes of them: an application that checks
signatures refuses them all.
"""

from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from simulator.signature import sign, signed_form_of
from simulator.transport import HttpRequest, HttpResponse, Transport

SIGNATURE = "X-Twilio-Signature"
SETTINGS = "X-Twilio-Webhooks-Signature-Settings"


@dataclass(slots=True)
class Tap:
    """A transport that keeps a copy of every request on its way to another one."""

    transport: Transport
    requests: list[HttpRequest] = field(default_factory=list)

    def send(self, request: HttpRequest) -> HttpResponse:
        """Return the answer, or raise TransportError."""
        self.requests.append(request)
        return self.transport.send(request)


def forgeries(genuine: HttpRequest, *, token: str, account_sid: str) -> dict[str, HttpRequest]:
    """Return altered copies of a genuine POST, by what is wrong with each.

    `token` and `account_sid` are the genuine ones; they are needed for requests that are signed
    rightly for something else than is sent.
    """
    params = parse_qsl(genuine.body.decode(), keep_blank_values=True)
    headers = {name: value for name, value in genuine.headers.items() if name != SIGNATURE}
    signature = genuine.headers[SIGNATURE]
    parts = urlsplit(genuine.url)

    def body(changed: list[tuple[str, str]], *, signed: str = signature) -> HttpRequest:
        return replace(genuine, headers={**headers, SIGNATURE: signed}, body=urlencode(changed).encode())

    def signed_for(url: str, given: list[tuple[str, str]], secret: str = token) -> str:
        return sign(signed_form_of(url), given, token=secret)

    foreign = [(name, "AC" + "f" * 32 if name == "AccountSid" else value) for name, value in params]
    if ("AccountSid", account_sid) not in params:
        foreign = [*params, ("AccountSid", "AC" + "f" * 32)]
    other_host = urlunsplit(parts._replace(netloc="other.example"))
    other_scheme = urlunsplit(parts._replace(scheme="http" if parts.scheme == "https" else "https"))
    found = {
        "no signature": replace(genuine, headers=headers),
        "empty signature": body(params, signed=""),
        "another secret": body(params, signed=signed_for(genuine.url, params, "not-" + token)),
        "rubbish for a signature": body(params, signed="rubbish"),
        "a parameter changed": body([*params[:-1], (params[-1][0], params[-1][1] + "x")]),
        "a parameter added": body([*params, ("Extra", "1")]),
        "a parameter left out": body(params[1:]),
        "signed for another host": body(params, signed=signed_for(other_host, params)),
        "signed for another scheme": body(params, signed=signed_for(other_scheme, params)),
        "signed without its parameters": body(params, signed=signed_for(genuine.url, [])),
        "another path": replace(genuine, url=urlunsplit(parts._replace(path=parts.path + "/"))),
        "a query added": replace(genuine, url=urlunsplit(parts._replace(query="x=1"))),
        "another account, rightly signed": body(foreign, signed=signed_for(genuine.url, foreign)),
        "JSON in place of a form": replace(
            genuine, headers={**genuine.headers, "Content-Type": "application/json"}, body=b"{}"
        ),
        "a claim to be signed otherwise": replace(
            genuine,
            headers={**headers, SIGNATURE: "", SETTINGS: "key=webhooks_sharedkey_0,algorithm=HMAC_SHA256"},
        ),
    }
    blanks = [name for name, value in params if not value]
    if blanks:
        found["blank parameters left out"] = body([(n, v) for n, v in params if n not in blanks])
    return found
