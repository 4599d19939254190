"""Why a loan has its grade, in words: a reason for each rule that spoke, the binding one first.

The run keeps with each grade what the rules looked at (`Seen`, in this order) and the debtor's bad
claims. Words, clause and limits come when somebody asks: parameters count from a day still to come,
so those of a past day are the same for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from daihou.classification.codes import (
    DOUBTFUL,
    GRADE_NAMES,
    LOSS,
    NORMAL,
    OF_DEBTOR,
    SUBSTANDARD,
    Because,
    Difficulty,
)
from daihou.classification.gathering import Graded
from daihou.classification.rules import GradeFacts, GradeLimits, Grades
from daihou.loan_book.choices import SecurityKind
from daihou.policy.reasons import InputValue, Limit, Reason, SourceRow, in_yuan, reason
from daihou.servicing.book_columns import SECURITIES
from loanmath.dates import NO_DATE, date_of

Spoken = tuple[Limit, str, dict[str, InputValue], list[SourceRow]]


@dataclass(frozen=True)
class Seen:
    """What the rules looked at for one loan, in the order in which it is kept with the grade.

    Dates are day numbers (`NO_DATE` for none), amounts are fen. Nothing is kept of a sound loan
    that is not past due.
    """

    days_past_due: int = 0
    oldest_unpaid_due: int = NO_DATE
    written_off: int = 0  # and not recovered
    principal: int = 0
    bad_claims: int = 0  # of the debtor, non-retail, at this bank
    all_claims: int = 0
    # What follows is kept only where a rule of `_MORE` spoke.
    clean_since: int = NO_DATE
    wait_until: int = NO_DATE
    changed_on: int = NO_DATE
    observed_since: int = NO_DATE
    observed_from: int = NO_DATE
    observed_until: int = NO_DATE
    difficulty: int = 0
    changed_row: int = 0  # happenings; 0: none
    told_row: int = 0
    ecl_share: int = -1  # -1: unknown
    debts_elsewhere: int = -1
    overdue_elsewhere: int = -1
    overdue_claims: int = 0
    rule_set: int = 0
    security: int = 0


FEW = 6  # numbers kept of a loan of which only the older rules spoke
SILENT = Because.NOT_IMPAIRED | Because.ALL_BANKS_KNOWN  # ask for nothing, and need no numbers
_MORE = ~(Because.SHARE_UNKNOWN * 2 - 1) & ~SILENT  # every rule after the first ten


def must_be_told(because: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    """Whether any rule spoke whose numbers must be kept."""
    return np.asarray((because & ~int(SILENT)) != 0)


def needs_more(because: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    """Whether more than the first `FEW` numbers must be kept."""
    return np.asarray((because & int(_MORE)) != 0)


def seen_for(
    places: npt.NDArray[np.intp], graded: Graded, oldest_unpaid_due: npt.NDArray[np.int32]
) -> npt.NDArray[np.int64]:
    """What the rules looked at for the loans at some places: a row each, columns as in `Seen`."""
    facts, grades = graded.facts, graded.grades
    because = grades.because[places]
    days = [graded.days.kept(places, name, because) for name in graded.days.columns]
    columns: tuple[npt.NDArray[Any], ...] = (
        facts.days_past_due[places], oldest_unpaid_due[places], facts.written_off[places],
        facts.principal[places], grades.bad_claims[places], grades.all_claims[places],
        *days,
        graded.days.at(places, "difficulty"), graded.days.at(places, "row"),
        graded.told.row[places], facts.ecl_share[places], facts.debts_elsewhere[places],
        facts.overdue_elsewhere[places], grades.overdue_claims[places], facts.rule_set[places],
        facts.security[places],
    )  # fmt: skip
    return np.column_stack(columns).astype(np.int64)


def bad_siblings(at: int, facts: GradeFacts, grades: Grades) -> list[int]:
    """The places of the debtor's claims that are 不良 by their own facts."""
    client = facts.customer[at]
    first, last = np.searchsorted(facts.customer, (client, client + 1))
    return [
        n for n in range(int(first), int(last))
        if grades.own[n] >= SUBSTANDARD and not facts.is_retail[n]
    ]  # fmt: skip


@dataclass(frozen=True)
class _Case:
    seen: Seen
    limits: GradeLimits
    loan: SourceRow
    siblings: list[SourceRow]

    def floor_of(self, rule: Because) -> int:
        """The grade that a rule asked for; of a table, the cell in which the loan lies."""
        if rule in (Because.TABLE_MENTION, Because.TABLE_BAD):
            cell = self.cell
            return cell.value if cell is not None else NORMAL
        return self.limits.floor_of(rule)

    @property
    def told_rows(self) -> list[SourceRow]:
        """The happening behind what is on record; of several, the gravest."""
        row = self.seen.told_row
        return [SourceRow(table="loan_book.happening", id=str(row))] if row else [self.loan]

    @property
    def cell(self) -> Limit | None:
        """The cell of the rule set's table."""
        table = self.limits.tables.get(self.seen.rule_set)
        if table is None:
            return None
        return table.cell(self.seen.days_past_due, self.seen.security)

    @property
    def overdue(self) -> dict[str, InputValue]:
        """The days past due and since when, as every overdue rule saw them."""
        due = self.seen.oldest_unpaid_due
        since = None if due == NO_DATE else date_of(due).isoformat()
        return {"逾期天数": self.seen.days_past_due, "最早未还应还日": since}


def explain(
    because: Because,
    seen: Seen,
    limits: GradeLimits,
    *,
    loan_number: str,
    bad_siblings: Sequence[str] = (),
    is_retail: bool = False,
) -> list[Reason]:
    """Say why a loan has its grade; the binding floor comes first, what is not known last.

    `bad_siblings` are the numbers of the debtor's claims that are 不良 by their own facts.
    """
    case = _Case(seen, limits, _row_of(loan_number), [_row_of(number) for number in bad_siblings])
    spoken = list(_rules_that_spoke(because))
    spoken.sort(key=lambda rule: (-case.floor_of(rule), rule in OF_DEBTOR))
    if not any(limits.floor_of(rule) > NORMAL for rule in spoken):
        spoken.append(Because(0))
    reasons = [_reason(rule, case) for rule in spoken]
    return reasons + list(_not_known(because, case, is_retail))


def _row_of(loan_number: str) -> SourceRow:
    return SourceRow(table="loan_book.loan", id=loan_number)


def _rules_that_spoke(because: Because) -> Iterator[Because]:
    return (rule for rule in Because if rule in because and rule not in SILENT)


def _reason(rule: Because, case: _Case) -> Reason:
    limit, says, inputs, rows = _WORDS[rule](case)
    name = f"grade.{rule.name.lower()}" if rule.name else "grade.no_floor"
    return reason(name, limit, says, inputs=inputs, rows=rows)


def _overdue(case: _Case, limit: Limit, grade: int) -> Spoken:
    beyond = f",超过{limit.value}天" if limit.value else ""
    says = f"逾期{case.seen.days_past_due}天{beyond},至少归为{GRADE_NAMES[grade]}"
    return limit, says, {**case.overdue, "界限天数": limit.value}, [case.loan]


def _overdue_by(rule: Because, limit_name: str) -> Callable[[_Case], Spoken]:
    def words(case: _Case) -> Spoken:
        limit: Limit = getattr(case.limits, limit_name)
        return _overdue(case, limit, case.limits.floor_of(rule))

    return words


def _technical(case: _Case) -> Spoken:
    limit = case.limits.technical_exception
    says = f"逾期{case.seen.days_past_due}天,已登记为操作或技术原因,{limit.value}天以内不因此下调"
    return limit, says, {**case.overdue, "宽限天数": limit.value}, [case.loan]


def _written_off(case: _Case) -> Spoken:
    limit = case.limits.floors[Because.WRITTEN_OFF]
    says = f"已核销、账销案存,归为{GRADE_NAMES[limit.value]}"
    return limit, says, _write_off_amounts(case), [case.loan]


def _partly_written_off(case: _Case) -> Spoken:
    limit = case.limits.floors[Because.PARTLY_WRITTEN_OFF]
    says = f"部分本金已核销,剩余部分至少归为{GRADE_NAMES[limit.value]}"
    return limit, says, _write_off_amounts(case), [case.loan]


def _write_off_amounts(case: _Case) -> dict[str, InputValue]:
    return {
        "已核销未收回": in_yuan(case.seen.written_off),
        "账面本金": in_yuan(case.seen.principal),
    }


def _mostly_bad(case: _Case) -> Spoken:
    limit = case.limits.bad_share_over
    bad, all_claims = case.seen.bad_claims, case.seen.all_claims
    share = _percent(-(-bad * 100_000_000 // all_claims))  # upwards, so that 超过 stays true
    says = (
        f"债务人在本行的非零售债权有{share}为不良,超过{_percent(limit.value)},"
        f"其全部债权至少归为{GRADE_NAMES[SUBSTANDARD]}"
    )
    inputs: dict[str, InputValue] = {
        "不良债权本金": in_yuan(bad),
        "全部债权本金": in_yuan(all_claims),
        "不良占比": share,
    }
    return limit, says, inputs, case.siblings


def _has_bad(case: _Case) -> Spoken:
    rows = case.siblings
    says = f"同一债务人在本行另有{len(rows)}笔不良债权,至少归为关注"
    return case.limits.bad_claim_spills, says, {"不良债权笔数": len(rows)}, rows


def _share_unknown(case: _Case) -> Spoken:
    limit = case.limits.bad_share_over
    says = "债务人有多个币种的债权而没有汇率,不良占比未能判定,请人工核定"
    return limit, says, {"不良占比": None}, case.siblings


def _no_floor(case: _Case) -> Spoken:
    says = "未触发任何下限:没有须下调的逾期、核销或已登记的情形,债务人没有不良牵连"
    return case.limits.special_mention_over, says, {"逾期天数": case.seen.days_past_due}, []


def _on_record(rule: Because, what: str) -> Callable[[_Case], Spoken]:
    """Something that people put on record, and whose floor is a parameter."""

    def words(case: _Case) -> Spoken:
        limit = case.limits.floors[rule]
        says = f"{what},至少归为{GRADE_NAMES[limit.value]}"
        return limit, says, {"情形": what}, case.told_rows

    return words


def _renewal(case: _Case) -> Spoken:
    limit = case.limits.floors[Because.REFINANCED]
    says = "借新还旧登记为符合条件的续贷,不因此下调"
    return limit, says, {"符合续贷条件": "是"}, case.told_rows


def _ecl(limit_name: str, grade: int) -> Callable[[_Case], Spoken]:
    def words(case: _Case) -> Spoken:
        limit: Limit = getattr(case.limits, limit_name)
        share = _percent(case.seen.ecl_share)
        says = (
            f"已发生信用减值,预期信用损失占账面余额{share},达到{_percent(limit.value)},"
            f"至少归为{GRADE_NAMES[grade]}"
        )
        return limit, says, {"预期信用损失占比": share}, case.told_rows

    return words


def _bad_elsewhere(case: _Case) -> Spoken:
    says = "同一债务人在其他银行有不良债务,至少归为关注"
    return case.limits.bad_claim_spills, says, {"他行不良": "有"}, case.told_rows


def _all_banks(case: _Case) -> Spoken:
    limit, seen = case.limits.all_bank_share_over, case.seen
    overdue = seen.overdue_claims + seen.overdue_elsewhere
    everything = seen.all_claims + seen.debts_elsewhere
    share = _percent(-(-overdue * 100_000_000 // max(everything, 1)))
    says = (
        f"债务人在所有银行的债务中逾期{case.limits.substandard_over.value}天以上的占{share},"
        f"超过{_percent(limit.value)},至少归为{GRADE_NAMES[SUBSTANDARD]}"
    )
    inputs: dict[str, InputValue] = {
        "本行债权": in_yuan(seen.all_claims),
        "其中逾期90天以上": in_yuan(seen.overdue_claims),
        "他行债务": in_yuan(seen.debts_elsewhere),
        "他行逾期90天以上": in_yuan(seen.overdue_elsewhere),
        "占比": share,
    }
    return limit, says, inputs, case.told_rows


_SHOWN = {
    Difficulty.STATED: "登记为因财务困难",
    Difficulty.OVERDUE: "变更时已逾期",
    Difficulty.OTHER_BAD: "变更时另有不良债权",
    Difficulty.HARDSHIP: "变更前宣称无力还款或申请减免",
    Difficulty.NOT_RECORDED: "未登记是否因财务困难,从严视为重组",
}


def _observed(rule: Because) -> Callable[[_Case], Spoken]:
    def words(case: _Case) -> Spoken:
        limit, seen = case.limits.floors[rule], case.seen
        until = _day(seen.observed_until)
        what = (
            "重组观察期内再次重组" if rule is Because.RESTRUCTURED_AGAIN else "重组资产在观察期内"
        )
        rest = f"观察期至{until}" if until else "现有逾期,还清后观察期重新起算"
        says = f"{what},{rest},其间至少归为{GRADE_NAMES[limit.value]}"
        shown = Difficulty(seen.difficulty)
        inputs: dict[str, InputValue] = {
            "合同变更日": _day(seen.changed_on),
            "财务困难": "、".join(text for one, text in _SHOWN.items() if one in shown),
            "观察期起": _day(seen.observed_from),
            "观察期止": until,
        }
        row = [SourceRow(table="loan_book.happening", id=str(seen.changed_row))]
        return limit, says, inputs, row if seen.changed_row else [case.loan]

    return words


def _waiting(case: _Case) -> Spoken:
    limits, seen = case.limits, case.seen
    until, since = _day(seen.wait_until), _day(seen.clean_since)
    when = f"自{since}起无欠款,最早{until}可上调" if since else "还有逾期或其他不良情形,还清后起算"
    says = (
        f"不良上调须欠款还清后连续正常还款{limits.upgrade_periods.value}期且满"
        f"{limits.upgrade_months.value}个月,债务人在本行没有其他不良债权,并经评估能持续还款;"
        f"{when},此前至少归为{GRADE_NAMES[SUBSTANDARD]}"
    )
    return limits.upgrade_months, says, {"无欠款起": since, "最早可上调": until}, [case.loan]


def _by_table(case: _Case) -> Spoken:
    table, cell = case.limits.tables[case.seen.rule_set], case.cell
    assert cell is not None
    security = str(SecurityKind(SECURITIES[case.seen.security]).label)
    says = (
        f"逾期{case.seen.days_past_due}天,{security}贷款,按“{table.name}”"
        f"至少归为{GRADE_NAMES[cell.value]}"
    )
    return cell, says, {**case.overdue, "担保方式": security, "规则集": table.name}, [case.loan]


def _not_known(because: Because, case: _Case, is_retail: bool) -> Iterator[Reason]:
    """What the rules would have looked at and nobody has recorded: said, never passed over."""
    limits = case.limits
    if Because.WRITTEN_OFF in because:
        return
    if not because & (Because.IMPAIRED | Because.NOT_IMPAIRED):
        yield reason(
            "grade.impairment_unknown", limits.floors[Because.IMPAIRED],
            "未知:没有减值计量结果,是否已发生信用减值及预期信用损失占比未能判定",
            inputs={"已发生信用减值": None, "预期信用损失占比": None},
        )  # fmt: skip
    if not is_retail and Because.ALL_BANKS_KNOWN not in because:
        yield reason(
            "grade.all_banks_unknown", limits.all_bank_share_over,
            f"未知:{limits.all_bank_age.value}天内没有登记债务人在其他银行的债务,全行业占比未能判定",
            inputs={"他行债务": None, "他行逾期90天以上": None},
        )  # fmt: skip


def _day(number: int) -> str | None:
    return None if number == NO_DATE else date_of(number).isoformat()


_WORDS: dict[Because, Callable[[_Case], Spoken]] = {
    Because(0): _no_floor,
    Because.OVERDUE_AT_ALL: _overdue_by(Because.OVERDUE_AT_ALL, "special_mention_over"),
    Because.OVERDUE_LONG: _overdue_by(Because.OVERDUE_LONG, "substandard_over"),
    Because.OVERDUE_VERY_LONG: _overdue_by(Because.OVERDUE_VERY_LONG, "doubtful_over"),
    Because.OVERDUE_LONGEST: _overdue_by(Because.OVERDUE_LONGEST, "loss_over"),
    Because.WRITTEN_OFF: _written_off,
    Because.PARTLY_WRITTEN_OFF: _partly_written_off,
    Because.DEBTOR_MOSTLY_BAD: _mostly_bad,
    Because.DEBTOR_HAS_BAD: _has_bad,
    Because.TECHNICAL_EXCUSE: _technical,
    Because.SHARE_UNKNOWN: _share_unknown,
    Because.MISUSED: _on_record(Because.MISUSED, "未经同意擅自改变贷款用途"),
    Because.REFINANCED: _on_record(Because.REFINANCED, "借新还旧"),
    Because.RENEWAL_EXEMPT: _renewal,
    Because.EXTENDED_FARMER: _on_record(Because.EXTENDED_FARMER, "农户贷款已展期"),
    Because.EVASION: _on_record(Because.EVASION, "逃废银行债务"),
    Because.LIQUIDATION: _on_record(Because.LIQUIDATION, "债务人进入破产清算"),
    Because.RATING_CUT: _on_record(Because.RATING_CUT, "外部评级大幅下调,履约能力显著下降"),
    Because.IMPAIRED: _on_record(Because.IMPAIRED, "已发生信用减值"),
    Because.ECL_HALF: _ecl("ecl_doubtful_from", DOUBTFUL),
    Because.ECL_MOST: _ecl("ecl_loss_from", LOSS),
    Because.BAD_ELSEWHERE: _bad_elsewhere,
    Because.ALL_BANK_SHARE: _all_banks,
    Because.RESTRUCTURED: _observed(Because.RESTRUCTURED),
    Because.RESTRUCTURED_AGAIN: _observed(Because.RESTRUCTURED_AGAIN),
    Because.UPGRADE_WAITING: _waiting,
    Because.TABLE_MENTION: _by_table,
    Because.TABLE_BAD: _by_table,
}


def _percent(micro: int) -> str:
    """Micro-percent as people write it, rounded up to two decimals: 10_000_000 is 10%."""
    hundredths = -(-micro // 10_000)
    whole, rest = divmod(hundredths, 100)
    return f"{whole}.{rest:02d}%" if rest else f"{whole}%"
