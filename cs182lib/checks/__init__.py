"""Checks of the exercises: `check("hw1/affine_forward", affine_forward)` says whether it is right, and if not why."""

from cs182lib.checks.by_name import check
from cs182lib.checks.compare import CheckFailed

__all__ = ["CheckFailed", "check"]
