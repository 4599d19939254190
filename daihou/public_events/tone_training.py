"""Training the model that hears how a text sounds. By command only; needs the extra `models`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix, f1_score, precision_recall_fscore_support

from daihou.public_events.tone import PLACES, TONES, ToneModel, hashed, pieces_of

_SEED = 42
_HELD_OUT = 0.2
_CODES = {0: 0, 1: 1, 2: 2}  # of MCRLS: 0 neutral, 1 favourable, 2 risky; the order of TONES


@dataclass(frozen=True)
class Judged:
    """How the model did on sentences it had not seen."""

    sentences: int
    accuracy: float
    macro_f1: float
    by_tone: dict[str, tuple[float, float, float, int]]  # precision, recall, F1, sentences
    confusion: list[list[int]]


def read_sentences(path: Path) -> tuple[list[str], list[int]]:
    """The sentences and codes of a Parquet file with columns `sentences` and `sign`, each once."""
    table = pq.read_table(path, columns=["sentences", "sign"]).to_pydict()
    once: dict[str, int] = {}
    for text, code in zip(table["sentences"], table["sign"], strict=True):
        if text:
            once.setdefault(text.strip(), _CODES[int(code)])
    return list(once), list(once.values())


def judge(texts: Sequence[str], codes: Sequence[int]) -> Judged:
    """Train on four fifths, judge on the fifth held out; which is which follows from the seed."""
    order = np.random.default_rng(_SEED).permutation(len(texts))
    cut = int(len(texts) * _HELD_OUT)
    held, seen = order[:cut], order[cut:]
    answers = np.asarray(codes)
    fitted = _fit([texts[n] for n in seen], answers[seen])
    said = fitted.predict(_matrix([texts[n] for n in held]))
    precision, recall, f1, count = precision_recall_fscore_support(
        answers[held], said, labels=range(len(TONES)), zero_division=0
    )
    return Judged(
        sentences=len(held),
        accuracy=float((said == answers[held]).mean()),
        macro_f1=float(f1_score(answers[held], said, average="macro")),
        by_tone={
            str(tone.label): (float(precision[n]), float(recall[n]), float(f1[n]), int(count[n]))
            for n, tone in enumerate(TONES)
        },
        confusion=confusion_matrix(answers[held], said, labels=range(len(TONES))).tolist(),
    )


def train(texts: Sequence[str], codes: Sequence[int], name: str) -> ToneModel:
    """The model of all sentences; `name` says what it was trained on."""
    fitted = _fit(texts, np.asarray(codes))
    return ToneModel(fitted.coef_.T.astype(np.float32), fitted.intercept_.astype(np.float32), name)


def _fit(texts: Sequence[str], codes: np.ndarray) -> LogisticRegression:
    model = LogisticRegression(C=8.0, max_iter=300, class_weight="balanced")
    return model.fit(_matrix(texts), codes)


def _matrix(texts: Sequence[str]) -> csr_matrix:
    rows, columns, values = [], [], []
    for row, text in enumerate(texts):
        places, weights = hashed(pieces_of(text))
        rows.append(np.full(len(places), row))
        columns.append(places)
        values.append(weights)
    shape = (len(texts), PLACES)
    return csr_matrix(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=shape
    )
