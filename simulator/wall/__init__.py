"""The wall of phones: every simulated telephone as a card in the browser, live."""

from simulator.wall.views import create_blueprint

__all__ = ["create_blueprint"]
