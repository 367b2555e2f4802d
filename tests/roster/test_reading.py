"""The organisation file is read, with its defaults, and answers look-ups."""

from pathlib import Path

import vakttelefon
from roster.organisation import (
    Language,
    Layer,
    Organisation,
    Person,
    Role,
    Rung,
    Target,
    Window,
)
from roster.reading import read_organisation
from roster.wallclock import parse_instant
from roster.warnings import judge_roster, warnings_within
from tests.roster.full_file import FULL, READ, read

EXAMPLE = Path(vakttelefon.__file__).parent / "examples" / "organisation.toml"


def test_every_key_of_the_file_is_read() -> None:
    assert read(FULL) == READ


def test_a_byte_order_mark_and_foreign_line_ends_change_nothing() -> None:
    assert read("\ufeff" + FULL.replace("\n", "\r\n")) == READ
    assert read_organisation(b"\xef\xbb\xbf" + FULL.encode(), filename="x") == READ


def test_every_table_may_be_left_out() -> None:
    assert read('timezone = "Europe/Oslo"') == Organisation(timezone="Europe/Oslo")


def test_what_is_left_out_has_its_default() -> None:
    org = read(
        'timezone = "Europe/Oslo"\nlanguage = "en"\n[[people]]\nid = "k"\nname = "K"\n'
        '[[schedules]]\nid = "s"\nname = "S"\n[[schedules.layers]]\nname = "L"\npeople = ["k"]\nrotation = "daily"\n'
        'start = 2026-01-05T08:00:00\nwindows = [{}]\n[[ladders]]\nid = "l"\nrungs = [{ ring = ["person:k"] }]\n'
        '[[hotlines]]\nid = "h"\nnumber = "+4721000000"\nname = "H"\nschedule = "s"\nladder = "l"'
    )
    assert org.people[0] == Person("k", "K", language=Language.EN)
    layer = org.schedules[0].layers[0]
    assert isinstance(layer, Layer)
    assert (layer.every, layer.windows) == (1, (Window(),))
    assert org.ladders[0].rungs[0] == Rung((Target("person", "k"),), "simultaneous", 25)
    assert (org.hotlines[0].language, org.hotlines[0].repeat_minutes) == ("en", 5)


def test_lookups_find_people_hotlines_and_the_longest_matching_municipality() -> None:
    org = read(
        FULL.replace(
            "[[people]]",
            '[[municipalities]]\nid = "havdal"\nname = "Havdal"\nnumbers = ["+4756*", "+4756371111"]\n[[people]]',
            1,
        )
    )
    assert org.person("kari") is org.people[0]
    assert org.person("per") is None
    assert org.supplier("nettfirma") is org.suppliers[0]
    assert org.schedule("drift") is org.schedules[0]
    assert org.ladder("standard") is org.ladders[0]
    assert org.hotline("drift") is org.hotlines[0]
    assert org.hotline_by_number("+4721000000") is org.hotlines[0]
    assert org.person_by_phone("+4790000001") is org.people[0]
    assert org.person_by_phone("+4790000002") is None
    found = [
        org.municipality_of(number)
        for number in ("+4756370000", "+4756371234", "+4756371111", "+4756111111", "+4790000009")
    ]
    assert [each.id if each else None for each in found] == ["fjordvik", "fjordvik", "havdal", "havdal", None]


def test_the_example_is_valid_and_leaves_no_gap_and_nobody_unreachable() -> None:
    example = read_organisation(EXAMPLE.read_bytes(), filename="organisation.toml")
    start, end = (parse_instant(text, example.zone) for text in ("2026-01-05T08:00", "2029-01-01"))
    assert warnings_within(judge_roster(example, start=start, end=end)) == ()
    assert {role for person in example.people for role in person.roles} >= {Role.TECHNICIAN, Role.COORDINATOR}
    assert example.ladders[0].rungs[-1].ring == (Target("everyone", "drift"),)
    assert {rung.order for rung in example.ladders[0].rungs} == {"simultaneous", "sequential"}
