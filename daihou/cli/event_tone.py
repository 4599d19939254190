"""`daihou train-event-tone`: train the model that hears how a text sounds, and judge it."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from rich.console import Console

from daihou.public_events.tone import save_model
from daihou.public_events.tone_training import judge, read_sentences, train

console = Console()


def train_event_tone(*, path: Path, name: str) -> int:
    """Judge on a fifth held out, then train on everything and put the weights in use."""
    texts, codes = read_sentences(path)
    judged = judge(texts, codes)
    console.print(
        f"留出 {judged.sentences:,} 句:准确率 {judged.accuracy:.3f},宏平均 F1 {judged.macro_f1:.3f}"
    )
    for tone, (precision, recall, f1, count) in judged.by_tone.items():
        console.print(f"  {tone}:精确 {precision:.3f} 召回 {recall:.3f} F1 {f1:.3f}({count:,} 句)")
    target = Path(settings.DAIHOU_HOME) / "models" / "event_tone.npz"
    target.parent.mkdir(parents=True, exist_ok=True)
    save_model(target, train(texts, codes, name))
    console.print(f"已启用:{target}")
    return 0
