"""A past day has two answers: 当时所知 as it was known then, 现在更正后 as it is true now.

A page that knows both puts what `both_answers` gives into its context as `knowledge`; the band over
a past day then shows the switch, says how far the answers lie apart and leads to the corrections in
between. The choice stands in the address (`known=then`, `known=now`) and travels along every link
with the day, so that a link shows a colleague the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from daihou.daily_run.queries import corrections_about, corrections_visible_to, knowledge_since
from daihou.loan_book.models import Loan
from daihou.servicing.knowledge import Answer
from daihou.servicing.queries import OneLoan, read_loan
from daihou.workbench.pieces.figures_text import signed_money
from daihou.workbench.pieces.page import DeskRequest

WORDS = {Answer.AS_KNOWN: "then", Answer.AS_TRUE: "now"}
_COUNTED = 9_999  # corrections; beyond, "more than" says enough


@dataclass(frozen=True)
class BothAnswers:
    """The switch over a past day: which answer is shown, and how far the other lies away.

    `differences` are amounts in fen by what they are, true less known; None where the page does not
    add them up. `loans` is how many loans differ, None likewise.
    """

    day: dt.date
    answer: Answer
    links: list[tuple[str, str, bool]]
    corrections: int
    address: str
    loans: int | None = None
    differences: Mapping[str, int] | None = None

    @property
    def word(self) -> str:
        """The answer as it stands in an address."""
        return WORDS[self.answer]

    @property
    def corrections_text(self) -> str:
        """How many corrections speak of the day."""
        if self.corrections > _COUNTED:
            return f"超过 {_COUNTED:,} 笔更正"
        return f"{self.corrections:,} 笔更正"

    @property
    def gap(self) -> str:
        """By how much the true answer differs from the known one, in words."""
        differing = ((name, fen) for name, fen in (self.differences or {}).items() if fen)
        amounts = [f"{name} {signed_money(fen)}" for name, fen in differing]
        loans = [f"{self.loans:,} 笔借据不同"] if self.loans else []
        return ",".join([*loans, *amounts])


def answer_of(request: DeskRequest, default: Answer = Answer.AS_TRUE) -> Answer:
    """Which answer the address asks for; each page has its own where it asks for none."""
    asked = request.GET.get("known", "")
    return next((answer for answer, word in WORDS.items() if word == asked), default)


def both_answers(
    request: DeskRequest,
    answer: Answer,
    *,
    day: dt.date | None = None,
    loans: int | None = None,
    differences: Mapping[str, int] | None = None,
    narrowed: str = "",
) -> BothAnswers:
    """The switch for a page that shows one of the answers; one query.

    `narrowed` is a client's number or a loan's: only its corrections are counted then.
    """
    shown = day or request.business_date
    rows = corrections_about(corrections_visible_to(request.officer), shown, narrowed)
    query = {"about": str(shown)} | ({"q": narrowed} if narrowed else {})
    return BothAnswers(
        day=shown,
        answer=answer,
        links=[
            (str(one.label), _address(request, word), one is answer) for one, word in WORDS.items()
        ],
        corrections=rows.order_by()[: _COUNTED + 1].count() if request.shows_past else 0,
        address=f"{reverse('corrections')}?{urlencode(query)}",
        loans=loans,
        differences=differences,
    )


def _address(request: DeskRequest, word: str) -> str:
    asked = request.GET.copy()
    asked["known"] = word
    return f"{request.path}?{asked.urlencode()}"


def loan_as_known(loan: Loan, day: dt.date | None) -> OneLoan:
    """A loan as a business day knew it; None: as it is known now."""
    if day is None:
        return read_loan(loan)
    return read_loan(loan, known_on=day, knowledge=knowledge_since(loan.disbursed_on))
