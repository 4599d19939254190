"""The demo bank's cases: each Tuesday and Friday evening people take the next step of most of them.

Every step goes through the same actions as on the screen, by whose turn it is. Some come too
late, some are sent back, some turn out to be false alarms, and what stays doubtful goes on the
watch list.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Mapping
from itertools import groupby

from django.db.models import Exists, OuterRef

from daihou.early_warning.cases import actions
from daihou.early_warning.cases.choices import (
    CaseState,
    DecisionState,
    Measure,
    Outcome,
    TaskState,
    WatchReason,
)
from daihou.early_warning.cases.limits import case_limits_on
from daihou.early_warning.cases.models import CaseProposal, SignalCase, WatchEntry
from daihou.early_warning.cases.watching import unwatch, watch
from daihou.early_warning.choices import Colour
from daihou.early_warning.explanations import SEEN
from daihou.early_warning.models import Signal
from daihou.early_warning.rules import OddPayment, Rule
from daihou.loan_book.choices import CustomerKind, HappeningKind
from daihou.loan_book.models import Happening
from daihou.staff.choices import Role
from daihou.staff.models import Officer

WORKED_ON = (2, 5)  # Tuesdays and Fridays
_ODD = SEEN.index("odd_payments")
_INSPECTIONS = {
    CustomerKind.ENTERPRISE: "到厂区检查开工、库存与应收账款,核对近三个月流水",
    CustomerKind.SOLE_TRADER: "到店面查看客流与存货,核对收款码流水",
    CustomerKind.FARMER: "到田间、圈舍查看种养情况与存货",
    CustomerKind.CONSUMER: "核实工作单位与收入流水有无变化",
}
_PLANS = {
    Colour.BLUE: ("情况轻微,继续观察", (Measure.WATCH,)),
    Colour.YELLOW: ("查明迟延原因,落实本期还款来源", (Measure.CONTACT,)),
    Colour.ORANGE: (
        "逾期加深,先核查经营与现金流,再谈还款安排;必要时追加担保",
        (Measure.CONTACT, Measure.INSPECT),
    ),
    Colour.RED: (
        "还款能力明显下降,保全优先:停止新增用信,约谈担保人,准备提前收回",
        (Measure.FREEZE, Measure.SECURE, Measure.RECALL),
    ),
}
_ASKED = {
    Measure.CONTACT: "约见借款人,问清逾期原因,取得书面还款承诺",
    Measure.SECURE: "约谈保证人与抵押人,争取追加担保",
    Measure.FREEZE: "冻结未用额度,停止新增用信",
    Measure.RECALL: "送达提前收回通知书,限期归还",
    Measure.TRANSFER: "整理债权与抵押材料,移交资产保全",
    Measure.WATCH: "跟踪下一期还款",
}
_DONE = {
    Measure.CONTACT: "已面谈。客户称回款推迟,承诺月底前还清逾期部分,已签还款承诺书",
    Measure.INSPECT: "已实地检查。经营未停,但收入较上季减少,存货与台账相符",
    Measure.SECURE: "保证人同意继续担保;追加抵押物产权清晰,评估中",
    Measure.FREEZE: "未用额度已在系统中冻结",
    Measure.RECALL: "通知书已送达,回执存档",
    Measure.TRANSFER: "材料已移交资产保全,清单双方签字",
    Measure.WATCH: "下一期已按时还款",
}
_PAID_BY_FAMILY = "代付方为客户家庭成员经营的商户,已核对户口簿与代付说明,不是代偿"
_CARD_CHANGED = "客户更换还款卡,旧卡扣款未成功,换卡后已扣回;收入与负债均无变化,不是风险"


def work_on_cases(today: dt.date, chance: random.Random) -> int:
    """Take the next step of most cases in hand; returns in how many something was done."""
    desk = _Desk(today, chance)
    worked = _release_gone(desk) + _decide(desk)
    waiting_since_before = SignalCase.objects.filter(
        state__in=desk.steps, owner__isnull=False, opened_on__lte=today
    ).select_related("owner", "customer__officer")
    for case in waiting_since_before.order_by("customer__number"):
        worked += desk.steps[CaseState(case.state)](case)
    return worked + _leave_the_watch_list(desk)


class _Desk:
    """The people at work on an evening, and what they do with a case by its state."""

    def __init__(self, today: dt.date, chance: random.Random) -> None:
        self.today = today
        self.chance = chance
        self.limits = case_limits_on(today)
        self.steps: Mapping[CaseState, Callable[[SignalCase], bool]] = {
            CaseState.NEW: self.acknowledge,
            CaseState.ACKNOWLEDGED: self.plan,
            CaseState.HANDLING: self.handle,
            CaseState.VERIFIED: self.propose,
        }

    def happens(self, share: float) -> bool:
        """Whether something comes about this evening that does in this share of cases."""
        return self.chance.random() < share

    def acknowledge(self, case: SignalCase) -> bool:
        """Most are acknowledged at once; what stays is late next time."""
        if not self.happens(0.85):
            return False
        actions.acknowledge(case=case, by=_owner(case), business_date=self.today)
        return True

    def plan(self, case: SignalCase) -> bool:
        """A plan that suits the colour, or the finding that there was no risk."""
        if no_risk := self._no_risk(case):
            actions.report_false_alarm(
                case=case, reason=no_risk, by=_owner(case), business_date=self.today
            )
            return True
        if not self.happens(0.6):
            return False
        words, measures = _PLANS[Colour(case.colour)]
        tasks = [self._task(case, measure) for measure in measures]
        actions.make_plan(
            case=case, plan=words, tasks=tasks, by=_owner(case), business_date=self.today
        )
        return True

    def handle(self, case: SignalCase) -> bool:
        """Do what is due soon; when all is done, see whether it has worked."""
        tasks = list(case.tasks.filter(state=TaskState.OPEN).select_related("assignee"))
        due = [task for task in tasks if task.due_on <= self.today + dt.timedelta(4)]
        if tasks and not (due and self.happens(0.8)):
            return False
        for task in due:
            task.case = case
            actions.finish_task(task=task, result=_DONE[Measure(task.measure)], by=task.assignee,
                                business_date=self.today)  # fmt: skip
        if due:
            self._add_evidence(case)
            return True
        return self._verify(case)

    def propose(self, case: SignalCase) -> bool:
        """Put the case up for release; what is only bearable stays on the watch list."""
        if not self.happens(0.8):
            return False
        outcome, reason = self._outcome(case)
        actions.propose_release(
            case=case, outcome=outcome, reason=reason, by=_owner(case), business_date=self.today
        )
        is_watched = WatchEntry.objects.filter(customer=case.customer, left_on=None).exists()
        if outcome == Outcome.ACCEPTED and not is_watched:
            watch(customer=case.customer, case=case, text=reason, by=_owner(case),
                  reason=WatchReason.AT_RELEASE, business_date=self.today)  # fmt: skip
        return True

    def _task(self, case: SignalCase, measure: Measure) -> actions.PlannedTask:
        does = case.customer.officer if measure == Measure.INSPECT else None
        text = _ASKED.get(measure) or _INSPECTIONS[CustomerKind(case.customer.kind)]
        until = self.today + dt.timedelta(self.chance.choice((4, 7, 10, 14)))
        return actions.PlannedTask(measure, text, does or _owner(case), until)

    def _no_risk(self, case: SignalCase) -> str:
        """Why some cases turn out to be false alarms, in words that fit what was seen."""
        held = Signal.objects.filter(pk__in=case.case_signals.values("signal"))
        seen = list(held.values_list("rule", "seen"))
        rules = {rule for rule, _ in seen}
        if rules == {Rule.ODD_PAYMENTS} and {numbers[_ODD] for _, numbers in seen} == {
            OddPayment.BY_OTHER
        }:
            return _PAID_BY_FAMILY if self.happens(0.3) else ""
        is_short = case.gone_on is not None and rules == {Rule.OVERDUE}
        return _CARD_CHANGED if is_short and self.happens(0.15) else ""

    def _add_evidence(self, case: SignalCase) -> None:
        """Often the latest contact with the client, as it was recorded."""
        contact = Happening.objects.filter(
            customer=case.customer, kind=HappeningKind.CONTACTED, happened_on__lte=self.today
        )
        latest = contact.order_by("-happened_on", "-pk").first()
        if latest is not None and self.happens(0.4):
            proof = actions.Proof(text="面谈记录", happening=latest)
            actions.add_evidence(case=case, proof=proof, by=_owner(case), business_date=self.today)

    def _verify(self, case: SignalCase) -> bool:
        is_gone = case.gone_on is not None
        has_gone_over = case.tasks.filter(measure=Measure.TRANSFER).exists()
        if is_gone or has_gone_over or self.happens(0.12):
            text = (
                "流水核对无误,逾期已结清" if is_gone else "各项措施已落实,担保足值,风险敞口未扩大"
            )
            actions.verify(case=case, is_effective=True, text=text, by=_owner(case),
                           business_date=self.today)  # fmt: skip
            return True
        if not self.happens(0.4):
            return False
        actions.verify(case=case, is_effective=False, text="承诺未兑现,逾期仍在", by=_owner(case),
                       business_date=self.today)  # fmt: skip
        further = Measure.TRANSFER if case.colour == Colour.RED else Measure.SECURE
        actions.add_task(case=case, task=self._task(case, further), by=_owner(case),
                         business_date=self.today)  # fmt: skip
        return True

    def _outcome(self, case: SignalCase) -> tuple[Outcome, str]:
        if case.gone_on is not None:
            return Outcome.CURED, "逾期本息已还清,信号消失,后续按正常户管理"
        if case.tasks.filter(measure=Measure.TRANSFER, state=TaskState.DONE).exists():
            return Outcome.TRANSFERRED, "已移交资产保全,后续由其清收"
        if self.happens(0.75):
            return Outcome.REDUCED, "已落实还款安排与担保,敞口有保障"
        return Outcome.ACCEPTED, "经营尚可、担保足值,风险可控,转入观察名单按月跟踪"


def _owner(case: SignalCase) -> Officer:
    assert case.owner is not None
    return case.owner


def _release_gone(desk: _Desk) -> int:
    """Light cases whose signals are gone are released together by their owners."""
    gone = SignalCase.objects.filter(
        gone_on__lt=desk.today, colour__lte=desk.limits.simple_release_upto, owner__isnull=False,
        acknowledged_on__isnull=False, state__in=list(desk.steps),
    )  # fmt: skip
    cases = gone.select_related("owner").order_by("owner_id", "pk")
    chosen = [case for case in cases if desk.happens(0.7)]
    return sum(
        actions.release_gone(cases=list(of_owner), reason="逾期已还清,流水核对无误", by=owner,
                             business_date=desk.today)
        for owner, of_owner in groupby(chosen, key=_owner)
    )  # fmt: skip


def _decide(desk: _Desk) -> int:
    """The second signature, at head office; now and then something is missing."""
    wu = Officer.objects.get(display_name="吴审批")
    waiting = CaseProposal.objects.filter(
        state=DecisionState.WAITING, proposed_on__lt=desk.today
    ).select_related("case")
    for proposal in waiting.order_by("pk"):
        if desk.happens(0.88):
            actions.approve(
                proposal=proposal, by=wu, note="材料齐全,同意", business_date=desk.today
            )
        else:
            actions.refuse(proposal=proposal, note="请补充最近一期还款凭证后再报", by=wu,
                           business_date=desk.today)  # fmt: skip
    return len(waiting)


def _leave_the_watch_list(desk: _Desk) -> int:
    """贷后岗 takes clients off the list who have been quiet long enough."""
    at_branch = Officer.objects.filter(
        is_active=True, roles__contains=[Role.POST_LOAN_OFFICER.value]
    )
    quiet = WatchEntry.objects.filter(
        Exists(at_branch.filter(branch=OuterRef("customer__branch"))),
        left_on=None, may_leave_since__lt=desk.today,
    ).select_related("customer", "case")  # fmt: skip
    left = [entry for entry in quiet.order_by("pk") if desk.happens(0.5)]
    for entry in left:
        by = at_branch.filter(branch=entry.customer.branch_id).order_by("username")[0]
        unwatch(entry=entry, text="连续三个月按时还款,经营平稳", by=by, business_date=desk.today)
    return len(left)
