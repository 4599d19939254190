"""What collateral may be, where a value comes from, and what may go wrong with it."""

from django.db.models import IntegerChoices, TextChoices


class CollateralKind(IntegerChoices):
    """The catalogue of collateral (押品目录); haircut and revaluation are set by kind."""

    DEPOSIT = 1, "存单"
    HOUSE = 2, "住宅"
    SHOP = 3, "商业用房"
    PLANT = 4, "工业厂房"
    LAND = 5, "土地使用权"
    MACHINE = 6, "机器设备"
    VEHICLE = 7, "车辆"
    STOCK = 8, "存货"
    RECEIVABLE = 9, "应收账款"
    SHARES = 10, "股权"
    OTHER = 11, "其他"


# The parameter codes of each kind end in these words.
CODE_OF = {kind: kind.name.lower() for kind in CollateralKind}
# Things that burn, break or are stolen are insured; paper is not.
INSURED = frozenset(
    {
        CollateralKind.HOUSE,
        CollateralKind.SHOP,
        CollateralKind.PLANT,
        CollateralKind.MACHINE,
        CollateralKind.VEHICLE,
        CollateralKind.STOCK,
    }
)
# A deposit certificate is handed over; everything else is registered.
REGISTERED = frozenset(set(CollateralKind) - {CollateralKind.DEPOSIT, CollateralKind.OTHER})


class ValueSource(TextChoices):
    """Who says what collateral is worth."""

    INTERNAL = "internal", "内部评估"
    APPRAISER = "appraiser", "外部评估"
    INDEX = "index", "市场指数"
    AUCTION = "auction", "拍卖"


class LienKind(TextChoices):
    """What somebody else holds on the collateral."""

    MORTGAGE = "mortgage", "抵押或质押"
    SEIZURE = "seizure", "查封或冻结"


class IncidentKind(TextChoices):
    """What went wrong with collateral (押品异常); signals 94 and 96."""

    DISPOSED = "disposed", "擅自处置"
    MOVED = "moved", "擅自转移"
    PLEDGED_AGAIN = "pledged_again", "重复抵押"
    DISPUTED = "disputed", "权属争议"
    SEIZED = "seized", "被查封"
    OUT_OF_CONTROL = "out_of_control", "灭失或失控"


SIGNAL_OF_INCIDENT = {
    IncidentKind.DISPOSED: 94,
    IncidentKind.MOVED: 94,
    IncidentKind.PLEDGED_AGAIN: 94,
    IncidentKind.DISPUTED: 96,
    IncidentKind.SEIZED: 96,
    IncidentKind.OUT_OF_CONTROL: 96,
}

SIGNAL_NAMES = {
    91: "保证期间临近届满",
    92: "押品贬值",
    93: "抵押率突破",
    94: "擅自处置、转移或重复抵押",
    95: "登记或保险失效",
    96: "权属争议、被查封或失控",
}


class RevaluationStatus(TextChoices):
    """Where a revaluation by market index stands."""

    PROPOSED = "proposed", "待复核"
    APPROVED = "approved", "已执行"
    REJECTED = "rejected", "已退回"
