"""Reads of the audit trail: what changed on which day, by whom, and how a row looked before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.utils import timezone
from pghistory.models import Event
from psycopg import sql

from daihou.audit.tracking import keeps_image_before
from daihou.staff.models import Officer
from daihou.storage.fields import SealedTextField

ACTIONS = {"insert": "新增", "update": "修改", "delete": "删除"}
MOST_EVENTS = 500
_SEALED = "(已加密)"
_NAMED_BY = ("number", "username", "code", "day", "format_name")


@dataclass(frozen=True)
class AuditEvent:
    """One change of one row: where, what, when, by whom, from which page and workstation.

    `object_number` is what people call the row by (借据号, 工号 ...); its id where it has no name.
    """

    table: str
    number: int
    object_name: str
    object_id: str
    object_number: str
    action: str
    happened_at: dt.datetime
    officer_id: int | None
    page: str
    address: str


@dataclass(frozen=True)
class FieldChange:
    """One field of a changed row, by its Chinese name, before and after."""

    name: str
    before: str
    after: str

    @property
    def is_changed(self) -> bool:
        """Whether the two differ."""
        return self.before != self.after


@cache
def audited_tables() -> dict[str, type[models.Model]]:
    """Event tables by name, with their Django models."""
    events = [model for model in apps.get_models() if issubclass(model, Event)]
    return {model._meta.db_table: model for model in events if model._meta.managed}


def table_choices() -> list[tuple[str, str]]:
    """The audited tables by their Chinese names, for a list to choose from."""
    named = [(name, _object_name(model)) for name, model in audited_tables().items()]
    return sorted(named, key=lambda pair: pair[1])


def find_events(
    *,
    first_day: dt.date | None = None,
    last_day: dt.date | None = None,
    table: str = "",
    object_number: str | None = None,
    officer_ids: Iterable[int] | None = None,
) -> list[AuditEvent]:
    """The newest events that fit, at most MOST_EVENTS + 1 so that a cut can be told.

    Days are Chinese calendar days; `object_number` is what people call the row by, or its id. One
    query over the asked tables, each read from its newest end.
    """
    names = [table] if table else sorted(audited_tables())
    where, values = _conditions(first_day, last_day, officer_ids)
    if object_number is not None:
        values += [object_number, object_number]
    parts = [
        _newest_of(name, where, names_object=object_number is not None)
        for name in names
        if name in audited_tables()
    ]
    if not parts:
        return []
    whole = sql.SQL("SELECT * FROM ({}) AS found ORDER BY 5 DESC, 2 DESC LIMIT {}").format(
        sql.SQL(" UNION ALL ").join(parts), sql.Literal(MOST_EVENTS + 1)
    )
    with connection.cursor() as cursor:
        cursor.execute(whole.as_string(), values * len(parts))  # pghistory reads it as text
        return [_event(row) for row in cursor.fetchall()]


def changes_of(table: str, number: int) -> tuple[AuditEvent, list[FieldChange]] | None:
    """One event with its fields before and after; None when there is no such event."""
    model = audited_tables().get(table)
    if model is None:
        return None
    row: Any = model._default_manager.filter(pk=number).select_related("pgh_context").first()
    if row is None:
        return None
    before, after = _images(model, row)
    changes = [
        FieldChange(_field_name(field), _text(field, before), _text(field, after))
        for field in _own_fields(model)
    ]
    metadata = row.pgh_context.metadata if row.pgh_context else {}
    return _event(
        (
            table, row.pk, str(row.pgh_obj_id), row.pgh_label, row.pgh_created_at,
            metadata.get("user"), metadata.get("url"), metadata.get("address"), _called(row),
        )
    ), changes  # fmt: skip


def officer_names(ids: Iterable[int | None]) -> dict[int, str]:
    """Names of the officers who made changes."""
    wanted = {one for one in ids if one is not None}
    return {officer.pk: str(officer) for officer in Officer.objects.filter(pk__in=wanted)}


def _conditions(
    first_day: dt.date | None,
    last_day: dt.date | None,
    officer_ids: Iterable[int] | None,
) -> tuple[sql.Composable, list[Any]]:
    parts: list[sql.Composable] = [sql.SQL("TRUE")]
    values: list[Any] = []
    if first_day:
        parts.append(sql.SQL("e.pgh_created_at >= %s::timestamp AT TIME ZONE 'Asia/Shanghai'"))
        values.append(first_day)
    if last_day:
        parts.append(sql.SQL("e.pgh_created_at < %s::timestamp AT TIME ZONE 'Asia/Shanghai'"))
        values.append(last_day + dt.timedelta(days=1))
    if officer_ids is not None:
        parts.append(sql.SQL("(c.metadata->>'user')::bigint = ANY(%s)"))
        values.append(list(officer_ids))
    return sql.SQL(" AND ").join(parts), values


def _newest_of(table: str, where: sql.Composable, *, names_object: bool) -> sql.Composed:
    number = _number_column(audited_tables()[table])
    if names_object:
        named = sql.SQL(" AND (e.pgh_obj_id::text = %s OR {}::text = %s)").format(number)
        where = sql.Composed([where, named])
    return sql.SQL(
        "(SELECT {name}, e.pgh_id, e.pgh_obj_id::text, e.pgh_label, e.pgh_created_at,"
        " (c.metadata->>'user')::bigint, c.metadata->>'url', c.metadata->>'address', {number}::text"
        " FROM {table} e LEFT JOIN pghistory_context c ON c.id = e.pgh_context_id"
        " WHERE {where} ORDER BY e.pgh_id DESC LIMIT {most})"
    ).format(
        name=sql.Literal(table),
        table=sql.Identifier(table),
        where=where,
        number=number,
        most=sql.Literal(MOST_EVENTS + 1),
    )


def _event(row: tuple[Any, ...]) -> AuditEvent:
    table, number, object_id, label, moment, officer, page, address, called = row
    return AuditEvent(
        table=table,
        number=number,
        object_name=_object_name(audited_tables()[table]),
        object_id=object_id,
        object_number=called or object_id,
        action=ACTIONS.get(label, label),
        happened_at=moment,
        officer_id=officer,
        page=page or "",
        address=address or "",
    )


def _number_column(model: type[models.Model]) -> sql.Composable:
    """The column by which people call a row: its number, its code; its id where it has neither."""
    columns = {field.column for field in model._meta.concrete_fields}
    name = next((one for one in _NAMED_BY if one in columns), "pgh_obj_id")
    return sql.SQL("e.{}").format(sql.Identifier(name))


def _object_name(model: type[models.Model]) -> str:
    return str(model.pgh_tracked_model._meta.verbose_name)  # type: ignore[attr-defined]


def _own_fields(model: type[models.Model]) -> list[Any]:
    return [f for f in model._meta.concrete_fields if not f.name.startswith("pgh_")]


def _images(model: type[models.Model], row: Any) -> tuple[Any, Any]:
    """The row before and after an event, whichever of the two the event itself holds."""
    tracked = model.pgh_tracked_model  # type: ignore[attr-defined]
    same = model._default_manager.filter(pgh_obj_id=row.pgh_obj_id)
    if row.pgh_label == "insert":
        return None, row
    if row.pgh_label == "delete":
        return row, None
    if keeps_image_before(tracked):
        later = same.filter(pk__gt=row.pk).order_by("pk").first()
        return row, later or tracked._default_manager.filter(pk=row.pgh_obj_id).first()
    return same.filter(pk__lt=row.pk).order_by("-pk").first(), row


def _field_name(field: Any) -> str:
    return "编号" if field.name == "id" else str(field.verbose_name)


def _called(row: Any) -> str:
    name = next((one for one in _NAMED_BY if hasattr(row, one)), "pgh_obj_id")
    return str(getattr(row, name))


def _text(field: Any, image: Any) -> str:
    if image is None:
        return ""
    value = getattr(image, field.attname)
    if value is None:
        return ""
    if isinstance(field, SealedTextField):
        return _SEALED
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S")
    if field.related_model is not None:
        related = field.related_model._default_manager.filter(pk=value).first()
        return str(value) if related is None else f"{related}(编号 {value})"
    if isinstance(value, list) and getattr(field, "base_field", None) is not None:
        names = dict(field.base_field.flatchoices)
        return "、".join(str(names.get(item, item)) for item in value)
    return str(dict(field.flatchoices).get(value, value))
