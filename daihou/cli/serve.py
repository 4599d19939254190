"""`daihou serve` and `daihou worker`: the workbench, and the jobs it starts."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

from django.conf import settings
from rich.console import Console

console = Console()
_STOP_SECONDS = 10


class PortTaken(Exception):
    """Somebody else already listens on the port."""


def serve(host: str, port: int, *, processes: int = 2) -> int:
    """Run the web server and a worker for background jobs until told to stop; the exit code."""
    if _is_taken(host, port):
        raise PortTaken(f"端口 {port} 已被占用。可用 --port 另选一个,或先停掉占用它的程序。")
    web = [
        sys.executable, "-m", "gunicorn", "daihou.wsgi:application", "--bind", f"{host}:{port}",
        "--workers", str(processes), "--threads", "4", "--timeout", "120", "--log-level", "warning",
    ]  # fmt: skip
    jobs = [sys.executable, "-m", "daihou", "worker"]
    return _run_until_stopped([web, jobs], _environment(port), host, port)


def _environment(port: int) -> dict[str, str]:
    """Log lines on standard error unless told otherwise, and a folder for the web's counters.

    Several web processes count in files of their own there, which `/metrics` adds up.
    """
    counters = Path(settings.DAIHOU_HOME) / "counters" / str(port)
    shutil.rmtree(counters, ignore_errors=True)
    counters.mkdir(parents=True)
    return {
        "DAIHOU_LOG": "stderr",
        **os.environ,
        "PROMETHEUS_MULTIPROC_DIR": str(counters),
    }


def _run_until_stopped(
    commands: Sequence[Sequence[str]], environment: Mapping[str, str], host: str, port: int
) -> int:
    children = [subprocess.Popen(command, env=environment) for command in commands]
    stopping = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, stop)
    announced = False
    while not stopping and all(child.poll() is None for child in children):
        if not announced and _is_taken(host, port):
            console.print(f"工作台已启动: [bold]http://{host}:{port}[/]  (按 Ctrl+C 停止)")
            announced = True
        time.sleep(0.2)
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
    return 0 if stopping else 1


def _is_taken(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((host, port)) == 0
