"""Homework 3: mutants that no check finds, and why."""

SURVIVORS = {}
