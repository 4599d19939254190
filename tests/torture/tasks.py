"""What the disturbed processes do: run days, import files, upgrade, write as an officer."""

from __future__ import annotations

import datetime as dt
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import tests.daily_run.child  # isort: skip  # sets Django up

from django.db.models import F
from django.test import Client
from django.utils import timezone

from daihou.cli.upgrading import bring_up_to_date
from daihou.daily_run.handling import AlreadyHandled, defer
from daihou.daily_run.models import WorkItem
from daihou.feeds.actions import ImportRequest, import_files
from daihou.loan_book.actions import record_happening
from daihou.loan_book.choices import HappeningKind
from daihou.loan_book.models import Customer
from daihou.staff.models import Officer
from tests.daily_run.child import run_the_days

Tell = Callable[[str], None]
OFFICER = "1001"
__all__ = ["tests"]


def quietly(log: Path) -> None:
    """Let what a dying process says go into a file."""
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(descriptor, 2)
    os.close(descriptor)


def run(tell: Tell, folder: Path, first: dt.date, last: dt.date) -> None:
    """Run business days."""
    quietly(folder / "died.log")
    run_the_days(tell, folder, first, last)


def run_by_a_jumping_clock(
    tell: Tell, folder: Path, first: dt.date, last: dt.date, seed: int
) -> None:
    """Run business days while the process's clock jumps by up to ten years at every step."""
    quietly(folder / "died.log")
    chance = random.Random(seed)
    true_time, offset = time.time, [0.0]
    time.time = lambda: true_time() + offset[0]
    timezone.now = lambda: dt.datetime.fromtimestamp(time.time(), dt.UTC)

    def jump(line: str) -> None:
        offset[0] = chance.uniform(-1, 1) * 10 * 366 * 86_400
        tell(line)

    run_the_days(jump, folder, first, last)


def take_in(tell: Tell, folder: Path, files: Path, day: dt.date) -> None:
    """Import the files of a bank."""
    quietly(folder / "died.log")
    request = ImportRequest(path=files, format_name="standard", business_date=day)
    batch = import_files(request=request, progress=tell)
    tell(f"status {batch.status}")


def upgrade(tell: Tell, folder: Path) -> None:
    """Apply all migrations."""
    quietly(folder / "died.log")
    bring_up_to_date()
    tell("upgraded")


def defer_on_the_screen(tell: Tell, folder: Path, until: dt.date) -> None:
    """As an officer in a browser, put off one piece of work after the other."""
    quietly(folder / "died.log")
    browser = Client()
    officer = Officer.objects.get(username=OFFICER)
    browser.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    for work in WorkItem.objects.filter(status="open").order_by("pk"):
        tell(f"trying {work.pk}")
        answer = browser.post(
            f"/work/{work.pk}/defer/", {"until": until.isoformat(), "reason": "客户出差"}
        )
        assert answer.status_code == 302, answer.status_code
        tell(f"done {work.pk}")


def write_all_the_time(
    tell: Tell, folder: Path, day: dt.date, pause: float, puts_off: bool
) -> None:
    """As officers, note something about clients and touch their work, without end.

    Tells of each write when it ended, what it was, how many milliseconds it took, and to which
    client. With `puts_off`, work is really put off (of every seventh client), else only touched.
    """
    quietly(folder / "died.log")
    officer = Officer.objects.get(username=OFFICER)
    customers = list(Customer.objects.order_by("pk")[:500])
    for number in count():
        customer = customers[number % len(customers)]
        with _told(tell, "note", customer.pk):
            record_happening(
                customer=customer, kind=HappeningKind.NOTE, happened_on=day,
                text=f"第 {number} 次", by=officer, business_date=day,
            )  # fmt: skip
        open_work = WorkItem.objects.filter(status="open").select_related("customer")
        work = next((w for w in open_work[:50] if w.customer_id % 7 == 3), None)
        if work is not None:
            with _told(tell, "work", work.customer_id), suppress(AlreadyHandled):
                if puts_off:
                    until = day + dt.timedelta(days=20)
                    defer(work=work, until=until, reason="客户出差", by=officer,
                          business_date=day, longest_days=30)  # fmt: skip
                else:
                    WorkItem.objects.filter(pk=work.pk).update(task=F("task"))
        time.sleep(pause)


@contextmanager
def _told(tell: Tell, what: str, customer_id: int) -> Iterator[None]:
    started = time.perf_counter()
    yield
    taken = (time.perf_counter() - started) * 1000
    tell(f"{time.time():.3f} {what} {taken:.1f} {customer_id}")
