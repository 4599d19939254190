"""The chain finds what somebody with the keys of the database changes behind the triggers' back."""

from __future__ import annotations

import pghistory
import pytest
from django.db import connection, transaction

from daihou.audit.actions import seal_events
from daihou.audit.chain import chained_tables
from daihou.audit.models import Seal
from daihou.audit.verification import verify_chain
from daihou.staff.models import Officer
from tests.cast import make_branches, make_cast


def tamper(*statements: str) -> None:
    """Change rows with the protecting triggers off, as the owner of the database could."""
    with transaction.atomic(), connection.cursor() as cursor:
        for switch in ("DISABLE", "ENABLE"):
            for table in ("staff_officerevent", "staff_branchevent", "audit_seal"):
                cursor.execute(f"ALTER TABLE {table} {switch} TRIGGER USER")
            for statement in statements if switch == "DISABLE" else ():
                cursor.execute(statement)


@pytest.fixture
def sealed(transactional_db: None) -> None:
    """Two links: the cast as entered, then eight people renamed."""
    make_cast(make_branches())
    first = seal_events()
    assert first is not None
    Officer.objects.update(last_name="改")
    second = seal_events()
    assert second is not None
    assert first.chained_digest != second.chained_digest


def test_an_untouched_chain_is_whole(sealed: None) -> None:
    verdict = verify_chain()
    assert verdict.is_whole
    assert (verdict.seals, verdict.events) == (2, 3 + 8 + 8)
    assert verdict.last_chained_digest == Seal.objects.order_by("pk").last().chained_digest  # type: ignore[union-attr]
    assert seal_events() is None, "nothing new to seal"
    assert len(chained_tables()) > 10


EVENT = "(SELECT min(pgh_id) + 2 FROM staff_officerevent)"


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        (
            [f"UPDATE staff_officerevent SET roles = '{{administrator}}' WHERE pgh_id = {EVENT}"],
            "被改动",
        ),
        ([f"DELETE FROM staff_officerevent WHERE pgh_id = {EVENT}"], "封存时有 8 条,现有 7 条"),
        (
            [
                f"UPDATE staff_officerevent SET pgh_created_at = now() WHERE pgh_id = {EVENT}",
            ],
            "被改动",
        ),
        (["DELETE FROM audit_seal WHERE id = (SELECT min(id) FROM audit_seal)"], "不衔接"),
        (["UPDATE audit_seal SET digest = repeat('0', 64)"], "封存记录本身被改动"),
        (
            ["UPDATE audit_seal SET event_counts = jsonb_set(event_counts, '{0,count}', '99')"],
            "封存记录本身被改动",
        ),
    ],
)
def test_tampering_is_found(sealed: None, statements: list[str], words: str) -> None:
    tamper(*statements)
    verdict = verify_chain()
    assert not verdict.is_whole
    assert words in " ".join(one.text for one in verdict.breaks)


def test_who_made_a_change_cannot_be_rewritten(transactional_db: None) -> None:
    people = make_cast(make_branches())
    with pghistory.context(user=people.zhou.pk, url="/staff/"):
        Officer.objects.filter(pk=people.li.pk).update(display_name="李某")
    seal_events()
    tamper("UPDATE pghistory_context SET metadata = jsonb_set(metadata, '{user}', '1')")
    assert "被改动" in verify_chain().breaks[0].text


def test_an_event_slipped_into_a_sealed_range_is_found(sealed: None) -> None:
    tamper(
        "UPDATE staff_branchevent SET pgh_id = pgh_id + 1000 WHERE pgh_id ="
        " (SELECT max(pgh_id) FROM staff_branchevent)"
    )
    assert not verify_chain().is_whole


def test_a_link_more_keeps_the_chain_whole(sealed: None) -> None:
    Officer.objects.update(last_name="再改")
    assert seal_events() is not None
    assert seal_events() is None
    verdict = verify_chain()
    assert verdict.is_whole
    assert verdict.seals == 3
