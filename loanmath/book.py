"""The book: many loans as flat arrays, the form in which the kernel reads them.

A `Book` is a named tuple of read-only numpy arrays. Loan `n` has one value in each array of terms,
the plan rows `plan_at[n]:plan_at[n+1]`, the entry rows `entry_at[n]:entry_at[n+1]` and the changes
of its terms `change_at[n]:change_at[n+1]`.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from loanmath.arrays import Amounts, Codes, Counts, Days, Offsets

MOST_INSTALMENTS = 1000  # of one loan
MOST_CHANGES = MOST_INSTALMENTS - 1


class Book(NamedTuple):
    """Loans, their plans, entries and changes of terms.

    Amounts in fen, rates in millionths of a percent.
    """

    principal: Amounts  # agreed amount
    rate: Amounts  # contract rate
    penalty_rate: Amounts  # on overdue principal; 0: overdue principal bears no penalty
    compound_rate: Amounts  # on overdue interest (复利); 0: none
    day_count: Codes  # DayCount
    start: Days  # interest runs from here at the earliest
    maturity: Days
    grace_days: Counts
    penalty_from: Codes  # PenaltyFrom
    allocation: Codes  # Allocation
    allocation_impaired: Codes  # Allocation once more than impaired_after_days past due
    impaired_after_days: Counts  # 0: never
    interest_mode: Codes  # InterestMode
    excess_mode: Codes  # ExcessMode
    plan_at: Offsets
    due: Days  # rising within a loan
    due_principal: Amounts
    due_interest: Amounts  # not read where interest is by balance (but see BY_BALANCE_LEVEL)
    entry_at: Offsets
    entry_date: Days  # rising within a loan; entries of one day in their order
    entry_kind: Codes  # EntryKind
    entry_amount: Amounts
    change_at: Offsets
    change_date: Days  # rising within a loan; changes of one day in their order
    change_kind: Codes  # ChangeKind
    change_value: Amounts  # a rate, an amount, or 1 and 0


DTYPES: dict[str, npt.DTypeLike] = {
    "principal": np.int64,
    "rate": np.int64,
    "penalty_rate": np.int64,
    "compound_rate": np.int64,
    "day_count": np.int8,
    "start": np.int32,
    "maturity": np.int32,
    "grace_days": np.int16,
    "penalty_from": np.int8,
    "allocation": np.int8,
    "allocation_impaired": np.int8,
    "impaired_after_days": np.int16,
    "interest_mode": np.int8,
    "excess_mode": np.int8,
    "plan_at": np.int64,
    "due": np.int32,
    "due_principal": np.int64,
    "due_interest": np.int64,
    "entry_at": np.int64,
    "entry_date": np.int32,
    "entry_kind": np.int8,
    "entry_amount": np.int64,
    "change_at": np.int64,
    "change_date": np.int32,
    "change_kind": np.int8,
    "change_value": np.int64,
}
PLAN_ROWS = ("due", "due_principal", "due_interest")
ENTRY_ROWS = ("entry_date", "entry_kind", "entry_amount")
CHANGE_ROWS = ("change_date", "change_kind", "change_value")
ROWS = (("plan_at", PLAN_ROWS), ("entry_at", ENTRY_ROWS), ("change_at", CHANGE_ROWS))
ROW_FIELDS = (*PLAN_ROWS, *ENTRY_ROWS, *CHANGE_ROWS)
OFFSETS = tuple(offsets for offsets, _ in ROWS)
TERMS = tuple(f for f in Book._fields if f not in (*ROW_FIELDS, *OFFSETS))


def make_book(**columns: Any) -> Book:
    """Put columns together to a book, checking types and lengths (not the loans themselves).

    Columns are the fields of `Book`, as arrays or lists; whole numbers of another width are
    converted if every value fits, anything else raises TypeError. Memory-mapped arrays stay mapped.
    The four columns of changes may all be left out: no loan has any. Raises ValueError if lengths
    or offsets do not belong together.
    """
    if not columns.keys() & {"change_at", *CHANGE_ROWS}:
        columns |= no_changes(np.size(columns.get("principal", ())))
    unknown = columns.keys() ^ DTYPES.keys()
    if unknown:
        raise TypeError(f"a book lacks, or does not have, {sorted(unknown)}")
    arrays = {name: _column(name, columns[name], dtype) for name, dtype in DTYPES.items()}
    loans = arrays["principal"].size
    for name in TERMS:
        _same_length(name, arrays[name].size, loans)
    for offsets, rows in ROWS:
        _check_offsets(offsets, arrays[offsets], loans)
        for name in rows:
            _same_length(name, arrays[name].size, int(arrays[offsets][-1]))
    return Book(**arrays)


def no_changes(loans: int) -> dict[str, npt.NDArray[Any]]:
    """The columns of changes for loans whose terms stay as they are."""
    rows = {name: np.zeros(0, DTYPES[name]) for name in CHANGE_ROWS}
    return {"change_at": np.zeros(loans + 1, np.int64), **rows}


def _column(name: str, values: Any, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """One column: the right width, contiguous and read-only, so that the kernel compiles once."""
    array = np.asarray(values)
    if array.dtype != dtype:
        if array.size and array.dtype.kind not in "iu":
            raise TypeError(f"column {name} must hold whole numbers, not {array.dtype}")
        converted = array.astype(dtype)
        if not np.array_equal(converted, array):
            raise TypeError(f"column {name} has values that do not fit {np.dtype(dtype)}")
        array = converted
    if array.ndim != 1:
        raise TypeError(f"column {name} must have one dimension")
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view


def _same_length(name: str, found: int, expected: int) -> None:
    if found != expected:
        raise ValueError(f"column {name} has {found} values, expected {expected}")


def _check_offsets(name: str, offsets: npt.NDArray[Any], loans: int) -> None:
    _same_length(name, offsets.size, loans + 1)
    if offsets[0] != 0 or bool(np.any(offsets[1:] < offsets[:-1])):
        raise ValueError(f"offsets {name} must begin with 0 and never fall")


def loan_count(book: Book) -> int:
    """How many loans a book holds."""
    return int(book.principal.size)


def slice_book(book: Book, first: int, last: int) -> Book:
    """The loans `first` to `last` (not counted) as a book of their own; rows are not copied."""
    if first == 0 and last == loan_count(book):
        return book
    columns = {name: getattr(book, name)[first:last] for name in TERMS}
    for offsets, rows in ROWS:
        at = getattr(book, offsets)[first : last + 1]
        columns[offsets] = at - at[0]
        for name in rows:
            columns[name] = getattr(book, name)[at[0] : at[-1]]
    return make_book(**columns)


def concat_books(books: list[Book]) -> Book:
    """Several books one after the other as one."""
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(book, name) for book in books])
        for name in (*TERMS, *ROW_FIELDS)
    }
    for offsets in OFFSETS:
        sizes = [np.diff(getattr(book, offsets)) for book in books]
        columns[offsets] = np.concatenate([[0], np.cumsum(np.concatenate(sizes))])
    return make_book(**columns)
