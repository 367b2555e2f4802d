"""An organisation file that uses every key, what it is read as, and what is told of changed ones."""

from datetime import date, datetime

import pytest

from roster.organisation import (
    Absence,
    DeskHours,
    DutyHours,
    Eve,
    Hotline,
    Ladder,
    Language,
    Layer,
    Municipality,
    OpenDay,
    Organisation,
    Override,
    Person,
    Role,
    Rotation,
    Rung,
    Schedule,
    Supplier,
    Target,
    Window,
    Words,
)
from roster.phones import PhoneNumber
from roster.reading import OrganisationError, read_organisation

FULL = """\
timezone = "Europe/Oslo"
language = "nn"
[[municipalities]]
id = "fjordvik"
name = "Fjordvik kommune"
numbers = ["+47 56 37 00 00", "+47 5637*"]
urgent = ["Heile nettet er nede"]
[[people]]
id = "kari"
name = "Kari Nordmann"
phones = ["+4790000001"]
email = "kari@example.no"
language = "nb"
roles = ["technician", "coordinator"]
absences = [{ from = 2026-12-20, to = 2026-12-27, reason = "ferie" }, { from = 2026-12-28T08:00:00, to = 2026-12-28T16:00:00 }]
[[people]]
id = "ola"
name = "Ola"
phones = []
[[suppliers]]
id = "nettfirma"
name = "Nettfirma AS"
phones = ["+4755000000"]
[[schedules]]
id = "drift"
name = "Driftsvakt"
  [schedules.duty]
  desk_hours = [{ days = ["tue", "mon"], from = "08:00", to = "15:30" }]
  holidays = "NO"
  eves = [{ date = "12-24" }, { easter = -4, from = "12:00" }, { date = 2026-12-28 }]
  open = [{ date = "2026-05-18", from = "10:00", to = "14:00" }]
  [[schedules.layers]]
  name = "Veke"
  people = ["kari", "ola + kari"]
  rotation = "weekly"
  every = 2
  start = 2026-11-02T08:00:00
  until = 2027-06-28T08:00:00
  windows = [{ days = ["fri"], from = "15:30", to = "24:00" }, { days = ["sat", "sun"] }]
  [[schedules.overrides]]
  id = "jul"
  people = []
  replaces = "kari"
  kind = "swap"
  start = 2026-12-24T08:00:00
  end = 2026-12-26T08:00:00
[[ladders]]
id = "standard"
  [[ladders.rungs]]
  ring = ["on-duty:drift"]
  [[ladders.rungs]]
  ring = ["next-on-duty:drift", "everyone:drift", "person:kari", "supplier:nettfirma"]
  order = "sequential"
  seconds = 20
[[hotlines]]
id = "drift"
number = "+4721000000"
name = "Vakttelefonen"
schedule = "drift"
ladder = "standard"
language = "en"
desk_number = "+4756000000"
repeat_minutes = 10
[words]
ticket_system = "Saksportalen"
read_more = "vakt.example.no"
"""

READ = Organisation(
    timezone="Europe/Oslo",
    language=Language.NN,
    words=Words("Saksportalen", "vakt.example.no"),
    municipalities=(
        Municipality("fjordvik", "Fjordvik kommune", ("+4756370000", "+475637*"), ("Heile nettet er nede",)),
    ),
    people=(
        Person(
            id="kari",
            name="Kari Nordmann",
            phones=(PhoneNumber("+4790000001"),),
            email="kari@example.no",
            language=Language.NB,
            roles=(Role.TECHNICIAN, Role.COORDINATOR),
            absences=(
                Absence(date(2026, 12, 20), date(2026, 12, 27), "ferie"),
                Absence(datetime(2026, 12, 28, 8), datetime(2026, 12, 28, 16)),
            ),
        ),
        Person(id="ola", name="Ola", language=Language.NN, roles=(Role.TECHNICIAN,)),
    ),
    suppliers=(Supplier("nettfirma", "Nettfirma AS", (PhoneNumber("+4755000000"),)),),
    schedules=(
        Schedule(
            id="drift",
            name="Driftsvakt",
            duty=DutyHours(
                desk_hours=(DeskHours((0, 1), 480, 930),),
                holidays="NO",
                eves=(Eve(date="12-24"), Eve(easter=-4, from_minute=720), Eve(date="2026-12-28")),
                open=(OpenDay("2026-05-18", 600, 840),),
            ),
            layers=(
                Layer(
                    name="Veke",
                    people=(("kari",), ("ola", "kari")),
                    rotation=Rotation.WEEKLY,
                    every=2,
                    start=datetime(2026, 11, 2, 8),
                    until=datetime(2027, 6, 28, 8),
                    windows=(Window((4,), 930, 1440), Window((5, 6), 0, 1440)),
                ),
            ),
            overrides=(
                Override("jul", (), datetime(2026, 12, 24, 8), datetime(2026, 12, 26, 8), "kari", "swap"),
            ),
        ),
    ),
    ladders=(
        Ladder(
            "standard",
            (
                Rung((Target("on-duty", "drift"),), "simultaneous", 25),
                Rung(
                    (
                        Target("next-on-duty", "drift"),
                        Target("everyone", "drift"),
                        Target("person", "kari"),
                        Target("supplier", "nettfirma"),
                    ),
                    "sequential",
                    20,
                ),
            ),
        ),
    ),
    hotlines=(
        Hotline(
            id="drift",
            number=PhoneNumber("+4721000000"),
            name="Vakttelefonen",
            schedule="drift",
            ladder="standard",
            language=Language.EN,
            desk_number=PhoneNumber("+4756000000"),
            repeat_minutes=10,
        ),
    ),
)


def read(text: str) -> Organisation:
    return read_organisation(text, filename="org.toml")


def problems(text: str) -> list[str]:
    """Return what is told of a file, without its name."""
    with pytest.raises(OrganisationError) as refused:
        read(text)
    return [str(problem).removeprefix("org.toml:") for problem in refused.value.problems]
