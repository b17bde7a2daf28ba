"""NumPy networks made of the layers."""

from cs182lib.models.attention_captioner import AttentionCaptioner
from cs182lib.models.captioning_rnn import CaptioningRNN
from cs182lib.models.convnet import ThreeLayerConvNet
from cs182lib.models.fully_connected import FullyConnectedNet, TwoLayerNet
from cs182lib.models.whitening import Whitened, pca_whitening

__all__ = ["AttentionCaptioner", "CaptioningRNN", "FullyConnectedNet", "ThreeLayerConvNet", "TwoLayerNet", "Whitened",
           "pca_whitening"]
