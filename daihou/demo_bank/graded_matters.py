"""What the demo bank puts on record for the five grades beside arrears: a case of every rule.

Delivered like all other happenings. Loans are chosen by what the bank was drawn to be, so that it
is the same bank every time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from daihou.demo_bank.files import Row
from daihou.demo_bank.lending import Lent
from daihou.demo_bank.payments import Life
from daihou.demo_bank.stories import Story
from daihou.loan_book.choices import CustomerKind, HappeningKind

_ENTERPRISE, _TRADER = CustomerKind.ENTERPRISE, CustomerKind.SOLE_TRADER
FACTS = (
    "ended", "qualifying_renewal", "financial_difficulty", "impaired", "ecl_share", "debts",
    "overdue_90", "bad",
)  # fmt: skip


@dataclass(frozen=True)
class Matter:
    """One thing put on record: about which loan, when, in which words, with which facts."""

    kind: HappeningKind
    on: dt.date
    story: Story
    client: CustomerKind
    text: str
    facts: Row = field(default_factory=dict)
    of_client: bool = False


MATTERS = (
    # Restructured: one whose year of observation is over, two within it, one a second time.
    Matter(HappeningKind.RESTRUCTURED, dt.date(2025, 8, 20), Story.PUNCTUAL, _TRADER,
           "门店搬迁期间资金紧张,经审批调整还款安排", {"financial_difficulty": "是"}),
    Matter(HappeningKind.RESTRUCTURED, dt.date(2026, 5, 18), Story.PUNCTUAL, _TRADER,
           "主要客户拖欠货款,经审批减免罚息并调整还款安排", {"financial_difficulty": "是"}),
    Matter(HappeningKind.RESTRUCTURED, dt.date(2026, 3, 9), Story.PUNCTUAL, _ENTERPRISE,
           "下游停产,经审批重组", {"financial_difficulty": "是"}),
    Matter(HappeningKind.RESTRUCTURED, dt.date(2026, 2, 3), Story.NOW_AND_THEN_LATE, _TRADER,
           "租金上涨,经审批重组", {"financial_difficulty": "是"}),
    Matter(HappeningKind.RESTRUCTURED, dt.date(2026, 7, 14), Story.NOW_AND_THEN_LATE, _TRADER,
           "仍无力按重组后的计划还款,再次重组", {"financial_difficulty": "是"}),
    Matter(HappeningKind.REFINANCED, dt.date(2026, 4, 21), Story.PUNCTUAL, _ENTERPRISE,
           "以本笔贷款结清到期的流动资金贷款,不符合续贷条件", {"qualifying_renewal": "否"}),
    Matter(HappeningKind.REFINANCED, dt.date(2026, 6, 11), Story.PUNCTUAL, _TRADER,
           "无还本续贷:经营正常、无欠息,到期前申请并重新签约", {"qualifying_renewal": "是"}),
    Matter(HappeningKind.MISUSED, dt.date(2026, 9, 2), Story.PUNCTUAL, _ENTERPRISE,
           "抽查发票与付款不符,部分资金转入关联公司用于购置商铺"),
    Matter(HappeningKind.DEBT_EVASION, dt.date(2026, 8, 6), Story.ROLLING, _TRADER,
           "门店转让给亲属后失联,转移存货,已列入逃废债名单", of_client=True),
    Matter(HappeningKind.LIQUIDATION, dt.date(2026, 10, 12), Story.NOW_AND_THEN_LATE, _ENTERPRISE,
           "法院裁定受理破产清算,已申报债权", of_client=True),
    Matter(HappeningKind.RATING_CUT, dt.date(2026, 9, 24), Story.PUNCTUAL, _ENTERPRISE,
           "外部评级由AA-连降三级至BBB,主业停产", of_client=True),
    Matter(HappeningKind.IMPAIRMENT, dt.date(2026, 9, 30), Story.ROLLING, CustomerKind.CONSUMER,
           "季末减值计量", {"impaired": "是", "ecl_share": "55"}),
    Matter(HappeningKind.IMPAIRMENT, dt.date(2026, 9, 30), Story.ROLLING, CustomerKind.FARMER,
           "季末减值计量", {"impaired": "是", "ecl_share": "92.5"}),
    Matter(HappeningKind.IMPAIRMENT, dt.date(2026, 9, 30), Story.PUNCTUAL, _ENTERPRISE,
           "季末减值计量", {"impaired": "否", "ecl_share": "1.2"}),
    # A small part of what the client owes here: its other loan is 关注 because of it.
    Matter(HappeningKind.IMPAIRMENT, dt.date(2026, 9, 30), Story.OFTEN_LATE, _ENTERPRISE,
           "季末减值计量:该笔对应的订单已取消", {"impaired": "是", "ecl_share": "30"}),
    Matter(HappeningKind.EXTENSION_GRANTED, dt.date(2026, 6, 25), Story.PUNCTUAL,
           CustomerKind.FARMER, "因收获期推迟申请展期,经审批同意,现到期日为展期后的到期日",
           {"financial_difficulty": "否"}),
    Matter(HappeningKind.ALL_BANK_DEBTS, dt.date(2026, 10, 15), Story.PUNCTUAL, _ENTERPRISE,
           "征信报告:他行逾期合计超过全部债务两成",
           {"debts": "30000000.00", "overdue_90": "16000000.00", "bad": "16000000.00"}, True),
    Matter(HappeningKind.ALL_BANK_DEBTS, dt.date(2026, 10, 15), Story.NOW_AND_THEN_LATE,
           _ENTERPRISE, "征信报告:他行有一笔不良,逾期未满90天",
           {"debts": "5000000.00", "overdue_90": "0.00", "bad": "200000.00"}, True),
)  # fmt: skip
_SECOND = "再次重组"  # is about the loan of the matter before it


def graded_rows(lives: Iterable[Life], since: dt.date, until: dt.date) -> Iterator[Row]:
    """The rows to be delivered for the days from `since` to `until`."""
    for matter, lent in _chosen([life.lent for life in lives]):
        if since <= matter.on <= until:
            yield {
                "customer": lent.client.number,
                "loan": None if matter.of_client else lent.number,
                "kind": matter.kind.label,
                "happened_on": matter.on,
                "text": matter.text,
                "recorded_by": lent.client.officer,
                **dict.fromkeys(FACTS),
                **matter.facts,
            }


def _chosen(loans: list[Lent]) -> Iterator[tuple[Matter, Lent]]:
    """A loan for each matter: of the story and kind, running, of a client not taken yet."""
    taken: set[str] = set()
    last: Lent | None = None
    for matter in MATTERS:
        if last is not None and matter.text.endswith(_SECOND):
            yield matter, last
            continue
        found = next((lent for lent in loans if _fits(lent, matter, taken)), None)
        if found is not None:
            last = found
            taken.add(found.client.number)
            yield matter, found


def _fits(lent: Lent, matter: Matter, taken: set[str]) -> bool:
    return (
        lent.story is matter.story
        and lent.client.kind is matter.client
        and lent.client.number not in taken
        and lent.disbursed_on < matter.on - dt.timedelta(days=60)
        and lent.matures_on > dt.date(2026, 11, 30)
    )
