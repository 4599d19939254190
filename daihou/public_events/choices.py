"""The words of events from outside: kinds, sources, how they came in, where they stand."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.db.models import IntegerChoices, TextChoices


class EventKind(TextChoices):
    """What happened, as the public registers and a bank's staff call it."""

    DISHONEST = "dishonest", "列为失信被执行人"
    DISHONEST_REMOVED = "dishonest_removed", "移出失信名单"
    ENFORCED = "enforced", "列为被执行人"
    ENFORCEMENT_CLOSED = "enforcement_closed", "终结本次执行"
    ENFORCEMENT_DONE = "enforcement_done", "执行完毕"
    LAWSUIT = "lawsuit", "作为被告的重大诉讼、仲裁"
    FROZEN = "frozen", "财产被查封、冻结、拍卖"
    UNFROZEN = "unfrozen", "解除查封、冻结"
    CONSUMPTION_LIMITED = "consumption_limited", "限制高消费"
    CONSUMPTION_FREED = "consumption_freed", "解除限制高消费"
    BANKRUPTCY = "bankruptcy", "破产申请、清算"
    CRIMINAL = "criminal", "主要人员涉案、被判刑"
    REPRESENTATIVE_CHANGED = "representative_changed", "法定代表人变更"
    EQUITY_CHANGED = "equity_changed", "股权变更"
    EQUITY_FROZEN = "equity_frozen", "股权冻结、质押"
    SCOPE_CHANGED = "scope_changed", "主营、经营范围重大变更"
    REORGANISED = "reorganised", "改制、分立、并购、重组"
    DEREGISTERED = "deregistered", "注销、吊销"
    ABNORMAL_LISTED = "abnormal_listed", "列入经营异常名录"
    ABNORMAL_REMOVED = "abnormal_removed", "移出经营异常名录"
    SERIOUS_LISTED = "serious_listed", "列入严重违法失信名单"
    TAX_ARREARS = "tax_arrears", "欠税公告"
    TAX_ABNORMAL = "tax_abnormal", "税务等级降为D、非正常户"
    TAX_CLEARED = "tax_cleared", "欠税缴清、解除非正常"
    ENVIRONMENT_PENALTY = "environment_penalty", "环保处罚、限产、禁养"
    ACCIDENT = "accident", "安全、环保事故"
    PENALTY = "penalty", "行政处罚、责令停产"
    MONEY_LAUNDERING = "money_laundering", "洗钱风险等级升高"
    HALTED = "halted", "开工不足、停产半停产"
    LICENCE_LOST = "licence_lost", "丧失主要产品、特许权、供应来源"
    PROJECT_DELAYED = "project_delayed", "项目延期、停缓建"
    ARREARS_OWED = "arrears_owed", "拖欠税款、工程款、工资"
    LAID_OFF = "laid_off", "用工大幅收缩"
    POWER_DROPPED = "power_dropped", "水电用量骤降"
    GREAT_LOSS = "great_loss", "资金被诈骗、重大损失"
    PARTNER_LOST = "partner_lost", "主要客户、供应商流失或恶化"
    DISASTER = "disaster", "自然灾害、重大动物疫情"
    KEY_PERSON = "key_person", "核心人物死亡、失踪、患病、辞职"
    OUTWARD_INVESTMENT = "outward_investment", "大额对外投资且与主业无关"
    OUT_OF_REACH = "out_of_reach", "失联"
    UNCOOPERATIVE = "uncooperative", "拒绝、不配合检查"
    PRIVATE_LENDING = "private_lending", "民间借贷、非法集资、赌博"
    FAMILY = "family", "家庭重大变故、婚变"
    INDUSTRY_DOWN = "industry_down", "行业衰退、政策调整"
    PRICE_SHOCK = "price_shock", "主营产品价格冲击"
    MARKET_SHOCK = "market_shock", "利率、汇率、原料剧变"
    OTHER = "other", "其他(不触发信号)"


# The signal of the catalogue that a kind feeds (61-86, 97-104); kinds left out feed none.
SIGNAL_OF: Mapping[EventKind, int] = MappingProxyType(
    {
        EventKind.HALTED: 61, EventKind.LICENCE_LOST: 62, EventKind.PROJECT_DELAYED: 63,
        EventKind.SCOPE_CHANGED: 64, EventKind.ARREARS_OWED: 65, EventKind.LAID_OFF: 66,
        EventKind.POWER_DROPPED: 67, EventKind.ACCIDENT: 68, EventKind.GREAT_LOSS: 69,
        EventKind.PARTNER_LOST: 70, EventKind.DISASTER: 71, EventKind.KEY_PERSON: 72,
        EventKind.CRIMINAL: 73, EventKind.REPRESENTATIVE_CHANGED: 74,
        EventKind.EQUITY_CHANGED: 74, EventKind.EQUITY_FROZEN: 74, EventKind.REORGANISED: 75,
        EventKind.OUTWARD_INVESTMENT: 76, EventKind.OUT_OF_REACH: 77,
        EventKind.UNCOOPERATIVE: 78, EventKind.PRIVATE_LENDING: 79, EventKind.FAMILY: 80,
        EventKind.DISHONEST: 81, EventKind.ENFORCED: 82, EventKind.ENFORCEMENT_CLOSED: 82,
        EventKind.LAWSUIT: 83, EventKind.FROZEN: 84, EventKind.CONSUMPTION_LIMITED: 85,
        EventKind.BANKRUPTCY: 86, EventKind.DEREGISTERED: 86, EventKind.INDUSTRY_DOWN: 97,
        EventKind.PRICE_SHOCK: 98, EventKind.MARKET_SHOCK: 99, EventKind.PENALTY: 100,
        EventKind.TAX_ARREARS: 101, EventKind.TAX_ABNORMAL: 101,
        EventKind.ENVIRONMENT_PENALTY: 102, EventKind.ABNORMAL_LISTED: 103,
        EventKind.SERIOUS_LISTED: 103, EventKind.MONEY_LAUNDERING: 104,
    }
)  # fmt: skip

# Changes in a client's registration that mean something only when they are frequent.
CHANGES = (EventKind.REPRESENTATIVE_CHANGED, EventKind.EQUITY_CHANGED)

# What says that an earlier listing no longer holds.
ENDS: Mapping[EventKind, tuple[EventKind, ...]] = MappingProxyType(
    {
        EventKind.DISHONEST_REMOVED: (EventKind.DISHONEST,),
        EventKind.ENFORCEMENT_DONE: (EventKind.ENFORCED, EventKind.ENFORCEMENT_CLOSED),
        EventKind.UNFROZEN: (EventKind.FROZEN,),
        EventKind.CONSUMPTION_FREED: (EventKind.CONSUMPTION_LIMITED,),
        EventKind.ABNORMAL_REMOVED: (EventKind.ABNORMAL_LISTED,),
        EventKind.TAX_CLEARED: (EventKind.TAX_ARREARS, EventKind.TAX_ABNORMAL),
    }
)

# A standing on a list holds until somebody says that it ended; everything else fades after a time.
LASTING = frozenset(
    {kind for kinds in ENDS.values() for kind in kinds}
    | {EventKind.SERIOUS_LISTED, EventKind.BANKRUPTCY, EventKind.DEREGISTERED}
)


class EventSource(TextChoices):
    """Where an event is known from."""

    COURT = "court", "司法(执行、裁判公开)"
    REGISTRY = "registry", "工商登记(信用公示)"
    TAX = "tax", "税务公告"
    ENVIRONMENT = "environment", "生态环境"
    REGULATOR = "regulator", "监管与行政"
    NEWS = "news", "新闻与舆情"
    CLIENT = "client", "客户申报重大变化"
    STAFF = "staff", "本行调查走访"


class Quality(IntegerChoices):
    """How good a source is; the better, the higher."""

    PRIMARY = 3, "A 官方原始"
    RELAYED = 2, "B 转载或数据商"
    HEARSAY = 1, "C 传闻、自述"


USUAL_QUALITY: Mapping[EventSource, Quality] = MappingProxyType(
    {
        EventSource.COURT: Quality.PRIMARY,
        EventSource.REGISTRY: Quality.PRIMARY,
        EventSource.TAX: Quality.PRIMARY,
        EventSource.ENVIRONMENT: Quality.PRIMARY,
        EventSource.REGULATOR: Quality.PRIMARY,
        EventSource.NEWS: Quality.RELAYED,
        EventSource.CLIENT: Quality.HEARSAY,
        EventSource.STAFF: Quality.RELAYED,
    }
)


class EventChannel(TextChoices):
    """By which way an event came in."""

    FILE = "file", "文件导入"
    HAND = "hand", "人工登记"
    API = "api", "接口"


class EventState(TextChoices):
    """Where an event stands; only a person moves it out of the first two."""

    UNMATCHED = "unmatched", "待匹配"
    TO_CONFIRM = "to_confirm", "待确认"
    CONFIRMED = "confirmed", "已确认"
    EXCLUDED = "excluded", "已排除"
    MERGED = "merged", "已合并"


OPEN_STATES = (EventState.UNMATCHED, EventState.TO_CONFIRM)


class MatchBasis(TextChoices):
    """Why an event is thought to be about a client."""

    PAPER = "paper", "证件号码一致"
    NAME = "name", "名称完全一致"
    FORMER_NAME = "former_name", "与曾用名一致"
    SIMILAR_NAME = "similar_name", "名称相近"
    NAMESAKE = "namesake", "同名(个人或多户同名)"
    PERSON = "person", "人工指定"
    INDUSTRY = "industry", "按行业适用"


class Tone(TextChoices):
    """How a text sounds to a lender."""

    RISKY = "risky", "偏负面"
    NEUTRAL = "neutral", "中性"
    FAVOURABLE = "favourable", "偏正面"


class Disagreement(TextChoices):
    """What two reports do not agree about."""

    STILL_LISTED = "still_listed", "是否仍在名单:一则称列入,一则称已移出或解除"
    AMOUNT = "amount", "同一案号,金额不一致"
