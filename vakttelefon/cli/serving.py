"""`vakttelefon serve` and `vakttelefon worker`."""

import click

from dispatcher.recordings.vault import VaultError
from dispatcher.store.migrate import NotMigratedError
from vakttelefon.cli.errors import CommandError
from vakttelefon.cli.settings import current_config


@click.command(epilog="Example: vakttelefon serve --config /etc/vakttelefon/config.toml")
@click.option("--web-only", is_flag=True, help="Answer requests only; run `vakttelefon worker` beside it.")
def serve(*, web_only: bool) -> None:
    """Answer Twilio, programs and browsers, and do what is due, until SIGTERM."""
    from vakttelefon.serving import CannotListenError
    from vakttelefon.serving import serve as run

    try:
        run(current_config(), with_worker=not web_only)
    except NotMigratedError as error:
        raise CommandError(str(error), where="database") from None
    except VaultError as error:
        raise CommandError(str(error), where="recording.key_file") from None
    except CannotListenError as error:
        raise CommandError(error.what, where=error.key, remedy=error.remedy) from None


@click.command(epilog="Example: vakttelefon worker --config /etc/vakttelefon/config.toml")
def worker() -> None:
    """Do what is due: pages, SMS, tickets, recordings; until SIGTERM."""
    from vakttelefon.serving import WorkerDiedError, work

    try:
        work(current_config())
    except WorkerDiedError:
        raise CommandError(
            "it ended by itself", where="worker", remedy="see the log, start it anew"
        ) from None
    except NotMigratedError as error:
        raise CommandError(str(error), where="database") from None
    except VaultError as error:
        raise CommandError(str(error), where="recording.key_file") from None
