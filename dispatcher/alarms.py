"""Alarms to everybody with the role coordinator: by SMS, by call where SMS cannot or does not reach them."""

from dispatcher.cases.scene import Scene
from dispatcher.decision import Decision, Entry, NewEffect
from dispatcher.messages.outbound import sms
from dispatcher.messages.segments import fit_two_segments
from dispatcher.people import coordinators, language_of, phones_of, texting_phone
from dispatcher.texts.catalogue import text
from roster.organisation import Organisation


def alarm_effects(
    organisation: Organisation, template: str, *, key: str, from_: str, **values: object
) -> tuple[NewEffect, ...]:
    """Return one effect per coordinator, each in the coordinator's language; `key` makes the alarm unique."""
    effects: list[NewEffect] = []
    for person in coordinators(organisation):
        body = fit_two_segments(text(template, language_of(organisation, person), **values))
        phones = phones_of(organisation, person)
        phone = texting_phone(phones)
        if phone is not None:
            effects.append(
                sms(
                    key=f"alarm:{key}:{person}",
                    to=phone,
                    from_=from_,
                    body=body,
                    purpose="alarm",
                    person=person,
                )
            )
        elif phones:
            effects.append(
                alarm_call(key=f"{key}:{person}", person=person, phone=phones[0], from_=from_, body=body)
            )
    if effects:
        effects.append(
            NewEffect("alarm-mail", f"alarm-mail:{key}", {"template": template, "values": dict(values)})
        )
    return tuple(effects)


def alarm_call(*, key: str, person: str, phone: str, from_: str, body: str) -> NewEffect:
    """Return the effect that rings a coordinator and speaks the alarm."""
    return NewEffect(
        "alarm-call",
        f"alarm-call:{key}",
        {"to": phone, "from": from_, "body": body, "person": person},
    )


def case_alarm(scene: Scene, template: str, *, key: str, **values: object) -> Decision:
    """Return the decision that alarms the coordinators about a case and says so on its timeline."""
    effects = alarm_effects(
        scene.organisation, template, key=f"{scene.case.id}:{key}", from_=scene.hotline.number, **values
    )
    words = text(template, scene.case.language, **values)
    return Decision(entries=(Entry("alarm", None, {"what": words}),), effects=effects)
