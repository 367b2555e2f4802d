"""Refusals of the API: always the contract's error body, never HTML, never a traceback (section 2)."""

import json
from typing import Any, Final

from flask import Response

CODES: Final = {
    401: "unauthorized",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    422: "invalid",
    429: "too-many-requests",
    500: "internal",
    503: "unavailable",
}
"""The `code` of each refusal by its HTTP status; documented, and only grows."""


class ApiError(Exception):
    """A refused request. Raised by views and parameters; caught by the blueprint's error handler."""

    def __init__(self, status: int, message: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}


def json_answer(body: Any, *, status: int = 200) -> Response:
    """Return a JSON answer that nobody on the way keeps; fields stay in the order given."""
    # half a surrogate pair, which no UTF-8 has, goes out as its JSON escape
    text = json.dumps(body, ensure_ascii=False).encode(errors="backslashreplace")
    response = Response(text + b"\n", status=status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def error_answer(error: ApiError) -> Response:
    """Return the contract's error body for a refusal."""
    body = {"error": {"code": CODES[error.status], "message": error.message}}
    response = json_answer(body, status=error.status)
    response.headers.update(error.headers)
    return response
