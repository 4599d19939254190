"""The list of signals: all of them, each with its state and what it could see."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from daihou.cli.signal_list import show_signals
from daihou.early_warning.client_rules.daily import write_client_signals, write_day_indicators
from daihou.early_warning.client_rules.listing import State, signal_lines
from daihou.early_warning.daily import write_signals
from tests.cast import Cast, branches, cast  # noqa: F401 - fixtures
from tests.early_warning.accounts import Accounts
from tests.shipped import shipped_parameters
from tests.small_book import SmallBook, cursor, day

pytestmark = pytest.mark.django_db


@pytest.fixture
def a_day(cast: Cast, settings: Any, tmp_path: Path) -> None:  # noqa: F811
    settings.INDICATOR_FOLDER = tmp_path / "indicators"
    settings.TRANSACTION_FOLDER = tmp_path / "transactions"
    book, accounts = SmallBook(cast), Accounts(settings.TRANSACTION_FOLDER)
    loan = book.lend("J1", "甲厂")
    accounts.move(loan.customer_id, day("01-20"), "8000", cash=True)
    accounts.write()
    on = book.on("02-02")
    write_day_indicators(on, cursor())
    write_signals(on, cursor(), shipped_parameters(day("02-02")))
    write_client_signals(on, cursor())


def test_all_106_stand_in_it_and_say_what_they_lack(a_day: None) -> None:
    lines = {line.number: line for line in signal_lines(day("02-02"))}
    assert sorted(lines) == list(range(1, 107))
    assert (lines[38].state, lines[38].known, lines[38].judged) == (State.IN_USE, 1, 1)
    assert lines[38].in_words == "黄:近90天现金流入占比 高于 70%"
    assert lines[43].state_words == "缺数据:征信报告"
    assert (lines[43].known, lines[43].judged) == (0, 1)
    assert lines[54].in_words == "逾期天数逐档达到 31、61、91 天"
    assert all(line.in_words and line.source for line in lines.values())


def test_the_command_gives_the_same_as_json(a_day: None, capsys: pytest.CaptureFixture) -> None:
    show_signals(day=day("02-02"), as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert len(told["signals"]) == 106
    assert told["signals"][37]["coverage"] == {"of": 1, "known": 1}
    assert told["signals"][80]["missing"] == ["公开信息"]
    show_signals(day=day("02-02"), as_json=False)
    assert "缺数据" in capsys.readouterr().out
