"""The scene that most tests of the simulator play in, and Twilio's own client for its REST side."""

from typing import Any

import pytest
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from simulator.in_process import WsgiAdapter
from tests.simulator.scene import ACCOUNT, TOKEN, Scene, make_scene


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def client_of(scene: Scene, *, token: str = TOKEN) -> Any:
    """Twilio's client, its requests brought to the scene's simulator."""
    http = TwilioHttpClient(timeout=10)
    assert http.session is not None
    http.session.mount("https://api.twilio.com", WsgiAdapter(scene.simulator.app))
    return Client(ACCOUNT, token, http_client=http)


@pytest.fixture
def twilio(scene: Scene) -> Any:
    return client_of(scene)
