#!/usr/bin/env bash
# Make .venv from a lock file: set-up.sh PYTHON LOCK STAMP
set -euo pipefail
python=$1 lock=$2 stamp=$3
cd "$(dirname "$0")/.."

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "需要 Python 3.11 或更新版本。Debian/Ubuntu 可运行: sudo apt install python3 python3-venv" >&2
    exit 1
fi
if [ ! -x .venv/bin/pip ]; then
    rm -rf .venv
    if ! "$python" -m venv .venv 2>/tmp/daihou-venv.$$; then
        cat /tmp/daihou-venv.$$ >&2
        rm -rf .venv /tmp/daihou-venv.$$
        echo "无法建立 Python 虚拟环境。Debian/Ubuntu 请先运行: sudo apt install python3-venv" >&2
        exit 1
    fi
    rm -f /tmp/daihou-venv.$$
fi

echo "正在安装依赖($lock)…"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"

# The checkout itself is the package: a path entry and a launcher, nothing to build.
site=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
pwd > "$site/daihou-checkout.pth"
printf '#!/bin/sh\nexec "%s/.venv/bin/python" -m daihou "$@"\n' "$PWD" > .venv/bin/daihou
chmod +x .venv/bin/daihou
.venv/bin/python -m compileall -q daihou loanmath
touch "$stamp"
