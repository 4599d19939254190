"""`make torture`: hundreds of faults, one after the other; after each, nothing may be lost or torn.

Not a pytest test, since it takes minutes and wants a disk of its own. The seed is printed first and
makes the choice of faults and moments repeatable; when exactly a process dies still depends on the
machine.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import time

from tests.torture.home import make_home


def main() -> int:
    """Strike, compare, and print a table of what was done; 1 if anything did not hold."""
    parser = argparse.ArgumentParser(prog="make torture")
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--loans", type=int, default=400)
    parser.add_argument("--only", nargs="*", help="kinds of faults; all if none is named")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "daihou.settings"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the home is thrown away first
    home = make_home()
    from tests.torture.course import run_the_course  # only now is Django set up, on that home

    print(f"种子 {given.seed},{given.faults} 次故障,{given.loans} 笔借据", file=sys.stderr)
    started = time.monotonic()
    try:
        result = run_the_course(home, given.faults, given.seed, given.loans, given.only)
    finally:
        home.throw_away()
    result["seconds"] = round(time.monotonic() - started)
    if given.json:
        print(json.dumps(result, ensure_ascii=False, indent=1))
    return 1 if result["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
