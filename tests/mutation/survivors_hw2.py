"""Homework 2: mutants that no check finds, and why."""

SURVIVORS = {}
