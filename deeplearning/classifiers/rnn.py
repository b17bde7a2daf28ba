"""The captioning network, and with it all layers, which the course's notebooks import from here."""

from cs182lib.models import CaptioningRNN  # noqa: F401
from deeplearning.rnn_layers import *  # noqa: F403
