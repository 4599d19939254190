"""What secures the demo bank's mortgage loans: collateral with values, papers, others' claims.

Everything is drawn from the loan's number, apart from every other chance, so that all else in the
bank stays as it is. Most is in order; some valuations are neglected, a few papers have run out, a
few pieces are held by another bank before ours. The market index is simulated.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from daihou.collateral.actions import record_incident
from daihou.collateral.choices import CollateralKind, IncidentKind, LienKind, ValueSource
from daihou.collateral.models import Collateral, Incident, Revaluation
from daihou.collateral.revaluing import Wanted, approve_revaluation, propose_revaluation
from daihou.demo_bank.files import Row
from daihou.demo_bank.lending import Lent, add_months
from daihou.demo_bank.organisation import CAST
from daihou.demo_bank.payments import Life
from daihou.demo_bank.stories import Story
from daihou.loan_book.choices import SecurityKind
from daihou.staff.choices import Role
from daihou.staff.models import Officer

REGION = "临溪市"
_APPRAISERS = ("临溪正信资产评估有限公司", "江州华信房地产估价所", "临溪中衡土地评估事务所")
_FIRST_INDEX = dt.date(2017, 1, 1)
_APPLIED_ON = dt.date(2026, 10, 16)  # a Friday: what was proposed is carried out
_K = CollateralKind
_KINDS = {
    "ZFDK": (_K.HOUSE,),
    "GDZC": (_K.PLANT, _K.PLANT, _K.LAND, _K.MACHINE),
    "LDZJ": (_K.PLANT, _K.SHOP, _K.LAND, _K.STOCK, _K.RECEIVABLE),
    "GTJY": (_K.SHOP, _K.HOUSE, _K.VEHICLE),
}
_APPROVED = {_K.HOUSE: 70, _K.SHOP: 60, _K.PLANT: 50, _K.LAND: 60, _K.MACHINE: 40, _K.STOCK: 50,
             _K.RECEIVABLE: 60, _K.VEHICLE: 50}  # fmt: skip
_PLACES = {
    _K.HOUSE: ("滨河花园{0}幢{1}室", "清溪路{0}号{1}室", "桂花苑{0}幢{1}室"),
    _K.SHOP: ("解放路{0}号临街商铺", "农贸市场东侧{0}号商铺", "步行街{0}号商铺"),
    _K.PLANT: ("工业园一期{0}号厂房", "工业园二期{0}号厂房", "城北工业小区{0}号厂房"),
    _K.LAND: ("工业园二期{0}号地块", "城西开发区{0}号地块"),
    _K.MACHINE: ("数控机床{0}台", "纺织生产线{0}条"),
    _K.STOCK: ("原料与成品仓库{0}号库", "冷库{0}号库存货"),
    _K.RECEIVABLE: ("对下游客户应收账款{0}笔",),
    _K.VEHICLE: ("营运货车{0}辆",),
}
# What a market's index does in a year, in percent.
_YEARLY = {_K.HOUSE: -7, _K.SHOP: -5, _K.PLANT: -1, _K.LAND: 0}
_REPAID = (Story.PUNCTUAL, Story.NOW_AND_THEN_LATE, Story.CURED, Story.THIRD_PARTY, Story.PREPAID)


@dataclass(frozen=True)
class Brought:
    """A piece of collateral as drawn: what it is, what it was worth, and what is wrong with it."""

    lent: Lent
    kind: CollateralKind
    name: str
    value: int  # yuan
    rank: int
    is_registered: bool
    insured_until: dt.date | None
    valued: tuple[tuple[dt.date, int], ...]  # day and yuan
    released_on: dt.date | None

    @property
    def number(self) -> str:
        """The number on the register."""
        return f"YP{self.lent.number[2:]}"


def collateral_tables(
    lives: Iterable[Life], since: dt.date, until: dt.date, last: dt.date
) -> dict[str, list[Row]]:
    """The tables of collateral for one delivery; `last` is the bank's last day."""
    brought = [_bring(life, last) for life in lives if life.lent.security is SecurityKind.MORTGAGE]
    new = [one for one in brought if since <= one.lent.disbursed_on <= until]
    released = [
        one for one in brought
        if one not in new and one.released_on and since <= one.released_on <= until
    ]  # fmt: skip
    return {
        "collateral": [_row(one, until) for one in (*new, *released)],
        "collateral_links": [_link(one) for one in new],
        "liens": [row for one in new for row in _liens(one)],
        "valuations": [row for one in brought for row in _valuations(one, since, until)],
        "price_indices": list(_indices(since, until)),
    }


def look_after_collateral(today: dt.date, last: dt.date) -> None:
    """赵风险 proposes to follow the housing index, 吴审批 does it; on the last day one waits."""
    zhao, wu = _officer(Role.RISK_MANAGER), _officer(Role.APPROVER)
    if today == _APPLIED_ON and not Revaluation.objects.exists():
        wanted = Wanted(CollateralKind.HOUSE, REGION, dt.date(2026, 9, 1))
        made = propose_revaluation(
            wanted=wanted, by=zhao, business_date=today,
            reason="县城住宅成交价格连续下行,按指数调减住宅押品价值",
        )  # fmt: skip
        approve_revaluation(
            revaluation=made, by=wu, business_date=today, opinion="指数来源已核对,同意"
        )
    if today == last and not Incident.objects.exists():
        _last_day(today, zhao)


def _last_day(today: dt.date, zhao: Officer) -> None:
    wanted = Wanted(CollateralKind.SHOP, REGION, dt.date(2026, 10, 1))
    propose_revaluation(
        wanted=wanted, by=zhao, business_date=today,
        reason="步行街空置率上升,商铺成交指数下行",
    )  # fmt: skip
    piece = Collateral.objects.filter(
        kind=CollateralKind.PLANT, released_on=None, customer__officer__isnull=False
    ).order_by("-pk")[:1].get()  # fmt: skip
    officer = piece.customer.officer
    assert officer is not None
    record_incident(
        piece=piece, kind=IncidentKind.SEIZED, happened_on=today - dt.timedelta(days=3),
        text="现场检查发现厂房大门张贴法院查封公告,申请执行人为供应商", by=officer,
        business_date=today,
    )  # fmt: skip


@cache
def _index(kind: CollateralKind, month: dt.date) -> int:
    """A market's index in hundredths of a point: from 100 down since 2024, as `_YEARLY` says."""
    months = max((month.year - 2024) * 12 + month.month - 1, 0)
    wave = random.Random(f"index {kind} {month}").randrange(-80, 1)
    return 10_000 + 100 * _YEARLY[kind] * months // 12 + wave


def _indices(since: dt.date, until: dt.date) -> Iterator[Row]:
    month = max(_FIRST_INDEX, since.replace(day=1))
    while month <= until:
        if month >= since:
            for kind in _YEARLY:
                points = _index(kind, month)
                yield {"region": REGION, "kind": kind.label, "month": month,
                       "points": f"{points // 100}.{points % 100:02d}"}  # fmt: skip
        month = add_months(month, 1)


def _bring(life: Life, last: dt.date) -> Brought:
    lent = life.lent
    chance = random.Random(f"collateral {lent.number}")
    kind = chance.choice(_KINDS[lent.offer.product])
    name = chance.choice(_PLACES[kind]).format(chance.randrange(2, 60), chance.randrange(101, 1804))
    value = int(lent.amount * 100 / _APPROVED[kind] * chance.uniform(1.02, 1.5)) // 10_000 * 10_000
    is_second = kind in (_K.PLANT, _K.LAND) and chance.random() < 0.08
    rank = 2 if is_second else 1
    if is_second:
        value *= 2
    repaid = lent.story in _REPAID and lent.matures_on + dt.timedelta(days=5) <= last
    return Brought(
        lent, kind, name, value, rank,
        is_registered=chance.random() > 0.02,
        insured_until=_insured_until(lent, last, chance),
        valued=tuple(_valued(lent, kind, value, last, chance)),
        released_on=lent.matures_on + dt.timedelta(days=5) if repaid else None,
    )  # fmt: skip


def _insured_until(lent: Lent, last: dt.date, chance: random.Random) -> dt.date | None:
    """A day within a year after the last one; a few have let it run out, a few have none."""
    drawn = chance.random()
    if drawn < 0.03:
        return None
    if drawn < 0.08:
        return last - dt.timedelta(days=chance.randrange(5, 120))
    return last + dt.timedelta(days=chance.randrange(5, 365))


def _valued(
    lent: Lent, kind: CollateralKind, value: int, last: dt.date, chance: random.Random
) -> Iterator[tuple[dt.date, int]]:
    """At the beginning by an appraiser, then year by year; one in eight is left undone at last."""
    day = lent.disbursed_on - dt.timedelta(days=chance.randrange(8, 25))
    yield day, value
    every = 3 if kind in (_K.STOCK, _K.RECEIVABLE) else 12
    stops = last - dt.timedelta(days=chance.randrange(60, 700)) if chance.random() < 0.12 else last
    yearly = chance.choice((-0.10, -0.04, -0.02, 0.0, 0.01))
    day = add_months(day, every)
    while day <= min(stops, last - dt.timedelta(days=7)):
        value = int(value * (1 + yearly * every / 12)) // 1000 * 1000
        yield day, value
        day = add_months(day, every)


def _row(one: Brought, until: dt.date) -> Row:
    lent, released = one.lent, one.released_on
    year = lent.disbursed_on.year
    return {
        "number": one.number,
        "customer": lent.client.number,
        "kind": one.kind.label,
        "name": f"{REGION}{one.name}",
        "owner": lent.client.name,
        "region": REGION,
        "place": one.name,
        "registration": f"({year})临溪市不动产证明第{lent.number[-5:]}号"
        if one.is_registered
        else None,
        "insured_until": one.insured_until,
        "released_on": released if released and released <= until else None,
    }


def _link(one: Brought) -> Row:
    lent = one.lent
    return {
        "collateral": one.number,
        "contract": f"HT{lent.number[2:]}",
        "amount": lent.amount * 6 // 5,
        "rank": one.rank,
        "approved_ltv": _APPROVED[one.kind],
        "secured_on": lent.disbursed_on - dt.timedelta(days=2),
    }


def _liens(one: Brought) -> Iterator[Row]:
    if one.rank > 1:
        yield {
            "collateral": one.number,
            "holder": "江州城市商业银行临溪支行",
            "kind": LienKind.MORTGAGE.label,
            "rank": 1,
            "amount": one.value // 4,
            "registered_on": one.lent.disbursed_on - dt.timedelta(days=400),
            "is_agreed": True,
        }


def _valuations(one: Brought, since: dt.date, until: dt.date) -> Iterator[Row]:
    chance = random.Random(f"appraiser {one.number}")
    appraiser = chance.choice(_APPRAISERS)
    for n, (day, value) in enumerate(one.valued):
        known = day + dt.timedelta(days=5)
        if n == 0:
            known = one.lent.disbursed_on  # it comes with the loan's papers
        if not since <= known <= until or (one.released_on and known >= one.released_on):
            continue
        outside = n == 0 or chance.random() < 0.4
        yield {
            "collateral": one.number,
            "valued_on": day,
            "value": value,
            "source": (ValueSource.APPRAISER if outside else ValueSource.INTERNAL).label,
            "appraiser": appraiser if outside else None,
            "known_on": known,
        }


def _officer(role: Role) -> Officer:
    person = next(one for one in CAST if one.roles[0] is role)
    return Officer.objects.get(username=person.username)
