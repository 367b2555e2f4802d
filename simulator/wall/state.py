"""What the wall shows at a moment, as JSON values."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import Any

from simulator.facade import Simulator
from simulator.handset import Handset, Sound
from simulator.journal import STAGE, Entry, EntryKind
from simulator.leg import Leg
from simulator.personas import PERSONAS
from simulator.phones import Phone
from simulator.records import Media

Json = dict[str, Any]

MOST_EVENTS = 60
MOST_ENTRIES = 1000
MOST_TEXTS = 30
MOST_HEARD = 4
PICTURES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
_HINTS = {
    Sound.LISTENING: "hint-listening",
    Sound.BEEP: "hint-beep",
    Sound.RINGING: "hint-ringing",
    Sound.CONNECTED: "hint-connected",
    Sound.MUSIC: "hint-music",
}
_MACHINE_LABELS = {"no answer": "no-answer", "wrong key": "wrong-key", "hangs up": "hangs-up"}


def wall_state(
    simulator: Simulator, words: Mapping[str, str], zone: tzinfo, marks: Iterable[tuple[str, str]] = ()
) -> Json:
    """Return everything on the wall; `version` changes when anything but the time does.

    `marks` are numbers, each with a label to be shown on its phone.
    """
    marked: dict[str, list[str]] = {}
    for number, label in marks:
        marked.setdefault(number, []).append(label)
    with simulator.engine.lock:
        state: Json = {
            "phones": [
                {**_phone(simulator, phone, words, zone), "marks": marked.get(phone.number, [])}
                for phone in simulator.phones
            ],
            "events": _events(simulator, words, zone),
        }
    digest = hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()
    return {"version": digest[:16], "clock": f"{simulator.clock.now().astimezone(zone):%H:%M:%S}", **state}


def persona_key(label: str) -> str:
    """Return the name by which a persona can be chosen; one made by a program has no other."""
    key = _MACHINE_LABELS.get(label, label)
    return key if key in PERSONAS else ""


def _phone(simulator: Simulator, phone: Phone, words: Mapping[str, str], zone: tzinfo) -> Json:
    handset = phone.handset
    state = phone.state
    other = _other(simulator, handset.leg) if handset else ""
    return {
        "number": phone.number,
        "state": state,
        "stateText": words[f"state-{state}"],
        "withText": words[f"with-{state}"].format(other=other) if handset else "",
        "hint": _hint(phone, words),
        "heard": _heard(handset),
        "persona": persona_key(phone.persona.label),
        "personaText": phone.persona.label,
        "texts": [
            {
                "at": f"{text.at.astimezone(zone):%H:%M}",
                "other": _name(simulator, text.number),
                "body": text.body,
                "isOwn": text.is_own,
                "pictures": [media.sid for media in text.media if media.content_type in PICTURES],
            }
            for text in phone.texts[-MOST_TEXTS:]
        ],
        "textCount": len(phone.texts),
        "forwardTo": phone.forward.to if phone.forward else "",
        "forwardWhen": phone.forward.when if phone.forward else "",
        "forwardText": _forward_text(simulator, phone, words),
        "autoReplies": phone.auto_reply is not None,
    }


def _forward_text(simulator: Simulator, phone: Phone, words: Mapping[str, str]) -> str:
    """Return where the phone's calls go, or an empty text."""
    if phone.forward is None:
        return ""
    return words[f"forwarded-{phone.forward.when}"].format(other=_name(simulator, phone.forward.to))


def find_picture(simulator: Simulator, sid: str) -> Media | None:
    """Return a picture that one of the phones has sent or received, of a kind that browsers only look at."""
    with simulator.engine.lock:
        for phone in simulator.phones:
            for text in phone.texts:
                for media in text.media:
                    if media.sid == sid and media.content_type in PICTURES:
                        return media
    return None


def _other(simulator: Simulator, leg: Leg) -> str:
    """Return whom a call is with, as the person at the phone would know it."""
    if leg.peer is not None:
        return _name(simulator, leg.peer.handset.phone.number)
    if leg.peers:
        return ", ".join(_name(simulator, peer.handset.phone.number) for peer in leg.peers)
    return _name(simulator, leg.to if leg.direction == "inbound" else leg.from_)


def _name(simulator: Simulator, number: str) -> str:
    """Return a party's name, else its number."""
    return simulator.journal.names.get(number) or number


def _hint(phone: Phone, words: Mapping[str, str]) -> str:
    handset = phone.handset
    if handset is None:
        last = phone.last_handset
        if last is None:
            return ""
        status = last.leg.status
        return words["hint-last"].format(status=words.get(f"status-{status}", status))
    if not handset.heard:
        return ""
    if handset.leg.listens and handset.heard[-1].sound is Sound.SAID:
        return words["hint-listening"]
    key = _HINTS.get(handset.heard[-1].sound)
    if key == "hint-ringing" and not handset.is_caller:
        return ""
    return words[key] if key else ""


def _heard(handset: Handset | None) -> list[Json]:
    if handset is None:
        return []
    said = [
        (number, heard)
        for number, heard in enumerate(handset.heard)
        if heard.sound in {Sound.SAID, Sound.PLAYED}
    ]
    return [
        {"id": f"{handset.leg.sid}-{number}", "text": heard.text, "lang": heard.language}
        for number, heard in said[-MOST_HEARD:]
    ]


def _events(simulator: Simulator, words: Mapping[str, str], zone: tzinfo) -> list[Json]:
    stage = [
        (number, entry)
        for number, entry in simulator.journal.tail(MOST_ENTRIES)
        if entry.kind in STAGE and entry.kind is not EntryKind.HEARS
    ]
    return [
        {
            "id": number,
            "at": f"{entry.at.astimezone(zone):%H:%M:%S}",
            "who": _name(simulator, entry.who),
            "what": _event(simulator, entry, words),
            "kind": str(entry.kind),
        }
        for number, entry in stage[-MOST_EVENTS:]
    ]


def _event(simulator: Simulator, entry: Entry, words: Mapping[str, str]) -> str:
    details = entry.details
    other = details.get("other", "")
    return words[f"event-{entry.kind}"].format(
        other=_name(simulator, other),
        key=details.get("key", ""),
        words=details.get("words") or entry.text,
        status=words.get(f"status-{details.get('status', '')}", details.get("status", "")),
    )
