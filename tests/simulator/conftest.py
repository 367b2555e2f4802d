"""The scene that most tests of the simulator play in."""

import pytest

from tests.simulator.scene import Scene, make_scene


@pytest.fixture
def scene() -> Scene:
    return make_scene()
