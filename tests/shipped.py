"""The parameters as shipped, for tests of rules that need no database."""

from __future__ import annotations

import datetime as dt

from daihou.policy.catalogue import CATALOGUE
from daihou.policy.queries import SHIPPED_VERSION, ParametersOnDay, ParameterValue


def shipped_parameters(day: dt.date = dt.date(2026, 6, 30), **changed: object) -> ParametersOnDay:
    """Every parameter at its shipped value, but for those given (dots written as two lines)."""
    new = {code.replace("__", "."): value for code, value in changed.items()}
    assert new.keys() <= CATALOGUE.keys()
    entries = {
        code: ParameterValue(
            code, new.get(code, e.default), SHIPPED_VERSION, e.clause, e.evidence, e.effective_from
        )
        for code, e in CATALOGUE.items()
    }
    return ParametersOnDay(day, entries)
