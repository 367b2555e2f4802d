"""`vakttelefon serve` and `vakttelefon worker`."""

import click

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
    except CannotListenError as error:
        raise CommandError(error.what, where=error.key, remedy=error.remedy) from None


@click.command(epilog="Example: vakttelefon worker --config /etc/vakttelefon/config.toml")
def worker() -> None:
    """Do what is due: pages, SMS, tickets, recordings; until SIGTERM."""
    from vakttelefon.serving import work

    try:
        work(current_config())
    except NotMigratedError as error:
        raise CommandError(str(error), where="database") from None
