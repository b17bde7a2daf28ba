"""The fully connected networks, and with them all layers, which the course's notebooks import from here."""

from cs182lib.models import FullyConnectedNet, TwoLayerNet  # noqa: F401
from deeplearning.layer_utils import *  # noqa: F403
