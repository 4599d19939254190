"""数据接入: upload, try, load, look at what was refused, undo."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from daihou.daily_run.queries import closed_through, open_day
from daihou.feeds.blank_files import blank_csv, blank_workbook
from daihou.feeds.choices import BatchStatus, JobKind, JobStatus, LoadMode
from daihou.feeds.mapping_files import STANDARD, format_names
from daihou.feeds.models import ImportBatch, ImportJob
from daihou.feeds.queries import batches_visible_to, is_at_head_office, jobs_visible_to
from daihou.feeds.standard import TABLE_BY_NAME, TABLES
from daihou.feeds.undoing import UndoRefused, UndoReport, undo_batch
from daihou.feeds.uploads import UploadRefused, keep_upload, upload_folder
from daihou.workbench.desks import IMPORTS
from daihou.workbench.imports.forms import UploadForm
from daihou.workbench.pieces.columns import Column, Kind
from daihou.workbench.pieces.filters import Filter
from daihou.workbench.pieces.page import DeskRequest, desk, page
from daihou.workbench.pieces.tables import Table, plain_table
from daihou.workbench.roles import OPERATORS
from daihou.workbench.tasks import run_import_job

PREVIEWED_ROWS = 200_000  # undoing more than this is not tried out first
WAITING = (JobStatus.QUEUED, JobStatus.RUNNING)
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

BATCHES = Table(
    name="imports",
    title="导入批次",
    columns=(
        Column("批次", "pk", Kind.COUNT, link=lambda row: reverse("import_batch", args=[row.pk])),
        Column("时间", "started_at", Kind.MOMENT),
        Column("格式", lambda row: format_names().get(row.format_name, row.format_name)),
        Column("状态", "get_status_display"),
        Column("营业日", "business_date", Kind.DAY),
        Column("读入", "rows_read", Kind.COUNT),
        Column("新增", "rows_loaded", Kind.COUNT),
        Column("更新", "rows_changed", Kind.COUNT),
        Column("未变", "rows_unchanged", Kind.COUNT),
        Column("合格未入库", "rows_withheld", Kind.COUNT),
        Column("无需入库", "rows_without_content", Kind.COUNT),
        Column("拒绝", "rows_refused", Kind.COUNT),
        Column("操作人", lambda row: str(row.started_by) if row.started_by else "命令行"),
    ),
    order=("-id",),
    filters=(Filter("status", "状态", options=BatchStatus.choices),),
    empty="还没有导入过。请在上方上传文件,或在服务器上运行 daihou import。",
    counted="批",
)
PROBLEMS = Table(
    name="import_problems",
    title="错误行",
    columns=(
        Column("文件", "file"),
        Column("行", lambda row: row.row or None, Kind.COUNT),
        Column("字段", "field"),
        Column("取值", "value"),
        Column("原因", "reason", Kind.LONG_TEXT),
    ),
    order=("file", "row", "id"),
    filters=(
        Filter("file", "文件", narrow=lambda rows, text: rows.filter(file__icontains=text)),
        Filter("field", "字段", narrow=lambda rows, text: rows.filter(field__icontains=text)),
        Filter("reason", "原因", narrow=lambda rows, text: rows.filter(reason__icontains=text)),
    ),
    empty="没有错误行",
    counted="处",
)
FILES = (
    Column("文件", "name"),
    Column("编码", "encoding"),
    Column("读入", "read", Kind.COUNT),
    Column("新增", "new", Kind.COUNT),
    Column("更新", "changed", Kind.COUNT),
    Column("未变", "unchanged", Kind.COUNT),
    Column("无需入库", "without_content", Kind.COUNT),
    Column("拒绝", "refused", Kind.COUNT),
)
CHANGES = (
    Column("表", lambda row: TABLE_BY_NAME[row.table].heading),
    Column("字段", lambda row: TABLE_BY_NAME[row.table].column(row.column).heading),
    Column("行编号", "row_id", Kind.COUNT),
    Column("原值", "before"),
    Column("新值", "after"),
)
CHANGES_SHOWN = 50


@desk(roles=IMPORTS.roles, writers=OPERATORS, needs_day=False)
def imports(request: DeskRequest) -> HttpResponseBase:
    """Upload files, and the history of batches."""
    form = UploadForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if request.method == "POST":
        _must_be_at_head_office(request)
        if form.is_valid():
            try:
                upload = keep_upload(form.cleaned_data["upload"])
            except UploadRefused as refusal:
                form.add_error("upload", str(refusal))
            else:
                return _start(request, JobKind.CHECK, upload=upload,
                              format_name=form.cleaned_data["format_name"])  # fmt: skip
    listing = BATCHES.open(request, batches_visible_to(request.officer))
    if listing.is_export:
        return listing.download()
    context = {
        "title": "数据接入",
        "table": listing,
        "form": form if _may_write(request) else None,
        "at_head_office": is_at_head_office(request.officer),
        "waiting": jobs_visible_to(request.officer).filter(status__in=WAITING),
        "templates": TABLES,
        "formats": format_names(),
    }
    return page(
        request, "workbench/imports/imports.html", context, status=422 if form.errors else 200
    )


@desk(roles=IMPORTS.roles, needs_day=False)
def job(request: DeskRequest, number: int) -> HttpResponseBase:
    """One background job: how far it is, and what a trial has found."""
    found = get_object_or_404(jobs_visible_to(request.officer), pk=number)
    if found.status == JobStatus.DONE and found.kind != JobKind.CHECK and found.batch_id:
        return redirect("import_batch", number=found.batch_id)
    context = {"title": f"{found.get_kind_display()}任务 {number}"} | _job_context(request, found)
    return page(request, "workbench/imports/job.html", context)


@desk(roles=IMPORTS.roles, needs_day=False)
def job_progress(request: DeskRequest, number: int) -> HttpResponse:
    """The part of the page that shows how far a job is; the page's script asks for it."""
    found = get_object_or_404(jobs_visible_to(request.officer), pk=number)
    return render(request, "workbench/imports/progress.html", _job_context(request, found))


@desk(roles=OPERATORS, writers=OPERATORS, needs_day=False)
def load(request: DeskRequest, number: int) -> HttpResponseBase:
    """Load the files of a trial: all of them, or the good rows."""
    found = get_object_or_404(
        jobs_visible_to(request.officer), pk=number, kind=JobKind.CHECK, status=JobStatus.DONE
    )
    if request.method != "POST":
        return redirect("import_job", number=number)
    mode = request.POST.get("mode", "")
    if mode not in LoadMode.values:
        messages.error(request, "请选择入库方式")
        return redirect("import_job", number=number)
    if not upload_folder(found.upload).exists():
        messages.error(request, "上传的文件已入库或已过期清除,请重新上传")
        return redirect("imports")
    return _start(
        request, JobKind.LOAD, upload=found.upload, format_name=found.format_name, mode=mode
    )


@desk(roles=IMPORTS.roles, needs_day=False)
def batch(request: DeskRequest, number: int) -> HttpResponseBase:
    """One batch: its counts, the rows refused, the fields changed, what an undo did."""
    found = get_object_or_404(batches_visible_to(request.officer), pk=number)
    listing = PROBLEMS.open(request, found.problems.all())
    if listing.is_export:
        return listing.download()
    context = {
        "title": f"导入批次 {number}",
        "batch": found,
        "files": plain_table(FILES, found.files),
        "table": listing,
        "changes": plain_table(CHANGES, list(found.changes.order_by("id")[:CHANGES_SHOWN])),
        "change_count": found.changes.count(),
        "undone": _undone_lines(found),
        "may_undo": _may_write(request) and found.status == BatchStatus.LOADED,
    }
    return page(request, "workbench/imports/batch.html", context)


@desk(roles=IMPORTS.roles, writers=OPERATORS, needs_day=False)
def undo(request: DeskRequest, number: int) -> HttpResponseBase:
    """What undoing a batch would take back and what would stay; then the undo itself."""
    found = get_object_or_404(batches_visible_to(request.officer), pk=number)
    if request.method == "POST":
        return _start(request, JobKind.UNDO, batch=found)
    context: dict[str, Any] = {"title": f"撤销批次 {number}", "batch": found, "lines": []}
    if found.rows_loaded + found.rows_changed > PREVIEWED_ROWS:
        context["too_long"] = True
    else:
        try:
            context["lines"] = list(_preview(found, request).lines())
        except UndoRefused as refusal:
            context["refusal"] = str(refusal)
    context["may_undo"] = _may_write(request) and "refusal" not in context
    return page(request, "workbench/imports/undo.html", context)


@desk(roles=IMPORTS.roles, needs_day=False)
def template(request: DeskRequest, name: str) -> HttpResponse:
    """An empty file with the headings of a table, or a workbook with all of them."""
    if name == "标准格式.xlsx":
        answer = HttpResponse(blank_workbook(TABLES), content_type=EXCEL)
    else:
        table = TABLE_BY_NAME.get(name.removesuffix(".csv"))
        if table is None or not name.endswith(".csv"):
            raise Http404
        answer = HttpResponse(blank_csv(table), content_type="text/csv; charset=utf-8")
        name = f"{table.heading}.csv"
    answer.headers["Content-Disposition"] = _as_attachment(name)
    return answer


def _as_attachment(name: str) -> str:
    return f"attachment; filename*=UTF-8''{quote(name)}"


def _start(request: DeskRequest, kind: JobKind, **facts: Any) -> HttpResponseBase:
    _must_be_at_head_office(request)
    asked = ImportJob.objects.create(kind=kind, asked_by=request.officer, **facts)
    run_import_job.defer(number=asked.pk)
    return redirect("import_job", number=asked.pk)


def _preview(found: ImportBatch, request: DeskRequest) -> UndoReport:
    return undo_batch(
        number=found.pk,
        business_date=open_day(timezone.localdate()),
        closed_through=closed_through(),
        actor=request.officer,
        dry_run=True,
    )


def _job_context(request: DeskRequest, found: ImportJob) -> dict[str, Any]:
    batch = found.batch
    problems: QuerySet[Any] | list[Any] = batch.problems.all()[:10] if batch else []
    return {
        "job": found,
        "batch": batch,
        "is_waiting": found.status in WAITING,
        "files": plain_table(FILES, batch.files if batch else []),
        "problems": plain_table(PROBLEMS.columns, list(problems)),
        "problem_count": batch.problems.count() if batch else 0,
        "can_load": bool(batch and batch.rows_withheld and _may_write(request)
                         and upload_folder(found.upload).exists()),
        "is_standard": found.format_name == STANDARD,
    }  # fmt: skip


def _undone_lines(found: ImportBatch) -> list[str]:
    if not found.undone:
        return []
    return list(UndoReport(**found.undone).lines())


def _may_write(request: DeskRequest) -> bool:
    return request.officer.has_role(*OPERATORS) and is_at_head_office(request.officer)


def _must_be_at_head_office(request: DeskRequest) -> None:
    if not is_at_head_office(request.officer):
        raise PermissionDenied("数据接入由总行办理:文件涉及各支行客户")
