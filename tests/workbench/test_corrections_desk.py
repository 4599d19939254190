"""更正: who sees what was learned late, who signs it, and how a past day shows both answers."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from django.test import Client
from openpyxl import load_workbook

from daihou.audit.queries import find_events
from daihou.daily_run.models import Correction
from daihou.daily_run.reading_corrections import AlreadyRead, mark_read
from daihou.staff.models import Officer
from tests.cast import Branches, Cast
from tests.workbench.late_knowledge import ONE, correct, give_marks, regrade
from tests.workbench.query_counts import check_query_count
from tests.workbench.small_bank import DAY, SmallBank, make_small_bank

AsOfficer = Callable[[Officer], Client]


@pytest.fixture
def bank(cast: Cast, branches: Branches) -> SmallBank:
    made = make_small_bank(cast, branches)
    give_marks()
    return made


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def test_the_list_shows_what_changed_and_exports_it(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    correct(bank, "王秀英")
    correct(bank, "李建国", is_material=False)
    sun = as_officer(cast.sun)
    page = text_of(sun, "/corrections/")
    assert "1 笔待阅" in page and "2 天 → 0 天" in page and "无须签阅" in page
    assert "李建国" not in text_of(sun, "/corrections/?state=unread")
    assert "王秀英" not in text_of(sun, "/corrections/?state=minor")
    file = sun.get("/corrections/?export=xlsx")
    rows = list(load_workbook(BytesIO(b"".join(file))).active.values)  # type: ignore[union-attr]
    cells = [str(cell) for row in rows for cell in row if cell is not None]
    assert any("逾期 0—2 天,余额 100.00 元 → 未逾期,余额 90.00 元" in cell for cell in cells)


def test_the_query_count_does_not_grow(bank: SmallBank, cast: Cast, as_officer: AsOfficer) -> None:
    for key in ("王秀英", "李建国", "长名"):
        correct(bank, key)
    check_query_count("corrections", as_officer(cast.sun), "/corrections/")
    number = Correction.objects.order_by("pk").values_list("pk", flat=True)[0]
    check_query_count("correction", as_officer(cast.sun), f"/corrections/{number}/")
    check_query_count("loan_corrected", as_officer(cast.sun), "/loans/JJ2026000003/")


def test_nothing_found_says_so(bank: SmallBank, cast: Cast, as_officer: AsOfficer) -> None:
    assert "没有更正:到这一天为止" in text_of(as_officer(cast.zhang), "/corrections/")


def test_other_branches_and_earlier_days_do_not_see_it(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    found = correct(bank, "王秀英")
    chen = as_officer(cast.chen)
    assert "王秀英" not in text_of(chen, "/corrections/")
    assert chen.get(f"/corrections/{found.pk}/").status_code == 404
    assert chen.post(f"/corrections/{found.pk}/").status_code == 404
    earlier = f"?day={DAY - ONE}"
    assert as_officer(cast.zhang).get(f"/corrections/{found.pk}/{earlier}").status_code == 404
    found.refresh_from_db()
    assert found.read_by is None


def test_who_read_it_is_on_record(bank: SmallBank, cast: Cast, as_officer: AsOfficer) -> None:
    found = correct(bank, "王秀英")
    zhang = as_officer(cast.zhang)
    assert "改变了什么" in text_of(zhang, f"/corrections/{found.pk}/")
    answer = zhang.post(f"/corrections/{found.pk}/", {"note": "柜面补录,已向客户说明"})
    assert answer.status_code == 302
    found.refresh_from_db()
    assert found.read_by == cast.zhang and found.read_at is not None
    assert "柜面补录,已向客户说明" in text_of(zhang, f"/corrections/{found.pk}/")
    assert "<form" not in text_of(zhang, f"/corrections/{found.pk}/").split("改变了什么")[1]
    (event,) = find_events(table="daily_run_correctionevent")
    assert (event.action, event.officer_id) == ("修改", cast.zhang.pk)
    with pytest.raises(AlreadyRead):
        mark_read(correction=found, by=cast.sun)
    found.refresh_from_db()
    assert found.read_by == cast.zhang


def test_many_are_read_at_once_but_changed_grades_are_not(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    changed = correct(bank, "王秀英")
    plain = correct(bank, "李建国")
    Correction.objects.filter(pk=plain.pk).update(grade_believed=1, grade_true=1)
    sun = as_officer(cast.sun)
    preview = text_of(sun, "/corrections/read/?state=unread")
    assert "<strong>1 笔</strong>更正" in preview and "1 笔</strong>分类有变" in preview
    assert sun.post("/corrections/read/", {"note": "已核对"}).status_code == 422
    assert sun.post("/corrections/read/?q=无此客户", {"last": plain.pk}).status_code == 302
    plain.refresh_from_db()
    assert plain.read_by is None
    answer = sun.post("/corrections/read/?state=unread", {"last": plain.pk, "note": "已核对"})
    assert answer.status_code == 302
    plain.refresh_from_db()
    changed.refresh_from_db()
    assert (plain.read_by, plain.note, changed.read_by) == (cast.sun, "已核对", None)
    assert "没有可以批量签阅的更正" in text_of(sun, "/corrections/read/")
    check_query_count("corrections_read", sun, "/corrections/read/")


def test_what_was_found_after_the_preview_is_not_signed(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    seen, later = correct(bank, "王秀英"), correct(bank, "李建国")
    Correction.objects.update(grade_believed=1, grade_true=1)
    sun = as_officer(cast.sun)
    sun.post(f"/corrections/read/?day={DAY - ONE}", {"last": later.pk})
    sun.post("/corrections/read/", {"last": seen.pk})
    read = Correction.objects.exclude(read_by=None)
    assert [row.pk for row in read] == [seen.pk]
    assert as_officer(cast.wang).get("/corrections/read/").status_code == 403


def test_collectors_and_managers_look_and_do_not_sign(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    found = correct(bank, "王秀英")
    for officer in (cast.li, cast.wang, cast.qian):
        assert "已阅</button>" not in text_of(as_officer(officer), f"/corrections/{found.pk}/")
        assert as_officer(officer).post(f"/corrections/{found.pk}/").status_code == 403
    found.refresh_from_db()
    assert found.read_by is None


def test_a_past_day_of_a_loan_has_two_answers(
    bank: SmallBank, cast: Cast, as_officer: AsOfficer
) -> None:
    correct(bank, "王秀英")
    regrade(bank.loans["王秀英"])
    zhang, before = as_officer(cast.zhang), f"day={DAY - ONE}"
    then = text_of(zhang, f"/loans/JJ2026000003/?{before}&known=then")
    now = text_of(zhang, f"/loans/JJ2026000003/?{before}")
    head_then, head_now = (
        page.split("loan-head")[1].split("facts terms")[0] for page in (then, now)
    )
    assert "2 天" in head_then and "关注" in head_then
    assert "未逾期" in head_now and "正常" in head_now
    for page, chosen in ((then, "当时所知"), (now, "现在更正后")):
        assert f'aria-current="true">{chosen}</a>' in page
        assert "known=then" in page
    today = text_of(zhang, "/loans/JJ2026000003/")
    assert "两种口径逐段对照" in today and "更正 2026-11-20 至 2026-11-22" in today
    assert "两种口径逐段对照" not in then  # on that day nobody knew
