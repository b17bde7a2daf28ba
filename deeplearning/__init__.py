"""The course's package name: code written for `deeplearning` finds the same functions, from `cs182lib`."""
