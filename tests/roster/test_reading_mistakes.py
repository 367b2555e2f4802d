"""The organisation file is read strictly, and everything wrong in it is told at once."""

import pytest

from roster.organisation import Layer
from roster.reading import OrganisationError, read_organisation
from tests.roster.full_file import FULL, problems, read


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('timezone = "Europe/Oslo"\n', "", ['1: the key "timezone" is missing: add timezone = …']),
        ('"Europe/Oslo"', '"Europe/Olso"', ['1: timezone: "Europe/Olso" is no known time zone: did you mean "Europe/Oslo"?']),
        ('"Europe/Oslo"', '"Europe"', ['1: timezone: "Europe" is no known time zone: …']),
        ('"Europe/Oslo"', '"../etc/passwd"', ['1: timezone: "../etc/passwd" is no known time zone: …']),
        ('language = "nn"', 'language = "no"', ['2: language: "no" is not known: use one of "nn", "nb", "en"']),
        ('read_more = "vakt', 'readmore = "vakt', ["66: words.readmore: unknown key: did you mean read_more?"]),
        ('"Saksportalen"', '""', ["65: words.ticket_system: the text is empty: write something, or leave it out"]),
        ('language = "nn"', "language = 5", ["2: language: the number 5 where text is expected: write text in quotation marks"]),
        ('id = "fjordvik"', 'id = "fjord vik"', ['4: municipalities[0].id: "fjord vik" is no id: use letters, digits, - _ and . (at most 64)']),
        ("+47 5637*", "5637*", ['6: municipalities.fjordvik.numbers[1]: "5637*" is no range of numbers: write + and digits, and one * at the end, for instance +475637*']),
        ("+47 5637*", "+4712", ['6: municipalities.fjordvik.numbers[1]: "+4712" is not a valid telephone number: …']),
        ('[[people]]\nid = "ola"', '[[municipalities]]\nid = "x"\nname = "X"\nnumbers = ["+475637*"]\n[[people]]\nid = "ola"', ['19: municipalities.x.numbers[0]: +475637* is a number of "fjordvik" too: leave it with one of them']),
        ('name = "Kari Nordmann"', 'name = ""', ["10: people.kari.name: the text is empty: write something, or leave it out"]),
        ('name = "Kari Nordmann"', 'name = "a\\u0000b"', ['10: people.kari.name: "a\ufffdb" has a line break or control character: write it on one line']),
        ('name = "Kari Nordmann"', f'name = "{"x" * 501}"', ["10: people.kari.name: the text has 501 characters: write at most 500"]),
        ('name = "Kari Nordmann"\n', "", ['8: people.kari: the key "name" is missing: add name = …']),
        ('phones = ["+4790000001"]', 'phones = "+4790000001"', ['11: people.kari.phones: the text "+4790000001" where a list is expected: write it in square brackets: [ … ]']),
        ('phones = ["+4790000001"]', "phones = [4790000001]", ["11: people.kari.phones[0]: the number 4790000001 where text is expected: write text in quotation marks"]),
        ('phones = ["+4790000001"]', 'phones = ["112"]', ['11: people.kari.phones[0]: "112" is an emergency number, which is never dialled: …']),
        ('phones = ["+4790000001"]', 'phones = ["+4782012345"]', ['11: people.kari.phones[0]: "+4782012345" is a special-rate or short number, which is never dialled: …']),
        ('phones = ["+4790000001"]', 'phones = ["+4721000000"]', ['11: people.kari.phones[0]: +4721000000 is the number of hotline "drift": a hotline cannot ring itself']),
        ("phones = []", 'phones = ["+47 900 00 001"]', ['19: people.ola.phones[0]: +4790000001 is a phone of "kari" too: leave it with the one whose phone it is']),
        ('email = "kari@example.no"', 'email = "kari"', ['12: people.kari.email: "kari" is no e-mail address: write it as name@example.no']),
        ('"technician", "coordinator"', '"technican"', ['14: people.kari.roles[0]: "technican" is no role: did you mean "technician"?']),
        ('language = "nb"', 'langauge = "nb"', ["13: people.kari.langauge: unknown key: did you mean language?"]),
        ('language = "nb"', "xyz = 1", ["13: people.kari.xyz: unknown key: remove it; the keys here are id, name, phones, email, language, roles, absences, share, wishes"]),
        ("from = 2026-12-20,", "from = 2026-12-28,", ["15: people.kari.absences[0].to: 2026-12-27 ends the absence at or before its start: write a later day or time"]),
        ("from = 2026-12-20,", "from = 2026-02-30,", ["15: people.kari.absences[0].from: 2026-02-30 is an impossible date: 2026-02 has the days 01 to 28"]),
        ("from = 2026-12-20,", 'from = "2026-12-20",', ['15: people.kari.absences[0].from: the text "2026-12-20" where a date or local date-time is expected: …']),
        ("from = 2026-12-20,", "from = 0026-12-20,", ["15: people.kari.absences[0].from: the year 26 is impossible: write a year from 1900 on"]),
        ("from = 2026-12-20, ", "", ['15: people.kari.absences[0]: the key "from" is missing: add from = …']),
        ("to = 2026-12-28T16:00:00", "to = 2026-12-28T08:00:00", ["15: people.kari.absences[1].to: 2026-12-28T08:00:00 ends the absence at or before its start: write a later day or time"]),
        ("to = 2026-12-28T16:00:00", "to = 2026-12-28T16:00:00Z", ["15: people.kari.absences[1].to: a date-time with an offset where local time is expected: write wall clock of the file's time zone: 2026-12-28T16:00:00"]),
        ('id = "ola"', 'id = "kari"', ['17: people.kari.id: "kari" is used twice: give each its own id', '34: schedules.drift.layers.Veke.people[1]: there is no person "ola": use one of "kari"']),
        ('id = "ola"', 'id = "desk"', ['17: people.desk.id: "desk" is reserved: choose another id', '34: schedules.drift.layers.Veke.people[1]: there is no person "ola": use one of "kari", "desk"']),
        ('id = "nettfirma"', 'id = "kari"', ['21: suppliers.kari.id: "kari" is a person\'s id too: give each its own id', '52: ladders.standard.rungs[1].ring[3]: there is no supplier "nettfirma": use one of "kari"']),
        ('"tue", "mon"', '"tue", "man"', ['28: schedules.drift.duty.desk_hours[0].days[1]: "man" is no weekday: did you mean "mon"?']),
        ('"tue", "mon"', '"tue", "tue"', ['28: schedules.drift.duty.desk_hours[0].days[1]: "tue" is named twice: name each weekday once']),
        ('"tue", "mon"', "", ["28: schedules.drift.duty.desk_hours[0].days: no weekday is named: leave days out for every day"]),
        ('from = "08:00"', 'from = "8:00"', ['28: schedules.drift.duty.desk_hours[0].from: "8:00" is no time of day: write it as text from "00:00" to "23:59"']),
        ('from = "08:00"', 'from = "24:00"', ['28: schedules.drift.duty.desk_hours[0].from: "24:00" is no time of day: write it as text from "00:00" to "23:59"']),
        ('from = "08:00"', "from = 08:00:00", ['28: schedules.drift.duty.desk_hours[0].from: a time of day is no time of day: write it as text from "00:00" to "23:59"']),
        ('holidays = "NO"', 'holidays = "Noreg"', ['29: schedules.drift.duty.holidays: no public holidays are known for "Noreg": …']),
        ('{ date = "12-24" }', '{ date = "02-30" }', ['30: schedules.drift.duty.eves[0].date: "02-30" is no possible date: write "12-24" for every year, or "2026-12-24" for once']),
        ('{ date = "12-24" }', '{ from = "12:00" }', ["30: schedules.drift.duty.eves[0]: an eve with neither date nor easter: give it one of the two"]),
        ('{ date = "12-24" }', '{ date = "12-24", easter = 1 }', ["30: schedules.drift.duty.eves[0]: an eve with both date and easter: give it one of the two"]),
        ("easter = -4", "easter = 4000", ["30: schedules.drift.duty.eves[1].easter: 4000 is out of range: write a number from -366 to 366"]),
        ('to = "14:00"', 'to = "10:00"', ["31: schedules.drift.duty.open[0].to: the desk closes before it opens: write a later time, 24:00 at most"]),
        (', to = "14:00"', "", ['31: schedules.drift.duty.open[0]: the key "to" is missing: add to = …']),
        ('"ola + kari"', '"ola+"', ['34: schedules.drift.layers.Veke.people[1]: "ola+" is no turn: write "kari", or "kari+per" for two together']),
        ('"ola + kari"', '"ola+ola"', ['34: schedules.drift.layers.Veke.people[1]: "ola+ola" names somebody twice: name each once']),
        ('["kari", "ola + kari"]', "[]", ["34: schedules.drift.layers.Veke.people: the rotation has nobody: name at least one person"]),
        ('"ola + kari"', '"karri"', ['34: schedules.drift.layers.Veke.people[1]: there is no person "karri": did you mean "kari"?']),
        ('rotation = "weekly"', 'rotation = "fortnightly"', ['35: schedules.drift.layers.Veke.rotation: "fortnightly" is not known: use one of "hourly", "daily", "weekly", "monthly"']),
        ("every = 2", "every = 0", ["36: schedules.drift.layers.Veke.every: 0 is out of range: write a number from 1 to 10000"]),
        ("every = 2", "every = 0xffffffffffffffffffffff", ["36: schedules.drift.layers.Veke.every: a very large number is out of range: write a number from 1 to 10000"]),
        ("every = 2", "every = true", ["36: schedules.drift.layers.Veke.every: true where a whole number is expected: write a number, without quotation marks"]),
        ("start = 2026-11-02T08:00:00", "start = 2026-11-02", ["37: schedules.drift.layers.Veke.start: a date where a local date-time is expected: write date and time without quotation marks, for instance 2026-11-02T08:00:00"]),
        ("start = 2026-11-02T08:00:00", "start = 2026-11-02T08:00:00+01:00", ["37: schedules.drift.layers.Veke.start: a date-time with an offset where local time is expected: …"]),
        ("until = 2027-06-28T08:00:00", "until = 2026-11-02T08:00:00", ["38: schedules.drift.layers.Veke.until: 2026-11-02T08:00:00 is not after the start: write a later time, or remove it"]),
        ('"sat", "sun"', '"sat", "fri"', ["39: schedules.drift.layers.Veke.windows[1]: it overlaps windows[0] of the same layer: make them meet or keep them apart"]),
        ('"24:00" }', '"15:30" }', ["39: schedules.drift.layers.Veke.windows[1]: it overlaps windows[0] of the same layer: make them meet or keep them apart"]),
        ('replaces = "kari"', 'replaces = "per"', ['43: schedules.drift.overrides.jul.replaces: there is no person "per": …']),
        ("people = []\n", 'people = ["ola", "ola"]\n', ['42: schedules.drift.overrides.jul.people[1]: "ola" is named twice: name each once']),
        ('kind = "swap"', 'kind = "swop"', ['44: schedules.drift.overrides.jul.kind: "swop" is not known: did you mean "swap"?']),
        ("end = 2026-12-26T08:00:00", "end = 2026-12-24T08:00:00", ["46: schedules.drift.overrides.jul.end: 2026-12-24T08:00:00 is not after the start: write a later time"]),
        ('  ring = ["on-duty:drift"]', '  ring = ["on-duty"]', ['50: ladders.standard.rungs[0].ring[0]: "on-duty" names nobody: write on-duty:ID']),
        ('  ring = ["on-duty:drift"]', '  ring = ["onduty:drift"]', ['50: ladders.standard.rungs[0].ring[0]: "onduty:drift" is no target: write KIND:ID; did you mean "on-duty"?']),
        ('  ring = ["on-duty:drift"]', "  ring = []", ['50: ladders.standard.rungs[0].ring: the rung rings nobody: name whom it rings, for instance ["on-duty:drift"]']),
        ('"supplier:nettfirma"', '"supplier:nettfirm"', ['52: ladders.standard.rungs[1].ring[3]: there is no supplier "nettfirm": did you mean "nettfirma"?']),
        ('order = "sequential"', 'order = "all"', ['53: ladders.standard.rungs[1].order: "all" is not known: …']),
        ("seconds = 20", "seconds = 601", ["54: ladders.standard.rungs[1].seconds: 601 is out of range: write a number from 1 to 600"]),
        ('number = "+4721000000"', 'number = "21 00"', ['57: hotlines.drift.number: "21 00" is not a valid telephone number: …']),
        ('schedule = "drift"', 'schedule = "nattvakt"', ['59: hotlines.drift.schedule: there is no schedule "nattvakt": use one of "drift"']),
        ('ladder = "standard"', 'ladder = "standar"', ['60: hotlines.drift.ladder: there is no ladder "standar": did you mean "standard"?']),
        ('desk_number = "+4756000000"', 'desk_number = "+4721000000"', ['62: hotlines.drift.desk_number: +4721000000 is the number of hotline "drift": a hotline cannot ring itself']),
        ("repeat_minutes = 10", 'repeat_minutes = 0\n[[hotlines]]\nid = "to"\nname = "To"\nnumber = "+4721000000"\nschedule = "drift"\nladder = "standard"', ["63: hotlines.drift.repeat_minutes: 0 is out of range: write a number from 1 to 1440", '67: hotlines.to.number: +4721000000 is the number of hotline "drift" too: give each its own']),
    ],
)  # fmt: skip
def test_each_mistake_is_told_with_line_and_remedy(old: str, new: str, expected: list[str]) -> None:
    assert FULL.count(old) >= 1
    found = problems(FULL.replace(old, new, 1))
    assert len(found) == len(expected)
    for said, wanted in zip(found, expected, strict=True):
        assert said == wanted or (wanted.endswith("…") and said.startswith(wanted[:-1]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('people = "x"', '2: people: the text "x" where a list is expected: write it in square brackets: [ … ]'),
        ("people = [1]", "2: people[0]: the number 1 where a table is expected: write [[people]]"),
        ("[people]\nid = 1", "2: people: one table where a list of tables is expected: write [[people]]"),
        ('[[schedules]]\nid = "s"\nname = "S"\nduty = 1', "5: schedules.s.duty: the number 1 where a table is expected: write [duty] with its keys below"),
        ('[[schedules]]\nid = "s"\nname = "S"\n[schedules.duty]\neves = [1]', "6: schedules.s.duty.eves[0]: the number 1 where a table is expected: write eves = [{ … }]"),
        ('[[ladders]]\nid = "l"', '2: ladders.l: the key "rungs" is missing: add rungs = …'),
        ('[[ladders]]\nid = "l"\nrungs = []', "4: ladders.l.rungs: the ladder has no rung: add [[ladders.rungs]]"),
        ("[[people]]\nid = 5\nname = 6", "3: people[0].id: the number 5 where text is expected: write text in quotation marks"),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_kind_is_told_of(text: str, expected: str) -> None:
    assert problems(f'timezone = "Europe/Oslo"\n{text}')[0] == expected


def test_names_that_must_be_unique_are() -> None:
    layers = (
        '[[schedules.layers]]\nname = "L"\npeople = ["k"]\nrotation = "daily"\nstart = 2026-01-05T08:00:00\n'
        * 2
    )
    overrides = (
        '[[schedules.overrides]]\nid = "o"\npeople = []\nstart = 2026-01-05T08:00:00\nend = 2026-01-06T08:00:00\n'
        * 2
    )
    people = '[[people]]\nid = "k"\nname = "K"\n'
    assert problems(
        f'timezone = "Europe/Oslo"\n{people}[[schedules]]\nid = "s"\nname = "S"\n{layers}{overrides}'
    ) == [
        '14: schedules.s.layers.L.name: two layers of the schedule are called "L": give each its own name',
        '24: schedules.s.overrides.o.id: "o" is used twice in the schedule: give each its own id',
    ]


@pytest.mark.parametrize(
    ("windows", "overlap"),
    [
        ('{ days = ["sun"], from = "22:00", to = "06:00" }, { days = ["mon"], to = "07:00" }', True),
        ('{ days = ["sun"], from = "22:00", to = "06:00" }, { days = ["mon"], from = "06:00" }', False),
        ('{ days = ["mon"], to = "12:00" }, { days = ["mon"], from = "12:00" }', False),
        ('{ from = "20:00", to = "20:00" }, { days = ["wed"], from = "19:00", to = "20:00" }', True),
        ('{ days = ["mon"], to = "20:00" }, { days = ["mon"], from = "02:00", to = "03:00" }', True),
    ],
)
def test_windows_of_a_layer_may_meet_but_not_overlap(windows: str, *, overlap: bool) -> None:
    text = FULL.replace(
        '{ days = ["fri"], from = "15:30", to = "24:00" }, { days = ["sat", "sun"] }', windows
    )
    if overlap:
        assert "overlaps" in problems(text)[0]
    else:
        veke = read(text).schedules[0].layers[0]
        assert isinstance(veke, Layer)
        assert len(veke.windows) == 2


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-03-29T02:00:00", "2026-03-29T03:00:00"),  # both are 03:00, once they are instants
        ("2026-03-29T02:30:00", "2026-03-29T03:15:00"),
    ],
)
def test_an_override_that_a_clock_change_leaves_empty_is_refused(start: str, end: str) -> None:
    text = FULL.replace("start = 2026-12-24T08:00:00", f"start = {start}").replace(
        "end = 2026-12-26T08:00:00", f"end = {end}"
    )
    assert "is not after the start" in problems(text)[0]


def test_mistakes_of_all_kinds_are_told_at_once_in_the_order_of_lines() -> None:
    text = (
        FULL.replace('id = "ola"', 'id = "ola"\nfoo = nn')
        .replace("2026-12-20", "2026-12-32")
        .replace('rotation = "weekly"', 'rotation = "weakly"')
        .replace('ladder = "standard"', 'ladder = "x"')
    )
    found = problems(text)
    assert [int(line.split(":")[0]) for line in found] == [15, 18, 18, 36, 61]


def test_after_a_line_that_is_no_toml_the_rest_is_still_checked_without_false_alarms() -> None:
    text = FULL.replace('id = "kari"', "id = kari kari").replace("every = 2", "every = 0")
    assert [line.split(": ", 1)[0] for line in problems(text)] == ["9", "36"]
    lost = FULL.replace("[[ladders]]", "[[ladders]").replace("every = 2", "every = 0")
    assert [line.split(": ", 1)[0] for line in problems(lost)] == ["36", "47"]


def test_the_problems_can_be_shown_one_by_one() -> None:
    with pytest.raises(OrganisationError) as refused:
        read(FULL.replace("every = 2", "every = 0"))
    only = refused.value.problems[0]
    assert (only.file, only.line, only.where) == ("org.toml", 36, "schedules.drift.layers.Veke.every")
    assert str(only) == f"{only.file}:{only.line}: {only.what}: {only.remedy}"


@pytest.mark.parametrize("sign", ["\\u202e", "\\u2067", "\\u200f", "\\ufffe", "\\u2029"])
def test_a_name_has_no_signs_that_cannot_be_shown_or_turn_the_text(sign: str) -> None:
    text = f'timezone = "Europe/Oslo"\n[[suppliers]]\nid = "x"\nname = "Nett{sign}AS"\n'
    with pytest.raises(OrganisationError) as refused:
        read_organisation(text, filename="org.toml")
    (problem,) = refused.value.problems
    assert str(problem).startswith("org.toml:4: suppliers.x.name: ")
    assert str(problem).endswith("type it anew in place of pasting it")


def test_such_signs_are_read_over_in_telephone_numbers_which_are_pasted_from_everywhere() -> None:
    text = (
        'timezone = "Europe/Oslo"\n[[people]]\nid = "x"\nname = "X"\nphones = ["\u2068+47\u2011930 00 001\u2069"]\n'
        '[[municipalities]]\nid = "m"\nname = "M"\nnumbers = ["\ufeff+47 56 37 00\u200d 00"]\n'
    )
    org = read_organisation(text, filename="org.toml")
    assert org.people[0].phones == ("+4793000001",)
    assert org.municipalities[0].numbers == ("+4756370000",)


def test_the_zone_of_this_machine_is_no_place() -> None:
    with pytest.raises(OrganisationError, match="no known time zone"):
        read_organisation('timezone = "localtime"', filename="org.toml")
