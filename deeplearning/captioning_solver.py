"""The CaptioningSolver of cs182lib.training."""

from cs182lib.training.captioning_solver import CaptioningSolver

__all__ = ["CaptioningSolver"]
