"""What a learner writes: every exercise, with its place, its task, its hints and its points."""

from cs182lib.exercises.exercise import Exercise, choose, exercises

__all__ = ["Exercise", "choose", "exercises"]
