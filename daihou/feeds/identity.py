"""Check digits of Chinese identity numbers: 身份证 (GB 11643), 统一社会信用代码 (GB 32100)."""

from __future__ import annotations

import datetime as dt
import re

RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
RESIDENT_CHECKS = "10X98765432"  # by the weighted sum modulo 11
CREDIT_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # without I, O, S, V, Z
CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_RESIDENT = re.compile(r"[1-9]\d{5}\d{8}\d{3}[\dX]")
_CREDIT = re.compile(rf"[{CREDIT_LETTERS}]{{2}}\d{{6}}[{CREDIT_LETTERS}]{{10}}")


def resident_check_digit(first17: str) -> str:
    """The eighteenth character of a 居民身份证 (GB 11643, ISO 7064 MOD 11-2)."""
    total = sum(
        int(digit) * weight for digit, weight in zip(first17, RESIDENT_WEIGHTS, strict=True)
    )
    return RESIDENT_CHECKS[total % 11]


def credit_check_digit(first17: str) -> str:
    """The eighteenth character of a 统一社会信用代码 (GB 32100, modulo 31)."""
    total = sum(
        CREDIT_LETTERS.index(letter) * weight
        for letter, weight in zip(first17, CREDIT_WEIGHTS, strict=True)
    )
    return CREDIT_LETTERS[-total % 31]


def problem_with_resident_id(number: str) -> str:
    """What is wrong with a 身份证 number, in Chinese; empty if nothing is."""
    number = number.upper()
    if _RESIDENT.fullmatch(number) is None:
        return "居民身份证号码应为 18 位,前 17 位为数字"
    try:
        dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return "居民身份证号码中的出生日期不存在"
    if resident_check_digit(number[:17]) != number[17]:
        return "居民身份证号码校验位不符,请核对号码"
    return ""


def problem_with_credit_code(code: str) -> str:
    """What is wrong with a 统一社会信用代码, in Chinese; empty if nothing is."""
    code = code.upper()
    if _CREDIT.fullmatch(code) is None:
        return "统一社会信用代码应为 18 位数字或大写字母(不含 I、O、S、V、Z)"
    if credit_check_digit(code[:17]) != code[17]:
        return "统一社会信用代码校验位不符,请核对号码"
    return ""
