"""Reading results that others computed from a folder beside the checkout (never copied here).

`DAIHOU_CASES` names the folder; without it `../shared/cases` next to the checkout is looked at, and
where neither is there the tests are skipped.
"""

import datetime as dt
import json
import os
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from loanmath.money import Money, yuan
from loanmath.rates import Rate, percent

CHECKOUT = Path(__file__).resolve().parents[3]
FOLDER = Path(os.environ.get("DAIHOU_CASES", CHECKOUT.parent / "shared" / "cases"))
HERE = (FOLDER / "worked_examples.json").exists()
NOT_HERE = f"the cases of others are not in {FOLDER}; name their folder in DAIHOU_CASES"
FAIR, WITH_NOTE, UNFAIR = "fair", "fair_with_note", "unfair"


@dataclass(frozen=True)
class Case:
    """One case: whose it is, what its file says of its fairness, and its text."""

    id: str
    source: str
    fairness: str
    text: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.text[name]

    @property
    def expected(self) -> Any:
        return self.text["expected"]

    @property
    def terms(self) -> Any:
        return self.text["terms"]


@cache
def all_cases() -> dict[str, Case]:
    """Every case of the four files by its name."""
    found = [*_listed("Fineract", "fineract_cases.json", "cases")]
    found += _listed("Frappe", "frappe_cases.json", "cases")
    found += _listed("worked examples", "worked_examples.json", "items")
    index = _load("actus_index.json")["tests"]
    for name, text in _load("actus.json").items():
        found.append(Case(name, "ACTUS", index[name]["fairness"], text))
    return {case.id: case for case in found}


def _listed(source: str, file: str, key: str) -> list[Case]:
    # Worked examples do not say whether they are fair; all of them are meant to be.
    return [Case(text["id"], source, text.get("fairness", FAIR), text) for text in _load(file)[key]]


def _load(file: str) -> Any:
    return json.loads((FOLDER / file).read_text(encoding="utf-8"))


def money(amount: float | str | Decimal) -> Money:
    """An amount as the files write it, to the fen."""
    return yuan(str(amount))


def rate(in_percent: float | str) -> Rate:
    """A rate as the files write it, in percent."""
    return percent(str(in_percent))


def date(text: str) -> dt.date:
    """A date, without the time of day."""
    return dt.date.fromisoformat(text[:10])
