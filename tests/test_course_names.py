"""Code written for the course's `deeplearning` package runs on cs182lib."""

import importlib

import numpy as np
import pytest

from cs182lib.layers import conv_forward_naive
from tests.parity import ramp

NAMES = {
    "deeplearning.classifiers.fc_net": ["TwoLayerNet", "FullyConnectedNet", "affine_forward", "relu_backward",
                                        "svm_loss", "softmax_loss", "batchnorm_backward_alt", "dropout_forward",
                                        "affine_relu_forward"],
    "deeplearning.classifiers.cnn": ["ThreeLayerConvNet", "conv_relu_pool_forward", "conv_forward_fast"],
    "deeplearning.layers": ["conv_forward_naive", "max_pool_backward_naive", "spatial_batchnorm_forward"],
    "deeplearning.rnn_layers": ["rnn_step_forward", "rnn_step_backward", "rnn_forward", "rnn_backward", "sigmoid",
                                "word_embedding_forward", "word_embedding_backward", "lstm_step_forward",
                                "lstm_step_backward", "lstm_forward", "lstm_backward", "temporal_affine_forward",
                                "temporal_affine_backward", "temporal_softmax_loss"],
    "deeplearning.fast_layers": ["conv_forward_fast", "conv_backward_fast", "max_pool_forward_fast",
                                 "max_pool_backward_fast", "conv_forward_im2col", "conv_backward_strides",
                                 "max_pool_forward_reshape", "max_pool_backward_im2col"],
    "deeplearning.layer_utils": ["affine_relu_forward", "affine_relu_bn_do_backward", "conv_relu_backward"],
    "deeplearning.optim": ["sgd", "sgd_momentum", "rmsprop", "adam"],
    "deeplearning.solver": ["Solver"],
    "deeplearning.gradient_check": ["eval_numerical_gradient", "eval_numerical_gradient_array", "grad_check_sparse"],
    "deeplearning.data_utils": ["get_CIFAR10_data", "load_CIFAR10", "load_CIFAR_batch"],
    "deeplearning.classifiers.rnn": ["CaptioningRNN", "lstm_forward", "temporal_softmax_loss"],
    "deeplearning.captioning_solver": ["CaptioningSolver"],
    "deeplearning.coco_utils": ["load_coco_data", "sample_coco_minibatch", "decode_captions"],
    "deeplearning.image_utils": ["SQUEEZENET_MEAN", "SQUEEZENET_STD", "blur_image", "preprocess_image",
                                 "deprocess_image", "image_from_url", "load_image"],
    "deeplearning.style_transfer": ["content_loss", "gram_matrix", "style_loss", "tv_loss"],
    "deeplearning.im2col": ["im2col_indices"],
    "deeplearning.im2col_cython": ["im2col_cython", "col2im_cython", "col2im_6d_cython"],
}


@pytest.mark.parametrize("module, names", NAMES.items())
def test_the_course_finds_its_names(module, names):
    star = {}
    exec(f"from {module} import *", star)  # as the course's notebooks import
    assert [name for name in names if name not in star] == []
    assert [name for name in names if not hasattr(importlib.import_module(module), name)] == []


def test_the_six_axis_columns_give_the_convolutions_gradient():
    from deeplearning.im2col_cython import col2im_6d_cython, col2im_cython, im2col_cython

    x, w = ramp(2, 3, 5, 4), ramp(4, 3, 3, 2)
    out, _ = conv_forward_naive(x, w, np.zeros(4), {"stride": 1, "pad": 1})
    cols = im2col_cython(x, 3, 2, 1, 1)
    np.testing.assert_allclose((w.reshape(4, -1) @ cols).reshape(4, 5, 5, 2).transpose(3, 0, 1, 2), out)
    six = cols.reshape(3, 3, 2, 5, 5, 2).transpose(0, 1, 2, 5, 3, 4)
    np.testing.assert_array_equal(col2im_6d_cython(six, 2, 3, 5, 4, 3, 2, 1, 1),
                                  col2im_cython(cols, 2, 3, 5, 4, 3, 2, 1, 1))
