"""Golden query counts: how many questions a page asks the database, kept in query_counts.json.

`make golden` renews the file; its difference is reviewed like code. A page whose count grows with
its rows shows up here at once.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

GOLDEN = Path(__file__).with_name("query_counts.json")


def check_query_count(name: str, client: Client, address: str) -> None:
    """Open a page and compare its number of queries with the golden one."""
    client.get(address)  # the first request of a login writes its session
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    golden = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {}
    if os.environ.get("UPDATE_GOLDEN") == "1":
        golden[name] = len(queries)
        GOLDEN.write_text(json.dumps(golden, indent=2, sort_keys=True) + "\n")
    assert golden.get(name) == len(queries), (
        f"{name}: {len(queries)} queries, golden {golden.get(name)}; `make golden` renews it\n"
        + "\n".join(q["sql"][:200] for q in queries)
    )
