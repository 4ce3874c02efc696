"""Validates requests against Discord's OpenAPI document."""

import functools
import json
import re

import jsonschema
import referencing
import referencing.jsonschema
from page import ROOT

DOCUMENT = json.loads((ROOT / "tests/data/openapi.json").read_text())
RESOURCE = referencing.Resource(DOCUMENT, referencing.jsonschema.DRAFT202012)
REGISTRY = referencing.Registry().with_resource("urn:openapi", RESOURCE)


def problems(request):
    """The violations of the document by a request."""
    route, method = route_of(request["path"]), request["method"].lower()
    if method not in DOCUMENT["paths"].get(route, {}):
        return [f"Discord has no {method} {request['path']}"]
    if "requestBody" not in DOCUMENT["paths"][route][method]:
        return [] if request["body"] is None else [f"{method} {route} takes no body"]
    errors = validator(route, method).iter_errors(with_numbers(request["body"]))
    return [f"{method} {route}: {error.message} at {error.json_path}" for error in errors]


@functools.cache
def validator(route, method):
    pointer = "/".join(
        part.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")
        for part in ["paths", route, method, "requestBody", "content", "application/json", "schema"]
    )
    return jsonschema.Draft202012Validator({"$ref": f"urn:openapi#/{pointer}"}, registry=REGISTRY)


@functools.cache
def route_of(path):
    """The path template of the document, such as /webhooks/{webhook_id}/{webhook_token}."""

    def fits(route):
        return re.fullmatch(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(route)), path)

    routes = filter(fits, DOCUMENT["paths"])
    return min(routes, key=lambda route: route.count("{"), default=path)


def with_numbers(body):
    """Permissions as numbers, which the document requires. Discord's reference documents the strings that are sent."""
    if not isinstance(body, list):
        return body
    return [
        command | {"default_member_permissions": int(command["default_member_permissions"])}
        if isinstance(command.get("default_member_permissions"), str)
        else command
        for command in body
    ]
