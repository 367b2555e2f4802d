"""The sentences of a call, for callers and callees."""

from dispatcher.calls.instructions import Dial, HangUp, Leg, Spoken, TakeMessage
from dispatcher.calls.model import Attempt
from dispatcher.calls.situation import Situation
from dispatcher.people import DESK, language_of, read_more_of, ticket_system_of
from dispatcher.texts.catalogue import text
from dispatcher.texts.times import say_digits
from roster.on_duty import inside_desk_hours

# Which key the caller presses about the recording; 1 and 2 are the callees' keys.
RECORDING_KEY = "9"
RECORDING_MODES_ASKING = ("always", "consent")
# Characters of greeting and notice, at fifteen a second: the first telephone rings within nine seconds of the
# answer (contract section 5.2), two of which wait for the key, and less than one confirms it.
MOST_NOTICE = round(15 * (9 - 2 - 0.6))


def to_caller(situation: Situation, key: str, /, **values: object) -> Spoken:
    """Return a sentence for the caller, in the hotline's language."""
    language = situation.scene.case.language
    return Spoken(text(key, language, **values), language)


def digits(situation: Situation, language: str) -> str:
    """Return the case number as it is read out."""
    return say_digits(situation.scene.case.reference, language)


def greeting(situation: Situation) -> tuple[Spoken, ...]:
    """Return the greeting and the recording notice (contract section 5.2), before anybody is rung."""
    scene = situation.scene
    if is_for_desk(situation):
        lines = [to_caller(situation, "voice.greeting-desk")]
    else:
        lines = [to_caller(situation, "voice.greeting", hotline=scene.hotline.name)]
    match situation.settings.record_conversations:
        case "always":
            lines.append(_notice(situation, "voice.recording-notice", after=lines[0]))
        case "consent":
            lines.append(_notice(situation, "voice.recording-consent", after=lines[0]))
        case "never":
            if not is_for_desk(situation):
                lines.append(to_caller(situation, "voice.connecting"))
    return tuple(lines)


def _notice(situation: Situation, key: str, *, after: Spoken) -> Spoken:
    """Return the recording notice, in its short words where a long name leaves no time for the others."""
    scene = situation.scene
    values = {"key": RECORDING_KEY, "read_more": read_more_of(scene.organisation, scene.case.language)}
    notice = to_caller(situation, key, **values)
    if len(after.text) + len(notice.text) <= MOST_NOTICE:
        return notice
    return to_caller(situation, f"{key}-short", **values)


def is_for_desk(situation: Situation) -> bool:
    """Whether the call goes to the service desk first: it has a number and is open (contract section 5.3)."""
    scene = situation.scene
    hotline = scene.hotline
    return bool(hotline.desk_number) and inside_desk_hours(scene.organisation, hotline.schedule, scene.now)


def recorder(situation: Situation) -> TakeMessage:
    """Return what tells a caller whom nobody answered the case number, and takes a message."""
    spoken = digits(situation, situation.scene.case.language)
    return TakeMessage((to_caller(situation, "voice.nobody", digits=spoken),))


def farewell(situation: Situation, key: str) -> HangUp:
    """Return the last sentence to a caller, with the case number."""
    scene = situation.scene
    language = scene.case.language
    spoken, system = digits(situation, language), ticket_system_of(scene.organisation, language)
    return HangUp((to_caller(situation, key, digits=spoken, ticket_system=system),))


def dial_instruction(situation: Situation, number: int) -> Dial:
    """Return how the stored attempts of a dial are rung; the same whenever it is asked for again."""
    attempts = situation.of_dial(number)
    return Dial(
        lines=_before_dial(situation, number),
        number=number,
        legs=tuple(Leg(item.id, item.phone, item.screened) for item in attempts),
        ring_seconds=attempts[0].ring_seconds,
        limit_seconds=situation.settings.call_minutes * 60,
        caller_id=situation.scene.hotline.number,
        record=situation.call.recorded,
    )


def _before_dial(situation: Situation, number: int) -> tuple[Spoken, ...]:
    if number > 0:
        after_desk = any(item.person == DESK for item in situation.of_dial(number - 1))
        return (to_caller(situation, "voice.desk-no-answer" if after_desk else "voice.trying-next"),)
    mode = situation.settings.record_conversations
    if mode == "always" and not situation.call.recorded:
        return (to_caller(situation, "voice.recording-refused"),)
    if mode == "consent" and situation.call.recorded:
        return (to_caller(situation, "voice.recording-agreed"),)
    return ()


def to_callee(situation: Situation, attempt: Attempt, key: str, /, **values: object) -> Spoken:
    """Return a sentence for somebody who was rung, in that person's language."""
    language = language_of(situation.scene.organisation, attempt.person)
    return Spoken(text(key, language, **values), language)


def question_again(situation: Situation, attempt: Attempt, *, wrong_key: bool) -> tuple[Spoken, ...]:
    """Return the question once more; after silence the keys alone, since a voicemail may be hearing them."""
    keys = to_callee(situation, attempt, "voice.screen-keys")
    return (to_callee(situation, attempt, "voice.screen-again"), keys) if wrong_key else (keys,)


def question(situation: Situation, attempt: Attempt) -> tuple[Spoken, ...]:
    """Return what a callee hears at once: what it is, and the keys (contract section 5.5)."""
    scene = situation.scene
    language = language_of(scene.organisation, attempt.person)
    if scene.case.municipality:
        who = text("voice.screen-municipality", language, municipality=scene.where_from(language))
    elif scene.case.caller:
        who = text("voice.screen-unknown-caller", language)
    else:
        who = text("voice.screen-withheld", language)
    key = "voice.screen-times" if situation.times > 1 else "voice.screen"
    told = to_callee(situation, attempt, key, who=who, count=situation.times)
    return (told, to_callee(situation, attempt, "voice.screen-keys"))


def taken(situation: Situation, attempt: Attempt, winner: Attempt) -> tuple[Spoken, ...]:
    """Return what tells a callee that somebody else was first."""
    scene = situation.scene
    language = language_of(scene.organisation, attempt.person)
    at = winner.accepted_at or scene.now
    return (
        to_callee(
            situation,
            attempt,
            "voice.screen-taken",
            name=scene.name(winner.person, language),
            time=scene.clock(at, language),
        ),
    )
