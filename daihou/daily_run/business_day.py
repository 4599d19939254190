"""One business day in work: what every step is given."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import psycopg

from daihou.daily_run.models import BusinessDay
from daihou.policy.queries import ParametersOnDay, parameters_as_recorded
from daihou.servicing.book_on_day import BookOnDay, Engine, StepResult, in_threads
from daihou.servicing.columnar import ColumnarBook
from daihou.servicing.marks import BookMarks, take_marks


class RunDay:
    """The business day that a step works on, and the rows of the book that belong to it.

    `connection` is the run's own; a step is called inside a transaction and must not commit.
    `book` is built when first asked for and shared by the steps of the day: the same marks give
    the same book, so a run that was killed between two steps goes on as if it had not been.
    """

    def __init__(
        self,
        *,
        day: dt.date,
        connection: psycopg.Connection,
        columnar: Callable[[BookMarks], ColumnarBook],
        engine: Engine = in_threads,
    ) -> None:
        self.day = day
        self.connection = connection
        self._columnar = columnar
        self._engine = engine

    def beside(self, connection: psycopg.Connection) -> RunDay:
        """The same day, with all that is known of it, in a transaction of another connection."""
        other = copy.copy(self)
        other.connection = connection
        return other

    @property
    def cursor(self) -> psycopg.Cursor:
        """A fresh cursor inside the step's transaction."""
        return psycopg.Cursor(self.connection)

    @cached_property
    def _inputs(self) -> dict[str, Any]:
        inputs: dict[str, Any] = BusinessDay.objects.get(day=self.day).inputs
        return inputs

    @property
    def marks(self) -> BookMarks:
        """The last rows that belong to this day, as they were when they were pinned."""
        return BookMarks(**self._inputs["marks"])

    def pin(self) -> None:
        """Take the last rows of the book as those that belong to this day.

        Waits for whoever is writing, so it must come before the transaction holds any lock.
        """
        inputs = {**self._inputs, "marks": take_marks(self.connection).as_dict()}
        BusinessDay.objects.filter(day=self.day).update(inputs=inputs)
        self._inputs = inputs

    @cached_property
    def parameters(self) -> ParametersOnDay:
        """The parameters of this day, in the versions that counted when the day was opened."""
        return parameters_as_recorded(self.day, self._inputs["parameters"])

    @cached_property
    def columnar(self) -> ColumnarBook:
        """The columnar book up to the marks of this day."""
        return self._columnar(self.marks)

    @cached_property
    def book(self) -> BookOnDay:
        """The whole book as it stands at the end of this day."""
        return BookOnDay.of(self.columnar, self.day, self._engine)


@dataclass(frozen=True)
class Step:
    """One named step of the business day."""

    name: str
    label: str
    work: Callable[[RunDay], StepResult]
