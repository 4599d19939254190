"""Identity numbers that pass their own check digit but belong to nobody.

The region codes used here (33 99 xx) are not given to any county, and the telephone block is one
that no operator gives out.
"""

from __future__ import annotations

import datetime as dt
import random

from daihou.feeds.identity import CREDIT_LETTERS, credit_check_digit, resident_check_digit

_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def resident_id(born: dt.date, chance: random.Random) -> str:
    """A resident identity number (GB 11643) of an unused region."""
    body = f"3399{chance.randint(1, 99):02d}{born:%Y%m%d}{chance.randint(1, 999):03d}"
    return body + resident_check_digit(body)


def credit_code(kind: str, chance: random.Random) -> str:
    """A unified social credit code (GB 32100); kind "1" is an enterprise, "2" a sole trader."""
    organisation = "MA" + "".join(chance.choice(CREDIT_LETTERS) for _ in range(6))
    body = f"9{kind}3399{chance.randint(1, 99):02d}{_organisation_code(organisation)}"
    return body + credit_check_digit(body)


def _organisation_code(body: str) -> str:
    """The nine places of an organisation code (GB 11714) inside the credit code."""
    values = [int(letter, 36) for letter in body]
    total = sum(v * weight for v, weight in zip(values, _ORGANISATION_WEIGHTS, strict=True))
    check = 11 - total % 11
    return body + {10: "X", 11: "0"}.get(check, str(check))


def mobile(chance: random.Random) -> str:
    """A telephone number in a block that no operator gives out."""
    return f"1990000{chance.randint(0, 9999):04d}"
