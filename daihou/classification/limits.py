"""The limits of grading, as the parameters have them on a business date."""

from __future__ import annotations

from daihou.classification.rules import GradeLimits
from daihou.policy.queries import ParametersOnDay

RULE_VERSION = "分类规则1"


def grade_limits(parameters: ParametersOnDay) -> GradeLimits:
    """Take what grading needs out of the parameters of a day."""
    return GradeLimits(
        special_mention_over=parameters.limit("grade.special_mention_over"),
        technical_exception=parameters.limit("grade.technical_exception"),
        substandard_over=parameters.limit("grade.substandard_over"),
        doubtful_over=parameters.limit("grade.doubtful_over"),
        loss_over=parameters.limit("grade.loss_over"),
        bad_share_over=parameters.limit("grade.own_bank_share_over"),
        bad_claim_spills=parameters.limit("grade.bad_claim_spills"),
        partly_written_off=parameters.limit("grade.partly_written_off"),
        written_off=parameters.limit("grade.written_off"),
    )
