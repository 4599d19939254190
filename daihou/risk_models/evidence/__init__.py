"""Evidence for rules: run month by month over real loans, how early they spoke and how often idly.

`rules.toml` holds the rules, `facts.sql` what was known at each report. An event is the first
report at which a loan is 60 days past due or more.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

_HERE = Path(__file__).parent
SERIOUS = ("2", "3")  # 60-89 days, 90 days and more
AHEAD = 12  # a signal with an event within so many months was no false alarm
KINDS = {"covenant": "covenant rules", "payment": "payment rules"}


@dataclass(frozen=True)
class TriedRule:
    """One rule as `rules.toml` writes it."""

    code: str
    name: str
    kind: str
    signal: int
    when: str


@dataclass(frozen=True)
class Report:
    """One loan at one monthly report: its status, and what each rule said (None: unknown)."""

    loan: str
    month: int
    day: str
    status: str | None
    says: dict[str, bool | None]


@dataclass(frozen=True)
class Warned:
    """A loan that became serious: since when signals stood without a break before it."""

    loan: str
    day: str
    watched: int  # reports before the event
    lead: dict[str, int]  # by kind of rule, and "any": months for which a signal had stood
    spoke: list[str]  # rules standing at the report before the event


@dataclass(frozen=True)
class Tally:
    """How often a rule, or any of a kind, stood before events and idly."""

    name: str
    known: int
    standing: int
    false: int
    raised: int
    false_raised: int

    @property
    def false_per_hundred(self) -> float | None:
        """Loan-months with a signal and no event within a year, per 100 at which it was known."""
        return 100 * self.false / self.known if self.known else None

    @property
    def false_raised_per_hundred(self) -> float | None:
        """Signals newly raised with no event within a year, per 100 loan-months."""
        return 100 * self.false_raised / self.known if self.known else None


def tried_rules() -> list[TriedRule]:
    """The rules of the file, in its order."""
    return [TriedRule(**one) for one in tomllib.loads((_HERE / "rules.toml").read_text())["rule"]]


def reports_of(folder: Path, rules: list[TriedRule]) -> list[list[Report]]:
    """Each loan's reports in order, with what every rule said at each."""
    said = ", ".join(f"({rule.when}) AS {rule.code}" for rule in rules)
    query = (
        f"SELECT loan, month, CAST(day AS VARCHAR), status, {said}"
        f" FROM ({(_HERE / 'facts.sql').read_text()}) ORDER BY loan, month"
    )
    with duckdb.connect() as engine:
        rows = engine.execute(query, {"folder": str(folder)}).fetchall()
    codes = [rule.code for rule in rules]
    by_loan: dict[str, list[Report]] = {}
    for loan, month, day, status, *answers in rows:
        report = Report(loan, month, day, status, dict(zip(codes, answers, strict=True)))
        by_loan.setdefault(loan, []).append(report)
    return list(by_loan.values())


def event_of(loan: list[Report]) -> int | None:
    """The place of the first report at which the loan is 60 days past due or more."""
    return next((n for n, one in enumerate(loan) if one.status in SERIOUS), None)


def warned(loans: list[list[Report]], rules: list[TriedRule]) -> list[Warned]:
    """Every loan that became serious, in the order of its event."""
    found = []
    for loan in loans:
        at = event_of(loan)
        if at is None:
            continue
        before = loan[:at]
        lead = {
            kind: _standing_for(before, [r.code for r in rules if kind in {r.kind, "any"}])
            for kind in (*KINDS, "any")
        }
        spoke = [rule.name for rule in rules if before and before[-1].says[rule.code]]
        found.append(Warned(loan[at].loan, loan[at].day, at, lead, spoke))
    return sorted(found, key=lambda one: (one.day, one.loan))


def tally(loans: list[list[Report]], name: str, codes: list[str]) -> Tally:
    """Count the loan-months before any event, up to the loan's last known status."""
    known = standing = false = raised = false_raised = 0
    for loan, at in ((loan, event_of(loan)) for loan in loans):
        stood = False
        for place, one in _watched(loan, at):
            answers = [one.says[code] for code in codes]
            if all(answer is None for answer in answers):
                stood = False
                continue
            stands = any(answers)
            is_false = stands and (at is None or at - place > AHEAD)
            is_new = stands and not stood
            known, standing, false = known + 1, standing + stands, false + is_false
            raised, false_raised = raised + is_new, false_raised + (is_new and is_false)
            stood = stands
    return Tally(name, known, standing, false, raised, false_raised)


def evidence(folder: Path) -> dict[str, Any]:
    """All of it: loans warned of, tallies per rule, per kind and of all rules together."""
    rules = tried_rules()
    loans = reports_of(folder, rules)
    groups = [(KINDS[kind], [r.code for r in rules if r.kind == kind]) for kind in KINDS]
    groups.append(("all rules", [rule.code for rule in rules]))
    groups.append(("all but “late under 30 days”", [r.code for r in rules if r.code != "late"]))
    return {
        "rules": rules,
        "loans": len(loans),
        "reports": sum(len(loan) for loan in loans),
        "watched": sum(1 for loan in loans for _ in _watched(loan, event_of(loan))),
        "warned": warned(loans, rules),
        "by_rule": [tally(loans, rule.name, [rule.code]) for rule in rules],
        "together": [tally(loans, name, codes) for name, codes in groups],
    }


def _watched(loan: list[Report], event: int | None) -> Iterator[tuple[int, Report]]:
    """The reports before the event at which the loan's status was known."""
    until = len(loan) if event is None else event
    return ((n, one) for n, one in enumerate(loan[:until]) if one.status is not None)


def _standing_for(before: list[Report], codes: list[str]) -> int:
    """For how many reports up to the last one some signal has stood without a break."""
    months = 0
    for one in reversed(before):
        if not any(one.says[code] for code in codes):
            break
        months += 1
    return months
