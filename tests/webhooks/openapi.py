"""Enough of JSON Schema to hold an answer against the API's own description."""

import re
from datetime import datetime
from typing import Any

TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}
KNOWN = {
    "$ref",
    "anyOf",
    "type",
    "enum",
    "format",
    "pattern",
    "properties",
    "required",
    "items",
    "title",
    "description",
    "examples",
}


def response_schema(document: dict[str, Any], path: str, status: int) -> dict[str, Any]:
    """The schema that the document gives for a status of a path; KeyError where it does not mention it."""
    content = document["paths"][path]["get"]["responses"][str(status)]["content"]
    schema: dict[str, Any] = content["application/json"]["schema"]
    return schema


def breaches(document: dict[str, Any], schema: dict[str, Any], value: Any, where: str = "$") -> list[str]:
    """Everything in which a value is not what the schema says; fields that it does not name count too."""
    assert schema.keys() <= KNOWN, f"{where}: this test does not know {schema.keys() - KNOWN}"
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/components/schemas/")
        return breaches(document, document["components"]["schemas"][name], value, where)
    if "anyOf" in schema:
        found = [breaches(document, choice, value, where) for choice in schema["anyOf"]]
        return [] if [] in found else [f"{where}: none of the choices: {found}"]
    kind = TYPES[schema["type"]]
    if not isinstance(value, kind) or (isinstance(value, bool) and bool not in kind):
        return [f"{where}: {value!r} is no {schema['type']}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where}: {value!r} is none of {schema['enum']}"]
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        return [f"{where}: {value!r} does not look like {schema['pattern']}"]
    if isinstance(value, str) and "format" in schema and datetime.fromisoformat(value).tzinfo is None:
        return [f"{where}: {value!r} has no offset"]
    if isinstance(value, list):
        return [
            breach
            for number, item in enumerate(value)
            for breach in breaches(document, schema["items"], item, f"{where}[{number}]")
        ]
    if isinstance(value, dict) and "properties" in schema:
        named = schema["properties"]
        wrong = [f"{where}.{name}: missing" for name in schema["required"] if name not in value]
        wrong += [f"{where}.{name}: not described" for name in value if name not in named]
        for name in value.keys() & named.keys():
            wrong += breaches(document, named[name], value[name], f"{where}.{name}")
        return wrong
    return []
