"""Makes the demo bank: month by month, import its files, then run every day of the month."""

from __future__ import annotations

import calendar
import datetime as dt
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.hashers import make_password
from django.db import transaction

from daihou.daily_run.models import BusinessDay
from daihou.daily_run.runner import days_to_run, run_days
from daihou.demo_bank.account_life import (
    Moved,
    draw_tables,
    lives_of_accounts,
    opening_accounts,
    transaction_rows,
)
from daihou.demo_bank.clients import Client, make_clients
from daihou.demo_bank.collateral import collateral_tables, look_after_collateral
from daihou.demo_bank.deliveries import LateByLoan, month_tables
from daihou.demo_bank.determining import determine_grades
from daihou.demo_bank.files import Row, write_tables
from daihou.demo_bank.floating import enter_quotes
from daihou.demo_bank.guarantee_circles import Surety, draw_sureties, surety_rows
from daihou.demo_bank.heard import (
    Heard,
    decide_events,
    draw_events,
    event_rows,
    record_by_hand,
)
from daihou.demo_bank.late_knowledge import learn_late
from daihou.demo_bank.lending import lend
from daihou.demo_bank.modelling import MODEL_DAY, train_models
from daihou.demo_bank.names import Names
from daihou.demo_bank.opening import opening_tables
from daihou.demo_bank.organisation import CAST, Person, staff
from daihou.demo_bank.payments import Life, live
from daihou.demo_bank.rebutting import rebut_stages
from daihou.demo_bank.rule_changes import change_rules
from daihou.demo_bank.statements import Delivered, draw_statements, statement_rows
from daihou.demo_bank.term_proposals import live_through_proposals
from daihou.demo_bank.warning_cases import WORKED_ON, work_on_cases
from daihou.demo_bank.working import sign_corrections, work_the_lists
from daihou.feeds.actions import ImportRequest, import_files
from daihou.feeds.choices import BatchStatus
from daihou.loan_book.models import Loan
from daihou.staff.models import Officer

SEED = 20250601
FIRST_DAY = dt.date(2025, 6, 1)
LAST_DAY = dt.date(2026, 11, 19)  # a Thursday: the week's lists are full
PASSWORD = "demo"  # shown on the login page of the demo; no other installation has it
_CONNECTED = dt.date(
    2026, 9, 30
)  # accounts are delivered with this month, with all since FIRST_DAY
_BEGINNING = dt.date(2000, 1, 1)
_ONE_DAY = dt.timedelta(days=1)
_FRIDAY = 5

Tell = Callable[[str, int, int], None]


class DemoRefused(Exception):
    """The demo bank is not made here; the message says why, in the words of the staff."""


@dataclass(frozen=True)
class Bank:
    """The whole bank as drawn from the seed, before any of it is delivered."""

    people: tuple[Person, ...]
    clients: list[Client]
    lives: list[Life]
    late: LateByLoan
    moved: list[Moved]
    statements: list[Delivered]
    sureties: list[Surety]
    events: dict[str, Heard]


def is_made() -> bool:
    """Whether the demo bank stands here complete."""
    return BusinessDay.objects.filter(day=LAST_DAY, closed_at__isnull=False).exists()


def make_demo_bank(folder: Path, tell: Tell) -> None:
    """Make the bank, or go on where an earlier making was stopped.

    `folder` takes its files; `tell` hears what is being done, how far, of how many. Raises
    DemoRefused over a database that holds somebody's book.
    """
    if not folder.exists() and Loan.objects.exists():
        raise DemoRefused(
            "数据库里已有台账,不会在其上建立演示银行。演示请换一个 DAIHOU_HOME 或数据库。"
        )
    tell("构想客户、贷款与还款", 0, 1)
    bank = draw_bank()
    months = list(_months())
    for done, (since, until) in enumerate(months):
        tell(f"导入并补跑 {until:%Y年%m月}", done, len(months))
        _deliver(bank, folder, since, until)
        for end in _evenings(max(since, FIRST_DAY), until):
            _live_through(bank, end)
    tell("完成", len(months), len(months))


def draw_bank() -> Bank:
    """Everybody and everything, the same every time."""
    chance = random.Random(SEED)
    names = Names(chance)
    people = staff(names)
    clients = make_clients(names, people, chance)
    loans = lend(clients, FIRST_DAY, LAST_DAY, chance)
    lives = [live(loan, LAST_DAY, chance) for loan in loans]
    known = [learn_late(life, FIRST_DAY, LAST_DAY) for life in lives]
    late = {life.lent.number: learned for life, learned in known if learned}
    lives = [life for life, _ in known]
    moved = lives_of_accounts(lives, clients, FIRST_DAY, LAST_DAY)
    sureties = draw_sureties(lives, LAST_DAY)
    return Bank(
        people, clients, lives, late, moved, draw_statements(lives, LAST_DAY), sureties,
        draw_events(lives, sureties, LAST_DAY),
    )  # fmt: skip


def _months() -> Iterator[tuple[dt.date, dt.date]]:
    """Each delivery's first and last day; the first one brings everything before the first day."""
    since = _BEGINNING
    day = FIRST_DAY
    while day <= LAST_DAY:
        end = min(LAST_DAY, day.replace(day=calendar.monthrange(day.year, day.month)[1]))
        yield since, end
        since = day = end + _ONE_DAY


def _evenings(since: dt.date, until: dt.date) -> Iterator[dt.date]:
    """The days of a month on whose evening people work: Tuesdays, Fridays, and the month's end."""
    days = [since + _ONE_DAY * n for n in range((until - since).days + 1)]
    return (day for day in days if day.isoweekday() in WORKED_ON or day == until)


def _live_through(bank: Bank, end: dt.date) -> None:
    """Run the days up to `end`; on it, the officers deal with their lists and their cases."""
    if BusinessDay.objects.filter(day__gt=end).exists():
        return
    run_days(days_to_run(date=FIRST_DAY, until=end))
    if end == MODEL_DAY:
        train_models(end)
    with transaction.atomic():  # an evening that was broken off is lived through from its start
        _work(bank, end)


def _work(bank: Bank, end: dt.date) -> None:
    """What people do on an evening."""
    if end.isoweekday() == _FRIDAY:
        work_the_lists(end, random.Random(f"{SEED} {end}"))
        sign_corrections(end)
    if end.isoweekday() in WORKED_ON:
        work_on_cases(end, random.Random(f"{SEED} cases {end}"))
    live_through_proposals(end, LAST_DAY)
    change_rules(end)
    decide_events(bank.events, end)
    record_by_hand(bank.lives, bank.sureties, end)
    look_after_collateral(end, LAST_DAY)
    determine_grades(end, LAST_DAY)
    rebut_stages(end, LAST_DAY)


def _deliver(bank: Bank, folder: Path, since: dt.date, until: dt.date) -> None:
    """Write the files of one delivery and import them; a delivery that is in already is left."""
    if BusinessDay.objects.filter(day=until).exists():
        return
    tables = month_tables(bank.lives, bank.clients, since, until, bank.late)
    new = [life for life in bank.lives if since <= life.lent.disbursed_on <= until]
    tables |= draw_tables(new, FIRST_DAY)
    tables |= _account_tables(bank, since, until)
    tables["guarantees"] += surety_rows(bank.sureties, since, until)
    tables["events"] = list(event_rows(bank.events, since, until))
    tables["statements"] = list(statement_rows(bank.statements, since, until))
    tables |= collateral_tables(bank.lives, since, until, LAST_DAY)
    if since == _BEGINNING:
        chance = random.Random(SEED + 1)
        tables = {**opening_tables(bank.people, bank.clients, chance), **tables}
    path = write_tables(folder / f"{until:%Y-%m}", tables)
    batch = import_files(
        request=ImportRequest(path=path, format_name="standard", business_date=until)
    )
    if batch.status != BatchStatus.LOADED:
        problem = batch.problems.first()
        raise DemoRefused(f"演示数据未能导入:{problem and problem.reason}")
    if since == _BEGINNING:
        _let_the_cast_sign_in()
    enter_quotes(since, until)


def _account_tables(bank: Bank, since: dt.date, until: dt.date) -> dict[str, list[Row]]:
    """The accounts come late, with all that had moved over them; then month by month."""
    if until < _CONNECTED:
        return {}
    if until > _CONNECTED:
        return {"account_transactions": transaction_rows(bank.moved, since, until)}
    return {
        "accounts": opening_accounts(bank.clients, dt.date(2020, 1, 2)),
        "account_transactions": transaction_rows(bank.moved, FIRST_DAY, until),
    }


def _let_the_cast_sign_in() -> None:
    """The named people get the demo password and skip the second factor; every screen says so."""
    Officer.objects.filter(username__in=[person.username for person in CAST]).update(
        password=make_password(PASSWORD), must_use_second_factor=False
    )
