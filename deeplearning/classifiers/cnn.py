"""The convolutional network, and with it all layers, which the course's notebooks import from here."""

from cs182lib.models import ThreeLayerConvNet  # noqa: F401
from deeplearning.layer_utils import *  # noqa: F403
