"""Homework 1: one check for everything that a learner writes.

Each takes the implementation (a backward pass also the forward pass that makes its cache), or what a cell of the
notebook made, prints one line where it is right and raises CheckFailed where it is not.
"""

from cs182lib.checks.hw1_convolution import check_conv_backward_naive, check_conv_forward_naive
from cs182lib.checks.hw1_dense import (
    check_affine_backward,
    check_affine_forward,
    check_relu_backward,
    check_relu_forward,
)
from cs182lib.checks.hw1_dropout import check_dropout_backward, check_dropout_forward
from cs182lib.checks.hw1_losses import check_softmax_loss, check_svm_loss
from cs182lib.checks.hw1_network_dropout import check_FullyConnectedNet_with_dropout
from cs182lib.checks.hw1_networks import (
    check_FullyConnectedNet,
    check_FullyConnectedNet_with_batchnorm,
    check_FullyConnectedNet_with_layernorm,
    check_ThreeLayerConvNet,
    check_TwoLayerNet,
)
from cs182lib.checks.hw1_normalization import (
    check_batchnorm_backward,
    check_batchnorm_backward_alt,
    check_batchnorm_forward,
    check_layernorm_backward,
    check_layernorm_forward,
)
from cs182lib.checks.hw1_optim import check_adam, check_rmsprop, check_sgd_momentum
from cs182lib.checks.hw1_pooling import check_max_pool_backward_naive, check_max_pool_forward_naive
from cs182lib.checks.hw1_spatial import (
    check_groupnorm_backward,
    check_groupnorm_forward,
    check_spatial_batchnorm_backward,
    check_spatial_batchnorm_forward,
)
from cs182lib.checks.hw1_torch import check_three_layer_convnet, check_ThreeLayerConvNet_module
from cs182lib.checks.hw1_torch_training import (
    check_challenge_net,
    check_raw_convnet_parameters,
    check_train_module_convnet,
    check_train_sequential_convnet,
)
from cs182lib.checks.hw1_training import (
    check_overfit_five_layers,
    check_overfit_three_layers,
    check_train_good_model,
    check_train_two_layer_net,
)

_ALL = (
    check_affine_forward, check_affine_backward, check_relu_forward, check_relu_backward, check_softmax_loss,
    check_svm_loss, check_TwoLayerNet, check_train_two_layer_net, check_FullyConnectedNet, check_overfit_three_layers,
    check_overfit_five_layers, check_sgd_momentum, check_rmsprop, check_adam, check_train_good_model,
    check_batchnorm_forward, check_batchnorm_backward, check_batchnorm_backward_alt,
    check_FullyConnectedNet_with_batchnorm, check_layernorm_forward, check_layernorm_backward,
    check_FullyConnectedNet_with_layernorm, check_dropout_forward, check_dropout_backward,
    check_FullyConnectedNet_with_dropout, check_conv_forward_naive, check_conv_backward_naive,
    check_max_pool_forward_naive, check_max_pool_backward_naive, check_ThreeLayerConvNet,
    check_spatial_batchnorm_forward, check_spatial_batchnorm_backward, check_groupnorm_forward,
    check_groupnorm_backward, check_three_layer_convnet, check_raw_convnet_parameters, check_ThreeLayerConvNet_module,
    check_train_module_convnet, check_train_sequential_convnet, check_challenge_net,
)
CHECKS = {f"hw1/{function.__name__.removeprefix('check_')}": function for function in _ALL}
__all__ = ["CHECKS", *(function.__name__ for function in _ALL)]
