"""One scripted Twilio for each module, its memory emptied before each test."""

from collections.abc import Iterator

import pytest

from dispatcher.telephony.twilio_rest import TwilioTelephony
from tests.dispatcher.telephony.twilio_double import ACCOUNT, TOKEN, Answer, TwilioDouble, running_double


@pytest.fixture(scope="module")
def server() -> Iterator[TwilioDouble]:
    with running_double() as double:
        yield double


@pytest.fixture
def twilio(server: TwilioDouble) -> TwilioDouble:
    server.heard.clear()
    server.always(Answer())
    return server


@pytest.fixture
def telephony(twilio: TwilioDouble) -> TwilioTelephony:
    return TwilioTelephony(ACCOUNT, TOKEN, api_base_url=twilio.base_url, timeout_seconds=2)
