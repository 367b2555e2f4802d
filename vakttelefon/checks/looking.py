"""Looking at an address from here, as its caller would: answers, and failures told in words."""

import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests

TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: an HTTP status and the server's own time, or in `failure` why nothing did.

    `is_refused_certificate`: the server was reached, and its certificate would be refused by Twilio too.
    """

    status: int | None
    date: datetime | None = None
    failure: str = ""
    is_refused_certificate: bool = False


def look(url: str) -> Answer:
    """Fetch an address and return what came back; never raises."""
    try:
        with requests.get(url, timeout=TIMEOUT_SECONDS, allow_redirects=False, stream=True) as response:
            return Answer(response.status_code, _date(response.headers.get("Date", "")))
    except requests.exceptions.SSLError:
        return Answer(None, failure="its certificate is not accepted", is_refused_certificate=True)
    except requests.Timeout:
        return Answer(None, failure=f"no answer within {TIMEOUT_SECONDS:.0f} s")
    except (requests.RequestException, OSError, ValueError) as error:
        return Answer(None, failure=f"no connection ({type(error).__name__})")


def certificate_ends(host: str, port: int) -> datetime | None:
    """Return when the certificate of a host runs out; None where that cannot be seen from here."""
    try:
        with (
            socket.create_connection((host, port), timeout=TIMEOUT_SECONDS) as raw,
            ssl.create_default_context().wrap_socket(raw, server_hostname=host) as secured,
        ):
            certificate = secured.getpeercert() or {}
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    except (OSError, ValueError, KeyError):
        return None


def _date(header: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(header)
    except ValueError:
        return None
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
