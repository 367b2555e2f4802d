"""The key of the sessions, which may be missing for a while: calls are answered, the pages wait for it."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

from dispatcher.files import MOST_KEY_BYTES, read_small_file

_WORDS = (
    "Nøkkelen til sidene manglar: `vakttelefon init` lagar han. / The key of the pages is missing:"
    " `vakttelefon init` makes it. Telefonvakta går likevel. / The hotline goes on all the same.\n"
)


def wait_for_key(app: Flask, file: Path) -> None:
    """Have an application without the key of its sessions answer its pages with words until it is there.

    It is looked for before each request of the pages, since a session is opened before any view is asked.
    """
    inner = app.wsgi_app

    def looking(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not app.secret_key and environ.get("PATH_INFO", "").startswith("/admin"):
            with suppress(OSError):
                app.secret_key = read_small_file(file, most=MOST_KEY_BYTES)
        return inner(environ, start_response)

    app.wsgi_app = looking  # type: ignore[method-assign]

    @app.before_request
    def refuse() -> Response | None:
        if app.secret_key or not request.path.startswith("/admin"):
            return None
        return Response(_WORDS, status=503, content_type="text/plain; charset=utf-8", headers=_LATER)


_LATER = {"Retry-After": "60", "Cache-Control": "no-store"}
