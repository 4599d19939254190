"""Names, repeated reports and contradictions, without a database."""

from __future__ import annotations

import datetime as dt

import pytest

from daihou.public_events.choices import (
    ENDS,
    LASTING,
    SIGNAL_OF,
    Disagreement,
    EventKind,
    MatchBasis,
    Tone,
)
from daihou.public_events.key_words import KEY_WORDS
from daihou.public_events.rules import (
    KnownName,
    Report,
    SameReportLimits,
    compare_reports,
    kind_by_words,
    likeness,
    match_subject,
    name_likeness,
)
from daihou.public_events.tone import SHIPPED, load_model, pieces_of, save_model, tone_of

LIMITS = SameReportLimits(days=30, likeness=70)
MILL = KnownName(1, "江南纺织有限公司", is_firm=True)


def match(name: str, *known: KnownName, paper: int | None = None):
    return match_subject(name, paper, known, least_likeness=75)


def test_a_paper_decides_and_a_firms_whole_name_is_proposed() -> None:
    assert match("随便什么", MILL, paper=7).customer == 7
    found = match("江南纺织 有限公司", MILL)
    assert (found.customer, found.basis) == (1, MatchBasis.NAME)
    former = KnownName(2, "江南棉纺有限公司", is_firm=True, is_former=True)
    assert match("江南棉纺有限公司", former).basis is MatchBasis.FORMER_NAME


def test_persons_and_namesakes_are_left_to_a_person() -> None:
    found = match("王秀英", KnownName(3, "王秀英", is_firm=False))
    assert found.customer is None and found.candidates[0].basis is MatchBasis.NAMESAKE
    two = match("江南纺织有限公司", MILL, KnownName(9, "江南纺织有限公司", is_firm=True))
    assert two.customer is None and [one.customer for one in two.candidates] == [1, 9]


def test_similar_names_are_candidates_the_most_alike_first() -> None:
    found = match("江南纺识有限公司", MILL, KnownName(4, "城西五金有限公司", is_firm=True))
    assert found.customer is None
    assert [(one.customer, one.basis) for one in found.candidates] == [(1, MatchBasis.SIMILAR_NAME)]


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ("江南纺织有限公司", "江南纺织有限责任公司", 100, 100),
        ("临溪恒信纺织有限公司", "临溪恒信纺识有限公司", 75, 99),
        ("临溪恒信纺织有限公司", "云桥顺达物流有限公司", 0, 10),
    ],
)
def test_likeness_of_names(one: str, other: str, least: int, most: int) -> None:
    assert least <= name_likeness(one, other) <= most


def report(pk: int, kind: EventKind, day: str, **more: object) -> Report:
    facts = {"case_number": "", "amount": None, "text": "", **more}
    return Report(pk=pk, kind=kind, happened_on=dt.date.fromisoformat(day), **facts)  # type: ignore[arg-type]


def test_the_same_case_or_the_same_words_are_one_report() -> None:
    case = report(1, EventKind.ENFORCED, "2026-10-01", case_number="(2026)浙0101执12号")
    again = report(2, EventKind.ENFORCED, "2026-10-02", case_number="(2026)浙0101执12号")
    assert compare_reports(again, [case], LIMITS).same_as == 1
    words = "临溪某厂因超标排放被生态环境局罚款三十万元"
    fine = report(3, EventKind.PENALTY, "2026-10-01", text=words)
    near = report(4, EventKind.PENALTY, "2026-10-09", text=words + ",并责令整改")
    late = report(5, EventKind.PENALTY, "2026-12-09", text=words)
    assert compare_reports(near, [fine], LIMITS).same_as == 3
    assert compare_reports(late, [fine], LIMITS).same_as is None
    assert likeness("", "") == 0


def test_listed_against_removed_and_two_amounts_contradict() -> None:
    listed = report(1, EventKind.DISHONEST, "2026-10-01", case_number="执12", amount=100)
    removed = report(2, EventKind.DISHONEST_REMOVED, "2026-09-20", case_number="执12")
    compared = compare_reports(removed, [listed], LIMITS)
    assert compared.disagreements == ((1, Disagreement.STILL_LISTED),)
    other = report(3, EventKind.DISHONEST, "2026-10-01", case_number="执12", amount=200)
    compared = compare_reports(other, [listed], LIMITS)
    assert compared.same_as is None and compared.disagreements == ((1, Disagreement.AMOUNT),)
    elsewhere = report(4, EventKind.DISHONEST_REMOVED, "2026-11-01", case_number="执99")
    assert compare_reports(elsewhere, [listed], LIMITS).disagreements == ()


def test_key_words_propose_a_kind_or_say_nothing() -> None:
    kind, words = kind_by_words("该公司因拖欠工资被职工讨薪,生产线已停", KEY_WORDS)
    assert kind is EventKind.ARREARS_OWED and "拖欠工资" in words
    assert kind_by_words("今日天气晴好", KEY_WORDS) == (None, ())


def test_every_kind_feeds_a_signal_of_the_catalogue_or_ends_one() -> None:
    numbers = set(SIGNAL_OF.values())
    assert numbers <= set(range(61, 87)) | set(range(97, 105))
    assert numbers >= set(range(61, 87)) | set(range(97, 105))
    silent = set(EventKind) - set(SIGNAL_OF) - set(ENDS) - {EventKind.OTHER}
    assert not silent
    assert set(SIGNAL_OF) >= LASTING
    assert set(KEY_WORDS) == set(EventKind) - {EventKind.OTHER}


def test_the_shipped_model_hears_risk_and_says_by_which_words(tmp_path) -> None:
    heard = tone_of("应收账款不能按期收回,存在坏账损失的风险,公司资金周转困难。")
    assert heard is not None and heard.tone is Tone.RISKY and heard.confidence > 50
    assert any("风险" in word or "坏账" in word or "损失" in word for word in heard.words)
    good = tone_of("公司竞争优势明显,净利润同比增长65%,行业领先。")
    assert good is not None and good.tone is Tone.FAVOURABLE
    assert tone_of("  ") is None
    assert pieces_of("增长12.5%")["#%"] == 1
    save_model(tmp_path / "again.npz", load_model(SHIPPED))
    assert "CC BY 4.0" in load_model(tmp_path / "again.npz").trained_on
