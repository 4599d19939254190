"""The trail sees every write, also in bulk, with who and where; and keeps no password."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.utils import timezone

from daihou.audit.models import Disclosure
from daihou.audit.queries import audited_tables, changes_of, find_events, table_choices
from daihou.loan_book.choices import CustomerKind, IdentityKind
from daihou.loan_book.models import Customer
from daihou.policy.models import ParameterVersion
from daihou.staff.actions import change_roles
from daihou.staff.choices import Role
from daihou.staff.models import Officer
from daihou.storage.sealing import fingerprint
from tests.cast import Cast


def test_who_what_where(cast: Cast, as_officer: Callable[[Officer], Client]) -> None:
    form = {
        "text": "5", "effective_from": "2099-01-01", "clause": "总行文件", "evidence": "TEXT",
        "reason": "收紧口径",
    }  # fmt: skip
    answer = as_officer(cast.zhao).post(
        "/parameters/grade.technical_exception/", form, REMOTE_ADDR="10.1.2.3"
    )
    assert answer.status_code == 302
    (event,) = find_events(table="policy_parameterversionevent")
    assert (event.action, event.officer_id) == ("新增", cast.zhao.pk)
    assert (event.page, event.address) == ("/parameters/grade.technical_exception/", "10.1.2.3")
    assert event.object_id == str(ParameterVersion.objects.get().pk)


def test_before_and_after_by_chinese_names(cast: Cast) -> None:
    change_roles(officer=cast.li, roles=[Role.COLLECTOR, Role.ASSET_RECOVERY], by=cast.zhou)
    newest = find_events(table="staff_officerevent", object_number="1002")[0]
    found = changes_of(newest.table, newest.number)
    assert found
    changed = {one.name: (one.before, one.after) for one in found[1] if one.is_changed}
    assert changed == {"角色": ("催收员", "催收员、资产保全")}


def test_bulk_changes_and_deletions_of_loaded_rows(cast: Cast) -> None:
    clients = Customer.objects.bulk_create(
        Customer(
            number=f"KH{n}", name=f"客户{n}", kind=CustomerKind.CONSUMER, branch=cast.li.branch,
            identity_kind=IdentityKind.OTHER, identity_number=f"证{n}",
            identity_index=fingerprint(f"证{n}"),
        )
        for n in range(3)
    )  # fmt: skip
    table = "loan_book_customerevent"
    assert find_events(table=table) == [], "a loaded row is its own evidence"
    Customer.objects.update(name="改名")
    Customer.objects.update(name="再改名")
    events = find_events(table=table, object_number="KH0")
    assert [one.action for one in events] == ["修改", "修改"]
    steps = [changes_of(table, one.number) for one in reversed(events)]
    assert [
        (c.before, c.after) for step in steps if step for c in step[1] if c.name == "客户名称"
    ] == [("客户0", "改名"), ("改名", "再改名")]
    sealed = [c for step in steps if step for c in step[1] if c.name == "证件号码"]
    assert {one.before for one in sealed} == {"(已加密)"}
    Customer.objects.filter(pk=clients[0].pk).delete()
    assert find_events(table=table, object_number="KH0")[0].action == "删除"


@pytest.mark.django_db
def test_bulk_changes_do_not_pair_old_rows_with_new_ones() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, prosrc FROM pg_trigger"
            " JOIN pg_proc ON pg_proc.oid = tgfoid"
            " WHERE tgname LIKE 'pgtrigger_update_update%%' AND tgrelid::regclass::text = ANY(%s)",
            (["loan_book_customer", "loan_book_loan", "loan_book_planversion"],),
        )
        functions = dict(cursor.fetchall())
    assert len(functions) == 3
    assert not [table for table, source in functions.items() if "JOIN" in source]


def test_no_password_and_no_login_in_the_trail(
    cast: Cast, as_officer: Callable[[Officer], Client]
) -> None:
    columns = {f.name for f in audited_tables()["staff_officerevent"]._meta.get_fields()}
    assert "username" in columns
    assert not columns & {"password", "last_login"}
    before = len(find_events(table="staff_officerevent"))
    as_officer(cast.zhao)  # writes last_login
    assert len(find_events(table="staff_officerevent")) == before


def test_events_and_records_cannot_be_changed(cast: Cast) -> None:
    Disclosure.objects.create(officer=cast.sun, subject="客户", field="证件号码", reason="核对")
    for statement in (
        "UPDATE staff_officerevent SET username = 'x'",
        "DELETE FROM staff_branchevent",
        "UPDATE audit_disclosure SET reason = 'x'",
        "DELETE FROM audit_disclosure",
    ):
        with pytest.raises(ProgrammingError, match="Cannot"), transaction.atomic():
            connection.cursor().execute(statement)


def test_search_by_day_and_officer(cast: Cast) -> None:
    today = timezone.localdate()
    assert len(find_events(first_day=today, last_day=today)) == 3 + 8
    assert find_events(last_day=today - dt.timedelta(days=1)) == []
    assert find_events(officer_ids=[cast.zhao.pk]) == []
    assert ("staff_officerevent", "员工") in table_choices()
    assert find_events(table="no_such_table") == []
    assert changes_of("no_such_table", 1) is None
