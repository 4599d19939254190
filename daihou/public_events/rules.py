"""Whom an event is about, and whether two reports tell of the same thing. No database here."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from daihou.public_events.choices import ENDS, Disagreement, EventKind, MatchBasis

_OUTER = re.compile(r"[\s\u3000·.,,。、\-—_'\"“”()()\[\]【】<>《》]")
_FORMS = re.compile(r"(股份有限公司|有限责任公司|有限公司|集团公司|公司|集团)")


def tidy_name(name: str) -> str:
    """A name without the differences that mean nothing: width, case, blanks, brackets."""
    return _OUTER.sub("", unicodedata.normalize("NFKC", name)).upper()


def core_of(name: str) -> str:
    """The part of a firm's name that tells it from others: without its legal form."""
    tidy = tidy_name(name)
    return _FORMS.sub("", tidy) or tidy


def likeness(one: str, other: str) -> int:
    """How alike two texts are, in percent: the share of pairs of characters that both have."""
    pairs_one, pairs_other = _pairs(one), _pairs(other)
    if not pairs_one or not pairs_other:
        return 100 if one == other and one else 0
    return round(200 * len(pairs_one & pairs_other) / (len(pairs_one) + len(pairs_other)))


def name_likeness(one: str, other: str) -> int:
    """How alike two names are: one character changed in a name of six or more stays above 60."""
    first, second = core_of(one), core_of(other)
    if first == second:
        return 100
    if len(first) == len(second) and len(first) >= 3:
        same = sum(a == b for a, b in zip(first, second, strict=True))
        return max(likeness(first, second), round(100 * same / len(first)))
    return likeness(first, second)


def _pairs(text: str) -> set[str]:
    tidy = _OUTER.sub("", text)
    return {tidy[n : n + 2] for n in range(len(tidy) - 1)}


@dataclass(frozen=True)
class KnownName:
    """A client with a name it bears or bore."""

    customer: int
    name: str
    is_firm: bool
    is_former: bool = False


@dataclass(frozen=True)
class Candidate:
    """A client whom an event may be about, why, and how alike the names are (percent)."""

    customer: int
    basis: MatchBasis
    likeness: int


@dataclass(frozen=True)
class Match:
    """What matching found: the client if it is certain enough to propose, else the candidates."""

    customer: int | None
    basis: MatchBasis | None
    candidates: tuple[Candidate, ...] = ()


def match_subject(
    name: str, by_paper: int | None, names: Iterable[KnownName], *, least_likeness: int
) -> Match:
    """Find the client behind a name and, if it was given, a paper.

    A paper decides. One firm of exactly the name, or once of the name, is proposed. Persons share
    names, and so may firms: then, and where names are only alike, a person chooses.
    """
    if by_paper is not None:
        return Match(by_paper, MatchBasis.PAPER)
    wanted = tidy_name(name)
    found: dict[int, Candidate] = {}
    same: dict[int, tuple[KnownName, MatchBasis]] = {}
    for one in names:
        if tidy_name(one.name) == wanted:
            basis = MatchBasis.FORMER_NAME if one.is_former else MatchBasis.NAME
            if one.customer not in same or basis is MatchBasis.NAME:
                same[one.customer] = (one, basis)
            continue
        alike = name_likeness(one.name, name)
        if alike >= least_likeness and alike > getattr(found.get(one.customer), "likeness", 0):
            found[one.customer] = Candidate(one.customer, MatchBasis.SIMILAR_NAME, alike)
    if len(same) == 1:
        ((known, basis),) = same.values()
        if known.is_firm:
            return Match(known.customer, basis)
    for customer in same:
        found[customer] = Candidate(customer, MatchBasis.NAMESAKE, 100)
    ranked = sorted(found.values(), key=lambda one: (-one.likeness, one.customer))
    return Match(None, None, tuple(ranked))


@dataclass(frozen=True)
class Report:
    """What of an event matters when it is compared with others about the same client."""

    pk: int
    kind: EventKind | None
    happened_on: dt.date
    case_number: str
    amount: int | None
    text: str
    ended_on: dt.date | None = None
    is_decided: bool = False


@dataclass(frozen=True)
class SameReportLimits:
    """Within how many days, and how alike, two texts count as one report."""

    days: int
    likeness: int


def is_same_report(one: Report, other: Report, limits: SameReportLimits) -> bool:
    """Whether two events tell of the same thing: one case number, or the same words at one time."""
    if one.kind is not other.kind or _amounts_differ(one, other):
        return False
    if one.case_number and other.case_number:
        return tidy_name(one.case_number) == tidy_name(other.case_number)
    near = abs((one.happened_on - other.happened_on).days) <= limits.days
    return near and likeness(one.text, other.text) >= limits.likeness


def disagreement(earlier: Report, later: Report) -> Disagreement | None:
    """What two events about one client do not agree about; None when both may be right."""
    same_case = bool(earlier.case_number) and (
        tidy_name(earlier.case_number) == tidy_name(later.case_number)
    )
    if earlier.kind is later.kind:
        return Disagreement.AMOUNT if same_case and _amounts_differ(earlier, later) else None
    for listing, ending in ((earlier, later), (later, earlier)):
        if ending.kind is None or listing.kind not in ENDS.get(ending.kind, ()):
            continue
        unclear = not (listing.case_number and ending.case_number)
        if (same_case or unclear) and listing.ended_on is None:
            return Disagreement.STILL_LISTED
    return None


def _amounts_differ(one: Report, other: Report) -> bool:
    return one.amount is not None and other.amount is not None and one.amount != other.amount


@dataclass(frozen=True)
class Comparison:
    """How a new event stands to those before it: merged into one, or in disagreement with some."""

    same_as: int | None
    disagreements: tuple[tuple[int, Disagreement], ...]


def compare_reports(new: Report, others: Sequence[Report], limits: SameReportLimits) -> Comparison:
    """Compare a new event with the earlier ones about the same client, the oldest first."""
    for other in others:
        if is_same_report(other, new, limits):
            return Comparison(other.pk, ())
    found = ((other.pk, disagreement(other, new)) for other in others)
    return Comparison(None, tuple((pk, about) for pk, about in found if about is not None))


def kind_by_words(
    text: str, words: Mapping[EventKind, Sequence[str]]
) -> tuple[EventKind | None, tuple[str, ...]]:
    """The kind whose key words a text names most (longer words weigh more), and those words.

    None where no word is found, or where two kinds come out alike.
    """
    scored = []
    for kind, keys in words.items():
        found = tuple(key for key in keys if key in text)
        if found:
            scored.append((sum(len(key) for key in found), kind, found))
    scored.sort(key=lambda one: -one[0])
    if not scored or (len(scored) > 1 and scored[0][0] == scored[1][0]):
        return None, ()
    return scored[0][1], scored[0][2]
