"""Every check of a network passes right ones and fails wrong ones with the likely cause."""

import plain_networks
import pytest
import unusual_networks
import wrong_networks as wrong
from breaking import assert_explained, broken, failure

from cs182lib import models
from cs182lib.checks.hw1 import CHECKS
from cs182lib.vision import three_levels

FC = plain_networks.FullyConnectedNet
NETWORKS = {  # name -> (library's, plain one, wrong ones)
    "TwoLayerNet": (models.TwoLayerNet, plain_networks.TwoLayerNet, wrong.TWO_LAYER),
    "FullyConnectedNet": (models.FullyConnectedNet, FC, wrong.FULLY_CONNECTED),
    "FullyConnectedNet_with_batchnorm": (models.FullyConnectedNet, FC, wrong.BATCHNORM),
    "FullyConnectedNet_with_layernorm": (models.FullyConnectedNet, FC, wrong.LAYERNORM),
    "FullyConnectedNet_with_dropout": (models.FullyConnectedNet, FC, wrong.DROPOUT),
    "ThreeLayerConvNet": (models.ThreeLayerConvNet, plain_networks.ThreeLayerConvNet, wrong.CONVNET),
    "three_layer_convnet": (three_levels.three_layer_convnet, plain_networks.three_layer_convnet, wrong.RAW_CONVNET),
    "ThreeLayerConvNet_module": (three_levels.ThreeLayerConvNet, plain_networks.ThreeLayerConvNetModule, wrong.MODULE),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_right_networks_pass(name):
    library, own, table = NETWORKS[name]
    CHECKS[f"hw1/{name}"](library)
    CHECKS[f"hw1/{name}"](own)
    assert len(table) >= 5


@pytest.mark.parametrize("name, network", [(name, network) for name, found in unusual_networks.NETWORKS.items()
                                           for network in found])
def test_unusual_networks_pass(name, network):
    CHECKS[f"hw1/{name}"](network)


@pytest.mark.parametrize("name, old, new, output, cause",
                         [(name, *row) for name, (_, _, table) in NETWORKS.items() for row in table])
def test_wrong_network_fails(name, old, new, output, cause):
    error = failure(name, broken(NETWORKS[name][1], old, new))
    assert_explained(error, output, cause)
