"""The recurrent layers and those of sequences, under the name that the course uses."""

from cs182lib.layers import *  # noqa: F403
