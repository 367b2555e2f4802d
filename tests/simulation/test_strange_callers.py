"""Whoever rings, whatever stands where a number should: the same service, and a case that can be shown."""

from collections.abc import Callable

import pytest

from dispatcher.accounts.tokens import create_token
from dispatcher.accounts.users import create_user
from simulator import personas
from tests.admin.visiting import get, sign_in_as
from tests.simulation.theatre import KARI, Theatre

STRANGE = {
    "withheld": "anonymous",
    "withheld, as a number": "+266696687",
    "restricted": "Restricted",
    "nothing": "",
    "SIP": "sip:vakt@eksempel.example",
    "SIP with parameters": "sip:+4790000009@10.0.0.1:5060;transport=tls",
    "a client": "client:turid",
    "garbage": "'; DROP TABLE cases; --",
    "markup": "<Dial>+4782900000</Dial>&amp;",
    "not ASCII": "Åse Sørbø ☎ 受付",
    "an emergency number": "112",
    "a short number": "02800",
    "a control character": "+4790\x1b[31m00",
    "a NUL": "+479\x0000001",
    "very long": "+47" + "9" * 4_000,
}


@pytest.mark.parametrize("caller", STRANGE.values(), ids=list(STRANGE))
def test_a_strange_caller_is_connected_and_has_a_case(
    caller: str, database_url: str, open_theatre: Callable[..., Theatre]
) -> None:
    theatre = open_theatre(database_url)
    theatre.cast(kari=personas.human())
    call = theatre.ring(caller=caller, by=personas.caller(talk_seconds=40))
    theatre.until_over(call)
    case = theatre.case()
    assert (str(case.state), case.acknowledged_by) == ("acknowledged", "kari")
    assert [str(attempt.outcome) for attempt in case.calls[0].attempts] == ["accepted"]
    assert case.caller is None or case.caller.startswith("+")
    assert case.ticket.id is not None
    assert theatre.sms(KARI)
    assert theatre.transport.failures == []
    assert_shown(theatre)


def assert_shown(theatre: Theatre) -> None:
    """Show the case over the API and on the pages."""
    now = theatre.services.clock.now()
    with theatre.services.db.write() as connection:
        user = create_user(connection, "turid", "ein lang nok setning", "technician", now)
        token = create_token(connection, "proof", "read", now)
    client = theatre.app.test_client()
    bearer = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/cases/V-1001", headers=bearer).get_json()["reference"] == "V-1001"
    assert len(client.get("/api/v1/cases", headers=bearer).get_json()["cases"]) == 1
    sign_in_as(client, user.id, services=theatre.services)
    for path in ("/admin/", "/admin/cases", "/admin/cases/V-1001"):
        status, shown = get(client, path)
        assert status == 200
        assert "V-1001" in shown
        assert "<Dial>" not in shown
