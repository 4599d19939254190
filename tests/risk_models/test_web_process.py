"""A web process holds neither LightGBM nor scikit-learn: they are big, and it scores nobody."""

from __future__ import annotations

import subprocess
import sys

from tests.house_rules.source import ROOT

LOAD_THE_SITE = """
import sys
import daihou.wsgi
from django.urls import get_resolver
assert len(get_resolver().url_patterns) > 1
import daihou.daily_run.steps
held = {name.split(".")[0] for name in sys.modules}
print(sorted(held & {"lightgbm", "sklearn", "daihou"}))
"""


def test_the_whole_site_and_the_daily_run_load_without_learners() -> None:
    command = [sys.executable, "-c", LOAD_THE_SITE]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "['daihou']"
