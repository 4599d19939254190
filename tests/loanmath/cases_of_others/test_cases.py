"""Every case of others: held against the kernel, or excused by name."""

import pytest

from tests.loanmath.cases_of_others.exceptions import EXCEPTIONS
from tests.loanmath.cases_of_others.reading import FAIR, HERE, NOT_HERE, all_cases
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


def test_every_fair_case_about_lending_is_held_against_the_kernel():
    """At least in part; what of it is not, and why, says `exceptions.py`."""
    found = {case.id: verdict_on(case, EXCEPTIONS.get(case.id)) for case in all_cases().values()}
    fair = {case.id for case in all_cases().values() if case.fairness == FAIR}
    missing = (Verdict.LACKING, Verdict.WRONG, Verdict.CONVENTION)
    assert len(fair) > 60
    assert not {case_id for case_id in fair if found[case_id] in missing}


def test_the_page_says_what_the_checks_say():
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "run `python -m tests.loanmath.cases_of_others.table` to write docs/correctness.md anew"
    )
