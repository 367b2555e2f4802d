"""The stored roster, for questions that are asked without a file."""

from pathlib import Path

from dispatcher.organisations import Organisations
from roster.history import History
from vakttelefon.cli.opening import opened_database, required_history
from vakttelefon.config import load_config


def stored_history(config: str | None) -> History:
    """Return the organisation in the database with its history; `config` names the configuration file.

    Raises:
        ConfigError: the configuration cannot be used.
        CommandError: the database is missing or old, or no organisation is imported; says what mends it.
    """
    settings = load_config(None if config is None else Path(config))
    with opened_database(settings) as database:
        return required_history(Organisations(database))
