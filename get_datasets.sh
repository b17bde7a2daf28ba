#!/bin/sh
# Fetch the real data into datasets/, as `make data` does. It needs the workbook set up: .venv, or else a python3 with
# its requirements, such as conda's. On Windows, or by hand: python -m cs182lib.data.download
cd "$(dirname "$0")" || exit 1
python=.venv/bin/python
[ -x "$python" ] || python=python3
"$python" -c 'import numpy' 2>/dev/null || { echo "$python has no NumPy; set up first: make setup" >&2; exit 1; }
exec "$python" -m cs182lib.data.download "$@"
