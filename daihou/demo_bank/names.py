"""Invented names. Nobody and no firm is meant; likeness is chance."""

from __future__ import annotations

import random
from collections.abc import Callable

_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜"
_GIVEN = (
    "秀英 桂花 建国 志强 丽华 春梅 国庆 永福 玉兰 海涛 文斌 晓东 雪琴 金凤 "
    "德明 长林 小红 立军 卫东 云霞 红梅 建平 少华 月娥 根生 水生 阿毛 福根 "
    "美娟 志远 嘉怡 子豪 雨桐 浩然 欣怡 俊杰 思远 佳宁 一鸣 若兰 明辉 晨曦 "
    "伟民 素芬 爱珍 荣华 庆祥 培根 泽洋 梦洁"
).split()
_PLACES = ("临溪 云桥 青浦湾 石门 双塘 白鹭 枫林 龙泉 沙溪 梅岭").split()
_WORDS = (
    "恒信 顺达 瑞丰 华盛 金禾 天润 鸿运 百川 同济 永兴 嘉禾 东方红 万里 博源 "
    "盛世 联创 德馨 明珠 四季青 福满 远航 九州 宏业 众诚 正泰和 锦绣 广源 润泽 "
    "兴农 启明"
).split()
# trade of an enterprise, with its section of GB/T 4754
_TRADES = (
    ("纺织", "C"), ("五金制品", "C"), ("塑料制品", "C"), ("食品加工", "C"), ("机械配件", "C"),
    ("家具", "C"), ("服装", "C"), ("建材贸易", "F"), ("粮油贸易", "F"), ("农资", "F"),
    ("商贸", "F"), ("水产养殖", "A"), ("生态农业", "A"), ("建筑工程", "E"), ("装饰工程", "E"),
    ("物流", "G"), ("冷链运输", "G"), ("酒店管理", "H"), ("餐饮管理", "H"), ("软件科技", "I"),
    ("房地产开发", "K"), ("劳务服务", "L"), ("环保科技", "N"), ("光伏能源", "D"),
)  # fmt: skip
_SHOPS = (
    ("小吃店", "H"), ("百货商行", "F"), ("水果店", "F"), ("汽修厂", "O"), ("五金店", "F"),
    ("服装店", "F"), ("建材经营部", "F"), ("农家乐", "H"), ("运输户", "G"), ("理发店", "O"),
    ("烟酒店", "F"), ("早餐铺", "H"),
)  # fmt: skip


class Names:
    """Draws names that are never given twice."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._given: set[str] = set()

    def person(self) -> str:
        """A person's name, unused so far."""
        return self._unused(lambda: self._chance.choice(_SURNAMES) + self._chance.choice(_GIVEN))

    def enterprise(self) -> tuple[str, str]:
        """An enterprise's name and the section of its industry."""
        trade, section = self._chance.choice(_TRADES)
        name = self._unused(
            lambda: self._chance.choice(_PLACES) + self._chance.choice(_WORDS) + trade + "有限公司"
        )
        return name, section

    def shop(self) -> tuple[str, str]:
        """A sole trader's business and the section of its industry."""
        trade, section = self._chance.choice(_SHOPS)
        name = self._unused(
            lambda: self._chance.choice(_PLACES) + self._chance.choice(_WORDS) + trade
        )
        return name, section

    def _unused(self, draw: Callable[[], str]) -> str:
        for attempt in range(1000):
            name = draw() if attempt < 500 else draw() + self._chance.choice("甲乙丙丁")
            if name not in self._given:
                self._given.add(name)
                return name
        raise RuntimeError("the lists of names are used up")
