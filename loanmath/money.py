"""Money is a whole number of fen; there is one door by which written amounts come in."""

from decimal import Decimal, InvalidOperation
from typing import NewType

Money = NewType("Money", int)

FEN_PER_YUAN = 100
MAX_MONEY = Money(10**13)  # 100 billion yuan: the largest amount accepted on one loan
NOTHING = Money(0)


def yuan(written: str | int | Decimal) -> Money:
    """Read an amount in yuan, as `yuan("1,234.50")`, and keep it in fen.

    Raises TypeError for a float (it cannot hold cents exactly) and ValueError for a third
    decimal, for text that is no number, and for amounts beyond `MAX_MONEY` either way.
    """
    if isinstance(written, float | bool):
        raise TypeError(f"an amount of money must not be a {type(written).__name__}: {written!r}")
    text = written.replace(",", "").strip() if isinstance(written, str) else written
    try:
        fen = Decimal(text) * FEN_PER_YUAN
    except InvalidOperation:
        raise ValueError(f"not an amount in yuan: {written!r}") from None
    if not fen.is_finite() or fen != fen.to_integral_value():
        raise ValueError(f"an amount in yuan has at most two decimals: {written!r}")
    if abs(fen) > MAX_MONEY:
        raise ValueError(f"amount larger than {format_yuan(MAX_MONEY)} yuan: {written!r}")
    return Money(int(fen))


def format_yuan(amount: Money) -> str:
    """Write an amount in yuan with thousands separators and two decimals: `1,234.50`."""
    whole, fen = divmod(abs(amount), FEN_PER_YUAN)
    return f"{'-' if amount < 0 else ''}{whole:,}.{fen:02d}"
