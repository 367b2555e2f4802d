"""An operator at a shell: a folder with a configuration, and commands run in it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

import vakttelefon.cli.init  # noqa: F401  has the true terminal before a test pretends one
from dispatcher.store.engine import Database
from dispatcher.store.tables import audit
from tests.hotline.rig import ACCOUNT, ORGANISATION, PUBLIC_URL, TOKEN
from vakttelefon.cli import main
from vakttelefon.config import Config, load_config
from vakttelefon.installing import make_folders, make_recording_key, make_session_key


@dataclass(frozen=True, slots=True)
class Shell:
    """A folder with `config.toml`; `run` runs a command line with it."""

    folder: Path
    database_url: str

    @property
    def config_file(self) -> Path:
        return self.folder / "config.toml"

    @property
    def config(self) -> Config:
        return load_config(self.config_file, environ={})

    def run(self, *arguments: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(main, ["--config", str(self.config_file), *arguments], input=typed)

    def ok(self, *arguments: str, typed: str | None = None) -> str:
        result = self.run(*arguments, typed=typed)
        assert result.exit_code == 0, result.output
        return result.stdout

    def refused(self, *arguments: str, code: int = 1, typed: str | None = None) -> str:
        result = self.run(*arguments, typed=typed)
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result.stderr.strip()

    def configure(
        self, *, more: str = "", public_url: str = PUBLIC_URL, api: str = "", token: str = TOKEN
    ) -> None:
        """Write the configuration; `api` is where Twilio is."""
        base = f'api_base_url = "{api}"\n' if api else ""
        self.config_file.write_text(
            f'public_url = "{public_url}"\n'
            f'[database]\nurl = "{self.database_url}"\n'
            f'[twilio]\naccount_sid = "{ACCOUNT}"\nauth_token = "{token}"\n{base}{more}',
            encoding="utf-8",
        )
        self.config_file.chmod(0o600)

    def write(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def import_organisation(self, text: str = ORGANISATION) -> None:
        self.ok("import", self.write("organisation.toml", text))

    @contextmanager
    def database(self) -> Iterator[Database]:
        database = Database(self.database_url)
        try:
            yield database
        finally:
            database.close()

    def rows(self, table: Any) -> list[dict[str, Any]]:
        with self.database() as database, database.read() as connection:
            return [
                dict(row._mapping) for row in connection.execute(select(table).order_by(*table.primary_key))
            ]

    def acts(self) -> list[str]:
        """Return what the audit log says was done."""
        return [row["action"] for row in self.rows(audit)]


def set_up(folder: Path, database_url: str) -> Shell:
    """Return an installation as `init` leaves it, with an account in its configuration."""
    folder.mkdir(exist_ok=True)
    shell = Shell(folder, database_url)
    shell.configure()
    make_folders(shell.config)
    make_recording_key(shell.config)
    make_session_key(shell.config)
    return shell


def somebody_types(monkeypatch: pytest.MonkeyPatch, *modules: Any) -> None:
    """Let commands find a terminal, whose keys are the runner's input."""
    terminal: Callable[[], bool] = lambda: True  # noqa: E731
    for module in modules:
        monkeypatch.setattr(module, "is_terminal", terminal)
