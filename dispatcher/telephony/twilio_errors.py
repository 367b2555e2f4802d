"""Which of Twilio's refusals a repetition can cure, decided in one table.

The question is never whether the operator could mend it one day, but whether the *same* request may work
within the hours an effect is retried. Where it cannot, the outbox turns to the last resort at once: another
channel, another person, an alarm. A refusal of the account or its credentials is passing: it hits every
channel alike, and the request is good again the moment the operator has mended it.

Codes: https://www.twilio.com/docs/api/errors. `docs/twilio-errors.md` is this table for people.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a Twilio error code means: whether repeating cannot help, and a text without numbers."""

    permanent: bool
    meaning: str


def _permanent(meaning: str) -> Refusal:
    return Refusal(permanent=True, meaning=meaning)


def _passing(meaning: str) -> Refusal:
    return Refusal(permanent=False, meaning=meaning)


REFUSALS: Mapping[int, Refusal] = MappingProxyType(
    {
        # the account: mended by the operator, and then every waiting request is good again
        10001: _passing("the Twilio account is not active"),
        10004: _passing("too many calls at once for this Twilio account"),
        20003: _passing("Twilio did not accept the credentials: check account_sid and auth_token"),
        20005: _passing("the Twilio account is not active"),
        20006: _passing("Twilio denied access: check the permissions of the credentials"),
        # traffic and Twilio's own trouble; 20429 was "never processed and always safe to retry"
        20409: _passing("Twilio saw a conflicting change"),
        20429: _passing("too many requests at once"),
        20500: _passing("Twilio had an internal error"),
        20503: _passing("Twilio was not available"),
        20504: _passing("Twilio ran out of time"),
        21611: _passing("the sender's message queue is full"),
        22005: _passing("the call waited too long in Twilio's queue"),
        # what was asked for is not there, or has ended
        20404: _permanent("Twilio knows no such thing"),
        21220: _permanent("the call has already ended"),
        # the request itself is wrong; it stays wrong
        20001: _permanent("Twilio found a parameter unknown or wrong"),
        20422: _permanent("Twilio found a parameter unusable"),
        21201: _permanent("no number to call"),
        21205: _permanent("Twilio cannot use the address of our TwiML"),
        21213: _permanent("no caller ID"),
        21218: _permanent("no such TwiML application"),
        21266: _permanent("sender and receiver are the same number"),
        21601: _permanent("the sender's number cannot send SMS"),
        21602: _permanent("the message has no text"),
        21603: _permanent("the message has no sender"),
        21604: _permanent("the message has no receiver"),
        21609: _permanent("Twilio cannot use the address for delivery reports"),
        21617: _permanent("the message is longer than 1600 characters"),
        21619: _permanent("the message has no text"),
        # the receiver: this number cannot be reached this way; another channel may
        21211: _permanent("the receiver's number is not valid"),
        21214: _permanent("the receiver's number cannot be reached"),
        21215: _permanent("the account may not call that country: see the geographic permissions"),
        21216: _permanent("the account may not call that number"),
        21217: _permanent("the receiver's number is not valid"),
        21219: _permanent("a trial account calls verified numbers only"),
        21408: _permanent("the account may not send SMS to that country: see the geographic permissions"),
        21608: _permanent("a trial account sends to verified numbers only"),
        21610: _permanent("the receiver has opted out with STOP"),
        21612: _permanent("the receiver cannot be reached from this sender"),
        21614: _permanent("the receiver's number is not a mobile"),
        21635: _permanent("the receiver's number is a landline"),
        # the sender: set wrongly, and no repetition sets it right
        21210: _permanent("the caller ID is neither ours nor verified"),
        21212: _permanent("the sender's number is not valid"),
        21606: _permanent("the sender's number cannot send SMS to this receiver"),
        21701: _permanent("the messaging service does not exist"),
        21703: _permanent("the messaging service has no sender"),
        21704: _permanent("the messaging service has no sender that fits"),
        21705: _permanent("the messaging service is not valid"),
        # delivery reports (the message was taken, and then not delivered)
        30001: _passing("the message waited too long in the sender's queue"),
        30002: _passing("the Twilio account is suspended"),
        30003: _passing("the handset is off or out of reach"),
        30004: _permanent("the receiver or its operator blocks the message"),
        30005: _permanent("the receiver's number does not exist any more"),
        30006: _permanent("the receiver's number is a landline or its operator is out of reach"),
        30007: _permanent("the message was filtered as unwanted"),
        30008: _passing("the operator gave no reason"),
        30410: _passing("the operator did not answer in time"),
        30453: _passing("the message was not delivered"),
        30485: _passing("the message was not delivered"),
        30500: _passing("Twilio had an internal error"),
    }
)

# A 400 of a code not in the table: Twilio read this request and refused it as it stands, so it would refuse
# it again for hours, while the last resort can begin now. Likewise 404 and its kin. The others are about
# who asks (401, 402, 403), when (408, 409, 423, 425, 429), or a server's own trouble: those pass.
_PERMANENT_STATUSES = frozenset({400, 404, 405, 406, 410, 411, 413, 414, 415, 422})

_STATUS_MEANINGS: Mapping[int, str] = MappingProxyType(
    {
        401: "Twilio did not accept the credentials: check account_sid and auth_token",
        402: "the Twilio account asks for payment",
        403: "Twilio denied access: check the account and its permissions",
        429: "too many requests at once",
    }
)


def permanent_codes() -> frozenset[int]:
    """Return Twilio's codes for which trying again cannot help."""
    return frozenset(code for code, refusal in REFUSALS.items() if refusal.permanent)


def judge(status: int, code: int | None) -> Refusal:
    """Decide whether a refusal with this HTTP status and Twilio code is permanent, and put it in words.

    The status wins where it speaks of the account, of traffic or of a server's trouble: such a request was
    not judged on its merits, whatever code stands beside it.
    """
    if status in _STATUS_MEANINGS:
        return _passing(_STATUS_MEANINGS[status])
    if code is not None and code in REFUSALS:
        known = REFUSALS[code]
        return known if status < 500 else _passing(known.meaning)
    if status >= 500:
        return _passing("Twilio had trouble of its own")
    return Refusal(permanent=status in _PERMANENT_STATUSES, meaning="Twilio refused the request")


def is_permanent_code(code: int | None) -> bool:
    """Return whether Twilio's code, for instance that of a delivery report, says trying again cannot help."""
    return code is not None and code in REFUSALS and REFUSALS[code].permanent
