"""数据接入: from the upload to the undo, and who may do it."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from daihou.feeds.choices import BatchStatus, JobKind, JobStatus
from daihou.feeds.jobs import run_job
from daihou.feeds.models import ImportBatch, ImportJob
from daihou.feeds.standard import TABLES
from daihou.feeds.uploads import upload_folder
from daihou.loan_book.models import Customer
from daihou.staff.models import Officer
from tests.cast import Branches, Cast
from tests.feeds.small_bank import DAY

AsOfficer = Callable[[Officer], Client]
HEADINGS = "客户号,客户名称,客户类型,证件类型,证件号码,管户机构号\n"
GOOD = "C1,江南纺织,企业,统一社会信用代码,91350100M000100Y43,001\n"
BAD = "C2,王秀英,农户,居民身份证,110105194912310021,001\n"


@pytest.fixture(autouse=True)
def uploads(settings: object, tmp_path: Path) -> None:
    settings.UPLOAD_FOLDER = tmp_path / "uploads"  # type: ignore[attr-defined]


def upload(client: Client, text: str, name: str = "客户.csv") -> ImportJob:
    file = SimpleUploadedFile(name, text.encode())
    answer = client.post("/imports/", {"upload": [file], "format_name": "standard"})
    assert answer.status_code == 302, answer.content.decode()
    return run(ImportJob.objects.get(pk=int(answer.headers["Location"].split("/")[-2])))


def run(job: ImportJob) -> ImportJob:
    run_job(job.pk, business_date=DAY, closed_through=None)
    job.refresh_from_db()
    return job


def press(client: Client, address: str, **facts: str) -> ImportJob:
    before = set(ImportJob.objects.values_list("pk", flat=True))
    assert client.post(address, facts).status_code == 302
    return run(ImportJob.objects.exclude(pk__in=before).get())


def test_try_load_and_undo(cast: Cast, branches: Branches, as_officer: AsOfficer) -> None:
    client = as_officer(cast.zhao)
    tried = upload(client, HEADINGS + GOOD + BAD)
    assert (tried.kind, tried.status) == (JobKind.CHECK, JobStatus.DONE)
    shown = client.get(f"/imports/jobs/{tried.pk}/").content.decode()
    assert "校验位不符" in shown and "仅入库正确的 1 行" in shown and "尚未改动台账" in shown
    assert "1101**********0021" in shown and "110105194912310021" not in shown
    assert not Customer.objects.exists()

    loaded = press(client, f"/imports/jobs/{tried.pk}/load/", mode="good_rows")
    assert loaded.batch is not None and loaded.batch.status == BatchStatus.LOADED
    assert loaded.batch.started_by == cast.zhao
    assert Customer.objects.get().name == "江南纺织"
    assert not upload_folder(tried.upload).exists(), "personal data is not kept after loading"
    address = f"/imports/{loaded.batch.pk}/"
    assert client.get(f"/imports/jobs/{loaded.pk}/").headers["Location"] == address
    assert "校验位不符" in client.get(address).content.decode()

    preview = client.get(f"{address}undo/").content.decode()
    assert "客户:删除 1 行" in preview and Customer.objects.exists()
    press(client, f"{address}undo/")
    assert not Customer.objects.exists()
    assert "撤销结果" in client.get(address).content.decode()
    assert "已撤销" in client.get("/imports/").content.decode()


def test_the_errors_of_a_batch_can_be_filtered_and_exported(
    cast: Cast, branches: Branches, as_officer: AsOfficer
) -> None:
    client = as_officer(cast.zhao)
    job = upload(client, HEADINGS + BAD + BAD.replace("C2", "C3").replace("001\n", "999\n"))
    address = f"/imports/{job.batch_id}/"
    assert "机构不存在" in client.get(address).content.decode()
    assert "机构不存在" not in client.get(f"{address}?field=证件").content.decode()
    file = client.get(f"{address}?export=xlsx").getvalue()  # type: ignore[attr-defined]
    cells = [c.value for row in openpyxl.load_workbook(io.BytesIO(file)).active for c in row]
    assert "机构不存在" in cells


def test_a_branch_sees_no_batches_and_uploads_nothing(
    cast: Cast, branches: Branches, as_officer: AsOfficer
) -> None:
    job = upload(as_officer(cast.zhao), HEADINGS + GOOD)
    sun = as_officer(cast.sun)
    assert "数据接入由总行办理" in sun.get("/imports/").content.decode()
    for address in (f"/imports/{job.batch_id}/", f"/imports/jobs/{job.pk}/"):
        assert sun.get(address).status_code == 404
    file = SimpleUploadedFile("客户.csv", (HEADINGS + GOOD).encode())
    answer = sun.post("/imports/", {"upload": [file], "format_name": "standard"})
    assert answer.status_code == 403
    assert ImportJob.objects.count() == 1


def test_staff_and_branches_do_not_come_in_through_the_browser(
    cast: Cast, branches: Branches, as_officer: AsOfficer
) -> None:
    job = upload(
        as_officer(cast.zhao), "工号,姓名,机构号,角色\n9,某人,001,系统管理员\n", name="员工.csv"
    )
    assert job.batch is not None
    assert "只能由系统管理员" in job.batch.problems.get().reason
    assert not Officer.objects.filter(username="9").exists()


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("客户.pdf", b"%PDF-1.7", "不支持的文件类型"),
        ("客户.xlsx", b"hello", "内容不是 xlsx 文件"),
        ("客户.csv", b"PK\x03\x04....", "内容不是文本文件"),
        ("客户.parquet", b"PARX", "内容不是 parquet 文件"),
    ],
)
def test_files_are_checked_by_their_content(
    cast: Cast,
    branches: Branches,
    as_officer: AsOfficer,
    name: str,
    content: bytes,
    says: str,
) -> None:
    client = as_officer(cast.zhao)
    data = {"upload": [SimpleUploadedFile(name, content)], "format_name": "standard"}
    answer = client.post("/imports/", data)
    assert answer.status_code == 422 and says in answer.content.decode()
    assert not ImportBatch.objects.exists()


def test_templates_can_be_had(cast: Cast, branches: Branches, as_officer: AsOfficer) -> None:
    client = as_officer(cast.zhao)
    answer = client.get("/imports/templates/标准格式.xlsx")
    assert openpyxl.load_workbook(io.BytesIO(answer.content)).sheetnames[0] == "机构"
    for table in TABLES:
        answer = client.get(f"/imports/templates/{table.name}.csv")
        assert table.columns[0].heading in answer.content.decode("utf-8-sig")
        assert answer.headers["Content-Disposition"].startswith("attachment")
