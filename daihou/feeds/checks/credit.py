"""Checks of facilities, contracts, guarantees and loans."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow.compute as pc

from daihou.feeds.checks.intake import (
    Check,
    Intake,
    in_order,
    must_be_positive,
    must_not_be_future,
    must_not_be_negative,
    same_owner,
    where,
)
from daihou.feeds.matching import positions_in
from daihou.feeds.problems import Refusal
from daihou.feeds.staging import Staged
from daihou.loan_book.choices import RepaymentMethod

FREQUENCIES = (1, 2, 3, 4, 6, 12)
_BPS = 10_000  # millionths of a percent in a hundredth of a percent


def facility_is_the_clients(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """A contract draws on a facility of the same client."""
    yield from same_owner(
        staged, intake, through="facility", table="facilities", reason="授信属于另一客户"
    )


def contract_is_the_clients(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """A loan stands under a contract of the same client."""
    yield from same_owner(
        staged, intake, through="contract", table="contracts", reason="合同属于另一客户"
    )


def nobody_guarantees_himself(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """The guarantor is not the debtor."""
    debtor = intake.attribute("contracts", "customer", staged.references["contract"])
    same = (debtor != 0) & (debtor == staged.references["guarantor"]) & ~staged.bad
    yield Refusal(where(same), "guarantor", "保证人不能是借款人自己")


def currency_is_a_code(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """Three capital letters."""
    good = pc.match_substring_regex(staged.texts("currency"), r"^[A-Z]{3}$").fill_null(False)
    yield Refusal(where(~np.asarray(good)), "currency", "币种应为三位大写字母代码,如 CNY")


def frequency_divides_a_year(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """Instalments come every 1, 2, 3, 4, 6 or 12 months."""
    wrong = ~np.isin(staged.values["frequency_months"], FREQUENCIES)
    yield Refusal(
        where(wrong & ~staged.bad), "frequency_months", "还款间隔应为 1、2、3、4、6 或 12 个月"
    )


def uplift_in_basis_points(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """A penalty uplift is kept in hundredths of a percent."""
    fraction = staged.values["penalty_uplift"] % _BPS != 0
    yield Refusal(where(fraction), "penalty_uplift", "罚息上浮小数超过 2 位")


def first_due_date_fits(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """The first instalment falls due after disbursement and not after maturity."""
    first = staged.values["first_due_on"]
    early = first <= staged.values["disbursed_on"]
    late = first > staged.values["matures_on"]
    given = ~staged.missing["first_due_on"] & ~staged.bad
    yield Refusal(where(given & early), "first_due_on", "首期应还日须晚于放款日")
    yield Refusal(where(given & late), "first_due_on", "首期应还日晚于到期日")


def custom_plan_is_given(staged: Staged, intake: Intake) -> Iterable[Refusal]:
    """按计划还款 cannot be worked out from terms: the plan must come along."""
    custom = (staged.values["method"] == RepaymentMethod.CUSTOM) & (staged.ids == 0) & ~staged.bad
    if not custom.any():
        return
    planned = np.zeros(len(staged), np.bool_)
    plans = intake.tables.get("plans")
    if plans is not None:
        planned = positions_in(staged.texts("number"), plans.texts("loan").unique()) >= 0
    yield Refusal(where(custom & ~planned), "method", "还款方式为按计划还款,但没有提供还款计划")


FACILITY_CHECKS: tuple[Check, ...] = (
    must_be_positive("amount"),
    in_order("starts_on", "ends_on", "到期日早于起始日", equal=True),
)
CONTRACT_CHECKS: tuple[Check, ...] = (
    must_be_positive("amount"),
    must_not_be_future("signed_on", "签订日"),
    facility_is_the_clients,
)
GUARANTEE_CHECKS: tuple[Check, ...] = (must_be_positive("amount"), nobody_guarantees_himself)
LOAN_CHECKS: tuple[Check, ...] = (
    must_be_positive("amount"),
    must_not_be_negative("rate"),
    must_not_be_negative("penalty_uplift"),
    must_not_be_negative("grace_days"),
    must_not_be_negative("impaired_after_days"),
    must_not_be_future("disbursed_on", "放款日"),
    in_order("disbursed_on", "matures_on", "到期日须晚于放款日", equal=False),
    currency_is_a_code,
    frequency_divides_a_year,
    uplift_in_basis_points,
    first_due_date_fits,
    contract_is_the_clients,
    custom_plan_is_given,
)
