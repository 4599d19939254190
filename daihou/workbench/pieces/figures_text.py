"""Figures as text, the same on screens, in exports and on paper."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

FEN_IN_WAN = 1_000_000  # ten thousand yuan
_YI = 10_000_000_000  # fen in a hundred million yuan


def yuan(fen: int) -> str:
    """1234567 fen as 12,345.67; negative with a minus sign that cannot be mistaken for a dash."""
    whole, cents = divmod(abs(fen), 100)
    return f"{_sign(fen)}{whole:,}.{cents:02d}"


def wan(fen: int) -> str:
    """An amount in 万元 with two decimals, rounded half up on the exact integer."""
    return _in_unit(fen, FEN_IN_WAN, 2)


def short_money(fen: int) -> str:
    """An amount for a figure card or a sentence, in the unit that suits its size."""
    if abs(fen) >= _YI:
        return f"{_in_unit(fen, _YI, 2)}亿元"
    if abs(fen) >= FEN_IN_WAN:
        return f"{_in_unit(fen, FEN_IN_WAN, 1)}万元"
    return f"{yuan(fen)}元"


def signed_money(fen: int) -> str:
    """A difference: as `short_money`, with its sign."""
    return f"{'+' if fen > 0 else ''}{short_money(fen)}"


def rate(micro_percent: int) -> str:
    """Millionths of a percent as a percentage: at least two decimals, at most six."""
    whole, part = divmod(abs(micro_percent), 1_000_000)
    decimals = f"{part:06d}".rstrip("0").ljust(2, "0")
    return f"{_sign(micro_percent)}{whole}.{decimals}%"


def share(part: float) -> str:
    """A ratio as a percentage with two decimals."""
    return f"{part * 100:.2f}%".replace("-", "−")


def change_in_points(now: float, before: float, since: str) -> str:
    """The change of a ratio with its sign and period: 较年初 −0.08pp."""
    points = (now - before) * 100
    if abs(points) < 0.005:
        return f"{since} 持平"
    return f"{since} {'+' if points > 0 else '−'}{abs(points):.2f}pp"


def change_in_percent(now: int, before: int, since: str) -> str:
    """The change of an amount or a count in percent: 较上月末 +1.2%; from nothing: 新增."""
    if now == before:
        return f"{since} 持平"
    if before == 0:
        return f"{since} 新增"
    percent = (now - before) / abs(before) * 100
    return f"{since} {'+' if percent > 0 else '−'}{abs(percent):.1f}%"


def time_left(days: int) -> str:
    """还剩 3 天, 今天, 超期 2 天."""
    if days == 0:
        return "今天"
    return f"还剩 {days} 天" if days > 0 else f"超期 {-days} 天"


def moment(value: dt.datetime) -> str:
    """A moment in Chinese time, to the second."""
    return timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S")


def _sign(number: int) -> str:
    return "−" if number < 0 else ""


def _in_unit(fen: int, unit: int, decimals: int) -> str:
    scale = 10**decimals
    scaled = (abs(fen) * scale + unit // 2) // unit
    whole, part = divmod(scaled, scale)
    return f"{_sign(fen)}{whole:,}.{part:0{decimals}d}"
