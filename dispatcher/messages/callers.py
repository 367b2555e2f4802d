"""What a caller's SMS leads to besides the case: a receipt, and the words to whoever is told."""

from collections.abc import Sequence

from sqlalchemy import Connection

from dispatcher.cases.scene import Scene
from dispatcher.decision import Decision, NewEffect
from dispatcher.messages.budget import Answer, spend_answer
from dispatcher.messages.outbound import sms
from dispatcher.messages.received import Texted
from dispatcher.people import language_of, phones_of, texting_phone
from dispatcher.texts.fitting import fitted
from dispatcher.texts.mentions import with_pictures


def receipt(
    connection: Connection,
    scene: Scene,
    template: str,
    texted: Texted,
    *,
    sender: str,
    key: str,
    **values: object,
) -> Decision:
    """Return the receipt for a message, unless its number cannot be texted or has had too many answers."""
    effects = scene.to_caller(template, key=f"{key}:{texted.sid}", **values)
    if effects and not spend_answer(connection, texted.sid, sender, Answer.ASIDE, now=scene.now):
        return Decision()
    return Decision(effects=effects)


def told_effects(scene: Scene, told: Sequence[str], template: str, texted: Texted) -> tuple[NewEffect, ...]:
    """Return one SMS with a caller's words for each of `told` that has a telephone which takes SMS."""
    effects: list[NewEffect] = []
    for party in told:
        phone = texting_phone(phones_of(scene.organisation, party))
        if phone is None:
            continue
        language = language_of(scene.organisation, party)
        values = {
            "reference": scene.case.reference,
            "municipality": scene.where_from(language),
            "caller": scene.who_called(language),
        }
        words = with_pictures(texted.body, texted.pictures, language)
        effects.append(
            sms(
                key=f"more:{texted.sid}:{party}",
                to=phone,
                from_=scene.hotline.number,
                body=fitted(template, language, text=words, **values),
                purpose="told",
                person=party,
            )
        )
    return tuple(effects)
