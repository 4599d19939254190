"""The description of the interface: openapi.json for machines, a page in Chinese for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from daihou.api.interface import interface
from daihou.api.problems import problem
from daihou.api_clients.choices import Scope
from daihou.api_clients.queries import token_holding
from daihou.staff.models import Officer

ADDRESS = "api/v1"


@dataclass(frozen=True)
class Line:
    """One field of a request or of an answer; `depth` says how deep it lies in others."""

    name: str
    type: str
    is_required: bool
    about: str
    depth: int = 0


@dataclass(frozen=True)
class Operation:
    """One address with its method, as the page shows it."""

    anchor: str
    method: str
    path: str
    summary: str
    about: str
    scope: Scope
    parameters: list[Line]
    body: list[Line]
    answer: list[Line]


@never_cache
def openapi(request: HttpRequest) -> HttpResponse:
    """The description for machines; to anybody who is known, by login or by token."""
    if not _is_known(request):
        return problem(request, 401)
    schema = interface.get_openapi_schema(path_prefix=f"{ADDRESS}/")
    return JsonResponse(schema, json_dumps_params={"ensure_ascii": False})


@never_cache
def reference(request: HttpRequest) -> HttpResponse:
    """The description for people, made from the same schema; to whoever has signed in."""
    if not _is_known(request):
        return redirect(f"/login/?next={request.path}")
    schema = interface.get_openapi_schema(path_prefix=f"{ADDRESS}/")
    groups: dict[str, list[Operation]] = {}
    for path, methods in schema["paths"].items():
        for method, details in methods.items():
            one = _operation(schema, path, method, details)
            groups.setdefault(details["tags"][0], []).append(one)
    context = {
        "title": interface.title,
        "description": interface.description,
        "groups": groups,
        "scopes": Scope,
    }
    return render(request, "api/reference.html", context)


def _is_known(request: HttpRequest) -> bool:
    if isinstance(request.user, Officer):
        return True
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    found = kind == "Bearer" and token_holding(text, on=timezone.localdate())
    return bool(found)


def _operation(schema: Any, path: str, method: str, details: dict[str, Any]) -> Operation:
    body = details.get("requestBody", {}).get("content", {}).get("application/json", {})
    answers = details["responses"]
    answer = answers.get(200) or answers.get(201)
    return Operation(
        anchor=details["operationId"],
        method=method.upper(),
        path=path,
        summary=details["summary"],
        about=details.get("description", ""),
        scope=Scope(details["x-scope"]),
        parameters=[
            Line(
                one["name"],
                f"{_PLACES[one['in']]} · {_type(one['schema'])}",
                one["required"],
                one.get("description", one["schema"].get("description", "")),
            )
            for one in details["parameters"]
        ],
        body=_lines(schema, body.get("schema", {})),
        answer=_lines(schema, answer["content"]["application/json"]["schema"]),
    )


_PLACES = {"path": "地址", "query": "参数", "header": "报文头"}
_TYPES = {
    "string": "文字",
    "integer": "整数",
    "boolean": "是否",
    "array": "列表",
    "object": "对象",
    "null": "空",
}
_DEEPEST = 3


def _lines(schema: Any, shape: dict[str, Any], depth: int = 0) -> list[Line]:
    """The fields of a shape, each followed by the fields that lie in it."""
    shape = _resolved(schema, shape)
    required = shape.get("required", [])
    found = []
    for name, field in shape.get("properties", {}).items():
        found.append(
            Line(name, _type(field, schema), name in required, field.get("description", ""), depth)
        )
        inner = _inner(schema, field)
        if inner and depth < _DEEPEST:
            found += _lines(schema, inner, depth + 1)
    return found


def _resolved(schema: Any, shape: dict[str, Any]) -> dict[str, Any]:
    """The shape that a reference points to."""
    if "$ref" not in shape:
        return shape
    found: dict[str, Any] = schema["components"]["schemas"][shape["$ref"].rsplit("/", 1)[-1]]
    return found


def _inner(schema: Any, field: dict[str, Any]) -> dict[str, Any] | None:
    """The object that a field holds, or the objects of its list; not code and name."""
    options = [field, field.get("items", {}), *field.get("anyOf", [])]
    for one in options:
        found = _resolved(schema, one)
        if found.get("properties"):
            return None if set(found["properties"]) == {"code", "name"} else found
    return None


def _type(field: dict[str, Any], schema: Any = None) -> str:
    if "anyOf" in field:
        return "或".join(dict.fromkeys(_type(one, schema) for one in field["anyOf"]))
    if "$ref" in field:
        inner = _resolved(schema, field) if schema else {}
        return "代码与名称" if set(inner.get("properties", {})) == {"code", "name"} else "对象"
    if field.get("format") in ("date", "date-time"):
        return "日期" if field["format"] == "date" else "时间"
    return _TYPES.get(field.get("type", ""), "任意")
