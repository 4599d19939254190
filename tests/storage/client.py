"""A process of its own that uses a local server, obeys orders, and can really be killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

CHECKOUT = Path(__file__).resolve().parents[2]

_OBEY = """
import json, os, sys, time
from pathlib import Path
import psycopg
from daihou.storage import local_postgres
from daihou.storage.errors import LocalPostgresError

home = Path(sys.argv[1])
if sys.argv[2]:
    os.setgroups([])
    os.setgid(int(sys.argv[2]))
    os.setuid(int(sys.argv[2]))

def join():
    before = time.perf_counter()
    url = local_postgres.database_url(home, {})
    return {"url": url, "seconds": time.perf_counter() - before}

def leave():
    return {"stopped": local_postgres.leave(home)}

def run(statement):
    with psycopg.connect(local_postgres.database_url(home, {}), autocommit=True) as link:
        cursor = link.execute(statement)
        return {"rows": cursor.fetchall() if cursor.description else []}

def fork_and_exit_child():
    child = os.fork()
    if child == 0:
        sys.exit(0)  # runs atexit, as a gunicorn worker does
    os.waitpid(child, 0)
    return {}

def fork_and_keep_child():
    child = os.fork()
    if child == 0:
        time.sleep(1.5)
        sys.exit(0)
    return {"child": child}

for line in sys.stdin:
    order, *arguments = json.loads(line)
    try:
        answer = globals()[order](*arguments)
    except LocalPostgresError as problem:
        answer = {"happened": problem.happened, "remedy": problem.remedy, "detail": problem.detail}
    print(json.dumps(answer, default=str), flush=True)
"""


class Client:
    """Another daihou process; `tell("join")` starts or joins the server of the home folder."""

    def __init__(self, home: Path, *, user: int | None = None) -> None:
        # the client imports first and drops root then: the interpreter may lie where only root goes
        self.process = subprocess.Popen(
            [sys.executable, "-c", _OBEY, str(home), str(user or "")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=CHECKOUT,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT), "PYTHONDONTWRITEBYTECODE": "1"},
        )

    def order(self, *order: str) -> Self:
        """Give an order without waiting for the answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return self

    def answer(self) -> dict[str, Any]:
        """Wait for the answer to the last order."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"the client died with status {self.process.wait()}"
        found: dict[str, Any] = json.loads(line)
        return found

    def tell(self, *order: str) -> dict[str, Any]:
        """Give an order and wait for the answer."""
        return self.order(*order).answer()

    def quit(self) -> int:
        """Let the process end in the ordinary way (end of input) and wait for it."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(60)

    def kill(self, number: int) -> int:
        """Kill the process for real and wait until it is dead."""
        self.process.send_signal(number)
        return self.process.wait(60)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
