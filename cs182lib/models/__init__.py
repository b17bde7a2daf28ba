"""NumPy networks made of the layers."""

from cs182lib.models.convnet import ThreeLayerConvNet
from cs182lib.models.fully_connected import FullyConnectedNet, TwoLayerNet

__all__ = ["FullyConnectedNet", "ThreeLayerConvNet", "TwoLayerNet"]
