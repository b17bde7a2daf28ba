"""The exercises of Homework 3."""

EXERCISES = ()
