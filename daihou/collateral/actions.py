"""What people write about collateral: register it, secure a contract, value it, note troubles."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Max

from daihou.collateral.choices import CollateralKind, IncidentKind, LienKind, ValueSource
from daihou.collateral.models import Collateral, CollateralLink, Incident, Lien, Valuation
from daihou.loan_book.actions import NotAcceptable
from daihou.loan_book.models import Contract, Customer
from daihou.staff.models import Officer


@dataclass(frozen=True)
class About:
    """What a piece of collateral is, where it is, and until when its papers hold."""

    kind: CollateralKind
    name: str
    owner: str
    region: str = ""
    place: str = ""
    registration: str = ""
    registered_until: dt.date | None = None
    insured_until: dt.date | None = None

    @property
    def as_kept(self) -> dict[str, object]:
        """The fields, without blanks around them."""
        return {
            name: value.strip() if isinstance(value, str) else value
            for name, value in vars(self).items()
        }


@dataclass(frozen=True)
class Worth:
    """What collateral was worth on a day, as somebody says."""

    valued_on: dt.date
    value: int
    source: ValueSource
    appraiser: str = ""
    next_due: dt.date | None = None
    note: str = ""


@dataclass(frozen=True)
class Held:
    """What somebody else holds: who, what, in which rank, for how much, since when."""

    holder: str
    kind: LienKind
    rank: int
    amount: int
    registered_on: dt.date
    is_agreed: bool = False


@transaction.atomic
def register(*, number: str, customer: Customer, about: About) -> Collateral:
    """Put a piece of collateral on the register. Raises `NotAcceptable` for a number taken."""
    if Collateral.objects.filter(number=number.strip()).exists():
        raise NotAcceptable("number", f"押品编号 {number.strip()} 已在册")
    return Collateral.objects.create(number=number.strip(), customer=customer, **about.as_kept)


@transaction.atomic
def correct(*, piece: Collateral, about: About, released_on: dt.date | None) -> Collateral:
    """Write down what is otherwise about a piece: papers renewed, a name corrected, released."""
    for name, value in about.as_kept.items():
        setattr(piece, name, value)
    piece.released_on = released_on
    piece.save(update_fields=[*about.as_kept, "released_on"])
    return piece


@transaction.atomic
def secure(
    *,
    piece: Collateral,
    contract: Contract,
    amount: int,
    rank: int,
    approved_ltv: int | None,
    secured_on: dt.date,
    business_date: dt.date,
) -> CollateralLink:
    """Say that a piece secures a contract, up to an amount, in a rank. Raises `NotAcceptable`."""
    _not_later(secured_on, business_date, "secured_on", "设立日")
    if piece.links.filter(contract=contract).exists():
        raise NotAcceptable("contract", "该押品已为这份合同设立担保")
    return CollateralLink.objects.create(
        collateral=piece, contract=contract, amount=amount, rank=rank,
        approved_ltv=approved_ltv, secured_on=secured_on,
    )  # fmt: skip


@transaction.atomic
def record_valuation(
    *, piece: Collateral, worth: Worth, by: Officer, business_date: dt.date
) -> Valuation:
    """Put a value on record; one of the same day is corrected by a new version, with its reason."""
    _not_later(worth.valued_on, business_date, "valued_on", "估值日")
    if worth.next_due is not None and worth.next_due <= worth.valued_on:
        raise NotAcceptable("next_due", "下次重估须晚于估值日")
    Collateral.objects.select_for_update().only("pk").get(pk=piece.pk)
    same = piece.valuations.filter(valued_on=worth.valued_on)
    version = (same.aggregate(last=Max("version"))["last"] or 0) + 1
    if version > 1 and not worth.note.strip():
        raise NotAcceptable("note", "这一天已有估值;更正须写明原因,原估值保留为旧版本")
    return Valuation.objects.create(
        collateral=piece, valued_on=worth.valued_on, version=version, value=worth.value,
        source=worth.source, appraiser=worth.appraiser.strip(), next_due=worth.next_due,
        known_on=business_date, note=worth.note.strip(), entered_by=by,
    )  # fmt: skip


@transaction.atomic
def record_lien(*, piece: Collateral, held: Held, business_date: dt.date) -> Lien:
    """Put on record what somebody else holds on a piece. Raises `NotAcceptable`."""
    _not_later(held.registered_on, business_date, "registered_on", "登记日")
    try:
        with transaction.atomic():
            return Lien.objects.create(collateral=piece, **vars(held))
    except IntegrityError as error:
        raise NotAcceptable("holder", "该权利人同日登记的权利已在册") from error


@transaction.atomic
def end_lien(*, lien: Lien, ended_on: dt.date, business_date: dt.date) -> None:
    """Say that somebody else's right is over."""
    _not_later(ended_on, business_date, "ended_on", "消灭日")
    if not Lien.objects.filter(pk=lien.pk, ended_on=None).update(ended_on=ended_on):
        raise NotAcceptable("ended_on", "该权利已登记消灭")


@transaction.atomic
def record_incident(
    *,
    piece: Collateral,
    kind: IncidentKind,
    happened_on: dt.date,
    text: str,
    by: Officer,
    business_date: dt.date,
) -> Incident:
    """Put on record that something went wrong with a piece. Raises `NotAcceptable`."""
    _not_later(happened_on, business_date, "happened_on", "发生日")
    if not text.strip():
        raise NotAcceptable("text", "请写明情况")
    return Incident.objects.create(
        collateral=piece, kind=kind, happened_on=happened_on, text=text.strip(), recorded_by=by
    )


@transaction.atomic
def end_incident(*, incident: Incident, ended_on: dt.date, business_date: dt.date) -> None:
    """Say that an incident is over."""
    _not_later(ended_on, business_date, "ended_on", "解除日")
    if not Incident.objects.filter(pk=incident.pk, ended_on=None).update(ended_on=ended_on):
        raise NotAcceptable("ended_on", "该异常已登记解除")


def _not_later(day: dt.date, business_date: dt.date, field: str, name: str) -> None:
    if day > business_date:
        raise NotAcceptable(field, f"{name}不能晚于营业日 {business_date}")
