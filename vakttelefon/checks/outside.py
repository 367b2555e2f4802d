"""Checks of what lies outside this machine: Twilio, its numbers, our public address, the fallback, time."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

from dispatcher.telephony.port import DeliveryError
from vakttelefon.checks.findings import Finding, fail, ok, warn
from vakttelefon.checks.site import Site
from vakttelefon.config_rules import is_loopback
from vakttelefon.provisioning import plan_numbers, wanted_webhooks

MOST_CLOCK_SKEW = timedelta(seconds=60)
CERTIFICATE_NOTICE = timedelta(days=14)
_HTTP_OK = 200
_NOT_FOUND = 404
# What a document that answers Twilio alone says to us.
_FOR_TWILIO_ONLY = frozenset({401, 403, 405})


def check_public_url(site: Site) -> Iterator[Finding]:
    """Find out whether Twilio can reach this installation, over https, at the address in the settings."""
    url = site.config.public_url
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_loopback(host):
        yield warn(
            "public-url",
            f"{url} is this machine's name for itself: only a simulator can call it",
            "write the https address at which the outside world reaches this machine",
        )
        return
    if parts.scheme != "https":
        yield fail(
            "public-url",
            f"{url} is not https: what callers say would travel in the open",
            "put a reverse proxy with a certificate before it, and write its https address",
        )
        return
    answer = site.look(f"{url}/healthz")
    if answer.is_refused_certificate:
        yield fail(
            "public-url", f"{url}: {answer.failure}, so Twilio refuses it too", "renew the certificate"
        )
        return
    if answer.status is None:
        yield warn("public-url", f"{url}: {answer.failure} from here", "try it from another network")
        return
    if answer.status != _HTTP_OK:
        yield warn(
            "public-url",
            f"{url}/healthz answers HTTP {answer.status}",
            "see that the service runs and that the proxy passes every path on unchanged",
        )
        return
    ends_at = site.certificate_ends(host, parts.port or 443)
    if ends_at is not None and ends_at - site.now < CERTIFICATE_NOTICE:
        yield warn(
            "public-url", f"the certificate of {host} ends on {ends_at:%Y-%m-%d}", "see that it is renewed"
        )
        return
    yield ok("public-url", f"{url} answers")


def check_fallback(site: Site) -> Iterator[Finding]:
    """Find out whether callers reach somebody when this machine does not answer.

    Where nobody but a simulator can call in, a lack is a warning.
    """
    url = site.config.twilio.fallback_url
    public = urlsplit(site.config.public_url)
    lacking = warn if is_loopback(public.hostname or "") else fail
    remedy = "set [twilio] fallback_url to TwiML somewhere else (a TwiML Bin at Twilio), then provision"
    if not url:
        yield lacking("fallback", "none that would outlive this machine", remedy)
        return
    host = urlsplit(url).hostname or ""
    if host.casefold() == (public.hostname or "").casefold():
        yield lacking("fallback", f"{host} is this installation itself, which counts as none", remedy)
        return
    answer = site.look(url)
    if answer.status is None:
        yield warn("fallback", f"{host}: {answer.failure} from here", "open the address in a browser")
    elif answer.status >= _NOT_FOUND and answer.status not in _FOR_TWILIO_ONLY:
        yield warn("fallback", f"{host} answers HTTP {answer.status}", "open the address in a browser")
    else:
        yield ok("fallback", f"{host} answers when this machine does not")


def check_account(site: Site) -> Iterator[Finding]:
    """Find missing or wrong credentials, an account that is not active, and a Twilio out of reach."""
    lacking = [
        key
        for key, value in (
            ("account_sid", site.config.twilio.account_sid),
            ("auth_token", site.config.twilio.auth_token),
        )
        if not value
    ]
    if lacking:
        yield fail(
            "twilio",
            f"credentials are missing: [twilio] {' and '.join(lacking)}",
            "copy them from Twilio's console",
        )
        return
    try:
        site.telephony.check_account()
    except DeliveryError as error:
        yield fail("twilio", f"{error}", "compare [twilio] account_sid and auth_token with Twilio's console")
    else:
        yield ok("twilio", "the credentials work, and the account is active")


def check_numbers(site: Site) -> Iterator[Finding]:
    """Find hotline numbers that the account lacks or whose webhooks lead elsewhere."""
    if site.history is None or not (site.config.twilio.account_sid and site.config.twilio.auth_token):
        return
    try:
        numbers = site.telephony.list_numbers()
    except DeliveryError as error:
        yield fail("numbers", f"could not be asked for: {error}", "mend that, then check again")
        return
    wanted = wanted_webhooks(site.config)
    for plan in plan_numbers(site.history.current, numbers, wanted):
        name = f"{plan.hotline.number} ({plan.hotline.id})"
        if plan.sid is None:
            yield fail(
                "numbers",
                f"{name} is no number of the account",
                "buy or move it, or correct it in the organisation file",
            )
            continue
        for override in plan.overrides:
            yield fail(
                "numbers",
                f"{name} has {override.field} {override.present}, which wins over its addresses",
                "run `vakttelefon provision`",
            )
        different = [change for change in plan.changes if change not in plan.overrides]
        if different:
            told = "; ".join(str(change) for change in different)
            yield fail("numbers", f"{name} leads elsewhere: {told}", "run `vakttelefon provision`")
        if not plan.changes:
            yield ok("numbers", f"{name} leads here")


def check_clock(site: Site) -> Iterator[Finding]:
    """Compare this machine's clock with that of Twilio's servers: duty changes hands by it."""
    answer = site.look(site.config.twilio.api_base_url)
    if answer.date is None:
        reason = answer.failure or "it does not tell its time"
        yield warn("clock", f"could not be compared with Twilio's: {reason}", "check again later")
        return
    skew = site.now - answer.date
    if abs(skew) > MOST_CLOCK_SKEW:
        way = "ahead of" if skew > timedelta(0) else "behind"
        seconds = int(abs(skew).total_seconds())
        yield warn("clock", f"is {seconds} s {way} Twilio's", "let the machine set its clock (NTP)")
    else:
        yield ok("clock", "agrees with Twilio's")
