"""`daihou bench early-warning`: covenant and payment rules over real commercial mortgages."""

from __future__ import annotations

from typing import Any

from daihou.risk_models.evidence import AHEAD, Tally

HEAD = """# What the rules saw coming on real commercial mortgages

Written by `daihou bench early-warning <folder>`; a test holds this page to what the command
prints.

**Data.** Monthly filings (SEC ABS-EE) of UBS Commercial Mortgage Trust 2017-C1, collected by
github.com/UNC-Cofires/Form-ABS-EE-Scraping (MIT): {loans} loans, {reports:,} reports, 2017-07 to
2026-03.
**Event.** The first report at which a loan is 60 or more days past due: {events} of the {loans}
loans.
**Rules.** `daihou/risk_models/evidence/rules.toml`, run report by report on what the report
itself says; thresholds are those of common practice or of our catalogue, none was fitted to these
loans. Where a figure is missing a rule is unknown, and such loan-months are left out of its
rates.
**Lead.** For how many monthly reports before the event some signal had stood without a break; 0
means that nothing stood at the report before.
**False alarm.** A loan-month before any event at which a signal stood and no event came within
{ahead} months. Loans are watched up to their event or their last known status: {watched:,} loan-
months.

How to read it. Few loans, so a case study and no rate to expect elsewhere. Five of the six events
fall in the summer of 2020: payment rules spoke one to four months ahead, the covenants hardly
foretold a pandemic. Where the lead is two years, occupancy under 80 % had stood all along, which
the same rule also does on loans that never failed: a long lead that comes with so many idle loan-
months is no foresight. Such a signal counts as false when it was raised more than {ahead} months
before the event."""


def as_markdown(found: dict[str, Any]) -> list[str]:
    """The page, line by line."""
    head = HEAD.format(
        loans=found["loans"], reports=found["reports"], events=len(found["warned"]), ahead=AHEAD,
        watched=found["watched"],
    )  # fmt: skip
    lines = [*head.splitlines(), "", "## Each loan that reached 60 days", ""]
    lines += [
        "| loan | 60 days at | reports before | lead, covenant rules | lead, payment rules |"
        " lead, any rule | standing at the report before |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in found["warned"]:
        lead = one.lead
        lines.append(
            f"| {one.loan} | {one.day} | {one.watched} | {lead['covenant']} | {lead['payment']} |"
            f" {lead['any']} | {'、'.join(one.spoke) or '—'} |"
        )
    lines += ["", "## False alarms", "", *_HEADINGS]
    lines += [_row(one, 0) for one in found["together"]]
    lines += [
        "",
        "Rule by rule (catalogue number where the catalogue has the rule):",
        "",
        *_HEADINGS,
    ]
    pairs = zip(found["rules"], found["by_rule"], strict=True)
    return [*lines, *(_row(one, rule.signal) for rule, one in pairs)]


_HEADINGS = [
    "| rule | loan-months known | with a signal | false per 100 loan-months | signals raised |"
    " of them false | false ones raised per 100 loan-months |",
    "|---|---|---|---|---|---|---|",
]


def _row(one: Tally, signal: int) -> str:
    name = f"{one.name} (no. {signal})" if signal else one.name
    rates = [
        "—" if rate is None else f"{rate:.1f}"
        for rate in (one.false_per_hundred, one.false_raised_per_hundred)
    ]
    return (
        f"| {name} | {one.known:,} | {one.standing:,} | {rates[0]} | {one.raised} |"
        f" {one.false_raised} | {rates[1]} |"
    )
