"""Is the statement plausible? Each check compares two figures and says by how much they differ.

A check over a missing line is unknown, and says which line is missing. Nothing here knows the
database: a panel goes in, results come out; `results_at` puts one statement's into words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from daihou.statements.amounts import Amounts, Mask
from daihou.statements.choices import Severity, Sheet
from daihou.statements.items import ITEM_BY_KEY, TOTALS, Item, items_of
from daihou.statements.panel import Panel

ROUNDING = 500  # fen: sheets kept in yuan may differ by a few yuan after rounding
_SHARE_OF_LARGER = 1e-6  # and large ones by a millionth
_OFTEN_LEFT_OUT = frozenset({"minority_equity", "other_gains", "other_losses", "exchange_effect"})


@dataclass(frozen=True)
class Sides:
    """What a check compares: two figures, and at which statements they disagree."""

    left: Amounts
    right: Amounts
    fails: Mask


@dataclass(frozen=True)
class Check:
    """One check: what it compares, how grave a failure is, and the words for both sides."""

    code: str
    name: str
    severity: Severity
    left: str
    right: str
    needs: tuple[str, ...]
    compare: Callable[[Panel], Sides]
    advice: str = ""


@dataclass(frozen=True)
class Result:
    """A check of one statement: it holds, fails or is unknown for want of a line."""

    check: Check
    holds: bool | None
    left: int | None
    right: int | None
    missing: tuple[str, ...] = ()

    @property
    def difference(self) -> int | None:
        """Left less right, in fen."""
        return None if self.left is None or self.right is None else self.left - self.right

    @property
    def severity(self) -> Severity | None:
        """How grave it is; None when it holds or is unknown."""
        return self.check.severity if self.holds is False else None


def _equal(left: Amounts, right: Amounts) -> Sides:
    room = np.maximum(ROUNDING, _SHARE_OF_LARGER * np.abs(left.fen))
    known = left.known & right.known
    return Sides(left, right, known & (np.abs(left.fen - right.fen) > room))


def _not_above(left: Amounts, right: Amounts) -> Sides:
    known = left.known & right.known
    return Sides(left, right, known & (left.fen - right.fen > ROUNDING))


def _sum_of(panel: Panel, total: Item) -> Amounts:
    """The parts of a total. Sheets leave out lines with nothing in them: a list of plain lines
    needs one known line, a sum of sums all of them save those that are often left out.
    """
    is_long = _is_list(total)
    fen = np.zeros(len(panel), np.int64)
    known = np.zeros(len(panel), np.bool_) if is_long else np.ones(len(panel), np.bool_)
    for part in total.parts:
        line = _line_or_sum(panel, ITEM_BY_KEY[part.key])
        fen = fen + part.sign * np.where(line.known, line.fen, 0)
        if is_long:
            known = known | line.known
        elif part.key not in _OFTEN_LEFT_OUT:
            known = known & line.known
    return Amounts(fen, known)


def _is_list(total: Item) -> bool:
    return not any(ITEM_BY_KEY[part.key].is_total for part in total.parts)


def _line_or_sum(panel: Panel, item: Item) -> Amounts:
    """A line as printed; a total that is not printed as the sum of its parts."""
    printed = panel[item.key]
    if not item.is_total or printed.known.all():
        return printed
    added = _sum_of(panel, item)
    return Amounts(np.where(printed.known, printed.fen, added.fen), printed.known | added.known)


def _sum_check(total: Item) -> Check:
    words = "".join(
        f" {'−' if p.sign < 0 else '+'} {ITEM_BY_KEY[p.key].name}" for p in total.parts
    ).removeprefix(" + ")
    return Check(
        f"sum.{total.key}",
        f"{total.name}等于各项之和",
        Severity.ERROR,
        total.name,
        words,
        (total.key,)
        if _is_list(total)
        else (total.key, *(p.key for p in total.parts if p.key not in _OFTEN_LEFT_OUT)),
        lambda panel: _equal(panel[total.key], _sum_of(panel, total)),
        "核对漏填或重复的项目",
    )


def _not_negative(item: Item) -> Check:
    def compare(panel: Panel) -> Sides:
        line = panel[item.key]
        nothing = Amounts(np.zeros_like(line.fen), line.known)
        return Sides(line, nothing, line.known & (line.fen < 0))

    return Check(
        f"sign.{item.key}", f"{item.name}不为负", Severity.ERROR, item.name, "零", (item.key,),
        compare, "负数余额通常应重分类到对方科目",
    )  # fmt: skip


def _cash_moves(panel: Panel) -> Sides:
    return _equal(panel["cash"] - panel.opening("cash"), panel["cash_change"])


def _cash_end(panel: Panel) -> Sides:
    return _not_above(panel["cash_at_end"], panel["cash"])


def _profit_kept(panel: Panel) -> Sides:
    """What was kept may be less than the profit (it was paid out), never more."""
    kept = (panel["retained_earnings"] - panel.opening("retained_earnings")) + (
        panel["surplus_reserve"] - panel.opening("surplus_reserve")
    )
    return _not_above(kept, panel["net_profit"])


def _profit_vanished(panel: Panel) -> Sides:
    """What of the profit was not kept must have been paid out in cash or stated as distributed."""
    kept = (panel["retained_earnings"] - panel.opening("retained_earnings")) + (
        panel["surplus_reserve"] - panel.opening("surplus_reserve")
    )
    gone = panel["net_profit"] - kept
    paid = panel["interest_and_dividends"] + panel["dividends"].or_zero()
    return _not_above(gone, paid)


def _opening(key: str) -> Callable[[Panel], Sides]:
    def compare(panel: Panel) -> Sides:
        return _equal(panel.earlier(key), panel[key].taken(panel.year_before))

    return compare


def _comparison(key: str) -> Callable[[Panel], Sides]:
    def compare(panel: Panel) -> Sides:
        return _equal(panel.earlier(key), panel[key].taken(panel.same_last_year))

    return compare


def _cumulates(key: str) -> Callable[[Panel], Sides]:
    """What the year has so far is not less than what it had a quarter ago."""

    def compare(panel: Panel) -> Sides:
        before = panel[key].taken(np.where(panel.months > 3, panel.quarter_before, -1))
        return _not_above(before, panel[key])

    return compare


def _share_of(panel: Panel, key: str, per_hundred: int) -> Amounts:
    line = panel[key]
    return Amounts(line.fen * per_hundred // 100, line.known)


def _much_cash_much_debt(panel: Panel) -> Sides:
    """存贷双高: a fifth of the assets in cash beside borrowings of three tenths."""
    borrowed = panel["short_loans"] + panel["long_loans"]
    cash, most = panel["cash"], _share_of(panel, "total_assets", 20)
    indebted = borrowed.known & (borrowed.fen > _share_of(panel, "total_assets", 30).fen)
    sides = _not_above(cash, most)
    return Sides(cash, most, sides.fails & indebted)


def _sales_in_cash(panel: Panel) -> Sides:
    return _not_above(_share_of(panel, "revenue", 60), panel["sales_receipts"])


def _interest_of_debt(panel: Panel) -> Sides:
    """Borrowings bear at least one and a half per cent a year; less says that debt is hidden or
    interest is capitalised."""
    borrowed = panel.opening("short_loans") + panel.opening("long_loans")
    least = Amounts(borrowed.fen * 15 // 1000 * panel.months // 12, borrowed.known)
    return _not_above(least, panel["interest_expense"])


def _jump(key: str) -> Callable[[Panel], Sides]:
    """A line that more than doubled, or lost half, by more than a tenth of all assets."""

    def compare(panel: Panel) -> Sides:
        now, then = panel[key], panel.last_year(key)
        change = np.abs(now.fen - then.fen)
        large = change > _share_of(panel, "total_assets", 10).fen
        far = (now.fen > 2 * then.fen) | (2 * now.fen < then.fen)
        known = now.known & then.known & panel["total_assets"].known
        return Sides(now, then, known & large & far & (then.fen > 0))

    return compare


_KEPT_SAME = ("cash", "receivables", "inventory", "fixed_assets", "total_assets", "short_loans",
              "total_liabilities", "retained_earnings", "total_equity")  # fmt: skip
_JUMPY = ("receivables", "other_receivables", "inventory", "prepayments", "fixed_assets",
          "intangibles", "short_loans", "other_payables", "payables", "revenue")  # fmt: skip


def _all_checks() -> Iterator[Check]:
    yield Check("balance", "资产等于负债加所有者权益", Severity.ERROR, "资产总计",
                "负债合计 + 所有者权益合计",
                ("total_assets", "total_liabilities", "total_equity"),
                lambda p: _equal(p["total_assets"], p["total_liabilities"] + p["total_equity"]),
                "报表不平,退回客户重报")  # fmt: skip
    yield from (_sum_check(total) for total in TOTALS)
    yield Check("cash.change", "货币资金变动与现金流量表一致", Severity.WARNING,
                "货币资金期末 − 年初", "现金及现金等价物净增加额", ("cash", "cash_change"),
                _cash_moves, "有受限资金(保证金、质押存单)时可有差额,请客户说明")  # fmt: skip
    yield Check("cash.end", "期末现金不超过货币资金", Severity.ERROR, "期末现金及现金等价物余额",
                "货币资金", ("cash_at_end", "cash"), _cash_end)  # fmt: skip
    yield Check("profit.kept", "留存收益增加不超过净利润", Severity.ERROR,
                "未分配利润与盈余公积的增加", "净利润",
                ("retained_earnings", "surplus_reserve", "net_profit"), _profit_kept,
                "利润表与资产负债表不是同一套账")  # fmt: skip
    yield Check("profit.gone", "未留存的利润有分配去向", Severity.WARNING,
                "净利润 − 留存收益增加", "分配股利、利润或偿付利息支付的现金 + 本期分配利润",
                ("net_profit", "retained_earnings", "surplus_reserve", "interest_and_dividends"),
                _profit_vanished, "查以前年度损益调整或抽回利润")  # fmt: skip
    for key in _KEPT_SAME:
        name = ITEM_BY_KEY[key].name
        yield Check(f"opening.{key}", f"{name}年初数与上年年末数一致", Severity.ERROR,
                    f"{name}年初数", f"上年年报{name}", (key,), _opening(key),
                    "期初数被改动,请客户提供调整依据")  # fmt: skip
    for key in ("revenue", "net_profit", "operating_cash"):
        name = ITEM_BY_KEY[key].name
        yield Check(f"comparison.{key}", f"{name}上年同期数与上年报表一致", Severity.WARNING,
                    f"{name}上年同期", "上年同期报表", (key,), _comparison(key))  # fmt: skip
    for key in ("revenue", "cost", "sales_receipts"):
        name = ITEM_BY_KEY[key].name
        yield Check(f"cumulates.{key}", f"{name}本年累计不减少", Severity.WARNING,
                    f"上季末累计{name}", f"本期累计{name}", (key,), _cumulates(key),
                    "累计数减少说明有冲回或口径不一")  # fmt: skip
    yield Check("odd.cash_and_debt", "存贷双高", Severity.NOTICE, "货币资金", "资产总计的 20%",
                ("cash", "total_assets", "short_loans", "long_loans"), _much_cash_much_debt,
                "有钱仍大量借款,核对银行对账单")  # fmt: skip
    yield Check("odd.sales_in_cash", "销售有现金支撑", Severity.NOTICE, "营业收入的 60%",
                "销售商品、提供劳务收到的现金", ("revenue", "sales_receipts"), _sales_in_cash,
                "核对发票、纳税申报与账户流水")  # fmt: skip
    yield Check("odd.interest", "利息与借款规模相称", Severity.NOTICE, "年初借款的最低利息(年1.5%)",
                "利息费用", ("short_loans", "long_loans", "interest_expense"),
                _interest_of_debt)  # fmt: skip
    for key in _JUMPY:
        name = ITEM_BY_KEY[key].name
        yield Check(f"jump.{key}", f"{name}较上年同期无剧烈变动", Severity.NOTICE, f"本期{name}",
                    f"上年同期{name}", (key,), _jump(key),
                    "变动超一倍(或减半)且超过总资产的 10%,请客户说明")  # fmt: skip
    for item in items_of(Sheet.BALANCE):
        if not item.may_be_negative and not item.is_total:
            yield _not_negative(item)


CHECKS: tuple[Check, ...] = tuple(_all_checks())


@dataclass(frozen=True)
class Tally:
    """How many checks failed with each statement of a panel."""

    errors: np.ndarray
    warnings: np.ndarray
    notices: np.ndarray


def count_failures(panel: Panel) -> Tally:
    """Failed checks of every statement of a panel, by gravity."""
    counts = {severity: np.zeros(len(panel), np.int64) for severity in Severity}
    for check in CHECKS:
        counts[check.severity] = counts[check.severity] + check.compare(panel).fails
    return Tally(counts[Severity.ERROR], counts[Severity.WARNING], counts[Severity.NOTICE])


def results(panel: Panel) -> list[list[Result]]:
    """All checks of each of a few statements, in the order of the panel."""
    compared = [(check, check.compare(panel)) for check in CHECKS]
    return [
        [_result(check, sides, panel, place) for check, sides in compared]
        for place in range(len(panel))
    ]


def _result(check: Check, sides: Sides, panel: Panel, place: int) -> Result:
    left, right = sides.left.at(place), sides.right.at(place)
    if left is None or right is None:
        missing = tuple(ITEM_BY_KEY[key].name for key in check.needs if not panel[key].known[place])
        return Result(check, None, left, right, missing)
    return Result(check, not bool(sides.fails[place]), left, right)


def failed(of_one: Sequence[Result]) -> list[Result]:
    """What failed, the gravest first."""
    wrong = [result for result in of_one if result.holds is False]
    return sorted(wrong, key=lambda result: -int(result.check.severity))
