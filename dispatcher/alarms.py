"""Alarms to everybody with the role coordinator: what raises one, in one place (contract sections 4 and 5).

Raising is pure and costs one effect; `dispatcher.alarm_delivery` decides, when that effect is done, who is
told and how, and what is held back because the same was told within the hour.
"""

from dispatcher.cases.scene import Scene
from dispatcher.decision import Decision, NewEffect
from dispatcher.people import coordinators
from roster.organisation import Organisation


def alarm_effects(
    organisation: Organisation,
    template: str,
    *,
    key: str,
    from_: str,
    about: str | None = None,
    **values: object,
) -> tuple[NewEffect, ...]:
    """Return the effect that alarms every coordinator, or nothing where there is none.

    `template` is the text and the kind of the alarm, `key` makes it unique for ever. `about`: the
    person (or number) it is about; without one, the case that the effect is queued with, or the installation.
    """
    if not coordinators(organisation):
        return ()
    data = {"template": template, "from": from_, "about": about, "values": dict(values)}
    return (NewEffect("alarm", f"alarm:{key}", data),)


def alarm_call(*, key: str, person: str, phone: str, from_: str, body: str) -> NewEffect:
    """Return the effect that rings a coordinator and speaks the alarm."""
    return NewEffect(
        "alarm-call",
        f"alarm-call:{key}",
        {"to": phone, "from": from_, "body": body, "person": person},
    )


def case_alarm(
    scene: Scene, template: str, *, key: str, about: str | None = None, **values: object
) -> Decision:
    """Return the decision that alarms the coordinators about a case, or `about` somebody because of a case.

    Once they are told, or the alarm is held back, the case's timeline says so.
    """
    effects = alarm_effects(
        scene.organisation,
        template,
        key=f"{scene.case.id}:{key}",
        from_=scene.hotline.number,
        about=about,
        **values,
    )
    return Decision(effects=effects)
