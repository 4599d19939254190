# The few commands of this project. `make` alone lists them.
.DEFAULT_GOAL := help
PYTHON ?= python3
DAIHOU := .venv/bin/daihou

.PHONY: help demo run test kernel mutations check bench spark torture golden
FAULTS ?= 200

help:  ## list the commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

demo: .venv/run.stamp  ## set everything up, make the demo bank once, serve it on http://127.0.0.1:8000
	$(DAIHOU) demo

run: .venv/run.stamp  ## serve your own book on http://127.0.0.1:8000
	$(DAIHOU) serve

test: .venv/dev.stamp  ## set up what is missing and run all tests
	.venv/bin/python -m pytest

kernel: .venv/dev.stamp  ## run the tests of the arithmetic alone, in seconds
	.venv/bin/python -m pytest -c tests/loanmath/kernel.ini tests/loanmath tests/stories

mutations: .venv/dev.stamp  ## plant errors in a copy of the arithmetic and see that the tests find them
	.venv/bin/python -m tests.loanmath.mutations

check: .venv/dev.stamp  ## format, lint, types and the direction of imports
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/lint-imports
	.venv/bin/mypy daihou loanmath

bench: .venv/run.stamp  ## measure a day of a million loans against its floor and a per-loan loop
	$(DAIHOU) bench day --loans 1000000

spark: .venv/dev.stamp .venv/spark.stamp  ## add Spark (needs Java 17) and run its tests
	.venv/bin/python -m pytest tests/daily_run/test_spark_engine.py

torture: .venv/dev.stamp  ## hundreds of kills, full disks and other accidents; FAULTS=200 SEED=1 choose
	.venv/bin/python -m tests.torture --faults $(FAULTS) $(if $(SEED),--seed $(SEED))

golden: .venv/dev.stamp  ## renew golden files and screenshots; review the difference like code
	UPDATE_GOLDEN=1 UPDATE_SCREENS=1 .venv/bin/python -m pytest

.venv/run.stamp: requirements.lock scripts/set-up.sh
	bash scripts/set-up.sh $(PYTHON) requirements.lock $@

.venv/dev.stamp: requirements-dev.lock scripts/set-up.sh
	bash scripts/set-up.sh $(PYTHON) requirements-dev.lock $@

.venv/spark.stamp: requirements-spark.lock scripts/set-up.sh
	bash scripts/set-up.sh $(PYTHON) requirements-spark.lock $@
