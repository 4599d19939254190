"""Identity numbers that pass their own check digit but belong to nobody.

The region codes used here (33 99 xx) are not given to any county, and the registrar code of the
invented enterprises is likewise unused.
"""

from __future__ import annotations

import datetime as dt
import random

_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_CHECK = "10X98765432"
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def resident_id(born: dt.date, chance: random.Random) -> str:
    """A resident identity number (GB 11643) of an unused region."""
    body = f"3399{chance.randint(1, 99):02d}{born:%Y%m%d}{chance.randint(1, 999):03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, _RESIDENT_WEIGHTS, strict=True))
    return body + _RESIDENT_CHECK[total % 11]


def credit_code(kind: str, chance: random.Random) -> str:
    """A unified social credit code (GB 32100); kind "1" is an enterprise, "2" a sole trader."""
    organisation = "MA" + "".join(chance.choice(_CREDIT_ALPHABET) for _ in range(6))
    body = f"9{kind}3399{chance.randint(1, 99):02d}{_organisation_code(organisation)}"
    total = sum(
        _CREDIT_ALPHABET.index(letter) * pow(3, place, 31) for place, letter in enumerate(body)
    )
    return body + _CREDIT_ALPHABET[(31 - total % 31) % 31]


def _organisation_code(body: str) -> str:
    """The nine places of an organisation code (GB 11714) inside the credit code."""
    values = [int(letter, 36) for letter in body]
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(value * weight for value, weight in zip(values, weights, strict=True))
    check = 11 - total % 11
    return body + {10: "X", 11: "0"}.get(check, str(check))


def mobile(chance: random.Random) -> str:
    """A telephone number in a block that no operator gives out."""
    return f"1990000{chance.randint(0, 9999):04d}"
