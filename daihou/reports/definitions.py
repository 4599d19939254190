"""What counts as overdue, and in which bucket: the definitions that all figures share.

They are written once, as expressions over the columns of a day's snapshot
(`servicing.snapshots.SCHEMA`), and read their numbers from the parameters of the day.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from daihou.classification.choices import Grade
from daihou.loan_book.choices import Industry, RepaymentMethod
from daihou.policy.queries import parameters_on

NON_PERFORMING = (Grade.SUBSTANDARD, Grade.DOUBTFUL, Grade.LOSS)
UNGRADED = 0  # how a missing grade is counted: a line of its own
NOT_OVERDUE = 0

_BY_INSTALMENT = (
    RepaymentMethod.LEVEL_PAYMENT,
    RepaymentMethod.LEVEL_PRINCIPAL,
    RepaymentMethod.CUSTOM,
)


@dataclass(frozen=True)
class Definitions:
    """The numbers behind the figures of a day.

    `bucket_upto` are the last days of the overdue buckets, the last bucket being open (S71);
    `whole_balance_over` the days past due after which an instalment consumption loan counts with
    its whole balance (G1102); `long_overdue_over` the days of 逾期90天以上.
    """

    bucket_upto: tuple[int, ...] = (30, 60, 90, 180, 270, 360)
    whole_balance_over: int = 90
    long_overdue_over: int = 90

    @property
    def bucket_names(self) -> tuple[str, ...]:
        """未逾期, then each bucket by its first and last day."""
        firsts = [1, *(upto + 1 for upto in self.bucket_upto)]
        closed = [f"{a}–{b}天" for a, b in zip(firsts, self.bucket_upto, strict=False)]
        return ("未逾期", *closed, f"{firsts[-1]}天以上")

    @property
    def bucket_sql(self) -> str:
        """The number of the bucket: 0 not overdue, 1 the first; null when the days are unknown."""
        steps = "".join(
            f" WHEN days_past_due <= {upto} THEN {place}"
            for place, upto in enumerate((0, *self.bucket_upto))
        )
        return (
            f"CASE WHEN days_past_due IS NULL THEN NULL{steps} ELSE {len(self.bucket_upto) + 1} END"
        )

    @property
    def overdue_sql(self) -> str:
        """The part of the balance that counts as overdue (逾期贷款), in fen.

        Instalment consumption loans: only the overdue principal until `whole_balance_over` days,
        then the whole balance; every other loan: the whole balance from the first day (G1102).
        """
        methods = ", ".join(str(int(method)) for method in _BY_INSTALMENT)
        return (
            "CASE WHEN days_past_due IS NULL OR days_past_due <= 0 THEN 0"
            f" WHEN industry = '{Industry.Z.value}' AND method IN ({methods})"
            f" AND days_past_due <= {self.whole_balance_over} THEN principal_overdue"
            " ELSE principal END"
        )


def definitions_on(day: dt.date) -> Definitions:
    """The definitions as they count on a day, in one query."""
    values = parameters_on(day)
    return Definitions(
        bucket_upto=values.wholes("report.overdue_bucket_upto"),
        whole_balance_over=values.whole("report.whole_balance_over"),
        long_overdue_over=values.whole("report.long_overdue_over"),
    )
