"""The API's own description, OpenAPI 3.1, made from the very values that the API answers with."""

from functools import cache
from typing import Any, Final

from pydantic import TypeAdapter

from dispatcher.cases.model import CaseState, Urgency
from dispatcher.cases.queries import DEFAULT_LIMIT, MOST_PER_PAGE
from dispatcher.cases.views import CaseDetail, Page
from webhooks.api.errors import CODES

_COMPONENT: Final = "#/components/schemas/{model}"
_INSTANT: Final = {"type": "string", "format": "date-time"}
_PEOPLE: Final = {"type": "array", "items": {"type": "string"}}

_REFUSALS: Final = {
    401: "No valid token.",
    403: "The token's scope does not cover this.",
    404: "There is nothing of that name.",
    422: "A parameter is unknown or its value is bad; the message names it.",
    429: "Too many refused requests from this address; `Retry-After` tells when to try again.",
    503: "No organisation has been imported yet.",
}
_EVERYWHERE: Final = (401, 403, 422, 429)


@cache
def description() -> dict[str, Any]:
    """Return the OpenAPI document of `/api/v1`."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Vakttelefon",
            "version": "1",
            "description": "Who is on duty, and the cases of the duty. Read only. "
            "Instants are ISO 8601 with offset; in parameters without one they are wall clock of the "
            "organisation's time zone, and a date alone is its 00:00.",
        },
        "security": [{"token": []}],
        "paths": {
            "/api/v1/on-duty": {"get": _on_duty()},
            "/api/v1/cases": {"get": _cases()},
            "/api/v1/cases/{reference}": {"get": _case()},
            "/api/v1/openapi.json": {"get": _self()},
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": _schemas(),
        },
    }


def _operation(
    name: str, summary: str, *, answer: dict[str, Any], refusals: tuple[int, ...], parameters: list[Any]
) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "parameters": parameters,
        "responses": {"200": _content("The answer.", answer)}
        | {str(status): _refusal(status) for status in sorted(refusals)},
    }


def _content(words: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": words, "content": {"application/json": {"schema": schema}}}


def _refusal(status: int) -> dict[str, Any]:
    response = _content(_REFUSALS[status], {"$ref": _COMPONENT.format(model="Error")})
    if status == 429:
        words = "Seconds until the next request is worth making."
        response["headers"] = {"Retry-After": {"description": words, "schema": {"type": "integer"}}}
    if status == 401:
        response["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    return response


def _query(name: str, words: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": words, "schema": schema}


def _on_duty() -> dict[str, Any]:
    return _operation(
        "onDuty",
        "Who is on duty at an instant, until when, who is next, and why.",
        answer={"$ref": _COMPONENT.format(model="OnDuty")},
        refusals=(*_EVERYWHERE, 503),
        parameters=[
            _query("schedule", "The schedule's id; may be left out when there is one.", {"type": "string"}),
            _query("at", "The instant asked about; now where left out.", {"type": "string"}),
        ],
    )


def _cases() -> dict[str, Any]:
    states = {"type": "string", "enum": [item.value for item in CaseState]}
    urgencies = {"type": "string", "enum": [item.value for item in Urgency]}
    limit = {"type": "integer", "minimum": 1, "maximum": MOST_PER_PAGE, "default": DEFAULT_LIMIT}
    return _operation(
        "listCases",
        "Cases, newest first.",
        answer={"$ref": _COMPONENT.format(model="Page")},
        refusals=_EVERYWHERE,
        parameters=[
            _query("state", "Only cases in this state.", states),
            _query("urgency", "Only cases of this urgency.", urgencies),
            _query("since", "Only cases opened at or after this instant.", {"type": "string"}),
            _query("limit", "How many at most.", limit),
            _query("cursor", "The `next` of the page before.", {"type": "string"}),
        ],
    )


def _case() -> dict[str, Any]:
    reference = {
        "name": "reference",
        "in": "path",
        "required": True,
        "description": "The case, as V-1042, v1042 or 1042.",
        "schema": {"type": "string"},
    }
    return _operation(
        "getCase",
        "One case with its calls and timeline.",
        answer={"$ref": _COMPONENT.format(model="CaseDetail")},
        refusals=(*_EVERYWHERE, 404),
        parameters=[reference],
    )


def _self() -> dict[str, Any]:
    operation = _operation(
        "describe", "This description.", answer={"type": "object"}, refusals=(422,), parameters=[]
    )
    return operation | {"security": []}


def _schemas() -> dict[str, Any]:
    schemas: dict[str, Any] = {}
    for name, adapter in (("Page", TypeAdapter(Page)), ("CaseDetail", TypeAdapter(CaseDetail))):
        schema = adapter.json_schema(mode="serialization", ref_template=_COMPONENT)
        schemas.update(schema.pop("$defs", {}))
        schemas[name] = schema
    for name in ("CaseItem", "CaseDetail"):
        schemas[name]["properties"]["reference"] |= {"pattern": "^V-[1-9][0-9]*$", "examples": ["V-1042"]}
    schemas["OnDuty"] = _object(
        schedule={"type": "string"},
        at=_INSTANT,
        people=_PEOPLE,
        until={"anyOf": [_INSTANT, {"type": "null"}]},
        next={"anyOf": [_object(**{"people": _PEOPLE, "from": _INSTANT}), {"type": "null"}]},
        because={"type": "array", "items": {"type": "string"}},
    )
    codes = {"type": "string", "enum": list(CODES.values())}
    schemas["Error"] = _object(error=_object(code=codes, message={"type": "string"}))
    return schemas


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}
