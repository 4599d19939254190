"""One named rounding function per rule, and splits that add back to the whole."""

from loanmath.compiled import compiled


@compiled
def divide_half_up(numerator: int, denominator: int) -> int:
    """Divide and round to the nearest whole, a half going up (四舍五入).

    For numerator >= 0 and denominator > 0; both below 2**62.
    """
    return (2 * numerator + denominator) // (2 * denominator)


@compiled
def divide_up(numerator: int, denominator: int) -> int:
    """Divide and round any fraction up to the next whole (进位)."""
    return (numerator + denominator - 1) // denominator


@compiled
def divide_down(numerator: int, denominator: int) -> int:
    """Divide and drop the fraction (舍去)."""
    return numerator // denominator


def split(total: int, parts: int) -> list[int]:
    """Split an amount into equal parts that add back to it, the last taking the difference.

    `split(1000, 3) == [333, 333, 334]`. Raises ValueError for less than one part.
    """
    if parts < 1:
        raise ValueError(f"cannot split into {parts} parts")
    each = total // parts
    return [each] * (parts - 1) + [total - each * (parts - 1)]
