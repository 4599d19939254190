"""A handful of clients with a history, for looking at the desks: good, late, cured, set aside.

Terms, plans and payments are entered like imported rows; positions come from the kernel, as the
daily run would leave them. The day is 2026-11-23.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from daihou.classification.choices import Grade
from daihou.classification.codes import Because
from daihou.classification.models import LoanGrade
from daihou.daily_run.choices import DayStatus, Task, WorkStatus
from daihou.daily_run.models import BusinessDay, SetAside, StepRecord, WorkItem
from daihou.daily_run.worklist import Kind
from daihou.early_warning.choices import Colour
from daihou.early_warning.models import Signal
from daihou.early_warning.rules import Rule
from daihou.ledger.choices import EntryKind
from daihou.ledger.models import LedgerEntry
from daihou.loan_book.actions import record_happening
from daihou.loan_book.choices import (
    ContactKind,
    CustomerKind,
    GuaranteeForm,
    HappeningKind,
    IdentityKind,
    Industry,
    PlanReason,
    RelationKind,
    RepaymentMethod,
    SecurityKind,
)
from daihou.loan_book.models import (
    Contact,
    Contract,
    Customer,
    CustomerRelation,
    Facility,
    Guarantee,
    Loan,
    PlanVersion,
    Product,
)
from daihou.servicing.models import LoanPosition
from daihou.servicing.queries import read_loan
from daihou.staff.models import Branch, Officer
from daihou.storage.sealing import fingerprint
from loanmath.codes import Allocation, Problem
from loanmath.dates import day_number
from loanmath.day_count import DayCount
from loanmath.money import Money
from loanmath.plans import PlanRequest, plan_for
from loanmath.rates import Rate, percent
from loanmath.schedule import Method
from tests.cast import Branches, Cast

DAY = dt.date(2026, 11, 23)
LONG_NAME = (
    "江苏省苏州市相城区黄埭镇绿野仙踪现代生态农业综合开发与农产品冷链物流仓储配送"
    "股份有限公司相城分公司(筹)第一项目部"
)
_METHODS = {
    Method.LEVEL_PAYMENT: RepaymentMethod.LEVEL_PAYMENT,
    Method.LEVEL_PRINCIPAL: RepaymentMethod.LEVEL_PRINCIPAL,
    Method.INTEREST_ONLY: RepaymentMethod.INTEREST_ONLY,
    Method.BULLET: RepaymentMethod.BULLET,
}


@dataclass
class SmallBank:
    """The clients and loans by the names that tests speak of."""

    customers: dict[str, Customer] = field(default_factory=dict)
    loans: dict[str, Loan] = field(default_factory=dict)
    work: dict[str, WorkItem] = field(default_factory=dict)


def make_small_bank(cast: Cast, branches: Branches) -> SmallBank:
    """Seven clients of 城东 and one of 城西, with loans, payments, grades, signals and work."""
    bank = SmallBank()
    business = Product.objects.create(code="JY01", name="流动资金贷款", is_retail=False)
    consumer = Product.objects.create(code="XF01", name="个人综合消费贷款", is_retail=True)
    _close_days()
    _clients(bank, cast, branches)
    _loans(bank, business, consumer, branches)
    _guarantees_and_relations(bank)
    for loan in bank.loans.values():
        _leave_position(loan)
    _judge(bank)
    _give_work(bank, cast)
    return bank


def _close_days() -> None:
    for back in (2, 1, 0):
        day = BusinessDay.objects.create(
            day=DAY - dt.timedelta(days=back),
            status=DayStatus.CLOSED,
            closed_at=dt.datetime(2026, 11, 23 - back, 13, 5, tzinfo=dt.UTC),
        )
        for number, name in enumerate(("open_day", "take_in_feeds", "positions", "close_day")):
            StepRecord.objects.create(
                day=day, step=name, rows=number * 7, seconds=0.2 * number, figures={"在账借据": 8}
            )


def _clients(bank: SmallBank, cast: Cast, branches: Branches) -> None:
    enterprise, consumer = CustomerKind.ENTERPRISE, CustomerKind.CONSUMER
    east, west = branches.east, branches.west
    people = (
        ("纺织厂", "江南纺织厂", enterprise, Industry.C, east, cast.zhang),
        ("王秀英", "王秀英", consumer, None, east, cast.zhang),
        ("长名", LONG_NAME, enterprise, Industry.A, east, cast.zhang),
        ("李建国", "李建国", CustomerKind.SOLE_TRADER, Industry.F, east, cast.zhang),
        ("陈阿婆", "陈阿婆", CustomerKind.FARMER, Industry.A, east, cast.zhang),
        ("恒达", "恒达机械有限公司", enterprise, Industry.C, east, cast.zhang),
        ("新户", "银杏文化传播工作室", enterprise, Industry.R, east, cast.zhang),
        ("城西户", "城西鑫源商贸有限公司", enterprise, Industry.F, west, cast.chen),
    )
    for number, (key, name, kind, industry, branch, officer) in enumerate(people, start=1):
        bank.customers[key] = _client(number, name, kind, industry, branch, officer)


def _client(
    number: int,
    name: str,
    kind: CustomerKind,
    industry: Industry | None,
    branch: Branch,
    officer: Officer,
) -> Customer:
    firm = kind == CustomerKind.ENTERPRISE
    paper = f"9132050756789{number:04d}X" if firm else f"32050219800101{number:04d}"
    client = Customer.objects.create(
        number=f"KH{number:06d}",
        name=name,
        kind=kind,
        identity_kind=IdentityKind.CREDIT_CODE if firm else IdentityKind.RESIDENT_ID,
        identity_number=paper,
        identity_index=fingerprint(paper),
        industry=industry,
        region="江苏省苏州市相城区",
        branch=branch,
        officer=officer,
    )
    mobile = f"138123400{number:02d}"
    Contact.objects.create(
        customer=client,
        kind=ContactKind.MOBILE,
        person="" if not firm else "财务",
        value=mobile,
        value_index=fingerprint(mobile),
        is_primary=True,
    )
    return client


def _loans(bank: SmallBank, business: Product, consumer: Product, branches: Branches) -> None:
    level, interest = Method.LEVEL_PAYMENT, Method.INTEREST_ONLY
    east = branches.east
    lend = _Lender(bank)
    lend("纺织一", "纺织厂", business, east, 18_500_000_00, "5.2", (2026, 2, 20), 12, interest, 7)
    lend("纺织二", "纺织厂", business, east, 3_200_000_00, "5.45", (2025, 9, 10), 24, level, 14)
    lend("王秀英", "王秀英", consumer, east, 180_000_00, "7.2", (2025, 6, 20), 36, level, 16)
    lend("长名", "长名", business, east, 6_000_000_00, "4.85", (2026, 1, 15), 24, level, 6)
    lend("李建国", "李建国", business, east, 500_000_00, "6.3", (2025, 11, 28), 24, level, 12)
    lend("陈阿婆", "陈阿婆", consumer, east, 50_000_00, "5", (2025, 12, 5), 12, Method.BULLET, 0)
    lend("恒达", "恒达", business, east, 2_000_000_00, "5", (2025, 3, 12), 18, level, 18)
    lend("挂起", "恒达", business, east, 900_000_00, "5", (2026, 6, 12), 12, level, 0)
    lend("城西", "城西户", business, branches.west, 800_000_00, "5.6", (2026, 3, 8), 12, level, 8)


class _Lender:
    """Pays loans out and lets the client pay the first instalments."""

    def __init__(self, bank: SmallBank) -> None:
        self._bank = bank

    def __call__(
        self,
        key: str,
        client: str,
        product: Product,
        branch: Branch,
        amount: int,
        rate: str,
        start: tuple[int, int, int],
        months: int,
        method: Method,
        paid: int,
    ) -> None:
        number = len(self._bank.loans) + 1
        customer = self._bank.customers[client]
        first = dt.date(*start)
        rows = plan_for(
            PlanRequest(
                method=method,
                principal=Money(amount),
                rate=percent(rate),
                start=first,
                maturity=_months_after(first, months),
                months=months if method is Method.BULLET else 1,
            )
        )
        loan = Loan.objects.create(
            number=f"JJ2026{number:06d}",
            customer=customer,
            contract=_contract(customer, number, amount, first),
            product=product,
            branch=branch,
            amount=amount,
            disbursed_on=first,
            matures_on=rows[-1].due,
            rate=int(Rate(percent(rate))),
            method=_METHODS[method],
            day_count=DayCount.ACT_360,
            penalty_uplift_bps=5000,
            allocation=Allocation.FEES_PENALTY_COMPOUND_INTEREST_PRINCIPAL,
            allocation_impaired=Allocation.PRINCIPAL_INTEREST_COMPOUND_PENALTY_FEES,
            security=SecurityKind.GUARANTEE if product.is_retail is False else SecurityKind.CREDIT,
            purpose="采购棉纱" if key.startswith("纺织") else "经营周转",
        )
        PlanVersion.objects.create(
            loan=loan,
            version=1,
            effective_from=first,
            reason=PlanReason.DISBURSEMENT,
            due_dates=[row.due for row in rows],
            principal=[row.principal for row in rows],
            interest=[row.interest for row in rows],
        )
        _book(loan, EntryKind.DISBURSEMENT, amount, first)
        if key == "挂起":
            _book(loan, EntryKind.REPAYMENT, 1_000_00, first - dt.timedelta(days=3))
        for row in rows[:paid]:
            _book(loan, EntryKind.REPAYMENT, row.total, row.due)
        self._bank.loans[key] = loan


def _months_after(first: dt.date, months: int) -> dt.date:
    month = first.month - 1 + months
    return dt.date(first.year + month // 12, month % 12 + 1, min(first.day, 28))


def _contract(customer: Customer, number: int, amount: int, signed: dt.date) -> Contract:
    facility = Facility.objects.create(
        number=f"SX2026{number:04d}",
        customer=customer,
        amount=amount * 2,
        starts_on=signed,
        ends_on=_months_after(signed, 36),
        is_revolving=number % 2 == 0,
    )
    return Contract.objects.create(
        number=f"HT2026{number:04d}",
        customer=customer,
        facility=facility,
        amount=amount,
        signed_on=signed,
    )


def _book(loan: Loan, kind: EntryKind, amount: int, day: dt.date) -> None:
    LedgerEntry.objects.create(
        loan=loan,
        kind=kind,
        amount=amount,
        value_date=day,
        booked_on=max(day, loan.disbursed_on),
        reference=f"LS{loan.pk}-{day:%Y%m%d}-{int(kind)}",
        payer_name=loan.customer.name if kind == EntryKind.REPAYMENT else None,
    )


def _guarantees_and_relations(bank: SmallBank) -> None:
    mill, machine, widow = (bank.customers[key] for key in ("纺织厂", "恒达", "王秀英"))
    contract = bank.loans["纺织一"].contract
    assert contract is not None
    for guarantor, amount in ((machine, 18_500_000_00), (widow, 5_000_000_00)):
        Guarantee.objects.create(
            contract=contract,
            guarantor=guarantor,
            form=GuaranteeForm.JOINT,
            amount=amount,
            ends_on=dt.date(2030, 2, 20),
        )
    for other, kind in (
        (widow, RelationKind.LEGAL_REPRESENTATIVE),
        (machine, RelationKind.AFFILIATE),
    ):
        CustomerRelation.objects.create(
            customer=mill, related=other, kind=kind, valid_from=dt.date(2020, 1, 1)
        )


def _leave_position(loan: Loan) -> None:
    """What the daily run would leave: the kernel's position, or a loan set aside."""
    standing = read_loan(loan).position(DAY)
    if standing.problem is not Problem.NONE:
        SetAside.objects.create(
            loan=loan, since=DAY, problem=standing.problem, reason="放款之前已有还款、费用或减免"
        )
        return
    LoanPosition.objects.create(
        loan=loan,
        changed_on=DAY,
        status=standing.status,
        principal=standing.principal,
        principal_overdue=standing.principal_overdue,
        interest_overdue=standing.interest_overdue,
        credit=standing.credit,
        oldest_unpaid_due=standing.oldest_unpaid_due,
        late_since=standing.late_since,
        oldest_unpaid_interest_due=standing.oldest_unpaid_interest_due,
        unpaid_instalments=standing.unpaid_instalments,
        next_due=standing.next_due,
        next_due_amount=standing.next_due_amount,
        last_payment_on=standing.last_payment_date,
        settled_on=standing.settled_on,
    )


def _judge(bank: SmallBank) -> None:
    for key, loan in bank.loans.items():
        if key != "挂起":
            _grade(loan, loan.disbursed_on, Grade.NORMAL, Because(0), [])
    late = (
        ("纺织一", dt.date(2026, 10, 21), Grade.SPECIAL_MENTION, Colour.RED, 3, 91),
        ("王秀英", dt.date(2026, 11, 21), Grade.SPECIAL_MENTION, Colour.YELLOW, 1, 31),
        ("长名", dt.date(2026, 9, 20), Grade.SUBSTANDARD, Colour.ORANGE, 2, 61),
    )
    for key, since, grade, colour, level, days in late:
        loan = bank.loans[key]
        due = day_number(since) - days
        LoanGrade.objects.filter(loan=loan).update(valid_to=since)
        because = Because.OVERDUE_LONG if grade == Grade.SUBSTANDARD else Because.OVERDUE_AT_ALL
        _grade(loan, since, grade, because, [days, due, 0, loan.amount, 0, loan.amount])
        Signal.objects.create(
            customer=loan.customer,
            loan=loan,
            rule=Rule.OVERDUE_DEEPER,
            rule_version="预警规则1",
            level=level,
            previous_level=0,
            colour=colour,
            episode_since=since,
            first_seen_on=since,
            seen=[days, due, 2_133_25, days, due, 133_25, 2, 1, 0, -1, 0],
        )


def _grade(loan: Loan, since: dt.date, grade: Grade, because: Because, seen: list[int]) -> None:
    LoanGrade.objects.create(
        loan=loan,
        grade=grade,
        previous_grade=None if grade == Grade.NORMAL else Grade.NORMAL,
        because=because,
        rule_version="分类规则1",
        valid_from=since,
        seen=seen,
    )


def _give_work(bank: SmallBank, cast: Cast) -> None:
    rows = (
        ("纺织厂", "纺织一", Task.CHECK_RED, Kind.SIGNAL, 0, 900, 18_500_000_00),
        ("长名", "长名", Task.FOLLOW_UP, Kind.OVERDUE, -2, 700, 4_400_000_00),
        ("王秀英", "王秀英", Task.FIRST_CONTACT, Kind.OVERDUE, 0, 300, 12_400_00),
        ("恒达", "挂起", Task.CORRECT_DATA, Kind.SET_ASIDE, 2, 200, 900_000_00),
        ("李建国", "李建国", Task.REMIND, Kind.INSTALMENT, 5, 80, 22_300_00),
    )
    for client, key, task, kind, due_in, score, amount in rows:
        customer = bank.customers[client]
        bank.work[client] = WorkItem.objects.create(
            customer=customer,
            branch=customer.branch,
            officer=customer.officer,
            opened_on=DAY - dt.timedelta(days=3),
            due_on=DAY + dt.timedelta(days=due_in),
            rank_score=score,
            task=task,
            amount=amount,
            matters=_matter(kind, bank.loans[key], amount),
            status=WorkStatus.OPEN,
        )
    _done(bank.customers["陈阿婆"], cast.zhang)


def _matter(kind: Kind, loan: Loan, amount: int) -> list[int]:
    """One matter that stands for three days, as the work keeps it."""
    today = day_number(DAY)
    colour, detail = {
        Kind.OVERDUE: (0, 0),
        Kind.SIGNAL: (int(Colour.RED), int(Rule.OVERDUE_DEEPER)),
        Kind.SET_ASIDE: (0, int(Problem.PAYMENT_BEFORE_DISBURSEMENT)),
        Kind.INSTALMENT: (0, today + 5),
        Kind.MATURITY: (0, today + 12),
    }[kind]
    return [kind, loan.pk, today - 2, amount, colour, detail]


def _done(customer: Customer, by: Officer) -> None:
    record_happening(
        customer=customer,
        kind=HappeningKind.CONTACTED,
        happened_on=dt.date(2026, 11, 12),
        text="已联系:到期日 12-05 前由儿子代为还清",
        by=by,
        business_date=dt.date(2026, 11, 12),
    )
    WorkItem.objects.create(
        customer=customer,
        branch=customer.branch,
        officer=by,
        opened_on=dt.date(2026, 11, 10),
        due_on=dt.date(2026, 11, 15),
        rank_score=50,
        task=Task.SECURE_REPAYMENT,
        amount=50_000_00,
        matters=_matter(Kind.MATURITY, customer.loans.earliest("pk"), 50_000_00),
        status=WorkStatus.DONE,
        outcome="已联系:到期日 12-05 前由儿子代为还清",
        closed_on=dt.date(2026, 11, 12),
        closed_by=by,
    )
