"""Twilio's request signature, made from its published description.

Base64 of HMAC-SHA1, keyed with the auth token, over the URL followed by each POST parameter's name
and value in order of name (https://www.twilio.com/docs/usage/security).
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import urlsplit, urlunsplit


def sign(url: str, params: Iterable[tuple[str, str]], *, token: str) -> str:
    """Return the signature of a request; `params` are those of the POST body, none for GET."""
    text = url + "".join(name + value for name, value in sorted(set(params)))
    digest = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def signed_form_of(url: str, *, keeps_port: bool = False) -> str:
    """Return a webhook's URL as it is signed: no user, no fragment, no port with https (but for SMS)."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    if parts.scheme == "https" and not keeps_port and parts.port is not None:
        host = host.rpartition(":")[0]
    return urlunsplit((parts.scheme, host, parts.path, parts.query, ""))
