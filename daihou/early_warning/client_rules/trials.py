"""Backtests: what two rules would have said, day by day, over the days that were kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
from django.conf import settings
from django.db.models.functions import Now

from daihou.early_warning.choices import TrialStatus
from daihou.early_warning.client_rules.episodes import Episodes
from daihou.early_warning.client_rules.looking_back import NOBODY, days_kept, kept_day
from daihou.early_warning.client_rules.measures import Outcome, Span, as_json, outcome_of
from daihou.early_warning.client_rules.models import RuleTrial
from daihou.early_warning.client_rules.queries import as_version, rules_on
from daihou.early_warning.client_rules.rules import ClientRule
from daihou.servicing.snapshots import snapshot_path
from loanmath.dates import date_of, day_number

NON_PERFORMING_FROM = 3  # 次级
MOST_KEPT = 2_000  # clients who turned non-performing that are kept by name

Tell = Callable[[int], None]


def run_trial(number: int) -> None:
    """Run a backtest that was asked for, and write its end into it."""
    trial = RuleTrial.objects.select_related("version", "against").get(pk=number)
    rows = RuleTrial.objects.filter(pk=number)
    rows.update(status=TrialStatus.RUNNING)
    new = as_version(trial.version)
    now = as_version(trial.against) if trial.against else rules_on(trial.until)[new.number]
    try:
        result = compare(
            now, new, since=trial.since, until=trial.until, horizon=trial.horizon,
            tell=lambda done: _tell(number, done),
        )  # fmt: skip
    except Exception:
        told = f"回测中断,没有结果;任务编号 {number},请报系统管理员"
        rows.update(status=TrialStatus.FAILED, message=told, finished_at=Now())
        raise
    rows.update(status=TrialStatus.DONE, result=result, finished_at=Now())


def _tell(number: int, done: int) -> None:
    RuleTrial.objects.filter(pk=number).update(days_done=done)


def compare(
    now: ClientRule,
    new: ClientRule,
    *,
    since: dt.date,
    until: dt.date,
    horizon: int,
    tell: Tell = lambda done: None,
) -> dict[str, Any]:
    """Both rules over the kept days: figures of each, and who turned non-performing.

    It begins to look a horizon before `since`, so that alarms that stood then have their true
    beginning; outcomes are seen up to the last kept day.
    """
    kept = days_kept()
    looked_at = [day for day in kept if since - dt.timedelta(days=horizon) <= day <= until]
    after = [day for day in kept if day >= looked_at[0]]
    clients, turned = _who_turned(after)
    sides = [Episodes(rule, clients) for rule in (now, new)]
    officers: set[int] = set()
    days_within = [day for day in looked_at if day >= since]
    for day in looked_at:
        one_day = kept_day(day, {*now.looks_at, *new.looks_at})
        for episodes in sides:
            if episodes.rule.is_on:
                episodes.see(one_day)
        if day >= since:
            officers |= set(np.unique(one_day.officers).tolist())
            tell(days_within.index(day) + 1)
    span = Span(
        day_number(looked_at[0]), day_number(since), day_number(until), day_number(after[-1]),
        horizon,
    )  # fmt: skip
    working = len(officers - {NOBODY})
    outcomes = [outcome_of(episodes, turned, working, span) for episodes in sides]
    return {
        "days": len(days_within),
        "last": after[-1].isoformat(),
        "rated_until": date_of(span.rated_until).isoformat() if span.weeks else None,
        "officers": working,
        "now": {**_told(now), **as_json(outcomes[0])},
        "new": {**_told(new), **as_json(outcomes[1])},
        "turned": _turned_list(turned, outcomes, span),
    }


def _told(rule: ClientRule) -> dict[str, Any]:
    """What the rule was, so that the result can be read when the rule has changed since."""
    return {
        "version": rule.version,
        "is_on": rule.is_on,
        "levels": [[level.when, int(level.colour)] for level in rule.levels],
    }


def _turned_list(
    turned: dict[int, int], outcomes: Sequence[Outcome], span: Span
) -> list[list[int | None]]:
    """Who turned non-performing in the span: client, day, and the days of warning by each rule."""
    news = [(day, client) for client, day in turned.items()
            if day > span.first and span.since <= day <= span.until]  # fmt: skip
    return [
        [client, day, *(outcome.lead_of.get(client) for outcome in outcomes)]
        for day, client in sorted(news)[:MOST_KEPT]
    ]


def _who_turned(days: Sequence[dt.date]) -> tuple[npt.NDArray[np.int64], dict[int, int]]:
    """All clients of some days, rising; and on which day each was first non-performing."""
    folder = Path(settings.SNAPSHOT_FOLDER)
    files = [str(snapshot_path(folder, day)) for day in days]
    with duckdb.connect() as engine:
        table = engine.sql(
            "SELECT customer_id AS client,"
            " min(CAST(day AS DATE) - DATE '1970-01-01') FILTER (WHERE grade >= $grade) AS day"
            " FROM read_parquet($files, hive_partitioning = true) GROUP BY client ORDER BY client",
            params={"grade": NON_PERFORMING_FROM, "files": files},
        ).to_arrow_table()
    clients = table["client"].to_numpy()
    first = zip(clients.tolist(), table["day"].to_pylist(), strict=True)
    return clients, {client: int(day) for client, day in first if day is not None}
