"""The course of a torture: starting points, trials in random order, and the table at the end."""

from __future__ import annotations

import random
import traceback
from typing import Any

import tests.torture.tasks  # isort: skip  # sets Django up

from django.db import connection
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from daihou.cli.upgrading import bring_up_to_date
from tests.daily_run.child import Killable
from tests.feeds.small_bank import write_bank
from tests.torture.bank import DAY, Expected, bank_files, make_starting_points
from tests.torture.faults import KINDS, Scene, Wrong, expect
from tests.torture.home import Home, keep_as, spare_the_disk, start_from

__all__ = ["tests"]
console = Console(stderr=True)


def run_the_course(
    home: Home, faults: int, seed: int, loans: int, only: list[str] | None
) -> dict[str, Any]:
    """Strike so many times; returns the counts per kind and whatever did not hold."""
    chance = random.Random(seed)
    scene = Scene(home, Expected(), chance, left=_budget(home, faults, only))
    with console.status("正在准备……"):
        spare_the_disk(home)
        bring_up_to_date()
        write_bank(bank_files(home))
        make_starting_points(home, loans)
        expect(scene)
        _keep_one_day(scene)
    wrong = _trials(scene, faults)
    _show(scene, wrong)
    return {
        "seed": seed,
        "loans": loans,
        "struck": scene.struck,
        "cut_short": scene.interrupted,
        "skipped": [name for name, kind in KINDS.items() if _is_skipped(home, kind)],
        "wrong": wrong,
    }


def _is_skipped(home: Home, kind: Any) -> bool:
    return bool(kind.needs_own_disk and not home.is_own_disk)


def _budget(home: Home, faults: int, only: list[str] | None) -> dict[str, int]:
    """How many faults of each kind; what cannot be done here is said and given to the others."""
    chosen = {name: kind for name, kind in KINDS.items() if not only or name in only}
    for name, kind in list(chosen.items()):
        if _is_skipped(home, kind):
            console.print(f"[yellow]跳过“{kind.words}”:需要 root 和 mount 权限才能造一个小磁盘[/]")
            del chosen[name]
    shares = sum(kind.share for kind in chosen.values())
    left = {name: max(1, faults * kind.share // shares) for name, kind in chosen.items()}
    first = next(iter(left))
    left[first] += max(0, faults - sum(left.values()))
    return left


def _keep_one_day(scene: Scene) -> None:
    """A bank after its first day, where officers have work."""
    from tests.torture import tasks

    start_from(scene.home, "filled")
    assert Killable(tasks.run, scene.home.folder, DAY, DAY).end() == 0
    keep_as(scene.home, "one_day")


def _trials(scene: Scene, faults: int) -> list[str]:
    """Trials of kinds drawn by chance until every kind's budget is used up."""
    wrong: list[str] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console) as bar:
        task = bar.add_task("故障", total=faults)
        while any(left > 0 for left in scene.left.values()):
            names = [name for name, left in scene.left.items() if left > 0]
            name = scene.chance.choices(names, [scene.left[one] for one in names])[0]
            bar.update(task, description=KINDS[name].words)
            before = scene.left[name]
            try:
                KINDS[name].trial(scene, name)
            except Wrong as problem:
                wrong.append(f"{name}: {problem}")
                console.print(f"[red]{name}: {problem}[/]")
            except Exception:
                wrong.append(f"{name}: {traceback.format_exc()}")
                console.print(f"[red]{name}[/]\n{traceback.format_exc()}", markup=False)
            connection.close()
            if scene.left[name] == before:
                scene.left[name] -= 1  # it failed before it struck
            done = sum(scene.struck.values())
            bar.update(task, completed=done)
            if not console.is_terminal:
                console.print(f"{done}/{faults} {KINDS[name].words}")
    return wrong


def _show(scene: Scene, wrong: list[str]) -> None:
    table = Table("故障", "次数", "其中打断了工作", "结果")
    for name, kind in KINDS.items():
        if name in scene.struck:
            bad = sum(text.startswith(f"{name}:") for text in wrong)
            told = f"[red]{bad} 次不符[/]" if bad else "一致"
            table.add_row(kind.words, str(scene.struck[name]), str(scene.interrupted[name]), told)
    console.print(table)
    total = sum(scene.struck.values())
    words = f"共 {total} 次故障,{len(wrong)} 次不符" if wrong else f"共 {total} 次故障,全部一致"
    console.print(f"[red]{words}[/]" if wrong else words)
