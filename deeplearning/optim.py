"""The update rules of cs182lib.training."""

from cs182lib.training.optim import *  # noqa: F403
