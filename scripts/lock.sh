#!/usr/bin/env bash
# Renew the lock files after a change of dependencies in pyproject.toml (needs uv).
set -euo pipefail
cd "$(dirname "$0")/.."
options=(--quiet --generate-hashes --no-header --no-annotate --python-version 3.11)
# The locks hold the extra `models` too: the demo bank shows a model, and the tests try it.
uv pip compile "${options[@]}" --extra models pyproject.toml -o requirements.lock
uv pip compile "${options[@]}" --extra models --extra dev pyproject.toml -o requirements-dev.lock
# Spark is installed into an environment that already follows one of the others.
uv pip compile "${options[@]}" --extra spark --constraint requirements-dev.lock \
    pyproject.toml -o requirements-spark.lock
