"""How each case of others is sorted, and the table of it for people (`docs/correctness.md`).

A check registers itself for its cases by `@agrees`. What cannot be checked is named in
`exceptions.py` with its kind and its reason; a case that is checked in part is in both.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from tests.loanmath.cases_of_others.reading import UNFAIR, WITH_NOTE, Case


class Kind(Enum):
    """Why a case, or part of it, is not held against the kernel."""

    OTHER_TOPIC = "not our topic"
    LACKING = "the kernel lacks a feature"
    CONVENTION = "we keep to another convention"
    UNFAIR = "called unfair by its own file"
    WRONG = "we believe that the case is wrong"


@dataclass(frozen=True)
class Check:
    """What holds a case against the kernel, and the convention that had to be set for it."""

    run: Callable[[Case], None]
    convention: str


@dataclass(frozen=True)
class Exempt:
    """What of a case is not checked, and why; `partly` if the rest of it is."""

    kind: Kind
    reason: str
    partly: bool = False


CHECKS: dict[str, Check] = {}


def agrees(
    *case_ids: str, convention: str = ""
) -> Callable[[Callable[[Case], None]], Callable[[Case], None]]:
    """Register a function as the check of some cases."""

    def register(run: Callable[[Case], None]) -> Callable[[Case], None]:
        for case_id in case_ids:
            if case_id in CHECKS:
                raise ValueError(f"{case_id} has two checks")
            CHECKS[case_id] = Check(run, convention)
        return run

    return register


class Verdict(Enum):
    """The columns of the table."""

    FAIR = "agrees as it stands"
    WITH_CONVENTION = "agrees with its convention set"
    PARTLY = "agrees in part"
    OTHER_TOPIC = Kind.OTHER_TOPIC.value
    LACKING = Kind.LACKING.value
    CONVENTION = Kind.CONVENTION.value
    UNFAIR = Kind.UNFAIR.value
    WRONG = Kind.WRONG.value


def verdict_on(case: Case, exempt: Exempt | None) -> Verdict:
    """In which column a case belongs."""
    check = CHECKS.get(case.id)
    if check is None:
        assert exempt is not None, f"{case.id} is not sorted"
        return Verdict[exempt.kind.name]
    if exempt is not None:
        return Verdict.PARTLY
    with_note = case.fairness in (WITH_NOTE, UNFAIR)
    return Verdict.WITH_CONVENTION if check.convention or with_note else Verdict.FAIR
