"""Pages about cases: the list, one case, its notes, its closing."""

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from admin.forms import FieldError, read_text
from admin.rendering import render
from admin.visitor import present_visitor
from dispatcher.cases import commands
from dispatcher.cases.cursors import CursorError
from dispatcher.cases.model import CaseState
from dispatcher.cases.queries import case_detail, list_cases, parse_reference
from dispatcher.cases.views import CaseDetail
from dispatcher.services import Services


def add_routes(blueprint: Blueprint, services: Services) -> None:
    """Add every route about cases to the blueprint."""
    _add_reading(blueprint, services)
    _add_writing(blueprint, services)


def _add_reading(blueprint: Blueprint, services: Services) -> None:
    @blueprint.get("/cases")
    def cases() -> Answer:
        state = request.args.get("state", "")
        if state and state not in set(CaseState):
            abort(404)
        chosen = CaseState(state) if state else None
        cursor = request.args.get("cursor") or None
        try:
            with services.db.read() as connection:
                page = list_cases(connection, state=chosen, cursor=cursor)
        except CursorError:
            abort(404)
        return render(
            "cases.html",
            cases=page.cases,
            next=page.next,
            state=chosen,
            states=list(CaseState),
            cursor=cursor,
        )

    @blueprint.get("/cases/<reference>")
    def case(reference: str) -> Answer:
        detail = _found(services, reference)
        if detail.reference != reference:
            return redirect(url_for("admin.case", reference=detail.reference), 308)
        return _page(services, detail)


def _add_writing(blueprint: Blueprint, services: Services) -> None:
    @blueprint.post("/cases/<reference>/notes")
    def add_note(reference: str) -> Answer:
        detail = _found(services, reference)
        form = read_text(request.form, name="note")
        if form.errors:
            return _page(services, detail, status=422, errors=form.errors, note=form.text)
        visitor = present_visitor()
        commands.add_note(services, _number(detail), by=visitor.actor, text=form.text)
        flash(visitor.say("case.note-saved"))
        return redirect(url_for("admin.case", reference=detail.reference), 303)

    @blueprint.post("/cases/<reference>/close")
    def close_case(reference: str) -> Answer:
        detail = _found(services, reference)
        form = read_text(request.form, name="done")
        if form.errors:
            return _page(services, detail, status=422, errors=form.errors, done=form.text)
        visitor = present_visitor()
        try:
            commands.close_case(services, _number(detail), by=visitor.actor, text=form.text)
        except commands.CaseCommandError:
            # closed already, on another page or by SMS, maybe this very moment
            flash(visitor.say("case.already-closed"))
        else:
            flash(visitor.say("case.close-done"))
        return redirect(url_for("admin.case", reference=detail.reference), 303)


def _found(services: Services, reference: str) -> CaseDetail:
    with services.db.read() as connection:
        detail = case_detail(connection, reference, present_visitor().language)
    if detail is None:
        abort(404)
    return detail


def _number(detail: CaseDetail) -> int:
    number = parse_reference(detail.reference)
    if number is None:
        message = f"{detail.reference} came from the store and is no reference"
        raise ValueError(message)
    return number


def _page(
    services: Services,
    detail: CaseDetail,
    *,
    status: int = 200,
    errors: tuple[FieldError, ...] = (),
    note: str = "",
    done: str = "",
) -> Answer:
    organisation = services.organisations.current()
    municipality = next(
        (
            item.name
            for item in (() if organisation is None else organisation.municipalities)
            if item.id == detail.municipality
        ),
        detail.municipality,
    )
    hotline = None if organisation is None or detail.hotline is None else organisation.hotline(detail.hotline)
    return render(
        "case.html",
        status=status,
        case=detail,
        municipality=municipality,
        hotline=detail.hotline if hotline is None else hotline.name,
        errors=errors,
        note=note,
        done=done,
    )
