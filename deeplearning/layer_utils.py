"""The sandwiches of cs182lib.layers, and with them all layers, as the course has it."""

from cs182lib.layers import *  # noqa: F403
from deeplearning.fast_layers import *  # noqa: F403
