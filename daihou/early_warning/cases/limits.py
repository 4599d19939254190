"""The parameters of the handling of signals, as they count on a business date."""

from __future__ import annotations

import datetime as dt
from functools import cache

from daihou.early_warning.cases.rules import CaseLimits, DayAfter
from daihou.early_warning.choices import Colour
from daihou.policy.queries import (
    ParametersOnDay,
    known_working_days,
    parameters_on,
    working_day_after,
)

_HOURS_A_DAY = 24


def case_limits(parameters: ParametersOnDay) -> CaseLimits:
    """Take what cases need out of the parameters of a day.

    Times in hours (红, 橙) become working days, since staff act on working days.
    """
    whole = parameters.whole
    return CaseLimits(
        post_loan_owns={
            colour: parameters.choice(f"case.owner.{colour.name.lower()}") == "post_loan"
            for colour in Colour
        },
        acknowledge={
            Colour.BLUE: whole("deadline.blue.note"),
            Colour.YELLOW: whole("deadline.yellow.acknowledge"),
            Colour.ORANGE: -(-whole("deadline.orange.acknowledge") // _HOURS_A_DAY),
            Colour.RED: -(-whole("deadline.red.acknowledge") // _HOURS_A_DAY),
        },
        plan={
            Colour.BLUE: whole("deadline.blue.note"),
            Colour.YELLOW: whole("deadline.yellow.plan"),
            Colour.ORANGE: whole("deadline.orange.plan"),
            Colour.RED: whole("deadline.red.plan"),
        },
        second_signature_from=whole("case.second_signature_from"),
        simple_release_upto=whole("case.simple_release_upto"),
        verify_within=whole("case.verify_within"),
        release_within=whole("case.release_within"),
        decide_within=whole("case.decide_within"),
        task_longest=whole("case.task_longest"),
        escalate_every=whole("case.escalate_every"),
        repeat_times=whole("case.repeat_times"),
        repeat_window=whole("case.repeat_window"),
        watch_from=whole("case.watch_from"),
        watch_quiet=whole("case.watch_quiet"),
    )


def case_limits_on(day: dt.date) -> CaseLimits:
    """The parameters of cases on a day, in one query."""
    return case_limits(parameters_on(day))


def days_after(today: dt.date) -> DayAfter:
    """The working days after a day, the calendar read once."""
    known = known_working_days()

    @cache
    def after(count: int) -> dt.date:
        return working_day_after(known, today, count)

    return after
