"""How far a score may be trusted on a day, by how far the world has moved since the training."""

from __future__ import annotations

from dataclasses import dataclass

from daihou.policy.reasons import Limit, Reason, reason

TRUSTED, WATCHED, REFERENCE_ONLY = "可信", "留意", "仅供参考"


@dataclass(frozen=True)
class Trust:
    """The word that stands beside every score of the day, and why."""

    word: str
    because: list[Reason]

    @property
    def is_lowered(self) -> bool:
        """Whether the score is for reference only."""
        return self.word == REFERENCE_ONLY

    @property
    def is_watched(self) -> bool:
        """Whether the scores have moved, though not so far that trust is lowered."""
        return self.word == WATCHED


def trust_of(shift: int, *, watch: Limit, reference: Limit) -> Trust:
    """Trust by the shift of the scores (PSI, thousandths) against the two limits."""
    if shift >= reference.value:
        word, limit = REFERENCE_ONLY, reference
    elif shift >= watch.value:
        word, limit = WATCHED, watch
    else:
        word, limit = TRUSTED, watch
    says = f"分数偏移(PSI){shift / 1000:.3f},{_against(word, watch, reference)}"
    return Trust(word, [reason("模型稳定性", limit, says, inputs={"分数偏移(千分之一)": shift})])


def _against(word: str, watch: Limit, reference: Limit) -> str:
    if word == REFERENCE_ONLY:
        return f"达到 {reference.value / 1000:.3f}:客群或环境与训练时已明显不同,分数仅供参考"
    if word == WATCHED:
        return f"达到 {watch.value / 1000:.3f}:与训练时有差异,留意后续"
    return f"低于 {watch.value / 1000:.3f}:与训练时相近"
