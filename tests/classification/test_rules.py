"""Grade floors against the tables of `下限.md`, and what must hold for any book."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daihou.classification.choices import Grade
from daihou.classification.codes import GRADE_NAMES, RULE_SETS, SUBSTANDARD, Because
from daihou.classification.explanations import Seen, bad_siblings, explain, seen_for
from daihou.classification.gathering import Graded
from daihou.classification.limits import grade_limits
from daihou.classification.memory import KeptDays
from daihou.classification.rules import GradeFacts, Grades, grade_book
from daihou.classification.told import Told
from daihou.loan_book.choices import RuleSet, SecurityKind
from daihou.servicing.book_columns import SECURITIES
from loanmath.dates import NO_DATE
from loanmath.money import yuan
from loanmath.rates import percent
from tests.shipped import shipped_parameters
from tests.story_tables import Row, tables_of

TABLES = tables_of(Path(__file__).with_name("下限.md"))
TABLES |= tables_of(Path(__file__).with_name("情形.md"))
LIMITS = grade_limits(shipped_parameters())


TOLD = {
    "擅自改变用途": Because.MISUSED,
    "借新还旧": Because.REFINANCED,
    "符合条件的续贷": Because.RENEWAL_EXEMPT,
    "农户展期": Because.EXTENDED_FARMER,
    "逃废债": Because.EVASION,
    "破产清算": Because.LIQUIDATION,
    "评级大幅下调": Because.RATING_CUT,
    "已减值": Because.IMPAIRED,
    "未减值": Because.NOT_IMPAIRED,
    "他行不良": Because.BAD_ELSEWHERE,
}
UNKNOWN = {"grade.impairment_unknown", "grade.all_banks_unknown"}


def _amount(text: str | None) -> int:
    return yuan(text) if text else -1


def facts_of(rows: list[Row]) -> GradeFacts:
    clients = {name: n for n, name in enumerate(dict.fromkeys(row["客户"] for row in rows))}
    sets = {str(RuleSet(name).label): n for n, name in enumerate(RULE_SETS)}
    securities = {str(SecurityKind(name).label): n for n, name in enumerate(SECURITIES)}
    past = [row.get("此前", "") for row in rows]
    return GradeFacts(
        customer=np.array([clients[row["客户"]] for row in rows], np.int64),
        is_retail=np.array([row["零售"] == "是" for row in rows], bool),
        currency=np.array([int(row.get("币种") or 0) for row in rows], np.int64),
        judged=np.array([row.get("不判定") != "是" for row in rows], bool),
        days_past_due=np.array([int(row["逾期天数"]) for row in rows], np.int32),
        principal=np.array([yuan(row["本金"]) for row in rows], np.int64),
        written_off=np.array([yuan(row.get("已核销") or "0") for row in rows], np.int64),
        technical_cause=np.array([row.get("技术原因") == "有" for row in rows], bool),
        rule_set=np.array([sets[row.get("规则集") or "2023年办法下限"] for row in rows], np.int8),
        security=np.array([securities[row.get("担保") or "信用"] for row in rows], np.int8),
        told=np.array([
            sum(TOLD[word] for word in row.get("登记情形", "").split()) for row in rows
        ], np.int32),
        ecl_share=np.array([
            percent(row["损失占比"]) if row.get("损失占比") else -1 for row in rows
        ], np.int64),
        debts_elsewhere=np.array([_amount(row.get("他行债务")) for row in rows], np.int64),
        overdue_elsewhere=np.array([_amount(row.get("他行逾期")) for row in rows], np.int64),
        was_bad=np.array(["不良" in text for text in past], bool),
        wait_served=np.array(["满期" in text for text in past], bool),
        observed=np.array(["观察" in text for text in past], bool),
        restructured_again=np.array(["再次" in text for text in past], bool),
    )  # fmt: skip


def reasons_of(at: int, facts: GradeFacts, grades: Grades) -> list[dict]:
    return [one for one in all_reasons_of(at, facts, grades) if one["rule"] not in UNKNOWN]


def all_reasons_of(at: int, facts: GradeFacts, grades: Grades) -> list[dict]:
    due = np.where(facts.days_past_due > 0, 20_000 - facts.days_past_due, NO_DATE)
    told = Told(
        facts.told, facts.ecl_share, facts.debts_elsewhere, facts.overdue_elsewhere,
        np.zeros(facts.customer.size, np.int64),
    )  # fmt: skip
    graded = Graded(facts, grades, told, KeptDays.of([]))
    (seen,) = seen_for(np.array([at]), graded, due.astype(np.int32)).tolist()
    siblings = [f"J{n}" for n in bad_siblings(at, facts, grades)]
    because, is_retail = Because(int(grades.because[at])), bool(facts.is_retail[at])
    return explain(
        because, Seen(*seen), LIMITS, loan_number=f"J{at}", bad_siblings=siblings,
        is_retail=is_retail,
    )  # fmt: skip


@pytest.mark.parametrize("heading", TABLES)
def test_every_row_of_the_table(heading: str) -> None:
    rows = TABLES[heading]
    facts = facts_of(rows)
    grades = grade_book(facts, LIMITS)
    assert [GRADE_NAMES[g] for g in grades.grade] == [row["应为"] for row in rows]
    for at, row in enumerate(rows):
        if row["依据"]:
            spoken = [r["rule"].removeprefix("grade.") for r in reasons_of(at, facts, grades)]
            assert spoken == row["依据"].split(), row


def test_the_table_speaks_of_every_rule() -> None:
    told = {rule for rows in TABLES.values() for row in rows for rule in row["依据"].split()}
    silent = Because.NOT_IMPAIRED | Because.ALL_BANKS_KNOWN
    names = {str(rule.name).lower() for rule in Because if rule not in silent}
    assert told == names | {"no_floor"}
    assert GRADE_NAMES[1:] == tuple(Grade.labels)


def test_a_reason_names_clause_values_and_rows() -> None:
    facts = facts_of(TABLES["同一债务人"][2:4])
    first, second = (reasons_of(at, facts, grade_book(facts, LIMITS))[0] for at in (0, 1))
    assert first == {
        "rule": "grade.overdue_long",
        "version": "出厂值",
        "says": "逾期91天,超过90天,至少归为次级",
        "clause": "《商业银行金融资产风险分类办法》(2023年第1号令)第十一条",
        "evidence": "SEC",
        "inputs": {"逾期天数": 91, "最早未还应还日": "2024-07-05", "界限天数": 90},
        "rows": [{"table": "loan_book.loan", "id": "J0"}],
    }
    assert second["says"] == (
        "债务人在本行的非零售债权有10.01%为不良,超过10%,其全部债权至少归为次级"
    )
    assert second["inputs"] == {
        "不良债权本金": "100,000.01元",
        "全部债权本金": "1,000,000.01元",
        "不良占比": "10.01%",
    }
    assert second["rows"] == [{"table": "loan_book.loan", "id": "J0"}]


def test_what_nobody_recorded_is_said_to_be_unknown() -> None:
    facts = facts_of(TABLES["未知不等于没有"])
    grades = grade_book(facts, LIMITS)
    found = [
        {one["rule"] for one in all_reasons_of(at, facts, grades)} & UNKNOWN
        for at in range(facts.customer.size)
    ]
    both, impairment, banks = UNKNOWN, {"grade.impairment_unknown"}, {"grade.all_banks_unknown"}
    assert found == [both, impairment, banks, set(), impairment]


def test_parameters_move_the_thresholds() -> None:
    facts = facts_of(TABLES["同一债务人"][:2])
    stricter = grade_limits(shipped_parameters(grade__own_bank_share_over=9_000_000))
    assert grade_book(facts, stricter).grade.tolist() == [3, 3]
    without_spill = grade_limits(shipped_parameters(grade__bad_claim_spills=False))
    assert grade_book(facts, without_spill).grade.tolist() == [3, 1]


def test_loans_of_a_client_must_stand_side_by_side() -> None:
    facts = facts_of(TABLES["同一债务人"][:4])
    mixed = GradeFacts(**{name: column[[0, 2, 1, 3]] for name, column in vars(facts).items()})
    with pytest.raises(ValueError, match="sorted"):
        grade_book(mixed, LIMITS)


def test_an_empty_book_has_no_grades() -> None:
    assert grade_book(facts_of([]), LIMITS).grade.size == 0


loans = st.lists(
    st.tuples(
        st.integers(0, 4),  # client
        st.booleans(),  # retail
        st.integers(0, 1),  # currency
        st.booleans(),  # judged
        st.integers(0, 400),  # days past due
        st.integers(0, 10**13),  # principal
        st.sampled_from((0, 0, 0, 1, 10**6)),  # written off
        st.booleans(),  # technical cause
        st.integers(0, 3),  # rule set
        st.integers(0, 3),  # security
        st.sampled_from((0, 0, *TOLD.values())),
        st.sampled_from((-1, 49_999_999, 50_000_000, 90_000_000)),  # share of expected loss
        st.sampled_from((-1, -1, 0, 10**9)),  # debts at other banks
        st.sampled_from((-1, 0, 10**8)),  # of these, overdue
        st.booleans(),  # was 不良
        st.booleans(),  # has waited long enough
        st.booleans(),  # observed
        st.booleans(),  # restructured again
    ),
    min_size=1,
    max_size=12,
)


def _book(drawn: list[tuple]) -> GradeFacts:
    kinds = (
        np.int64, np.bool_, np.int64, np.bool_, np.int32, np.int64, np.int64, np.bool_, np.int8,
        np.int8, np.int32, np.int64, np.int64, np.int64, np.bool_, np.bool_, np.bool_, np.bool_,
    )  # fmt: skip
    columns = zip(*sorted(drawn, key=lambda loan: loan[0]), strict=True)
    return GradeFacts(*(np.array(c, kind) for c, kind in zip(columns, kinds, strict=True)))


@given(loans)
def test_debtor_rules_only_lower_and_leave_retail_alone(drawn: list[tuple]) -> None:
    facts = _book(drawn)
    grades = grade_book(facts, LIMITS)
    assert (grades.grade >= grades.own).all()
    assert (grades.own >= grade_book(_without_past(facts), LIMITS).own).all()
    assert (grades.grade == grades.own)[facts.is_retail].all()
    assert ((grades.grade == 0) == ~facts.judged).all()


def _without_past(facts: GradeFacts) -> GradeFacts:
    no = np.zeros(facts.customer.size, bool)
    return replace(facts, was_bad=no, observed=no)


@given(loans, st.data())
def test_a_longer_delay_never_betters_a_grade(drawn: list[tuple], data: st.DataObject) -> None:
    """Neither the loan's own grade nor any other loan's of the same debtor."""
    facts = _book(drawn)
    at = data.draw(st.integers(0, len(drawn) - 1))
    later = facts.days_past_due.copy()
    later[at] += data.draw(st.integers(1, 400))
    before = grade_book(facts, LIMITS).grade
    after = grade_book(GradeFacts(**{**vars(facts), "days_past_due": later}), LIMITS).grade
    assert (after >= before).all()


@given(loans, st.randoms(use_true_random=False))
def test_the_order_of_a_clients_loans_does_not_matter(drawn: list[tuple], random: object) -> None:
    facts = _book(drawn)
    order = list(range(len(drawn)))
    random.shuffle(order)
    order.sort(key=lambda n: facts.customer[n])
    shuffled = GradeFacts(**{name: column[order] for name, column in vars(facts).items()})
    assert grade_book(shuffled, LIMITS).grade.tolist() == (
        grade_book(facts, LIMITS).grade[order].tolist()
    )


@given(loans)
def test_one_client_alone_is_graded_as_within_the_book(drawn: list[tuple]) -> None:
    """The 为什么 panel asks about one client; the daily run about all: the answer is the same."""
    facts = _book(drawn)
    whole = grade_book(facts, LIMITS)
    for client in np.unique(facts.customer):
        mine = facts.customer == client
        alone = GradeFacts(**{name: column[mine] for name, column in vars(facts).items()})
        assert (grade_book(alone, LIMITS).grade == whole.grade[mine]).all()


@given(loans)
def test_every_graded_loan_has_a_reason_that_bears_its_grade(drawn: list[tuple]) -> None:
    facts = _book(drawn)
    grades = grade_book(facts, LIMITS)
    for at in np.flatnonzero(facts.judged):
        reasons = reasons_of(int(at), facts, grades)
        assert reasons and all(r["says"] and r["clause"] for r in reasons)
        if grades.grade[at] >= SUBSTANDARD:
            assert GRADE_NAMES[grades.grade[at]] in reasons[0]["says"]
