"""The words of the loan book: kinds of clients, loans, guarantees and happenings."""

from django.db.models import IntegerChoices, TextChoices

from loanmath.codes import ChangeKind
from loanmath.floating import ResetOn

HOME_CURRENCY = "CNY"  # of loans and accounts where nothing else is said


class CustomerKind(TextChoices):
    """Who the client is; decides whether the obligor rules for non-retail debtors apply."""

    ENTERPRISE = "enterprise", "企业"
    SOLE_TRADER = "sole_trader", "个体工商户"
    FARMER = "farmer", "农户"
    CONSUMER = "consumer", "个人消费"


class IdentityKind(TextChoices):
    """The paper that proves who a client is; the first two carry a check digit."""

    RESIDENT_ID = "resident_id", "居民身份证"
    CREDIT_CODE = "credit_code", "统一社会信用代码"
    PASSPORT = "passport", "护照"
    OTHER = "other", "其他证件"


class Industry(TextChoices):
    """Sections of GB/T 4754 (国民经济行业分类门类)."""

    A = "A", "农、林、牧、渔业"
    B = "B", "采矿业"
    C = "C", "制造业"
    D = "D", "电力、热力、燃气及水生产和供应业"
    E = "E", "建筑业"
    F = "F", "批发和零售业"
    G = "G", "交通运输、仓储和邮政业"
    H = "H", "住宿和餐饮业"
    I = "I", "信息传输、软件和信息技术服务业"  # noqa: E741 - the code of the standard
    J = "J", "金融业"
    K = "K", "房地产业"
    L = "L", "租赁和商务服务业"
    M = "M", "科学研究和技术服务业"
    N = "N", "水利、环境和公共设施管理业"
    O = "O", "居民服务、修理和其他服务业"  # noqa: E741 - the code of the standard
    P = "P", "教育"
    Q = "Q", "卫生和社会工作"
    R = "R", "文化、体育和娱乐业"
    S = "S", "公共管理、社会保障和社会组织"
    T = "T", "国际组织"
    Z = "Z", "个人贷款(不含个人经营性贷款)"


class RelationKind(TextChoices):
    """How one client stands to another."""

    LEGAL_REPRESENTATIVE = "legal_representative", "法定代表人"
    CONTROLLER = "controller", "实际控制人"
    SHAREHOLDER = "shareholder", "股东"
    EXECUTIVE = "executive", "高级管理人员"
    SPOUSE = "spouse", "配偶"
    RELATIVE = "relative", "亲属"
    AFFILIATE = "affiliate", "关联企业"


class ContactKind(TextChoices):
    """A way to reach a client."""

    MOBILE = "mobile", "手机"
    LANDLINE = "landline", "固定电话"
    EMAIL = "email", "电子邮箱"
    ADDRESS = "address", "地址"


class GuaranteeForm(TextChoices):
    """General or joint and several (民法典 686-688)."""

    GENERAL = "general", "一般保证"
    JOINT = "joint", "连带责任保证"


class SecurityKind(TextChoices):
    """How a loan is secured."""

    CREDIT = "credit", "信用"
    GUARANTEE = "guarantee", "保证"
    MORTGAGE = "mortgage", "抵押"
    PLEDGE = "pledge", "质押"


class PlanReason(TextChoices):
    """Why a plan version was made."""

    DISBURSEMENT = "disbursement", "放款"
    PREPAYMENT = "prepayment", "提前还款"
    EXTENSION = "extension", "展期"
    RESTRUCTURING = "restructuring", "重组"
    REPRICING = "repricing", "重定价"
    CASH_CYCLE = "cash_cycle", "按现金流调整"
    CORRECTION = "correction", "更正"


class TermChangeKind(IntegerChoices):
    """What a change of a loan's terms does; below 100 the codes are those of the kernel.

    From 100 on they end what the kind a hundred below began (or, for 109, say it more exactly).
    """

    RATE = ChangeKind.RATE.value, "调整利率"
    PENALTY_RATE = ChangeKind.PENALTY_RATE.value, "调整罚息利率"
    MISUSE = ChangeKind.MISUSE_RATE.value, "认定挪用"
    PENALTY_PAUSED = ChangeKind.PENALTY_PAUSED.value, "停计罚息"
    COUNT_PAUSED = ChangeKind.COUNT_PAUSED.value, "停计逾期天数"
    CALLED_IN = ChangeKind.CALLED_IN.value, "提前到期"
    CAPITALISED = ChangeKind.CAPITALISED.value, "利息转本金"
    PENALTY_CAPITALISED = ChangeKind.PENALTY_CAPITALISED.value, "罚息转本金"
    REPLANNED = ChangeKind.REPLANNED.value, "重组"
    MISUSE_ENDED = 103, "挪用已纠正"
    PENALTY_RESUMED = 104, "恢复计收罚息"
    COUNT_RESUMED = 105, "恢复计算逾期天数"
    REPLANNED_WITH_INTEREST = 109, "重组(新计划含原欠息)"


RATE_CHANGES = (TermChangeKind.RATE, TermChangeKind.PENALTY_RATE, TermChangeKind.MISUSE)
PAUSES = {
    TermChangeKind.PENALTY_PAUSED: TermChangeKind.PENALTY_RESUMED,
    TermChangeKind.COUNT_PAUSED: TermChangeKind.COUNT_RESUMED,
}  # what stands still, and what ends that
AMOUNT_CHANGES = (TermChangeKind.CAPITALISED, TermChangeKind.PENALTY_CAPITALISED)

# What the five grades look at: misuse, and changes in the debtor's favour.
GRADED_CHANGES = (
    TermChangeKind.MISUSE,
    TermChangeKind.MISUSE_ENDED,
    TermChangeKind.CAPITALISED,
    TermChangeKind.PENALTY_CAPITALISED,
    TermChangeKind.REPLANNED,
    TermChangeKind.REPLANNED_WITH_INTEREST,
)
RELIEF_PLANS = (PlanReason.EXTENSION, PlanReason.RESTRUCTURING)


class ResetRule(TextChoices):
    """From which day the cycle of a floating rate's resets is counted; the kernel's words."""

    CALENDAR = ResetOn.CALENDAR.value, "自1月1日起"
    ANNIVERSARY = ResetOn.ANNIVERSARY.value, "对月对日"


class HappeningKind(TextChoices):
    """Something that happened to a client or a loan and that the next daily run must know."""

    EXTENSION_GRANTED = "extension_granted", "展期"
    REFINANCED = "refinanced", "借新还旧"
    RESTRUCTURED = "restructured", "债务重组"
    HARDSHIP_STATED = "hardship_stated", "宣称无力还款"
    REDUCTION_REQUESTED = "reduction_requested", "申请减免"
    MATERIAL_CHANGE = "material_change", "重大变化"
    CONTACTED = "contacted", "联系客户"
    TECHNICAL_DELAY = "technical_delay", "操作或技术原因延迟"
    MISUSED = "misused", "擅自改变贷款用途"
    DEBT_EVASION = "debt_evasion", "逃废银行债务"
    LIQUIDATION = "liquidation", "进入破产清算"
    RATING_CUT = "rating_cut", "外部评级大幅下调"
    IMPAIRMENT = "impairment", "减值计量"
    ALL_BANK_DEBTS = "all_bank_debts", "全行业负债"
    NOTE = "note", "备注"


# What the five grades look at beside arrears; the latest row of a kind decides, and one whose
# facts say `ended` takes the earlier ones back.
GRADED_HAPPENINGS = (
    HappeningKind.EXTENSION_GRANTED,
    HappeningKind.REFINANCED,
    HappeningKind.RESTRUCTURED,
    HappeningKind.MISUSED,
    HappeningKind.DEBT_EVASION,
    HappeningKind.LIQUIDATION,
    HappeningKind.RATING_CUT,
    HappeningKind.IMPAIRMENT,
    HappeningKind.ALL_BANK_DEBTS,
)


class RuleSet(TextChoices):
    """By which table of days past due a loan is graded (分类规则集)."""

    BY_SEGMENT = "", "按客户类别"
    FLOORS = "floors", "2023年办法下限"
    MATRIX = "matrix", "担保方式×逾期矩阵"
    CARD = "card", "信用卡"
    MICRO = "micro", "小额贷款、消费金融"


class RepaymentMethod(IntegerChoices):
    """How the plan was made; the codes are those of the kernel."""

    LEVEL_PAYMENT = 1, "等额本息"
    LEVEL_PRINCIPAL = 2, "等额本金"
    INTEREST_ONLY = 3, "先息后本"
    BULLET = 4, "到期一次还本付息"
    CUSTOM = 5, "按计划还款"


# Instalments of equal size count a month's interest as a twelfth of a year's, others by days.
PLANNED_BY_MONTHS = (RepaymentMethod.LEVEL_PAYMENT, RepaymentMethod.LEVEL_PRINCIPAL)


class ContactOutcome(TextChoices):
    """What came of reaching out to a client; kept among the facts of a contact."""

    REACHED = "reached", "已联系"
    PROMISED = "promised", "承诺还款"
    PAID = "paid", "已还款"
    VISITED = "visited", "已上门"
    UNREACHABLE = "unreachable", "无法联系"
    DISPUTED = "disputed", "有异议"
