"""All 106 signals in one list: what each looks for, whether it is in use, and how much it sees."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from daihou.early_warning.choices import Colour, Segment
from daihou.early_warning.client_rules.finding_sources import SOURCES, own_signals, source_of
from daihou.early_warning.client_rules.models import IndicatorCoverage
from daihou.early_warning.client_rules.queries import needs_of, rules_on
from daihou.early_warning.client_rules.rules import FINDINGS, SHIPPED_VERSION, ClientRule
from daihou.early_warning.indicators.catalogue import DATA_NAMES, indicators, names
from daihou.early_warning.limits import RULE_VERSION
from daihou.early_warning.models import SignalCoverage
from daihou.early_warning.shipped_signals import ShippedSignal, shipped_signals
from daihou.policy.catalogue import CATALOGUE
from daihou.policy.queries import ParametersOnDay, parameters_on
from daihou.policy.values import as_text


class State(Enum):
    """Whether a signal is looked for."""

    IN_USE = "在用"
    OFF = "停用"
    NO_DATA = "缺数据"
    NOT_JUDGED = "当日未判定"


@dataclass(frozen=True)
class SignalLine:
    """One signal as the list shows it; `known` of `judged` says how much the last day could see."""

    number: int
    group: str
    name: str
    of_loans: bool
    colours: tuple[Colour, ...]
    conditions: tuple[str, ...]  # as typed; none for signals of loans
    in_words: str
    segment: str
    needs: tuple[str, ...]
    missing: tuple[str, ...]
    state: State
    version: str
    source: str
    evidence: str
    judged: int | None
    known: int | None
    cooldown: int | None = None  # these four of rules about clients
    merge: int | None = None
    level_words: tuple[str, ...] = ()  # the condition of each level, as people read it
    looks_at: tuple[str, ...] = ()  # codes of indicators
    parameters: tuple[str, ...] = ()  # of signals of loans: the codes that hold their thresholds

    @property
    def counts(self) -> str:
        """What is counted in its coverage."""
        return "笔" if self.of_loans else "户"

    @property
    def share_known(self) -> float | None:
        """Which part of those it is for could be judged; None where there was nobody."""
        return _share(self.known, self.judged)

    @property
    def state_words(self) -> str:
        """The state, and what is missing."""
        return f"{self.state.value}:{'、'.join(self.missing)}" if self.missing else self.state.value


@dataclass(frozen=True)
class IndicatorLine:
    """One indicator as the catalogue shows it, with for how many clients the day knew it."""

    code: str
    name: str
    definition: str
    unit: str
    needs: tuple[str, ...]
    source: str
    judged: int | None
    known: int | None
    counts: str = "户"

    @property
    def share_known(self) -> float | None:
        """For which part of the clients it was known; None where there was nobody."""
        return _share(self.known, self.judged)


def _share(known: int | None, judged: int | None) -> float | None:
    return None if not judged or known is None else known / judged


def indicator_lines(day: dt.date) -> list[IndicatorLine]:
    """Every indicator, with the coverage of the day's run; nobody's where its data are missing."""
    coverage = {row.indicator: row for row in IndicatorCoverage.objects.filter(day=day)}
    clients = next((row.clients for row in coverage.values()), None)
    return [
        IndicatorLine(
            code=one.code,
            name=one.name,
            definition=one.definition,
            unit=one.unit.value,
            needs=tuple(DATA_NAMES[need] for need in one.needs),
            source=one.source,
            judged=clients,
            known=coverage[one.code].known if one.code in coverage else clients and 0,
        )
        for one in indicators().values()
    ]


def signal_lines(day: dt.date) -> list[SignalLine]:
    """Every signal of the catalogue as it counts on a day, with the coverage of that day's run."""
    rules, parameters = rules_on(day), parameters_on(day)
    coverage = {row.rule: (row.loans, row.known) for row in SignalCoverage.objects.filter(day=day)}
    there = _data_there(day, {number: known for number, (_, known) in coverage.items()})
    lines = []
    for signal in shipped_signals().values():
        judged, known = coverage.get(signal.number, (None, None))
        if signal.is_of_loans:
            lines.append(_of_loans(signal, parameters, judged, known))
        else:
            lines.append(_of_clients(rules[signal.number], signal, there, judged, known))
    return lines


def _data_there(day: dt.date, known: Mapping[int, int]) -> frozenset[str]:
    """The data that the run of a day had: those of its indicators, and findings that could be."""
    covered = IndicatorCoverage.objects.filter(day=day).values_list("indicator", flat=True)
    catalogue = indicators()
    there = {need for code in covered if code in catalogue for need in catalogue[code].needs}
    found = {one.data for one in SOURCES if any(known.get(number) for number in own_signals(one))}
    return frozenset(there | found)


def _state(rule: ClientRule, missing: tuple[str, ...], judged: int | None) -> State:
    if not rule.is_on:
        return State.OFF
    if judged is None:
        return State.NOT_JUDGED
    return State.NO_DATA if missing else State.IN_USE


def _of_clients(
    rule: ClientRule,
    signal: ShippedSignal,
    there: Iterable[str],
    judged: int | None,
    known: int | None,
) -> SignalLine:
    needs = needs_of(rule)
    unheard = rule.needs if FINDINGS in rule.looks_at and source_of(rule.number) is None else ()
    missing = tuple(DATA_NAMES[one] for one in needs if one not in there or one in unheard)
    state = _state(rule, missing, judged)
    called = names()
    spoken = tuple(_spoken(rule, place, called) for place in range(1, len(rule.levels) + 1))
    colours = tuple(level.colour for level in rule.levels)
    return SignalLine(
        number=rule.number,
        group=signal.group,
        name=rule.name,
        of_loans=False,
        colours=colours,
        conditions=tuple(level.when for level in rule.levels),
        in_words=";".join(
            f"{colour.label}:{words}" for colour, words in zip(colours, spoken, strict=True)
        ),
        segment=str(Segment(rule.segment).label),
        needs=tuple(DATA_NAMES[one] for one in needs),
        missing=missing if state is State.NO_DATA else (),
        state=state,
        version=rule.version,
        source=rule.source,
        evidence=str(rule.evidence.label),
        judged=judged,
        known=known,
        cooldown=rule.cooldown,
        merge=rule.merge,
        level_words=spoken,
        looks_at=tuple(name for name in rule.looks_at if name in called),
    )


def _spoken(rule: ClientRule, level: int, called: Mapping[str, str]) -> str:
    """A level's condition as people read it; of findings, with what their source looks for."""
    words = rule.in_words(level, called)
    looked_for = rule.source.partition("阈值:")[2] if FINDINGS in rule.looks_at else ""
    return f"{words}({looked_for})" if looked_for else words


def _of_loans(
    signal: ShippedSignal, parameters: ParametersOnDay, judged: int | None, known: int | None
) -> SignalLine:
    """A signal of repayment behaviour: its thresholds are parameters, judged on each loan."""
    own = [code for code in CATALOGUE if code.startswith(f"signal.{signal.number}.")]
    colour = f"signal.{signal.number}.colour"
    wholes = parameters.wholes(f"{colour}s") if f"{colour}s" in own else (parameters.whole(colour),)
    quiet = ("colour", "colours", "cooldown", "merge")
    thresholds = [code for code in own if code.rsplit(".", 1)[1] not in quiet]
    version = {parameters[code].version_text for code in own} - {SHIPPED_VERSION}
    return SignalLine(
        number=signal.number,
        group=signal.group,
        name=signal.name,
        of_loans=True,
        colours=tuple(Colour(one) for one in wholes),
        conditions=(),
        in_words=";".join(
            f"{_bare(CATALOGUE[code].name)} {as_text(CATALOGUE[code], parameters[code].value)}"
            for code in thresholds
        )
        or "客户或借据登记过相应事项",
        segment=str(Segment.ALL.label),
        needs=(DATA_NAMES["loans_today"],),
        missing=(),
        state=State.NOT_JUDGED if judged is None else State.IN_USE,
        version="、".join(sorted(version)) or RULE_VERSION,
        source=signal.source,
        evidence=str(signal.evidence.label),
        judged=judged,
        known=known,
        parameters=tuple(own),
    )


def _bare(name: str) -> str:
    """A parameter's name without the signal's number and name before it."""
    return name.split(":", 1)[-1]


def counts_by_state(lines: Iterable[SignalLine]) -> Mapping[State, int]:
    """How many signals are in each state."""
    states = [line.state for line in lines]
    return {state: states.count(state) for state in State}
