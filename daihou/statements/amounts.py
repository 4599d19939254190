"""Amounts that may be unknown, many at a time: sums stay exact fen, unknown stays unknown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]
Fen = npt.NDArray[np.int64]
Share = npt.NDArray[np.float64]  # a ratio; NaN where it is unknown


@dataclass(frozen=True)
class Amounts:
    """One figure of each of many statements: fen, and whether it is known."""

    fen: Fen
    known: Mask

    def __add__(self, other: Amounts) -> Amounts:
        return Amounts(self.fen + other.fen, self.known & other.known)

    def __sub__(self, other: Amounts) -> Amounts:
        return Amounts(self.fen - other.fen, self.known & other.known)

    def __neg__(self) -> Amounts:
        return Amounts(-self.fen, self.known)

    def __truediv__(self, other: Amounts) -> Share:
        """The ratio; unknown where either is, and where there is nothing to divide by."""
        return divided(self.as_float(), other.as_float())

    def or_zero(self) -> Amounts:
        """Unknown as nothing; only for lines that a sheet leaves out when there is nothing."""
        return Amounts(np.where(self.known, self.fen, 0), np.ones_like(self.known))

    def as_float(self) -> Share:
        """For ratios: NaN where unknown. Fen below nine thousand million million are exact."""
        return np.where(self.known, self.fen.astype(np.float64), np.nan)

    def at(self, place: int) -> int | None:
        """One of them."""
        return int(self.fen[place]) if self.known[place] else None

    def taken(self, places: npt.NDArray[np.int64]) -> Amounts:
        """The figures at other places; unknown where the place is -1."""
        found = places >= 0
        if not found.any():  # also where there are no figures at all
            return Amounts(np.zeros(places.size, np.int64), found)
        return Amounts(np.where(found, self.fen[places], 0), found & self.known[places])


def divided(numerator: Share, denominator: Share) -> Share:
    """A ratio of floats; NaN where the denominator is nothing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = numerator / denominator
    return np.where(np.isfinite(ratio), ratio, np.nan)


def mean_of(first: Amounts, second: Amounts) -> Share:
    """The average of a figure at two points of time."""
    return (first.as_float() + second.as_float()) / 2
