"""A write that is carried out once, however often it is sent."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

from django.db import transaction
from django.http import HttpResponse
from ninja import Schema

from daihou.api.door import ApiHttpRequest
from daihou.api.problems import Refused
from daihou.api_clients.actions import KeyTaken, claim_key, keep_answer

_KEY = re.compile(r"[!-~]{8,100}")
_JSON = "application/json; charset=utf-8"


def carry_out_once(
    request: ApiHttpRequest, act: Callable[[], Schema], *, status: int = 201
) -> HttpResponse:
    """Carry out a write under the request's key, and keep its answer, in one transaction.

    The same request with the same key gets the same answer and writes nothing; another one with
    that key is refused with 409. A write that is refused leaves the key free.
    """
    key = request.headers.get("Idempotency-Key", "")
    if not _KEY.fullmatch(key):
        raise Refused(422, "须为 8 至 100 个可见的英文字符,每笔写入一个", "Idempotency-Key")
    path = request.get_full_path()
    whole = f"{request.method}\n{path}\n".encode() + request.body
    try:
        with transaction.atomic():
            earlier = claim_key(
                token=request.api_token,
                key=key,
                path=path[:300],
                digest=hashlib.sha256(whole).hexdigest(),
            )
            if earlier is not None:
                again = HttpResponse(earlier.answer, status=earlier.status, content_type=_JSON)
                again.headers["Idempotency-Replayed"] = "true"
                return again
            text = act().model_dump_json()
            keep_answer(token=request.api_token, key=key, status=status, answer=text)
    except KeyTaken as taken:
        raise Refused(409, str(taken), "Idempotency-Key") from taken
    return HttpResponse(text, status=status, content_type=_JSON)
