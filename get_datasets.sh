#!/bin/sh
# Fetch the real data into datasets/. On Windows, or by hand: python -m cs182lib.data.download
cd "$(dirname "$0")" || exit 1
python=.venv/bin/python
[ -x "$python" ] || python=python3
exec "$python" -m cs182lib.data.download "$@"
