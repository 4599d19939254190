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


class PayBy(TextChoices):
    """Who pays the seller out of a draw: the lender on the borrower's order, or the borrower."""

    ENTRUSTED = "entrusted", "受托支付"
    SELF = "self", "自主支付"


class VoucherKind(TextChoices):
    """A paper that proves what drawn money was used for (用途凭证)."""

    CONTRACT = "contract", "购销合同"
    INVOICE = "invoice", "发票"
    RECEIPT = "receipt", "收据"
    DELIVERY = "delivery", "验收或入库单"
    OTHER = "other", "其他"


class Evidence(IntegerChoices):
    """How well a payment out of a draw is explained, the best last."""

    NONE = 0, "无证据"
    PAYEE = 1, "收款人相符,无凭证"
    CONTRACT = 2, "合同相符"
    VOUCHER = 3, "凭证相符"


class Pattern(IntegerChoices):
    """A way in which drawn money goes astray, or accounts behave as if it did."""

    RETURNED = 1, "资金回流"
    SPLIT = 2, "化整为零"
    SECURITIES = 3, "流入证券期货"
    REAL_ESTATE = 4, "流入房地产"
    WEALTH = 5, "购买理财"
    OTHER_LOAN = 6, "归还其他贷款"
    CASH = 7, "大额提现"
    SHARED_PAYEE = 8, "多户流向同一收款人"
    SHARED_REPAYER = 9, "同一账户为多户还款"
    FAST_THROUGH = 10, "快进快出"
    NOT_ENTRUSTED = 11, "应受托支付而自主支付"


# The number of the early-warning signal that a pattern speaks to.
SIGNAL_OF = {
    Pattern.RETURNED: 28,
    Pattern.SPLIT: 29,
    Pattern.SECURITIES: 30,
    Pattern.REAL_ESTATE: 30,
    Pattern.WEALTH: 30,
    Pattern.OTHER_LOAN: 31,
    Pattern.CASH: 31,
    Pattern.SHARED_PAYEE: 40,
    Pattern.SHARED_REPAYER: 41,
    Pattern.FAST_THROUGH: 32,
    Pattern.NOT_ENTRUSTED: 29,
}


class FindingState(TextChoices):
    """What people have made of a finding."""

    NEW = "new", "新发现"
    CONFIRMED = "confirmed", "已确认"
    EXPLAINED = "explained", "已解释"
    DISMISSED = "dismissed", "已排除"


class NotableRule(IntegerChoices):
    """Why a transaction stands on the list of large or of abnormal ones."""

    LARGE_CASH = 1, "大额现金"
    LARGE_TRANSFER = 2, "大额转账"
    AT_NIGHT = 3, "深夜大额"
    ROUND_CASH = 4, "整数大额提现"
    EMPTIED = 5, "转空账户"


LARGE_RULES = (NotableRule.LARGE_CASH, NotableRule.LARGE_TRANSFER)
