"""The language of conditions: comparisons of named indicators, joined by and, or, not.

    inflow_30d < 50% * inflow_monthly_prior_90d and inflow_monthly_prior_90d >= 5000元

Numbers carry their unit (元, 万元, %, 倍, 天, 次, 户, 期); what is compared must be of one unit. A
condition is read into a tree and never run as code. Chinese 且, 或, 非 stand for and, or, not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import cache

WHOLE = 10_000  # a share of one: shares are whole ten-thousandths


class Unit(Enum):
    """What a value measures; the value is its name on the screen."""

    MONEY = "元"
    SHARE = "%"
    DAYS = "天"
    COUNT = "个"
    PLAIN = ""  # a bare number: fits days and counts
    TRUTH = "是否"


class BadCondition(Exception):
    """A condition that cannot be understood or makes no sense; the message says where and why."""


@dataclass(frozen=True)
class Number:
    """A number as typed and what it is in the smallest unit."""

    value: int
    unit: Unit
    text: str


@dataclass(frozen=True)
class Name:
    """An indicator, by its code."""

    code: str


@dataclass(frozen=True)
class Pair:
    """Two parts joined by + - * /, by a comparison, or by and, or."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Negation:
    """The opposite of a condition."""

    of: Node


Node = Number | Name | Pair | Negation
COMPARISONS = ("<=", ">=", "!=", "<", ">", "=")
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d[\d,]*(?:\.\d+)?)\s*(?P<unit>万元|元|%|倍|天|次|户|期|家|月|个)?"
    r"|(?P<name>[a-z_][a-z0-9_]*)|(?P<word>[且或非])|(?P<sign><=|>=|!=|<>|==|[-<>=+*/()≤≥≠×÷]))"
)
_SAME_SIGN = {"≤": "<=", "≥": ">=", "≠": "!=", "<>": "!=", "==": "=", "×": "*", "÷": "/"}
_WORDS = {"且": "and", "或": "or", "非": "not"}
_SCALE = {
    "元": (Unit.MONEY, 100), "万元": (Unit.MONEY, 1_000_000), "%": (Unit.SHARE, WHOLE // 100),
    "倍": (Unit.SHARE, WHOLE), "天": (Unit.DAYS, 1), "": (Unit.PLAIN, 1),
}  # fmt: skip
_LONGEST = 500
_DEEPEST = 40


@cache
def read_condition(text: str) -> Node:
    """Read a condition as typed; raises `BadCondition` naming the place that is not understood."""
    if not text.strip():
        raise BadCondition("条件不能为空")
    if len(text) > _LONGEST:
        raise BadCondition(f"条件最长 {_LONGEST} 字")
    reader = _Reader(list(_tokens(text)))
    node = reader.either()
    if reader.peek() is not None:
        raise BadCondition(f"“{reader.peek()}”处多出了内容")
    return node


def names_in(node: Node) -> tuple[str, ...]:
    """The indicators that a condition names, each once, in the order in which they stand."""
    return tuple(dict.fromkeys(_names(node)))


def unit_of(node: Node, units: Mapping[str, Unit]) -> Unit:
    """What a tree measures; raises `BadCondition` for an unknown name or units that do not fit."""
    if isinstance(node, Number):
        return node.unit
    if isinstance(node, Name):
        if node.code not in units:
            raise BadCondition(f"指标目录里没有“{node.code}”")
        return units[node.code]
    if isinstance(node, Negation):
        return _truth(node.of, units, "not")
    if node.operator in ("and", "or"):
        _truth(node.left, units, node.operator)
        return _truth(node.right, units, node.operator)
    left, right = unit_of(node.left, units), unit_of(node.right, units)
    if Unit.TRUTH in (left, right):
        raise BadCondition(f"“{node.operator}”两边须是数值,不能是条件")
    if node.operator in COMPARISONS:
        _same(left, right, node, units)
        return Unit.TRUTH
    return _ARITHMETIC[node.operator](left, right, node, units)


def text_of(node: Node, names: Mapping[str, str] | None = None) -> str:
    """The tree as text again; with `names`, in words as people read it."""
    if isinstance(node, Number):
        return node.text
    if isinstance(node, Name):
        return node.code if names is None else names.get(node.code, node.code)
    if isinstance(node, Negation):
        return f"{'not ' if names is None else '非'}({text_of(node.of, names)})"
    operator = node.operator
    if names is not None:
        operator = _SPOKEN.get(operator, operator)
    left, right = (_inside(part, node, names) for part in (node.left, node.right))
    return f"{left} {operator} {right}"


_SPOKEN = {
    "and": "且", "or": "或", "<": "低于", ">": "高于", "<=": "不高于", ">=": "不低于", "=": "等于",
    "!=": "不等于", "*": "×", "/": "÷",
}  # fmt: skip
_RANK = {"or": 1, "and": 2, **dict.fromkeys(COMPARISONS, 3), "+": 4, "-": 4, "*": 5, "/": 5}


def _inside(part: Node, around: Pair, names: Mapping[str, str] | None) -> str:
    text = text_of(part, names)
    if not isinstance(part, Pair):
        return text
    lower = _RANK[part.operator] < _RANK[around.operator]
    tied = part is around.right and _RANK[part.operator] == _RANK[around.operator]
    return f"({text})" if lower or tied else text


def _names(node: Node) -> Iterator[str]:
    if isinstance(node, Name):
        yield node.code
    elif isinstance(node, Negation):
        yield from _names(node.of)
    elif isinstance(node, Pair):
        yield from _names(node.left)
        yield from _names(node.right)


def _truth(node: Node, units: Mapping[str, Unit], operator: str) -> Unit:
    if unit_of(node, units) is not Unit.TRUTH:
        raise BadCondition(f"“{operator}”连接的须是比较,如 cash_inflow_share_90d > 70%")
    return Unit.TRUTH


def _same(left: Unit, right: Unit, node: Pair, units: Mapping[str, Unit]) -> Unit:
    """The common unit of two sides; a bare number fits counts and days, and 0 fits everything."""
    if left is right or (isinstance(node.left, Number) and node.left.value == 0):
        return right
    if isinstance(node.right, Number) and node.right.value == 0:
        return left
    for one, other in ((left, right), (right, left)):
        if one is Unit.PLAIN and other in (Unit.DAYS, Unit.COUNT):
            return other
    samples = {Unit.MONEY: "50万元", Unit.SHARE: "70%", Unit.DAYS: "30天", Unit.COUNT: "3"}
    wanted = left if right is Unit.PLAIN else right if left is Unit.PLAIN else None
    if wanted is not None:
        raise BadCondition(
            f"“{text_of(node)}”:比较的数要带单位{wanted.value},写成 {samples[wanted]} 的样子"
        )
    raise BadCondition(
        f"“{text_of(node)}”:左边的单位是{left.value},右边是{right.value},不能比较或相加减"
    )


def _product(left: Unit, right: Unit, node: Pair, units: Mapping[str, Unit]) -> Unit:
    """A value times a share or a bare number."""
    factors = (Unit.SHARE, Unit.PLAIN)
    if left is Unit.SHARE and right is Unit.SHARE:
        raise BadCondition(f"“{text_of(node)}”:百分比不能相乘")
    if left in factors and isinstance(node.left, Number):
        return right
    if right in factors and isinstance(node.right, Number):
        return left
    raise BadCondition(f"“{text_of(node)}”:只能乘以一个写明的数或百分比,如 50% * inflow_30d")


def _quotient(left: Unit, right: Unit, node: Pair, units: Mapping[str, Unit]) -> Unit:
    """A value over another of its unit is a share."""
    if left is not right:
        raise BadCondition(f"“{text_of(node)}”:相除的两个数单位须相同,结果是百分比")
    return Unit.SHARE


_ARITHMETIC: Mapping[str, Callable[[Unit, Unit, Pair, Mapping[str, Unit]], Unit]] = {
    "+": _same,
    "-": _same,
    "*": _product,
    "/": _quotient,
}


def _tokens(text: str) -> Iterator[str | Number]:
    at = 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None:
            raise BadCondition(f"看不懂“{text[at:].strip()[:12]}”")
        at = found.end()
        if found["number"]:
            yield _number(found["number"], found["unit"] or "")
        else:
            token = found["name"] or found["word"] or found["sign"]
            yield _SAME_SIGN.get(token, _WORDS.get(token, token))


def _number(digits: str, suffix: str) -> Number:
    unit, scale = _SCALE.get(suffix, (Unit.COUNT, 1))
    value = Decimal(digits.replace(",", "")) * scale
    if value != value.to_integral_value():
        raise BadCondition(f"“{digits}{suffix}”的小数位数过多")
    if value > 10**15:
        raise BadCondition(f"“{digits}{suffix}”过大")
    return Number(int(value), unit, f"{digits}{suffix}")


class _Reader:
    """Reads tokens from left to right; each method reads one rank of the grammar."""

    def __init__(self, tokens: list[str | Number]) -> None:
        self._tokens = tokens
        self.at = 0
        self._open: list[int] = []

    def peek(self) -> str | None:
        """The next token as text; None at the end."""
        if self.at >= len(self._tokens):
            return None
        token = self._tokens[self.at]
        return token.text if isinstance(token, Number) else token

    def either(self) -> Node:
        """Parts joined by or."""
        return self._joined(("or",), self._all_of)

    def _all_of(self) -> Node:
        return self._joined(("and",), self._denied)

    def _denied(self) -> Node:
        if self.peek() == "not":
            self._take()
            return self._deeper(lambda: Negation(self._denied()))
        return self._compared()

    def _compared(self) -> Node:
        left = self._sum()
        operator = self.peek()
        if operator not in COMPARISONS:
            return left
        self._take()
        right = self._sum()
        if self.peek() in COMPARISONS:
            raise BadCondition(f"“{self.peek()}”处:一次只能比较两个数,请用 and 连接")
        return Pair(operator, left, right)

    def _sum(self) -> Node:
        return self._joined(("+", "-"), self._term)

    def _term(self) -> Node:
        return self._joined(("*", "/"), self._atom)

    def _atom(self) -> Node:
        token = self._take()
        if isinstance(token, Number):
            return token
        if token == "(":
            inner = self._deeper(self.either)
            if self.peek() != ")":
                raise BadCondition("少了右括号")
            self._take()
            return inner
        if re.fullmatch(r"[a-z_][a-z0-9_]*", token) and token not in ("and", "or", "not"):
            return Name(token)
        raise BadCondition(f"“{token}”处应为指标或数值")

    def _joined(self, operators: tuple[str, ...], part: Callable[[], Node]) -> Node:
        node = part()
        while (operator := self.peek()) in operators:
            assert operator is not None
            self._take()
            node = Pair(operator, node, part())
        return node

    def _deeper(self, read: Callable[[], Node]) -> Node:
        if len(self._open) >= _DEEPEST:
            raise BadCondition("条件嵌套过深")
        self._open.append(self.at)
        node = read()
        self._open.pop()
        return node

    def _take(self) -> str | Number:
        if self.at >= len(self._tokens):
            raise BadCondition("条件没有写完")
        self.at, token = self.at + 1, self._tokens[self.at]
        return token
