"""The daily run's figures for Prometheus, read from its own records at each scrape."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db import DatabaseError
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from daihou.daily_run.queries import RunFigures, run_figures


class RunCollector(Collector):
    """Whatever process ran the day, its figures are in the database; so they are read there."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The figures; where the database does not answer, only that it does not."""
        try:
            figures = run_figures()
        except DatabaseError:
            yield GaugeMetricFamily("daihou_database_up", "1 if the database answers", value=0)
            return
        yield GaugeMetricFamily("daihou_database_up", "1 if the database answers", value=1)
        yield from _of_run(figures)


def _of_run(figures: RunFigures) -> Iterator[GaugeMetricFamily]:
    if figures.closed_day is not None:
        begin = dt.datetime.combine(figures.closed_day, dt.time(), dt.UTC)
        yield GaugeMetricFamily(
            "daihou_closed_day_timestamp_seconds",
            "Last closed business day, as midnight UTC of its date",
            value=begin.timestamp(),
        )
    if figures.closed_at is not None:
        yield GaugeMetricFamily(
            "daihou_closed_at_timestamp_seconds",
            "When the last closed business day was closed",
            value=figures.closed_at.timestamp(),
        )
    seconds = GaugeMetricFamily(
        "daihou_run_step_seconds", "Seconds of each step of the latest day", labels=["step"]
    )
    rows = GaugeMetricFamily(
        "daihou_run_step_rows", "Rows written by each step of the latest day", labels=["step"]
    )
    for step in figures.steps:
        seconds.add_metric([step.step], step.seconds)
        rows.add_metric([step.step], step.rows)
    yield seconds
    yield rows
    yield GaugeMetricFamily(
        "daihou_run_working", "1 while a run holds the book", value=figures.is_working
    )
    yield GaugeMetricFamily(
        "daihou_run_failed", "1 if the latest start of a run failed", value=figures.has_failed
    )
    yield GaugeMetricFamily(
        "daihou_loans_set_aside", "Loans that cannot be computed now", value=figures.set_aside
    )
    yield GaugeMetricFamily(
        "daihou_work_open", "Clients with work to be done", value=figures.open_work
    )
