"""SMS as effects: who gets what, under which key."""

from dispatcher.decision import NOW, NewEffect
from dispatcher.messages.segments import plain


def sms(
    *,
    key: str,
    to: str,
    from_: str,
    body: str,
    purpose: str,
    person: str | None = None,
    page: int | None = None,
) -> NewEffect:
    """Return the effect that sends one SMS; `purpose` is page, told, reply, caller or alarm."""
    return NewEffect(
        kind="sms",
        key=f"sms:{key}",
        data={
            "to": to,
            "from": from_,
            "body": plain(body),
            "purpose": purpose,
            "person": person,
            "page": page,
        },
        delay=NOW,
    )
