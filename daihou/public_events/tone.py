"""How a Chinese text sounds to a lender: a small trained model of pairs of characters.

The weights are a file of some tens of kilobytes, read when a text is first looked at. They were
trained on MCRLS, credit-risk sentences from annual reports of Chinese manufacturers (CC BY 4.0; see
the README). Nothing but numpy is needed here; training lives in `tone_training.py`.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from django.conf import settings

from daihou.public_events.choices import Tone

SHIPPED = Path(__file__).with_name("tone_weights.npz")
TONES = (Tone.NEUTRAL, Tone.FAVOURABLE, Tone.RISKY)  # in the order of the columns of the weights
PLACES = 1 << 15
LENGTHS = (1, 2, 3)
WORDS_SHOWN = 5
_NUMBERS = re.compile(r"\d+(?:[.,]\d+)*")
_NOISE = re.compile(r"\s+")


@dataclass(frozen=True)
class Heard:
    """How a text sounds, how sure the model is (percent), and the pieces of text that spoke."""

    tone: Tone
    confidence: int
    words: tuple[str, ...]


@dataclass(frozen=True)
class ToneModel:
    """The weights: one row per place of the hash, one column per tone."""

    weights: npt.NDArray[np.float32]
    intercepts: npt.NDArray[np.float32]
    trained_on: str


def tone_of(text: str) -> Heard | None:
    """How the text sounds; None where no model is installed or the text says nothing."""
    model = _model()
    pieces = pieces_of(text)
    if model is None or not pieces:
        return None
    places, values = hashed(pieces)
    scores = values @ model.weights[places] + model.intercepts
    chances = np.exp(scores - scores.max())
    chances /= chances.sum()
    best = int(chances.argmax())
    return Heard(TONES[best], round(100 * float(chances[best])), _speaking(pieces, model, best))


def pieces_of(text: str) -> dict[str, int]:
    """The runs of one to three characters of a text and how often each stands; numbers are one."""
    tidy = _NOISE.sub("", unicodedata.normalize("NFKC", text))
    tidy = _NUMBERS.sub("#", tidy)
    counts: dict[str, int] = {}
    for length in LENGTHS:
        for start in range(len(tidy) - length + 1):
            piece = tidy[start : start + length]
            counts[piece] = counts.get(piece, 0) + 1
    return counts


def place_of(piece: str) -> int:
    """The row of the weights that a piece of text is kept in; the same on every machine."""
    return zlib.crc32(piece.encode()) % PLACES


def hashed(pieces: dict[str, int]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """The places of the pieces and their values, scaled so that long texts weigh as short ones."""
    places = np.fromiter((place_of(piece) for piece in pieces), np.int64, len(pieces))
    values = np.sqrt(np.fromiter(pieces.values(), np.float32, len(pieces)))
    length = float(np.sqrt((values * values).sum())) or 1.0
    return places, (values / length).astype(np.float32)


def _speaking(pieces: dict[str, int], model: ToneModel, tone: int) -> tuple[str, ...]:
    """The pieces of two or three characters that spoke most for the tone."""
    others = [n for n in range(len(TONES)) if n != tone]
    scored: list[tuple[float, str]] = []
    for piece, times in pieces.items():
        if len(piece) > 1 and piece.isalpha():
            row = model.weights[place_of(piece)]
            scored.append((float(row[tone] - row[others].max()) * times**0.5, piece))
    scored.sort(reverse=True)
    chosen: list[str] = []
    for weight, piece in scored:
        if weight <= 0 or len(chosen) == WORDS_SHOWN:
            break
        if not any(piece in other or other in piece for other in chosen):
            chosen.append(piece)
    return tuple(chosen)


def save_model(path: Path, model: ToneModel) -> None:
    """Write the weights as whole numbers from -127 to 127 with one scale: small, and no pickle."""
    scale = float(np.abs(model.weights).max()) / 127 or 1.0
    np.savez_compressed(
        path,
        weights=np.round(model.weights / scale).astype(np.int8),
        scale=np.float32(scale),
        intercepts=model.intercepts,
        trained_on=np.array(model.trained_on),
    )


def load_model(path: Path) -> ToneModel:
    """Read what `save_model` wrote."""
    with np.load(path, allow_pickle=False) as kept:
        kept_weights: Any = kept["weights"]
        return ToneModel(
            kept_weights.astype(np.float32) * kept["scale"],
            kept["intercepts"],
            str(kept["trained_on"]),
        )


@cache
def _model() -> ToneModel | None:
    own = Path(settings.DAIHOU_HOME) / "models" / "event_tone.npz"
    for path in (own, SHIPPED):
        if path.exists():
            return load_model(path)
    return None
