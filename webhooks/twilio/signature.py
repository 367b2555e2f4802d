"""Whether a request really comes from our Twilio account.

Checked against `public_url` and the path exactly as it was sent (`RAW_URI`): Flask's decoded URL fails on any
escaped letter, and a proxy's host never matters.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from flask import Request
from twilio.request_validator import RequestValidator


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """The account that may call us; while its auth token is rotated, several tokens are accepted."""

    account_sid: str
    auth_tokens: Sequence[str]
    public_url: str
    validators: Sequence[RequestValidator] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "validators", tuple(RequestValidator(token) for token in self.auth_tokens))


def raw_path(request: Request) -> str:
    """Return path and query as the client sent them, undecoded."""
    raw = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or request.full_path
    if raw.startswith("/"):
        return str(raw)
    parts = urlsplit(raw)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def is_authentic(account: TwilioAccount, request: Request) -> bool:
    """Whether the signature fits one of our tokens and the request is of our account."""
    signature = request.headers.get("X-Twilio-Signature", "")
    url = account.public_url + raw_path(request)
    form = request.form
    if set(form.getlist("AccountSid")) != {account.account_sid}:
        return False
    return any(validator.validate(url, form, signature) for validator in account.validators)
