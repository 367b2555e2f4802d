"""REST errors in Twilio's shape.

Source: https://www.twilio.com/docs/usage/twilios-response
"""

from flask import Response, jsonify


class RestError(Exception):
    """A request that is refused; caught by the application, which answers with Twilio's error body."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class ConnectionCut(ConnectionError):  # noqa: N818 - named by what happened
    """The connection breaks off without an answer; caught by the in-process adapter, or by the server.

    `kind` is `refused` (nothing was sent) or `lost` (no answer came).
    """

    def __init__(self, kind: str) -> None:
        super().__init__(f"connection {kind} on request")
        self.kind = kind


def error_answer(error: RestError) -> Response:
    """Return the answer that tells of an error."""
    answer = jsonify(
        code=error.code,
        message=str(error),
        more_info=f"https://www.twilio.com/docs/errors/{error.code}",
        status=error.status,
    )
    answer.status_code = error.status
    if error.status == 401:
        answer.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    return answer


def not_found(path: str) -> RestError:
    """Return the error for something that is not there."""
    return RestError(404, 20404, f"The requested resource {path} was not found")
