"""The words of accounts and of the money that moves over them."""

from django.db.models import IntegerChoices, TextChoices


class AccountKind(TextChoices):
    """What an account is for (人民币银行结算账户管理办法: the four kinds of a firm's accounts)."""

    BASIC = "basic", "基本存款账户"
    GENERAL = "general", "一般存款账户"
    SPECIAL = "special", "专用存款账户"
    TEMPORARY = "temporary", "临时存款账户"
    LOAN = "loan", "贷款发放账户"
    COLLECTION = "collection", "资金回笼账户"
    PERSONAL = "personal", "个人结算账户"


class AccountStateKind(TextChoices):
    """Whether money may leave an account."""

    NORMAL = "normal", "正常"
    FROZEN = "frozen", "冻结"
    STOPPED = "stopped", "止付"


class Channel(IntegerChoices):
    """The way by which a payment was made."""

    COUNTER = 1, "柜面"
    ONLINE = 2, "网上银行"
    MOBILE = 3, "手机银行"
    ATM = 4, "自助设备"
    POS = 5, "POS"
    THIRD_PARTY = 6, "第三方支付"
    BATCH = 7, "批量代收付"
    STANDING_ORDER = 8, "定期委托"
    OTHER = 9, "其他"


class TransactionKind(IntegerChoices):
    """What a payment is for, as the bank's own system says; unknown is 转账."""

    TRANSFER = 1, "转账"
    CASH = 2, "现金"
    WAGES = 3, "工资"
    GOODS = 4, "货款"
    TAX = 5, "税费"
    SOCIAL_SECURITY = 6, "社保公积金"
    PENSION = 7, "养老金"
    INTEREST = 8, "存款利息"
    FEE = 9, "手续费"
    PENALTY_INTEREST = 10, "透支利息"
    LOAN_DRAW = 11, "贷款发放"
    LOAN_REPAYMENT = 12, "归还贷款"
    INSURANCE = 13, "保险"
    HOUSEHOLD = 14, "生活缴费"
    CARD = 15, "卡消费"
    SECURITIES = 16, "证券期货"
    WEALTH = 17, "理财"
    RENT = 18, "租金"
    OTHER = 19, "其他"
