"""How loans move between states: transition matrices by cohort and by duration, and where it ends.

Probabilities are estimates, not money, and are floats. Row `i` of a matrix says where loans of
state `i` are one period later.
"""

from enum import Enum

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

_NEAR = 1e-9


class Fault(Enum):
    """Why a table of numbers is no transition matrix."""

    SHAPE = "not square"
    NEGATIVE = "negative probability"
    SUM = "row does not sum to one"


def fault_of(matrix: Matrix) -> Fault | None:
    """What is wrong with a transition matrix; None if nothing is."""
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        return Fault.SHAPE
    if (matrix < 0).any():
        return Fault.NEGATIVE
    if (np.abs(matrix.sum(axis=1) - 1) > _NEAR).any():
        return Fault.SUM
    return None


def cohort_matrix(moves: Counts) -> Matrix:
    """The share of each state's loans that were in each state a period later.

    `moves[i, j]` counts the loans. A state that no loan was in has an unknown row: NaN.
    """
    totals = moves.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(totals > 0, moves / totals, np.nan)


def duration_matrix(moves: Counts, time_spent: Matrix, span: float = 1.0) -> Matrix:
    """The same from how long loans were in each state: a generator, carried on over a span.

    Sees moves there and back within a period, which cohorts miss. A state in which no time was
    spent is taken as one that nothing leaves.
    """
    spent = np.where(time_spent > 0, time_spent, 1.0)[:, None]
    generator = np.where(time_spent[:, None] > 0, moves / spent, 0.0)
    np.fill_diagonal(generator, 0.0)
    np.fill_diagonal(generator, -generator.sum(axis=1))
    return _exponential(generator * span)


def _exponential(matrix: Matrix) -> Matrix:
    """The matrix exponential, by squaring a short series."""
    halvings = max(0, int(np.ceil(np.log2(max(np.abs(matrix).sum(axis=1).max(), 1e-12)))) + 4)
    small = matrix / 2.0**halvings
    term = total = np.eye(len(matrix))
    for n in range(1, 14):
        term = term @ small / n
        total = total + term
    for _ in range(halvings):
        total = total @ total
    return total


def after(matrix: Matrix, periods: int) -> Matrix:
    """Where loans are some periods later, if each period is like the one before."""
    return np.asarray(np.linalg.matrix_power(matrix, periods))


def end_shares(matrix: Matrix, ends: list[int]) -> Matrix:
    """In which final state loans end, from each state that is not final."""
    others = [n for n in range(len(matrix)) if n not in ends]
    inner = np.eye(len(others)) - matrix[np.ix_(others, others)]
    return np.asarray(np.linalg.solve(inner, matrix[np.ix_(others, ends)]))
