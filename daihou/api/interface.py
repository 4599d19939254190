"""The interface for other systems, put together: its addresses and its refusals."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from daihou.api import corrections, customers, loans, policy, portfolio, problems, work

DESCRIPTION = (
    "供核心系统、数据平台等对接系统使用。金额一律为整数,单位分;利率为百分数文本,保留六位小数;"
    "日期写作 2026-11-23。空值(null)表示未知,不等于零。长列表逐页取:应答中的 next 放进下一次请求的 "
    "after。每笔写入须带 Idempotency-Key,重发不会重复写入。出错时应答为 application/problem+json。"
)

interface = NinjaAPI(
    title="贷后管理系统接口",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api",
    openapi_url=None,  # served behind the door, see `reference`
    docs_url=None,
)
interface.add_router("", loans.router)
interface.add_router("", corrections.router)
interface.add_router("", customers.router)
interface.add_router("", portfolio.router)
interface.add_router("", work.router)
interface.add_router("", policy.router)

_REFUSALS: dict[type[Exception], Any] = {
    problems.Refused: problems.of_refusal,
    Http404: problems.of_missing,
    AuthenticationError: problems.of_authentication,
    HttpError: problems.of_http_error,
    ValidationError: problems.of_validation,
}
for kind, answer in _REFUSALS.items():
    interface.add_exception_handler(kind, answer)
