"""Every case of others: held against the kernel, or excused by name."""

import pytest

from tests.loanmath.cases_of_others import actus, fineract, frappe, worked
from tests.loanmath.cases_of_others.reading import HERE, NOT_HERE, all_cases
from tests.loanmath.cases_of_others.sorting import CHECKS

pytestmark = pytest.mark.skipif(not HERE, reason=NOT_HERE)
assert actus and fineract and frappe and worked


@pytest.mark.parametrize("case_id", sorted(CHECKS))
def test_case(case_id: str):
    CHECKS[case_id].run(all_cases()[case_id])
