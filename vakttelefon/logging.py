"""Structured logs on standard error, as text or JSON lines; nothing personal above DEBUG."""

import logging
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from roster.foreign import escaped
from vakttelefon.config import Config
from vakttelefon.log_stream import log_stream


def set_up_logging(config: Config) -> None:
    """Send structlog and the standard library's loggers to standard error in the configured form."""
    level = logging.getLevelNamesMapping()[config.log.level]
    stream = log_stream()
    logging.raiseExceptions = False
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if config.log.format == "json"
        else structlog.dev.ConsoleRenderer(colors=stream.isatty())
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _without_breaks,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # the renderer's own colours are for a terminal; what others wrote has been escaped before it
        logger_factory=structlog.PrintLoggerFactory(stream),
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_OneLine("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=level, handlers=[handler])
    # These speak of addresses and parameters at INFO.
    for name in ("twilio", "twilio.http_client", "urllib3", "alembic", "waitress"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # Every request that has to wait a moment for a thread.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)


def _without_breaks(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Keep each event on its own lines: a value with a line break must not pass for another event."""
    return {
        name: escaped(str(value)) if name == "exception" else _on_one_line(value)
        for name, value in event.items()
    }


def _on_one_line(value: Any) -> Any:
    return escaped(value.replace("\n", "\\n")) if isinstance(value, str) else value


class _OneLine(logging.Formatter):
    """The format of the standard library's loggers, each message on one line (tracebacks below it)."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  the standard library's name
        """Write out line breaks and what a terminal would obey."""
        return str(_on_one_line(super().formatMessage(record)))

    def formatException(self, ei: Any) -> str:  # noqa: N802
        """Write out what a terminal would obey in a traceback too."""
        return escaped(super().formatException(ei))
