"""Which function performs which kind of effect, and decides which kind of deadline."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType

from sqlalchemy import Connection

from dispatcher.alarm_delivery import tell_coordinators
from dispatcher.calls.asking import ask_call
from dispatcher.mailing import mail_alarm
from dispatcher.messages import sending
from dispatcher.outbox.performing import Handler
from dispatcher.outbox.queue import DueDeadline
from dispatcher.outbox.retrying import DAYS
from dispatcher.paging import calling
from dispatcher.paging.answers import page_came_back
from dispatcher.paging.handle import hasten, run_round
from dispatcher.recordings import fetching
from dispatcher.recordings.ledger import purge_recording
from dispatcher.retention import DAILY, delete_expired
from dispatcher.services import Services
from dispatcher.settings import Settings
from dispatcher.tickets import telling

HANDLERS: Mapping[str, Handler] = MappingProxyType(
    {
        "sms": Handler(sending.send, failed=sending.failed, struggling=sending.struggling),
        "ask-sms": Handler(sending.ask),
        "page-call": Handler(calling.ring_page, failed=calling.page_call_failed),
        "ask-page": Handler(calling.ask_page),
        "alarm": Handler(tell_coordinators),
        "alarm-call": Handler(calling.ring_alarm, failed=calling.alarm_call_failed),
        "alarm-mail": Handler(mail_alarm),
        "test-call": Handler(calling.ring_test),
        "stop-ringing": Handler(calling.stop_ringing),
        "hang-up": Handler(calling.hang_up),
        "ask-call": Handler(ask_call, patience=DAYS),
        "ticket": Handler(telling.tell, failed=telling.failing, struggling=telling.failing, patience=DAYS),
        "recording-fetch": Handler(
            fetching.fetch, failed=fetching.fetch_failing, struggling=fetching.fetch_failing, patience=DAYS
        ),
        "recording-delete": Handler(fetching.delete, patience=DAYS),
    }
)


def _page(services: Services, connection: Connection, deadline: DueDeadline) -> None:
    run_round(services, connection, deadline.data["case"])


def _hasten(services: Services, connection: Connection, deadline: DueDeadline) -> None:
    hasten(services, connection, deadline.data["case"], deadline.data["person"])


def _page_loop(services: Services, connection: Connection, deadline: DueDeadline) -> None:
    page_came_back(services, connection, deadline.data["page"])


def _purge(services: Services, connection: Connection, deadline: DueDeadline) -> None:
    purge_recording(services, connection, deadline.data["recording"])


def _retain(services: Services, connection: Connection, deadline: DueDeadline) -> None:
    del deadline
    delete_expired(services, connection)


DEADLINES: Mapping[str, Callable[[Services, Connection, DueDeadline], None]] = MappingProxyType(
    {"page": _page, "hasten": _hasten, "page-loop": _page_loop, "purge": _purge, "retention": _retain}
)


def longest_waits(settings: Settings) -> Mapping[str, timedelta]:
    """Return how far ahead deadlines that are a matter of days lie at most: those that delete something."""
    return {"purge": timedelta(days=settings.recording_retention_days), "retention": DAILY}
