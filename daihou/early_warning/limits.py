"""The limits of the signals, as the parameters have them on a business date."""

from __future__ import annotations

from daihou.early_warning.rules import Rule, SignalLimits
from daihou.policy.queries import ParametersOnDay

RULE_VERSION = "预警规则1"


def signal_limits(parameters: ParametersOnDay) -> SignalLimits:
    """Take what the signals need out of the parameters of a day."""
    return SignalLimits(
        overdue_days=parameters.limit("signal.53.days"),
        technical_exception=parameters.limit("grade.technical_exception"),
        deeper_days=parameters.limits("signal.54.days"),
        late_times=parameters.limit("signal.55.times"),
        unpaid_instalments=parameters.limit("signal.56.instalments"),
        interest_days_over=parameters.limit("signal.57.days_over"),
        refinanced_window=parameters.limit("signal.58.window"),
        other_payer_window=parameters.limit("signal.59.payer_window"),
        grace_times=parameters.limit("signal.59.grace_times"),
        hardship_window=parameters.limit("signal.60.window"),
        colours={rule: _colours(parameters, rule) for rule in Rule},
        cooldown={rule: parameters.whole(f"signal.{rule.value}.cooldown") for rule in Rule},
        merge={rule: parameters.whole(f"signal.{rule.value}.merge") for rule in Rule},
    )


def _colours(parameters: ParametersOnDay, rule: Rule) -> tuple[int, ...]:
    if rule is Rule.OVERDUE_DEEPER:
        return parameters.wholes("signal.54.colours")
    return (parameters.whole(f"signal.{rule.value}.colour"),)
