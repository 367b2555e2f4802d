"""Structured logs on standard error, as text or JSON lines; nothing personal above DEBUG."""

import logging
import sys

import structlog

from vakttelefon.config import Config


def set_up_logging(config: Config) -> None:
    """Send structlog and the standard library's loggers to standard error in the configured form."""
    level = logging.getLevelNamesMapping()[config.log.level]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if config.log.format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    line = "%(asctime)s %(levelname)s %(name)s %(message)s"
    logging.basicConfig(level=level, stream=sys.stderr, format=line)
    # These speak of addresses and parameters at INFO.
    for name in ("twilio", "twilio.http_client", "urllib3", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
