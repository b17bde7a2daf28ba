"""Homework 1: mutants that no check finds, and why."""

SURVIVORS = {}
