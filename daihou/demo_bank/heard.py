"""What the demo bank hears from outside: an event of every source, repeats, and what disagrees.

Most come by file with the month's delivery; two are recorded by the account managers. On month
ends the managers decide on what lies there; the last weeks' events still wait.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from daihou.demo_bank.clients import Client
from daihou.demo_bank.files import Row, yuan_text
from daihou.demo_bank.guarantee_circles import Surety
from daihou.demo_bank.payments import Life
from daihou.loan_book.choices import CustomerKind
from daihou.loan_book.models import Customer
from daihou.public_events.actions import EventFacts, confirm_event, exclude_event, record_event
from daihou.public_events.choices import EventChannel, EventKind, EventSource, EventState
from daihou.public_events.models import PublicEvent
from daihou.staff.models import Officer
from loanmath.money import FEN_PER_YUAN

RECORDED_ON = dt.date(2026, 10, 30)
_ONE_DAY = dt.timedelta(days=1)
_COURT, _NEWS, _REGISTRY = EventSource.COURT, EventSource.NEWS, EventSource.REGISTRY
_COURT_PAGE = "中国执行信息公开网"
_PAPER = "临溪日报"


class Then(Enum):
    """What the bank makes of an event."""

    CONFIRMED = "confirmed"
    EXCLUDED = "excluded"
    LEFT = "left"


@dataclass(frozen=True)
class Heard:
    """One event as its source tells it; `name` stands for the party where it is no client's."""

    source: EventSource
    source_name: str
    kind: EventKind | None
    happened_on: dt.date
    text: str
    client: Client | None = None
    gives_paper: bool = True
    name: str = ""
    industry: str | None = None
    case_number: str = ""
    yuan: int | None = None
    then: Then = Then.LEFT
    note: str = ""

    @property
    def known_on(self) -> dt.date:
        """The day it was published: three days after it happened."""
        return self.happened_on + 3 * _ONE_DAY


def draw_events(
    lives: Sequence[Life], sureties: Sequence[Surety], last: dt.date
) -> dict[str, Heard]:
    """All events that come by file, by their number; the same every time."""
    bound = {client.number for one in sureties for client in (one.lent.client, one.guarantor)}
    firms = _firms(lives, bound, last)
    works = [firm for firm in firms if firm.industry == "C"]
    others = [firm for firm in firms if firm.industry != "C"]
    if len(works) < 4 or len(others) < 5:
        return {}
    heard = [*_courts(others[0], others[1]), *_authorities(works, others), *_others(works, others)]
    if sureties:
        heard.append(_guarantor_sued(sureties))
    heard.sort(key=lambda one: one.happened_on)
    return {f"WB{one.known_on:%Y%m}{n:04d}": one for n, one in enumerate(heard, 1)}


def event_rows(events: dict[str, Heard], since: dt.date, until: dt.date) -> Iterator[Row]:
    """What comes in between two days."""
    for number, one in events.items():
        if since <= one.known_on <= until:
            client = one.client
            yield {
                "number": number,
                "source": one.source.label,
                "source_name": one.source_name,
                "kind": one.kind.label if one.kind else None,
                "subject_name": one.name or (client.name if client else None),
                "subject_paper": client.identity_number if client and one.gives_paper else None,
                "industry": one.industry,
                "happened_on": one.happened_on,
                "published_on": one.known_on,
                "case_number": one.case_number,
                "amount": None if one.yuan is None else yuan_text(one.yuan * FEN_PER_YUAN),
                "text": one.text,
            }


def decide_events(events: dict[str, Heard], today: dt.date) -> None:
    """The managers decide on what lies there in the evening of a day."""
    waiting = PublicEvent.objects.filter(
        state=EventState.TO_CONFIRM, reported_on__lte=today, number__in=events
    ).select_related("customer__officer")
    for event in waiting.order_by("happened_on", "pk"):
        told = events[event.number]
        by = event.customer.officer if event.customer else None
        decider = by or Officer.objects.get(display_name="赵风险")
        if told.then is Then.CONFIRMED:
            kind = EventKind(event.kind or event.proposed_kind or EventKind.OTHER)
            confirm_event(
                event=event, kind=kind, note=told.note, by=decider,
                business_date=today + _ONE_DAY,
            )  # fmt: skip
        elif told.then is Then.EXCLUDED:
            exclude_event(event=event, reason=told.note, by=decider, business_date=today + _ONE_DAY)


def record_by_hand(lives: Sequence[Life], sureties: Sequence[Surety], today: dt.date) -> None:
    """Two events that the managers themselves bring home on one evening."""
    if today != RECORDED_ON or PublicEvent.objects.filter(channel=EventChannel.HAND).exists():
        return
    bound = {client.number for one in sureties for client in (one.lent.client, one.guarantor)}
    firms = _firms(lives, bound, today)
    for firm, source, kind, text in zip(
        firms[-2:],
        (EventSource.CLIENT, EventSource.STAFF),
        (EventKind.REPRESENTATIVE_CHANGED, EventKind.HALTED),
        (
            "客户来函:法定代表人拟由父亲变更为其子,股权结构不变,工商变更正在办理",
            "走访见两条生产线停一条,车间主任称订单减少,本月只开白班",
        ),
        strict=False,
    ):
        customer = Customer.objects.select_related("officer").get(number=firm.number)
        facts = EventFacts(
            source=source, happened_on=today, text=text, kind=kind, subject_name=firm.name,
            subject_paper=firm.identity_number,
        )  # fmt: skip
        record_event(
            facts=facts, channel=EventChannel.HAND, by=customer.officer,
            business_date=today + _ONE_DAY,
        )  # fmt: skip


def _firms(lives: Sequence[Life], without: set[str], last: dt.date) -> list[Client]:
    """Enterprises that borrow on the last day, by number."""
    found = {
        life.lent.client.number: life.lent.client
        for life in lives
        if life.lent.client.kind is CustomerKind.ENTERPRISE and life.lent.matures_on > last
    }
    return [found[number] for number in sorted(found) if number not in without]


def _courts(listed: Client, enforced: Client) -> Iterator[Heard]:
    """A listing that is repeated and then said to be over, and a case with two amounts."""
    listing = "(2026)临0101执1286号"
    yield Heard(
        _COURT, _COURT_PAGE, EventKind.DISHONEST, dt.date(2026, 8, 12),
        "被列为失信被执行人,生效法律文书确定的义务全部未履行", listed, case_number=listing,
        yuan=1_860_000, then=Then.CONFIRMED, note="已在执行信息公开网查实",
    )  # fmt: skip
    yield Heard(
        _NEWS, "企业信息数据商", EventKind.DISHONEST, dt.date(2026, 8, 12),
        "新增失信被执行人信息一条", listed, gives_paper=False, case_number=listing, yuan=1_860_000,
    )  # fmt: skip
    yield Heard(
        EventSource.CLIENT, "客户函件", EventKind.DISHONEST_REMOVED, dt.date(2026, 11, 6),
        "客户称已与申请人达成和解,已移出失信名单,凭证后补", listed, case_number=listing,
    )  # fmt: skip
    case = "(2026)临0102执2077号"
    yield Heard(
        _COURT, _COURT_PAGE, EventKind.ENFORCED, dt.date(2026, 10, 9),
        "买卖合同纠纷,立案执行", enforced, case_number=case, yuan=930_000, then=Then.CONFIRMED,
        note="与客户核实,系货款纠纷",
    )  # fmt: skip
    yield Heard(
        _NEWS, "企业信息数据商", EventKind.ENFORCED, dt.date(2026, 11, 5),
        "被执行人信息更新,执行标的 143 万元", enforced, case_number=case, yuan=1_430_000,
    )  # fmt: skip


def _authorities(works: Sequence[Client], others: Sequence[Client]) -> Iterator[Heard]:
    """Register, tax, environment and market supervision."""
    yield Heard(
        _REGISTRY, "国家企业信用信息公示系统", EventKind.ABNORMAL_LISTED, dt.date(2026, 7, 3),
        "通过登记的住所无法联系,列入经营异常名录", others[2], then=Then.CONFIRMED,
        note="已致电客户,系搬迁后未办变更",
    )  # fmt: skip
    yield Heard(
        _REGISTRY, "国家企业信用信息公示系统", EventKind.ABNORMAL_REMOVED, dt.date(2026, 9, 18),
        "已办理住所变更登记,移出经营异常名录", others[2], then=Then.CONFIRMED,
        note="公示系统已无记录",
    )  # fmt: skip
    yield Heard(
        EventSource.TAX, "临溪市税务局", EventKind.TAX_ARREARS, dt.date(2026, 9, 30),
        "欠缴增值税,列入第三季度欠税公告", others[3], yuan=412_600, then=Then.CONFIRMED,
        note="客户称本月内补缴",
    )  # fmt: skip
    fine = "因废水超标排放,被责令改正并罚款三十八万元"
    yield Heard(
        EventSource.ENVIRONMENT, "临溪市生态环境局", EventKind.ENVIRONMENT_PENALTY,
        dt.date(2026, 10, 14), fine, works[0], case_number="临环罚〔2026〕31号", yuan=380_000,
        then=Then.CONFIRMED, note="已上门查看,治污设施在修",
    )  # fmt: skip
    yield Heard(
        _NEWS, _PAPER, EventKind.ENVIRONMENT_PENALTY, dt.date(2026, 10, 16),
        f"本报讯 {fine}", works[0], gives_paper=False,
    )  # fmt: skip
    yield Heard(
        EventSource.REGULATOR, "临溪市应急管理局", EventKind.PENALTY, dt.date(2026, 11, 10),
        "未按规定对员工进行安全培训,罚款二万元", works[1], case_number="临应急罚〔2026〕9号",
        yuan=20_000,
    )  # fmt: skip


def _others(works: Sequence[Client], others: Sequence[Client]) -> Iterator[Heard]:
    """News without a kind, a name that is not quite a client's, another firm, and an industry."""
    yield Heard(
        _NEWS, _PAPER, None, dt.date(2026, 11, 9),
        "该公司拖欠工资两个月,三十余名职工到厂门口讨薪,街道已介入协调", works[2],
        gives_paper=False, name=_misspelt(works[2].name),
    )  # fmt: skip
    yield Heard(
        _NEWS, _PAPER, EventKind.LAWSUIT, dt.date(2026, 9, 8),
        "作为被告涉房屋租赁合同纠纷,住所地在外省", others[4], gives_paper=False,
        then=Then.EXCLUDED, note="与判决书所列统一社会信用代码不符,系外省同名企业",
    )  # fmt: skip
    yield Heard(
        _NEWS, "行业周刊", None, dt.date(2026, 11, 11),
        "公司净利润同比增长,新签订单充足,拟扩建二期厂房", works[3], gives_paper=False,
    )  # fmt: skip
    yield Heard(
        _NEWS, "省统计局", EventKind.INDUSTRY_DOWN, dt.date(2026, 9, 15),
        "全省商品房销售面积连续八个月同比下降,行业下行压力加大", industry="K",
        then=Then.CONFIRMED, note="按行业提示,逐户关注销售回款",
    )  # fmt: skip


def _guarantor_sued(sureties: Sequence[Surety]) -> Heard:
    """The guarantor who stands for most is sued: its debtors hear of it."""
    counts = [one.guarantor.number for one in sureties]
    sued = max((one.guarantor for one in sureties), key=lambda one: counts.count(one.number))
    return Heard(
        _COURT, _COURT_PAGE, EventKind.FROZEN, dt.date(2026, 10, 20),
        "基本账户被冻结,申请人为上游供货商", sued, case_number="(2026)临0104财保88号",
        yuan=2_650_000, then=Then.CONFIRMED, note="已到开户行核实,冻结属实",
    )  # fmt: skip


def _misspelt(name: str) -> str:
    """The name as a reporter may hear it: one character is another one."""
    return name.replace("限公司", "限责任公司").replace(name[2], "新", 1)
