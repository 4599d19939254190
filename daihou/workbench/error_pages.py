"""Pages for what went wrong: what failed, that nothing was lost, and a reference number."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the address or the form cannot be understood."""
    return _error(
        request, 400, "请求无法识别", "地址或提交的内容不完整,没有做任何改动。请返回后重试。"
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: the person's roles do not allow it."""
    return _error(
        request, 403, "没有权限", "您的角色不能使用这个页面,没有做任何改动。", str(exception or "")
    )


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form is too old, or was sent from somewhere else."""
    return _error(
        request,
        403,
        "页面已过期",
        "登录状态变化或页面打开过久,提交没有执行。请刷新页面后重新提交。",
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: nothing there, or nothing that this person may see."""
    return _error(
        request, 404, "没有找到", "没有这个页面或记录,或它不在您可以查看的机构和客户范围内。"
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """500: the product failed; the change in hand was rolled back."""
    return _error(
        request, 500, "系统出错", "处理失败,本次操作没有保存,已有数据不受影响。请稍后再试。"
    )


def locked_out(
    request: HttpRequest, credentials: object = None, *args: object, **kwargs: object
) -> HttpResponse:
    """429: too many wrong passwords."""
    return _error(
        request,
        429,
        "登录已锁定",
        "密码错误次数过多,该账号已暂时锁定。请 30 分钟后再试,或请系统管理员解锁。",
    )


def _error(
    request: HttpRequest, status: int, title: str, explanation: str, detail: str = ""
) -> HttpResponse:
    context = {
        "title": title,
        "explanation": explanation,
        "detail": detail,
        "reference": getattr(request, "reference", "—"),
    }
    return render(request, "workbench/error.html", context, status=status)
