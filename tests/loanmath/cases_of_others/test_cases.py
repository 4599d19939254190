"""Every case of others: held against the kernel, or excused by name."""

import pytest

from tests.loanmath.cases_of_others.exceptions import EXCEPTIONS
from tests.loanmath.cases_of_others.reading import HERE, NOT_HERE, all_cases
from tests.loanmath.cases_of_others.sorting import CHECKS, Verdict, verdict_on
from tests.loanmath.cases_of_others.table import PAGE, page

pytestmark = pytest.mark.skipif(not HERE, reason=NOT_HERE)


@pytest.mark.parametrize("case_id", sorted(CHECKS))
def test_case(case_id: str):
    CHECKS[case_id].run(all_cases()[case_id])


def test_every_case_is_sorted_once():
    """A case has a check, or an excuse, or both if the excuse is for a part of it."""
    named = set(CHECKS) | set(EXCEPTIONS)
    assert set(all_cases()) == named
    assert len(named) >= 200
    for case_id, exempt in EXCEPTIONS.items():
        assert exempt.partly == (case_id in CHECKS), case_id


def test_fair_cases_that_are_not_held_against_the_kernel_are_few():
    """Of the cases on lending that are called fair, at most one in eight."""
    lending = [case for case in all_cases().values() if case.fairness == "fair"]
    found = [verdict_on(case, EXCEPTIONS.get(case.id)) for case in lending]
    ours = [verdict for verdict in found if verdict is not Verdict.OTHER_TOPIC]
    missing = [v for v in ours if v in (Verdict.LACKING, Verdict.WRONG, Verdict.CONVENTION)]
    assert len(missing) <= len(ours) // 8


def test_the_page_says_what_the_checks_say():
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "run `python -m tests.loanmath.cases_of_others.table` to write docs/correctness.md anew"
    )
