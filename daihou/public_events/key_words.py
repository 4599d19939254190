"""The words by which a text without a kind is given one; proposed only, a person confirms."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from daihou.public_events.choices import EventKind

KEY_WORDS: Mapping[EventKind, tuple[str, ...]] = MappingProxyType(
    {
        EventKind.DISHONEST: ("失信被执行人", "失信名单", "老赖"),
        EventKind.DISHONEST_REMOVED: ("移出失信被执行人", "移出失信", "屏蔽失信信息", "撤销失信"),
        EventKind.ENFORCED: ("被执行人", "执行立案", "强制执行", "执行标的"),
        EventKind.ENFORCEMENT_CLOSED: ("终结本次执行", "终本"),
        EventKind.ENFORCEMENT_DONE: ("执行完毕", "已结案履行", "全部履行"),
        EventKind.LAWSUIT: ("被告", "起诉", "诉讼", "仲裁", "开庭", "合同纠纷"),
        EventKind.FROZEN: ("查封", "冻结银行账户", "账户被冻结", "司法拍卖", "轮候冻结", "扣押"),
        EventKind.UNFROZEN: ("解除查封", "解除冻结", "解封"),
        EventKind.CONSUMPTION_LIMITED: ("限制高消费", "限高令", "限制消费令"),
        EventKind.CONSUMPTION_FREED: ("解除限制高消费", "解除限高", "解除限制消费"),
        EventKind.BANKRUPTCY: ("破产", "清算", "重整申请"),
        EventKind.CRIMINAL: ("刑事", "逮捕", "被判", "涉嫌", "立案侦查", "留置"),
        EventKind.REPRESENTATIVE_CHANGED: ("法定代表人变更", "变更法定代表人", "法人变更"),
        EventKind.EQUITY_CHANGED: ("股权变更", "股权转让", "股东变更"),
        EventKind.EQUITY_FROZEN: ("股权冻结", "股权质押", "股权出质"),
        EventKind.SCOPE_CHANGED: ("经营范围变更", "变更经营范围", "主营业务变更", "转型"),
        EventKind.REORGANISED: ("重组", "并购", "吸收合并", "分立", "改制"),
        EventKind.DEREGISTERED: ("注销", "吊销营业执照", "吊销"),
        EventKind.ABNORMAL_LISTED: ("列入经营异常", "经营异常名录", "无法联系"),
        EventKind.ABNORMAL_REMOVED: ("移出经营异常",),
        EventKind.SERIOUS_LISTED: ("严重违法失信",),
        EventKind.TAX_ARREARS: ("欠税公告", "欠缴税款", "欠税"),
        EventKind.TAX_ABNORMAL: ("非正常户", "纳税信用D级", "纳税信用等级降为D"),
        EventKind.TAX_CLEARED: ("缴清欠税", "欠税已缴", "解除非正常户"),
        EventKind.ENVIRONMENT_PENALTY: (
            "环保处罚", "环境违法", "超标排放", "限产", "禁养", "污染物排放", "生态环境局",
        ),
        EventKind.ACCIDENT: ("火灾", "爆炸", "安全事故", "泄漏事故", "伤亡"),
        EventKind.PENALTY: ("行政处罚", "责令停产", "责令停业", "罚款"),
        EventKind.MONEY_LAUNDERING: ("洗钱",),
        EventKind.HALTED: ("停产", "半停产", "停工", "停业", "开工不足", "减产"),
        EventKind.LICENCE_LOST: ("丧失特许", "代理权", "许可证被吊销", "断供"),
        EventKind.PROJECT_DELAYED: ("项目延期", "停建", "缓建", "烂尾"),
        EventKind.ARREARS_OWED: ("拖欠工资", "欠薪", "讨薪", "拖欠货款", "拖欠工程款"),
        EventKind.LAID_OFF: ("裁员", "遣散", "大量离职"),
        EventKind.POWER_DROPPED: ("用电量下降", "用电骤降", "用水量下降"),
        EventKind.GREAT_LOSS: ("被诈骗", "巨额亏损", "重大损失"),
        EventKind.PARTNER_LOST: ("大客户流失", "终止合作", "失去订单", "供应商断货", "取消订单"),
        EventKind.DISASTER: ("洪涝", "台风", "冰雹", "旱灾", "非洲猪瘟", "禽流感", "疫情"),
        EventKind.KEY_PERSON: ("去世", "病逝", "失踪", "辞职", "重病"),
        EventKind.OUTWARD_INVESTMENT: ("对外投资", "跨界投资", "收购股权"),
        EventKind.OUT_OF_REACH: ("失联", "跑路", "下落不明"),
        EventKind.UNCOOPERATIVE: ("拒绝检查", "拒不提供", "不配合"),
        EventKind.PRIVATE_LENDING: ("民间借贷", "高利贷", "非法集资", "赌博"),
        EventKind.FAMILY: ("离婚", "家庭变故"),
        EventKind.INDUSTRY_DOWN: ("行业下行", "产能过剩", "政策收紧", "行业整顿"),
        EventKind.PRICE_SHOCK: ("价格下跌", "价格暴跌", "跌价", "价格腰斩"),
        EventKind.MARKET_SHOCK: ("汇率", "利率上调", "原料涨价", "原材料价格上涨"),
    }
)  # fmt: skip
