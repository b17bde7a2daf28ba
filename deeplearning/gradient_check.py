"""The gradient checkers of cs182lib.training."""

from cs182lib.training.gradient_check import *  # noqa: F403
