"""A process of its own that uses a local server, obeys orders, and can really be killed.

Clients are forked by one process (the nursery) that has everything imported already, so that a
test may have many of them. They exit like any program, with what is registered for exit.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any, Self

CHECKOUT = Path(__file__).resolve().parents[2]

_NURSERY = """
import json, os, socket, sys, time
from pathlib import Path
import psycopg
from daihou.storage import local_postgres
from daihou.storage.errors import LocalPostgresError

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

def fork_and_keep_child(until):
    child = os.fork()
    if child == 0:
        while not os.path.exists(until):
            time.sleep(0.01)
        sys.exit(0)
    return {"child": child}

def obey(user):
    if user:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
    for line in sys.stdin:
        order, *arguments = json.loads(line)
        try:
            answer = globals()[order](*arguments)
        except LocalPostgresError as problem:
            answer = {
                "happened": problem.happened, "remedy": problem.remedy, "detail": problem.detail
            }
        except psycopg.Error as problem:
            answer = {"error": str(problem)}
        print(json.dumps(answer, default=str), flush=True)

door = socket.socket(fileno=int(sys.argv[1]))
while True:
    request, descriptors, _, _ = socket.recv_fds(door, 65536, 2)
    if not request:
        break
    wanted = json.loads(request)
    if "wait" in wanted:
        _, status = os.waitpid(wanted["wait"], 0)
        door.send(json.dumps(os.waitstatus_to_exitcode(status)).encode())
        continue
    child = os.fork()
    if child == 0:
        door.close()
        os.dup2(descriptors[0], 0)
        os.dup2(descriptors[1], 1)
        os.closerange(3, 64)
        home = Path(wanted["home"])
        obey(wanted["user"])
        sys.exit(0)
    for descriptor in descriptors:
        os.close(descriptor)
    door.send(json.dumps(child).encode())
"""


@cache
def _nursery() -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    subprocess.Popen(  # ends when our end of the socket closes, which is when the tests end
        [sys.executable, "-c", _NURSERY, str(theirs.fileno())],
        pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL,
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
    )
    theirs.close()
    return ours


class Client:
    """Another daihou process; `tell("join")` starts or joins the server of the home folder."""

    def __init__(self, home: Path, *, user: int | None = None) -> None:
        order_out, order_in = os.pipe()
        answer_out, answer_in = os.pipe()
        request = json.dumps({"home": str(home), "user": user}).encode()
        socket.send_fds(_nursery(), [request], [order_out, answer_in])
        self.pid: int = json.loads(_nursery().recv(100))
        os.close(order_out)
        os.close(answer_in)
        self.orders = os.fdopen(order_in, "w")
        self.answers = os.fdopen(answer_out)
        self.status: int | None = None

    def order(self, *order: str) -> Self:
        """Give an order without waiting for the answer."""
        self.orders.write(json.dumps(order) + "\n")
        self.orders.flush()
        return self

    def answer(self) -> dict[str, Any]:
        """Wait for the answer to the last order."""
        line = self.answers.readline()
        assert line, f"the client died with status {self._wait()}"
        found: dict[str, Any] = json.loads(line)
        return found

    def tell(self, *order: str) -> dict[str, Any]:
        """Give an order and wait for the answer."""
        return self.order(*order).answer()

    def rows(self, statement: str) -> list[list[Any]]:
        """Run a statement on the server and return its rows."""
        answer = self.tell("run", statement)
        assert "rows" in answer, answer
        rows: list[list[Any]] = answer["rows"]
        return rows

    def quit(self) -> int:
        """Let the process end in the ordinary way (end of input) and wait for it."""
        self.orders.close()
        return self._wait()

    def kill(self, number: int) -> int:
        """Kill the process for real and wait until it is dead."""
        if self.status is None:
            os.kill(self.pid, number)
        return self._wait()

    def _wait(self) -> int:
        if self.status is None:
            _nursery().send(json.dumps({"wait": self.pid}).encode())
            self.status = int(_nursery().recv(100))
        return self.status

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.status is None:
            self.kill(signal.SIGKILL)
        for file in (self.orders, self.answers):
            try:
                file.close()
            except BrokenPipeError:
                continue  # an order that the dead client never read
