"""Checks of the organisation: gaps, people whom nobody can reach, coordinators, rotations that drift."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from dispatcher.organisations import Organisations
from dispatcher.people import coordinators, texting_phone
from roster.organisation import Language, Layer, Organisation, Rotation, Schedule, ShiftLayer
from roster.phones import is_forbidden
from roster.wallclock import local, to_instant
from roster.warning_phrases import reason_words, remedy_words
from roster.warnings import Kind, judge_roster, warnings_within
from vakttelefon.checks.findings import Finding, fail, ok, warn
from vakttelefon.checks.site import Site

LOOK_AHEAD = timedelta(days=14)
_MOST_GAPS = 10
_DAY_HOURS = 24


def check_organisation(site: Site) -> Iterator[Finding]:
    """Find out whether there is an organisation with a hotline that rings somebody."""
    if site.database is None:
        return
    try:
        history = Organisations(site.database).history()
    except ValueError as error:
        yield fail("organisation", str(error), "")
        return
    if history is None:
        yield fail("organisation", "none is imported", "run `vakttelefon import FILE`")
        return
    organisation = history.current
    if not organisation.hotlines:
        yield fail("organisation", "it has no hotline", "add one to its file and import it")
        return
    people, hotlines = len(organisation.people), len(organisation.hotlines)
    yield ok("organisation", f"{people} people, {hotlines} {'hotline' if hotlines == 1 else 'hotlines'}")


def check_gaps(site: Site) -> Iterator[Finding]:
    """Find gaps of the next 14 days, and people on duty then who are absent or on twice at once.

    Gaps that are meant are no finding. People without a phone are `check_phones`'s.
    """
    if site.history is None:
        return
    organisation = site.history.current
    findings = warnings_within(judge_roster(site.history, start=site.now, end=site.now + LOOK_AHEAD))
    found = False
    for schedule in organisation.schedules:
        gaps = [each for each in findings if each.kind is Kind.GAP and schedule.id in each.schedules]
        for gap in gaps[:_MOST_GAPS]:
            found = True
            times = f"{_moment(gap.start, organisation)} to {_moment(gap.end, organisation)}"
            yield fail(
                "roster",
                f"nobody is on duty in {schedule.id} from {times}",
                "put somebody on, or list it under meant_gaps where it is meant",
            )
        if len(gaps) > _MOST_GAPS:
            yield fail(
                "roster",
                f"{schedule.id} has {len(gaps) - _MOST_GAPS} more gaps in the next {LOOK_AHEAD.days} days",
                f"see `vakttelefon roster gaps --schedule {schedule.id}`",
            )
    doubtful = [each for each in findings if each.kind in {Kind.ABSENT, Kind.DOUBLE_DUTY}]
    for finding in doubtful[:_MOST_GAPS]:
        times = f"{_moment(finding.start, organisation)} to {_moment(finding.end, organisation)}"
        reason = reason_words(finding, organisation, Language.EN).removesuffix(".")
        remedy = remedy_words(finding, organisation, Language.EN).removesuffix(".")
        yield warn("roster", f"{reason}, from {times}", remedy[0].lower() + remedy[1:])
    if not found:
        yield ok("roster", f"no gap in the next {LOOK_AHEAD.days} days")


def check_phones(site: Site) -> Iterator[Finding]:
    """Find people and suppliers who may be rung and have no phone that can be, or none for SMS."""
    if site.history is None:
        return
    organisation = site.history.current
    troubled = False
    for party, where in _rung_parties(organisation, site.now).items():
        known = organisation.person(party) or organisation.supplier(party)
        phones = () if known is None else tuple(phone for phone in known.phones if not is_forbidden(phone))
        if not phones:
            troubled = True
            yield fail(
                "phones", f"{party} ({where}) has no usable phone", f"give {party} one, or take {party} off"
            )
        elif organisation.person(party) is not None and texting_phone(phones) is None:
            troubled = True
            yield warn(
                "phones",
                f"{party} ({where}) has no mobile, so gets no SMS and cannot answer by SMS",
                f"add a mobile to {party}'s phones",
            )
    if not troubled:
        yield ok("phones", "everybody who may be rung has a phone")


def check_coordinators(site: Site) -> Iterator[Finding]:
    """Find out whether an alarm would reach anybody."""
    if site.history is None:
        return
    organisation = site.history.current
    everybody = coordinators(organisation)
    if not everybody:
        yield fail(
            "coordinator",
            "there is none, so alarms reach nobody",
            'give somebody roles = ["technician", "coordinator"] in the organisation file',
        )
        return
    known = (organisation.person(each) for each in everybody)
    unreachable = [person.id for person in known if person is not None and not person.phones]
    if unreachable:
        level = fail if len(unreachable) == len(everybody) else warn
        yield level("coordinator", f"without a phone: {', '.join(unreachable)}", "give each coordinator one")
    else:
        yield ok("coordinator", f"alarms go to {', '.join(everybody)}")


def check_rotations(site: Site) -> Iterator[Finding]:
    """Find hourly layers of whole days: they count elapsed hours, so clock changes shift them."""
    if site.history is None:
        return
    drifting = [
        (schedule, layer)
        for schedule in site.history.current.schedules
        for layer in schedule.layers
        if isinstance(layer, Layer) and layer.rotation is Rotation.HOURLY and layer.every % _DAY_HOURS == 0
    ]
    for schedule, layer in drifting:
        days = layer.every // _DAY_HOURS
        yield warn(
            "rotation",
            f"layer {layer.name} of {schedule.id} hands over every {layer.every} elapsed hours,"
            " and so an hour earlier or later after each clock change",
            f'write rotation = "daily", every = {days}',
        )
    if not drifting:
        yield ok("rotation", "no layer drifts against the clock")


def _rung_parties(organisation: Organisation, now: datetime) -> dict[str, str]:
    """Return who may be rung from now on, each with one place where they stand."""
    found: dict[str, str] = {}
    for schedule in organisation.schedules:
        for party, where in _scheduled(schedule, organisation, now):
            found.setdefault(party, where)
    for ladder in organisation.ladders:
        for rung in ladder.rungs:
            for target in rung.ring:
                if target.kind in {"person", "supplier"}:
                    found.setdefault(target.id, f"ladder {ladder.id}")
    return found


def _scheduled(schedule: Schedule, organisation: Organisation, now: datetime) -> Iterator[tuple[str, str]]:
    for layer in schedule.layers:
        for person in _named_from(layer, organisation, now):
            yield person, f"layer {layer.name} of {schedule.id}"
    for override in schedule.overrides:
        if to_instant(override.end, organisation.zone) <= now:
            continue
        for person in override.people:
            yield person, f"override {override.id} of {schedule.id}"


def _named_from(layer: Layer | ShiftLayer, organisation: Organisation, now: datetime) -> tuple[str, ...]:
    """Return whom a layer may still put on."""
    zone = organisation.zone
    if isinstance(layer, Layer):
        over = layer.until is not None and to_instant(layer.until, zone) <= now
        return () if over else layer.named
    left = (shift for shift in layer.shifts if to_instant(shift.end, zone) > now)
    return tuple(dict.fromkeys(person for shift in left for person in shift.people))


def _moment(instant: datetime, organisation: Organisation) -> str:
    return f"{local(instant, organisation.zone):%Y-%m-%d %H:%M}"
