"""What the store gives back is safe to use, whatever an earlier version let in."""

import json

from roster.documents import from_json, to_json
from roster.ladder import resolve_rung
from roster.organisation import Rung, Target
from tests.roster.building import at, layer, organisation

SUPPLIER = '[[suppliers]]\nid = "nett"\nname = "Nett AS"\nphones = ["+4755000000"]\n'


def test_telephones_that_an_earlier_version_took_and_that_are_never_dialled_are_left_out() -> None:
    """Satellites and personal numbers: their owner is rung on the ordinary one, or counts as having none."""
    org = organisation(layer("kari,ola", "weekly", "2026-01-05T08:00:00"), people=SUPPLIER)
    stored = json.loads(to_json(org))
    stored["people"][0]["phones"] = ["+881612345670", "+4790000001"]
    stored["people"][1]["phones"] = ["+447012345670"]
    stored["suppliers"][0]["phones"] = ["+870773112340"]
    read = from_json(json.dumps(stored))
    everybody = Rung((Target("everyone", "s"), Target("supplier", "nett")))
    found = resolve_rung(read, everybody, at("2026-01-06T12:00", read))
    assert [(each.id, each.phones) for each in found.targets] == [("kari", ("+4790000001",))]
    assert {(each.id, each.reason) for each in found.skipped} == {("ola", "no-phone"), ("nett", "no-phone")}
