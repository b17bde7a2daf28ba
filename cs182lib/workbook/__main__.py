"""`python -m cs182lib.workbook` is the `cs182` command."""

import sys

from cs182lib.workbook.cli import main

sys.exit(main())
