"""`vakttelefon check`: what would fail at 03:00, said by day."""

import json
import logging
import traceback

import click

from vakttelefon.checks.findings import Finding, Level, fail
from vakttelefon.cli.errors import FAILED
from vakttelefon.cli.opening import present_instant, quiet_log
from vakttelefon.cli.settings import current_config, invocation
from vakttelefon.config import ConfigError


@click.command(epilog="Example: vakttelefon check --json")
@click.option(
    "--json", "as_json", is_flag=True, help="Print JSON: {ok, findings: [{level, name, what, remedy}]}."
)
def check(*, as_json: bool) -> int:
    """Say everything that would fail at 03:00, one line each: ok, warn or fail. Exits 1 on any fail."""
    findings = _findings()
    failed = any(finding.level is Level.FAIL for finding in findings)
    if as_json:
        told = {"ok": not failed, "findings": [finding.as_json() for finding in findings]}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            click.echo(str(finding))
    return FAILED if failed else 0


def _findings() -> tuple[Finding, ...]:
    try:
        config = current_config()
    except ConfigError as error:
        return tuple(fail("config", str(problem), "") for problem in error.problems)
    from vakttelefon.checks import check_everything
    from vakttelefon.wiring import telephony_of

    quiet_log()
    # what goes wrong is a finding here, and not also a line of the log among the findings
    logging.disable(logging.CRITICAL)
    try:
        return check_everything(
            config, telephony=telephony_of(config), now=present_instant(), on_crash=_tell_crash
        )
    finally:
        logging.disable(logging.NOTSET)


def _tell_crash(error: Exception) -> None:
    if invocation().debug:
        click.echo("".join(traceback.format_exception(error)), err=True, nl=False)
