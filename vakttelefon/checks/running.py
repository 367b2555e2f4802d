"""Running every check, whatever becomes of the others."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from dispatcher.organisations import Organisations
from dispatcher.store.engine import Database
from dispatcher.store.limits import Limits
from dispatcher.store.migrate import NotMigratedError, require_migrated
from dispatcher.telephony.port import Telephony
from vakttelefon.checks import duty, machine, outside, work
from vakttelefon.checks.findings import Finding, fail, ok
from vakttelefon.checks.looking import Answer, certificate_ends, look
from vakttelefon.checks.site import Site
from vakttelefon.config import Config
from vakttelefon.starting import has_lost_everything
from vakttelefon.wiring import LAST_GOOD

Check = Callable[[Site], Iterable[Finding]]

# A database that hangs is a finding, not a command that hangs.
_LIMITS = Limits(whole=30, lock=5, connect=5, connections=2)

_MACHINE: tuple[tuple[str, Check], ...] = (
    ("permissions", machine.check_permissions),
    ("keys", machine.check_keys),
    ("disk", machine.check_disk),
    ("spool", machine.check_spool),
)
_OUTSIDE: tuple[tuple[str, Check], ...] = (
    ("public-url", outside.check_public_url),
    ("fallback", outside.check_fallback),
    ("twilio", outside.check_account),
    ("clock", outside.check_clock),
)
# these need the database, which says so itself where it is not there
_STORED: tuple[tuple[str, Check], ...] = (
    ("worker", work.check_worker),
    ("effects", work.check_effects),
    ("tickets", work.check_tickets),
    ("organisation", duty.check_organisation),
)
# and these an organisation
_IMPORTED: tuple[tuple[str, Check], ...] = (
    ("numbers", outside.check_numbers),
    ("roster", duty.check_gaps),
    ("phones", duty.check_phones),
    ("coordinator", duty.check_coordinators),
    ("rotation", duty.check_rotations),
)


def check_everything(
    config: Config,
    *,
    telephony: Telephony,
    now: datetime,
    look: Callable[[str], Answer] = look,
    certificate_ends: Callable[[str, int], datetime | None] = certificate_ends,
    on_crash: Callable[[Exception], None] = lambda _error: None,
) -> tuple[Finding, ...]:
    """Return what every check found, in a fixed order; never raises.

    Other requests than through `telephony` go by `look` and `certificate_ends`, which tests replace.
    `on_crash` hears of a check that failed itself, which is a finding too.
    """
    site = Site(config=config, now=now, telephony=telephony, look=look, certificate_ends=certificate_ends)
    findings = [ok("config", f"{config.path or 'the environment'} can be used")]
    findings += _run(_MACHINE, site, on_crash)
    database, found = _open(config)
    findings.append(found)
    try:
        if database is not None:
            site = replace(site, database=database)
            findings += _run(_STORED, site, on_crash)
            site = _with_history(site)
        findings += _run(_OUTSIDE, site, on_crash)
        if site.history is not None:
            findings += _run(_IMPORTED, site, on_crash)
    finally:
        if database is not None:
            database.close()
    return tuple(findings)


def _run(
    checks: Iterable[tuple[str, Check]], site: Site, on_crash: Callable[[Exception], None]
) -> Iterator[Finding]:
    for name, check in checks:
        try:
            yield from list(check(site))
        except Exception as error:  # noqa: BLE001  one check that fails must not hide the others
            on_crash(error)
            kind = type(error).__name__
            yield fail(name, f"could not be checked ({kind})", "run `vakttelefon check --debug` to see where")


def _open(config: Config) -> tuple[Database | None, Finding]:
    """Open the database and write nothing into it, which shows that one could."""
    database: Database | None = None
    try:
        require_migrated(config.database.url)
        database = Database(config.database.url, limits=_LIMITS)
        with database.write():
            pass
    except NotMigratedError as error:
        if (config.server.spool / LAST_GOOD).exists() and has_lost_everything(config):
            what = "its file is gone or empty, and calls are answered by the last organisation known"
            return None, fail("database", what, "restore a backup: `init` would begin an empty one")
        return None, fail("database", str(error), "")
    except (SQLAlchemyError, OSError) as error:
        if database is not None:
            database.close()
        what = f"cannot be used ({type(error).__name__})"
        return None, fail("database", what, "see that it runs, and that [database] url is right")
    kind = "SQLite" if database.is_sqlite else "PostgreSQL"
    return database, ok("database", f"{kind}, at this program's version, takes writes")


def _with_history(site: Site) -> Site:
    if site.database is None:
        return site
    try:
        return replace(site, history=Organisations(site.database).history())
    except (ValueError, SQLAlchemyError):
        # told by the check of the organisation
        return site
