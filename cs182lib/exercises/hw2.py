"""The exercises of Homework 2."""

EXERCISES = ()
