"""Expected losses by hand, and matrices of moves between states."""

import numpy as np
import pytest

from loanmath.expected_loss import (
    AS_IT_IS,
    Exposed,
    Scenario,
    expected_loss,
    impaired_interest,
    loss_rates,
    weights_of,
)
from loanmath.migration import Fault, after, cohort_matrix, duration_matrix, end_shares, fault_of
from loanmath.rates import PER_ONE, part_of

P = 1_000_000


def one(
    amount: int, *, months: int = 12, left: int | None = None, default: int = 2 * P,
    bare: int = 45 * P, covered: int = 0, rate: int = 0, runs_down: bool = False,
    is_impaired: bool = False,
) -> Exposed:  # fmt: skip
    def row(value: int) -> np.ndarray:
        return np.array([value], np.int64)

    return Exposed(
        row(amount), row(covered), row(months), row(left or months), row(default), row(rate),
        row(0), row(bare), np.array([runs_down]), np.array([is_impaired]),
    )  # fmt: skip


def loss(exposed: Exposed, *scenarios: Scenario) -> int:
    return int(expected_loss(exposed, scenarios or (AS_IT_IS,))[0])


def test_a_year_is_probability_times_loss_times_exposure() -> None:
    assert loss(one(100_000_00)) == 900_00
    assert loss(one(100_000_00, months=6)) == 450_00  # half a year: half the probability
    assert loss(one(100_000_00, covered=60_000_00)) == 360_00
    assert loss(one(100_000_00, rate=12 * P)) == 803_57  # 900 / 1.12


def test_a_lifetime_is_the_sum_of_its_years() -> None:
    # 2 % of all, then 2 % of 98 %, at 45 %: 900 + 882
    assert loss(one(100_000_00, months=24)) == 1782_00
    # the second year only half is still owed
    assert loss(one(100_000_00, months=24, runs_down=True)) == 1341_00
    # discounted by 1.1 and 1.21
    assert loss(one(121_000_00, months=24, rate=10 * P)) == 990_00 + 882_00


def test_an_impaired_loan_loses_what_is_not_covered() -> None:
    assert loss(one(100_000_00, covered=60_000_00, is_impaired=True, months=24)) == 18_000_00


def test_scenarios_are_weighed_and_capped() -> None:
    down = Scenario(1, 2 * PER_ONE, PER_ONE)
    assert loss(one(100_000_00), Scenario(3, PER_ONE, PER_ONE), down) == 1125_00
    assert loss(one(100_00, default=80 * P, bare=PER_ONE), down) == 100_00
    assert sum(weights_of([Scenario(1, 1, 1)] * 3)) == PER_ONE
    with pytest.raises(ValueError, match="weight"):
        weights_of([Scenario(0, 1, 1)])


def test_the_largest_loan_does_not_overflow() -> None:
    assert loss(one(10**13, default=PER_ONE, bare=PER_ONE)) == 10**13
    assert part_of(np.array([3]), 50 * P)[0] == 2  # half up


def test_loss_rates_of_a_matrix_of_buckets() -> None:
    assert loss_rates(np.array([100, 50, 8]), 2).tolist() == [2 * P, 4 * P, 25 * P]
    with pytest.raises(ValueError, match="unknown"):
        loss_rates(np.array([0]), 2)
    assert impaired_interest(np.array([400_00]), np.array([70_00]), 10 * P)[0] == 33_00


def test_matrices_of_moves() -> None:
    matrix = cohort_matrix(np.array([[8, 2], [0, 5]]))
    assert matrix.tolist() == [[0.8, 0.2], [0, 1]]
    assert np.isnan(cohort_matrix(np.array([[0, 0], [1, 1]]))[0]).all()
    assert after(matrix, 2)[0, 1] == pytest.approx(0.36)
    assert end_shares(matrix, [1])[0, 0] == pytest.approx(1)
    assert [fault_of(np.array(m)) for m in ([[1.0, 0.0]], [[2.0, -1.0], [0, 1]], [[0.5]])] == [
        Fault.SHAPE, Fault.NEGATIVE, Fault.SUM,
    ]  # fmt: skip
    by_time = duration_matrix(np.array([[0, 7], [0, 0]]), np.array([10.0, 0.0]))
    assert by_time[0, 0] == pytest.approx(np.exp(-0.7)) and by_time[1].tolist() == [0, 1]
    assert fault_of(by_time) is None
