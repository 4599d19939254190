"""What the interface says when it refuses: `application/problem+json`, in Chinese, by field."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import Field

CONTENT_TYPE = "application/problem+json; charset=utf-8"
TITLES = {
    400: "请求无法识别",
    401: "未通过身份验证",
    403: "没有权限",
    404: "没有找到",
    405: "不支持的方法",
    409: "与已有记录冲突",
    415: "报文格式不支持",
    422: "内容有误",
    429: "请求过于频繁",
    500: "系统出错",
}
DETAILS = {
    400: "请求无法解析,没有做任何改动。报文须为 UTF-8 编码的 JSON。",
    401: "请在 Authorization 头中提供有效的令牌:Bearer dh_…。令牌可能有误、已过期或已吊销。",
    404: "没有这个地址或记录,或它不在该系统可以查看的机构范围内。",
    405: "这个地址不支持所用的方法,没有做任何改动。",
    500: "处理失败,本次请求没有写入,已有数据不受影响。请凭参考号联系系统管理员。",
}
_WORDS = {
    "missing": "必须填写",
    "extra_forbidden": "没有这个字段",
    "int_type": "须为整数",
    "int_parsing": "须为整数",
    "int_from_float": "须为整数",
    "bool_type": "须为 true 或 false",
    "bool_parsing": "须为 true 或 false",
    "string_type": "须为文字",
    "model_type": "须为 JSON 对象",
    "model_attributes_type": "须为 JSON 对象",
    "dict_type": "须为 JSON 对象",
    "greater_than": "须大于 {gt}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than": "须小于 {lt}",
    "less_than_equal": "不能大于 {le}",
    "string_too_short": "至少 {min_length} 个字符",
    "string_too_long": "最多 {max_length} 个字符",
    "enum": "须为以下之一:{expected}",
    "literal_error": "须为以下之一:{expected}",
}
_DATES = "须为日期,如 2026-11-23"


class FieldProblem(Schema):
    """One field at fault, and why."""

    field: str = Field(description="有误的字段")
    reason: str = Field(description="原因")


class ProblemShape(Schema):
    """The body of every refusal (RFC 9457)."""

    title: str = Field(description="问题类别")
    status: int = Field(description="HTTP 状态码")
    detail: str = Field(description="发生了什么,该怎么办")
    reference: str = Field(description="参考号,与日志一致")
    errors: list[FieldProblem] = Field(default=[], description="有误的字段及原因")


class Refused(Exception):
    """A request that is refused; the message says why, `field` names the entry at fault."""

    def __init__(self, status: int, detail: str, field: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.field = field


def problem(
    request: HttpRequest, status: int, detail: str = "", errors: Sequence[FieldProblem] = ()
) -> HttpResponse:
    """The answer to a request that is refused."""
    body = ProblemShape(
        title=TITLES.get(status, "请求未执行"),
        status=status,
        detail=detail or DETAILS.get(status, "请求未执行,没有做任何改动。"),
        reference=getattr(request, "reference", ""),
        errors=list(errors),
    )
    text = json.dumps(body.model_dump(), ensure_ascii=False)
    answer = HttpResponse(text, status=status, content_type=CONTENT_TYPE)
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def of_refusal(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """A refusal of our own."""
    named = [FieldProblem(field=refusal.field, reason=str(refusal))] if refusal.field else []
    answer = problem(request, refusal.status, str(refusal), named)
    if refusal.status == 429:
        answer.headers["Retry-After"] = "60"
    return answer


def of_missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A row that is not there, or that this system may not see."""
    return problem(request, 404)


def of_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """A body that is no JSON, and the like."""
    return problem(request, error.status_code)


def of_authentication(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    """No token, or one that is not in force."""
    return problem(request, 401)


def of_validation(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Fields that are missing or wrong."""
    errors = list(_field_problems(error.errors))
    named = "、".join(dict.fromkeys(one.field for one in errors))
    return problem(request, 422, f"以下内容有误,没有做任何改动:{named}", errors)


def _field_problems(errors: Iterable[dict[str, Any]]) -> Iterable[FieldProblem]:
    for error in errors:
        yield FieldProblem(field=_field(error["loc"]), reason=_reason(error))


def _field(place: Sequence[Any]) -> str:
    """The name of a field: where it stands (body, query) and the argument's name left out."""
    parts = [str(part) for part in place]
    if parts[0] == "body":
        return ".".join(parts[2:]) or "报文"
    return parts[-1]


def _reason(error: dict[str, Any]) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind.startswith("date"):
        return _DATES
    if kind == "value_error":
        return str(context.get("error", "取值不正确"))
    expected = str(context.get("expected", "")).replace("'", "").replace(" or ", "、")
    words = {**context, "expected": expected.replace(", ", "、")}
    return _WORDS[kind].format(**words) if kind in _WORDS else "取值不正确"
