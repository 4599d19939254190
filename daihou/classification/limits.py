"""The limits of grading, as the parameters have them on a business date."""

from __future__ import annotations

from daihou.classification.codes import CARD, MATRIX, MICRO, RULE_SETS, Because
from daihou.classification.rules import GradeLimits, OverdueTable
from daihou.loan_book.choices import RuleSet
from daihou.policy.queries import ParametersOnDay
from daihou.servicing.book_columns import SECURITIES

RULE_VERSION = "分类规则2"

_NUMBERS = {
    "special_mention_over": "special_mention_over",
    "technical_exception": "technical_exception",
    "substandard_over": "substandard_over",
    "doubtful_over": "doubtful_over",
    "loss_over": "loss_over",
    "bad_share_over": "own_bank_share_over",
    "bad_claim_spills": "bad_claim_spills",
    "all_bank_share_over": "all_bank_share_over",
    "all_bank_age": "all_bank_age",
    "ecl_doubtful_from": "ecl_doubtful_from",
    "ecl_loss_from": "ecl_loss_from",
    "upgrade_periods": "upgrade_periods",
    "upgrade_months": "upgrade_months",
    "observation_periods": "observation_periods",
    "observation_months": "observation_months",
    "difficulty_within": "difficulty_within",
    "same_change_within": "same_change_within",
}
_FLOORS = {
    Because.WRITTEN_OFF: "written_off",
    Because.PARTLY_WRITTEN_OFF: "partly_written_off",
    Because.MISUSED: "misused",
    Because.REFINANCED: "refinanced",
    Because.EXTENDED_FARMER: "extended_farmer",
    Because.EVASION: "evasion",
    Because.LIQUIDATION: "liquidation",
    Because.RATING_CUT: "rating_cut",
    Because.IMPAIRED: "impaired",
    Because.RESTRUCTURED: "restructured",
    Because.RESTRUCTURED_AGAIN: "restructured_again",
}
_SEGMENTS = ("non_retail", "retail", "farmer")


def grade_limits(parameters: ParametersOnDay) -> GradeLimits:
    """Take what grading needs out of the parameters of a day."""
    non_retail, retail, farmer = (
        RULE_SETS.index(parameters.choice(f"grade.set.{segment}")) for segment in _SEGMENTS
    )
    return GradeLimits(
        **{name: parameters.limit(f"grade.{code}") for name, code in _NUMBERS.items()},
        floors={rule: parameters.limit(f"grade.{code}") for rule, code in _FLOORS.items()},
        segments=(non_retail, retail, farmer),
        tables={
            MATRIX: _table(parameters, "matrix", SECURITIES),
            CARD: _table(parameters, "card", ("any",) * len(SECURITIES)),
            MICRO: _table(parameters, "micro", ("any",) * len(SECURITIES), stands_alone=True),
        },
    )


def _table(
    parameters: ParametersOnDay,
    code: str,
    rows: tuple[str, ...],
    *,
    stands_alone: bool = False,
) -> OverdueTable:
    return OverdueTable(
        name=str(RuleSet(code).label),
        begins=parameters.wholes(f"grade.{code}.from"),
        grades=tuple(parameters.limits(f"grade.{code}.{row}") for row in rows),
        stands_alone=stands_alone,
    )
