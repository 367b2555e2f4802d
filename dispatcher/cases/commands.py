"""Writing to a case from a page or the shell: the same decisions as by SMS, one transaction each."""

from sqlalchemy import Connection

from dispatcher.calls.ledger import scene_of
from dispatcher.cases import decide
from dispatcher.cases.ledger import apply_decision, lock_case
from dispatcher.cases.model import CaseState, reference_of
from dispatcher.cases.scene import Scene
from dispatcher.decision import Decision
from dispatcher.services import Services


class CaseCommandError(Exception):
    """The case is not there, or closed. Caught by pages and commands, which show the message."""


def add_note(services: Services, case_id: int, *, by: str, text: str) -> None:
    """Add an assessment or measure to a case, closed ones too.

    Raises:
        CaseCommandError: there is no such case.
    """
    with services.db.write() as connection:
        scene = _scene(services, connection, case_id)
        apply_decision(connection, scene.case, decide.note(by, text), now=scene.now)


def close_case(services: Services, case_id: int, *, by: str, text: str) -> None:
    """Close a case, taking it first where nobody has; the caller is told.

    Raises:
        CaseCommandError: there is no such case, or it is closed.
    """
    with services.db.write() as connection:
        scene = _scene(services, connection, case_id)
        if scene.case.state == CaseState.CLOSED:
            message = f"{scene.case.reference} is closed already"
            raise CaseCommandError(message)
        decision: Decision = decide.close(scene, by=by, words=text)
        apply_decision(connection, scene.case, decision, now=scene.now)


def _scene(services: Services, connection: Connection, case_id: int) -> Scene:
    history = services.organisations.history(connection)
    case = lock_case(connection, case_id)
    if case is None or history is None:
        message = f"there is no case {reference_of(case_id)}"
        raise CaseCommandError(message)
    return scene_of(connection, case, history, now=services.clock.now())
