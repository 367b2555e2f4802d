"""The key of the sessions, which may be missing for a while: calls are answered, the pages wait for it."""

from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface

from dispatcher.files import MOST_KEY_BYTES, read_small_file

_WORDS = (
    "Nøkkelen til sidene manglar: `vakttelefon init` lagar han. / The key of the pages is missing:"
    " `vakttelefon init` makes it. Telefonvakta går likevel. / The hotline goes on all the same.\n"
)


class _LateKey(SecureCookieSessionInterface):
    """Looks for the key at each request until it is there."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def get_signing_serializer(self, app: Flask) -> Any:
        """Return what signs sessions; None, which makes none, while there is no key."""
        if not app.secret_key:
            try:
                app.secret_key = read_small_file(self._file, most=MOST_KEY_BYTES)
            except OSError:
                return None
        return super().get_signing_serializer(app)


def wait_for_key(app: Flask, file: Path) -> None:
    """Have an application without the key of its sessions answer its pages with words until it is there."""
    app.session_interface = _LateKey(file)

    @app.before_request
    def refuse() -> Response | None:
        if app.secret_key or not request.path.startswith("/admin"):
            return None
        return Response(_WORDS, status=503, content_type="text/plain; charset=utf-8", headers=_LATER)


_LATER = {"Retry-After": "60", "Cache-Control": "no-store"}
