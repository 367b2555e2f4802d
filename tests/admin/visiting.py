"""Opening pages as somebody, and reading what is on them."""

import re

from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import insert

from admin import create_admin
from dispatcher.accounts.sessions import SessionRules, begin_session
from dispatcher.accounts.users import Role, User
from dispatcher.services import Services
from dispatcher.store.tables import users
from tests.webhooks.installation import NIGHT

SECRET = bytes(range(32))


class KeptTemplates(BytecodeCache):
    """Compiled templates, kept from one application of the tests to the next: compiling is what takes time."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


TEMPLATES = KeptTemplates()


def pages_of(services: Services) -> Flask:
    """An application with nothing but the pages."""
    app = Flask("admin")
    app.jinja_options = {"bytecode_cache": TEMPLATES}
    app.register_blueprint(create_admin(services, secret=SECRET))
    app.extensions["services"] = services
    return app


def add_user(services: Services, name: str, role: Role, person: str | None = None) -> int:
    """Insert a user that nobody can sign in as with a password (hashing one takes its time)."""
    with services.db.write() as connection:
        query = insert(users).values(
            name=name, person=person, password_hash="none", role=role.value, created_at=NIGHT, session_epoch=0
        )
        return int(connection.execute(query.returning(users.c.id)).scalar_one())


def sign_in_as(
    client: FlaskClient, user_id: int, epoch: int = 0, *, services: Services | None = None
) -> None:
    """Begin a session as signing in does, without a password; `services` for pages not of `pages_of`."""
    if services is None:
        services = client.application.extensions["services"]
    user = User(user_id, "", None, Role.TECHNICIAN, epoch, NIGHT, is_disabled=False)
    key = begin_session(services.db, user, rules=SessionRules(), now=services.clock.now())
    with client.session_transaction(base_url="https://localhost/admin/") as session:
        session["key"] = key


def get(client: FlaskClient, path: str) -> tuple[int, str]:
    """Open a page over https (the session cookie is for nothing else)."""
    response = client.get(path, base_url="https://localhost")
    return response.status_code, response.text


def post(client: FlaskClient, path: str, token: str | None, **fields: str) -> tuple[int, str, str]:
    """Send a form; returns the status, where it leads, and the page."""
    data = fields if token is None else {**fields, "csrf_token": token}
    response = client.post(path, data=data, base_url="https://localhost")
    return response.status_code, response.headers.get("Location", ""), response.text


def token_on(page: str) -> str:
    """The form token on a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def heading(page: str) -> str:
    """The one h1 of a page."""
    headings = re.findall(r"<h1>(.*?)</h1>", page, flags=re.DOTALL)
    assert len(headings) == 1
    return str(headings[0])


def words(page: str) -> str:
    """What a reader sees of the main part."""
    main = page.split("<main", 1)[1].split("</main>", maxsplit=1)[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())
