"""Fixtures: the pages of a small installation, and somebody of each role to open them."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from dispatcher.accounts.users import Role
from dispatcher.services import Services
from tests.admin.visiting import add_user, pages_of, sign_in_as
from tests.webhooks.conftest import clock, empty_services, services

__all__ = ["clock", "empty_services", "services"]


@pytest.fixture
def app(services: Services) -> Flask:
    return pages_of(services)


@pytest.fixture
def signed_in(app: Flask, services: Services) -> Callable[[Role], FlaskClient]:
    """Give a browser in which somebody of a role is signed in."""

    def client_for(role: Role) -> FlaskClient:
        client = app.test_client()
        sign_in_as(client, add_user(services, role.value, role))
        return client

    return client_for


@pytest.fixture
def technician(signed_in: Callable[[Role], FlaskClient]) -> FlaskClient:
    return signed_in(Role.TECHNICIAN)
