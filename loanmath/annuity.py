"""The level instalment, from the annuity formula in whole numbers.

The factor sum (present value of 1 per period) is kept as a binary fixed-point number, each term to
60 bits, so that compiled and uncompiled code and every machine give the same instalment. It comes
out within 2^-51 of its exact value: a wrong fen would need an instalment whose exact value lies
that close to a half.
"""

from loanmath.compiled import compiled

TERM_BITS = 60  # of one discount factor
ONE = 1 << TERM_BITS
HALF_BITS = TERM_BITS // 2
LOW_HALF = (1 << HALF_BITS) - 1
CHUNK_BITS = 15  # of a quotient found by one division; a remainder so shifted stays below 2^62
SUM_BITS = 52  # of the factor sum, which leaves room for 1000 periods
ONE_IN_SUM = 1 << SUM_BITS
DIGIT_BITS = 26  # of principal over factor sum, found at once
SPLIT_BITS = 31  # a number below 2^62 is two such halves
LOW_SPLIT = (1 << SPLIT_BITS) - 1


@compiled
def fraction_bits(numerator: int, denominator: int) -> int:
    """`numerator / denominator` as a 60-bit fixed-point number; 0 <= numerator <= denominator.

    The denominator must be below 2^47.
    """
    if numerator == denominator:
        return ONE
    bits = 0
    rest = numerator
    for _ in range(TERM_BITS // CHUNK_BITS):
        rest <<= CHUNK_BITS
        digit = rest // denominator
        rest -= digit * denominator
        bits = (bits << CHUNK_BITS) | digit
    return bits


@compiled
def multiply_bits(a: int, b: int) -> int:
    """The product of two 60-bit fixed-point numbers not above one."""
    a_high, a_low = a >> HALF_BITS, a & LOW_HALF
    b_high, b_low = b >> HALF_BITS, b & LOW_HALF
    middle = a_high * b_low + a_low * b_high + ((a_low * b_low) >> HALF_BITS)
    return a_high * b_high + (middle >> HALF_BITS)


@compiled
def divide_by_sum(principal: int, factor_sum: int) -> tuple[int, int]:
    """Principal over factor sum: the whole fen, and the remainder (out of `factor_sum`)."""
    whole = principal // factor_sum
    rest = principal - whole * factor_sum
    for _ in range(SUM_BITS // DIGIT_BITS):
        digit, rest = next_digit(rest, factor_sum)
        whole = (whole << DIGIT_BITS) + digit
    return whole, rest


@compiled
def next_digit(rest: int, divisor: int) -> tuple[int, int]:
    """The next 26 bits of `rest / divisor`, and the new rest; rest < divisor < 2^62.

    A floating-point quotient guesses the digit, by 2^-25 off at most; what it leaves over is then
    worked out in whole numbers, and says whether the guess was one too many or too few. In two
    halves no product passes 2^57, and the halves put together stay below 2^63.
    """
    digit = int(rest / divisor * float(1 << DIGIT_BITS))
    high = ((rest >> SPLIT_BITS) << DIGIT_BITS) - digit * (divisor >> SPLIT_BITS)
    low = ((rest & LOW_SPLIT) << DIGIT_BITS) - digit * (divisor & LOW_SPLIT)
    left = high * (1 << SPLIT_BITS) + low
    if left < 0:
        return digit - 1, left + divisor
    if left >= divisor:
        return digit + 1, left - divisor
    return digit, left


@compiled
def round_to_unit(whole: int, rest: int, out_of: int, unit: int, direction: int) -> int:
    """Round `whole + rest / out_of` to a multiple of `unit`: -1 down, 0 nearest, 1 up."""
    below = whole // unit * unit
    over = whole - below
    if direction < 0:
        return below
    if direction > 0:
        return below + unit if over > 0 or rest > 0 else below
    if unit == 1:
        return below + 1 if rest >= out_of - rest else below
    return below + unit if 2 * over >= unit else below
