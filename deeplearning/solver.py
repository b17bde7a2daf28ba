"""The Solver of cs182lib.training."""

from cs182lib.training.solver import Solver

__all__ = ["Solver"]
