"""The mutants that a check does not find, with the reason: see the tables of the three homeworks."""

import survivors_hw1
import survivors_hw2
import survivors_hw3

# (exercise, original statement, mutated statement) -> (kind, why). Kinds: "same", what the exercise asks for does not
# change, and why; "missed", a hole in the check, and why it stays open.
SURVIVORS = {**survivors_hw1.SURVIVORS, **survivors_hw2.SURVIVORS, **survivors_hw3.SURVIVORS}
