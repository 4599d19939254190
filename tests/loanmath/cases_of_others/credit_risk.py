"""Worked examples: expected losses, provision matrices, transition matrices."""

import numpy as np
import pytest

from loanmath.expected_loss import (
    AS_IT_IS,
    Exposed,
    expected_loss,
    impaired_interest,
    loss_rates,
)
from loanmath.migration import cohort_matrix, end_shares, fault_of
from loanmath.rates import PER_ONE, part_of
from tests.loanmath.cases_of_others.reading import Case, money
from tests.loanmath.cases_of_others.sorting import agrees


def _share(of_one: float) -> int:
    return round(of_one * PER_ONE)


def _loss(amount: int, default: float, lost: float) -> int:
    def row(value: int) -> np.ndarray:
        return np.array([value], np.int64)

    exposed = Exposed(
        row(amount), row(0), row(12), row(12), row(_share(default)), row(0), row(0),
        row(_share(lost)), np.array([False]), np.array([default == 1]),
    )  # fmt: skip
    return int(expected_loss(exposed, (AS_IT_IS,))[0])


@agrees("ECL-12M-1250")
def twelve_months(case: Case) -> None:
    given = case["inputs"]
    found = _loss(money(given["gross"]), given["pd_12m"], given["lgd"])
    assert found == money(case.expected["loss_allowance"])


@agrees("ECL-PLAYBOOK")
def from_expected_exposure(case: Case) -> None:
    given = case["inputs"]
    found = _loss(money(given["expected_default_exposure_12m"]), 1, given["lgd"])
    assert found == money(case.expected["ecl"])
    share = found / money(given["portfolio"]) * 100
    assert share == pytest.approx(case.expected["coverage_percent"], abs=0.005)


@agrees("ECL-STAGE3-INTEREST")
def interest_of_the_impaired(case: Case) -> None:
    given = case["inputs"]
    net = np.array([money(given["net_amortised_cost"])])
    found = impaired_interest(net, np.array([0]), _share(given["eir"]))
    assert found[0] == money(case.expected["interest_revenue"])


@agrees("ECL-PROVMATRIX-IFRSC")
def provision_matrix(case: Case) -> None:
    given = case["inputs"]
    reached = np.array([money(one) for one in given["unpaid_after_bucket"]])
    rates = loss_rates(reached, money(given["defaulted"]))
    found = part_of(np.array([money(one) for one in given["balances"]]), rates)
    for allowance, expected in zip(found, case.expected["allowance"], strict=True):
        assert allowance == pytest.approx(money(expected), abs=50)
    assert found.sum() == pytest.approx(money(case.expected["total"]), abs=100)


@agrees("MARKOV-UC")
def where_receivables_end(case: Case) -> None:
    ends = end_shares(np.array(case["inputs"]["matrix"]), [0, 3])
    names = ("current_to_paid", "current_to_bad", "overdue_to_paid", "overdue_to_bad")
    for found, name in zip(ends.ravel(), names, strict=True):
        assert found == pytest.approx(case.expected[name], abs=case["tolerance"]["each"])


@agrees("TM-COHORT-3STATE")
def three_states_by_cohort(case: Case) -> None:
    found = cohort_matrix(np.array(case["inputs"]["transition_counts_from_to"]))
    tolerance = case["tolerance"]["each"]
    assert found == pytest.approx(np.array(case.expected["matrix"]), abs=tolerance)


@agrees("TM-VALIDATION")
def what_is_no_matrix(case: Case) -> None:
    for matrix, expected in zip(case["inputs"]["matrices"], case.expected["result"], strict=True):
        fault = fault_of(np.array(matrix, float))
        assert fault is not None and fault.value == expected
