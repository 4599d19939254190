"""Writes `docs/correctness.md`: `python -m tests.loanmath.cases_of_others.table`.

The page is made of the checks and exceptions themselves, and a test compares it with the file, so
that it cannot go stale.
"""

from collections import Counter, defaultdict

from tests.loanmath.cases_of_others import (
    actus,
    actus_apart,
    actus_changing,
    credit_risk,
    fineract_changing,
    fineract_early,
    fineract_loans,
    fineract_plans,
    frappe,
    worked,
)
from tests.loanmath.cases_of_others.exceptions import EXCEPTIONS
from tests.loanmath.cases_of_others.reading import CHECKOUT, Case, all_cases
from tests.loanmath.cases_of_others.sorting import CHECKS, Verdict, verdict_on

PAGE = CHECKOUT / "docs" / "correctness.md"
SOURCES = ("Fineract", "Frappe", "ACTUS", "worked examples")
REGISTERED = (
    actus,
    actus_apart,
    actus_changing,
    credit_risk,
    fineract_changing,
    fineract_early,
    fineract_loans,
    fineract_plans,
    frappe,
    worked,
)

HEAD = """# Correctness: the kernel against what others computed

<!-- Written by `python -m tests.loanmath.cases_of_others.table`, which a test compares. -->

Cases that other systems and books computed are held against `loanmath`: plans, payments, arrears,
yearly rates, calendars. They are read from a folder that `DAIHOU_CASES` names and are not part of
this repository; `pytest tests/loanmath/cases_of_others` runs them, and skips them where the folder
is absent. The repository's own stories (`tests/stories/`) cover the same ground with figures of
their own. The arithmetic was never bent to a case: what differs is named below.

Sources: Apache Fineract (Apache-2.0, The Apache Software Foundation); Frappe Lending (isolated
figures); ACTUS reference tests (CC BY-SA 4.0, ACTUS Financial Research Foundation); worked examples
from regulations, textbooks and libraries, named one by one in their file. A case "agrees as it
stands" if every figure of it that bears on lending agrees to the fen, or to the tolerance that its
file gives, and no convention had to be set for it.

A second reckoning, day by day in fractions (`tests/loanmath/oracle.py`), is held against the kernel
on random loans. That it looks is shown by planted errors: `make mutations` makes one change at a
time in a copy of the kernel (which day, which base, which order, how it is rounded) and fails if
the two still agree.
"""


def page() -> str:
    """The whole page."""
    verdicts = {case.id: verdict_on(case, EXCEPTIONS.get(case.id)) for case in all_cases().values()}
    parts = [HEAD, "## Counts\n", counts(verdicts), conventions(), excused(verdicts)]
    return "\n".join(parts)


def counts(verdicts: dict[str, Verdict]) -> str:
    """One line for each source, one column for each verdict."""
    heads = ["source", "cases", *(verdict.value for verdict in Verdict)]
    lines = [_row(heads), "|---" + "|---:" * (len(heads) - 1) + "|"]
    total: Counter[Verdict] = Counter()
    for source in SOURCES:
        found = Counter(verdicts[c.id] for c in all_cases().values() if c.source == source)
        total += found
        lines.append(_row([source, sum(found.values()), *(found[verdict] for verdict in Verdict)]))
    lines.append(_row(["all", sum(total.values()), *(total[verdict] for verdict in Verdict)]))
    return "\n".join(lines) + "\n"


def conventions() -> str:
    """Which convention was set for which cases."""
    cases: dict[str, list[str]] = defaultdict(list)
    for case in all_cases().values():
        if case.id in CHECKS:
            text = CHECKS[case.id].convention or _unset(case)
            if text:
                cases[text].append(case.id)
    lines = ["## Conventions that were set\n", "| convention | cases |", "|---|---|"]
    lines += [_row([text, ", ".join(ids)]) for text, ids in cases.items()]
    return "\n".join(lines) + "\n"


def _unset(case: Case) -> str:
    noted = case.fairness != "fair"
    return "none: the case's own note asks for nothing that we do otherwise" if noted else ""


def excused(verdicts: dict[str, Verdict]) -> str:
    """Every case that is not held against the kernel, or only in part, and why."""
    lines = ["## Exceptions\n", "| case | verdict | reason |", "|---|---|---|"]
    for case_id in all_cases():
        if case_id in EXCEPTIONS:
            exempt = EXCEPTIONS[case_id]
            verdict = verdicts[case_id].value
            kind = f"{verdict}: {exempt.kind.value}" if exempt.partly else verdict
            lines.append(_row([case_id, kind, exempt.reason]))
    return "\n".join(lines) + "\n"


def _row(cells: list[object] | list[str]) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
