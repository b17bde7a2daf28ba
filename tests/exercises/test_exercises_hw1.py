"""Homework 1: what the course asks for is an exercise, and no solution stays behind in the learner's copy."""

import ast
import inspect

import pytest
from test_exercises import find

from cs182lib.exercises import exercises
from cs182lib.workbook.blank import blank_module

HW1 = {name.removeprefix("hw1/"): exercise for name, exercise in exercises().items() if exercise.homework == "hw1"}
COURSE = {
    "01_fully_connected_nets": {
        "affine_forward", "affine_backward", "relu_forward", "relu_backward", "TwoLayerNet", "train_two_layer_net",
        "FullyConnectedNet", "overfit_three_layers", "overfit_five_layers", "sgd_momentum", "rmsprop", "adam",
        "train_good_model"},
    "02_batch_normalization": {
        "batchnorm_forward", "batchnorm_backward", "batchnorm_backward_alt", "FullyConnectedNet_with_batchnorm"},
    "03_dropout": {"dropout_forward", "dropout_backward", "FullyConnectedNet_with_dropout"},
    "04_convolutional_networks": {
        "conv_forward_naive", "conv_backward_naive", "max_pool_forward_naive", "max_pool_backward_naive",
        "ThreeLayerConvNet", "spatial_batchnorm_forward", "spatial_batchnorm_backward"},
    "05_pytorch_cifar10": {
        "three_layer_convnet", "raw_convnet_parameters", "ThreeLayerConvNet_module", "train_module_convnet",
        "train_sequential_convnet", "challenge_net"},
}
TELLTALES = {  # (module, what a solution there says and nothing else does)
    "layers.dense": ("rows @ w", "rows.T @ dout", "np.maximum(x, 0)", "dout * (x > 0)"),
    "layers.losses": ("np.exp(shifted)", "margins > 0"),
    "layers.normalization": ("mean(axis=0)", "distd", "dgamma / -len", "1 - momentum)", "keepdims=True"),
    "layers.spatial_normalization": ("(gamma * istd)", "_centered(pixels, mean))", "groups ="),
    "layers.dropout": ("uniform >= p", "dout * mask"),
    "layers.convolution": ("np.sum(window * w[f])", "dxp[n, :, rows, cols] +="),
    "layers.pooling": (".max(axis=(2, 3))", "window.argmax()"),
    "models.fully_connected": ("reg * params[key]", "softmax_loss(scores, y)", "weight_scale, self.rng"),
    "models.convnet": ("conv_relu_pool_forward(X", "affine_relu_backward(dhidden"),
    "training.optim": ("* config[\"velocity\"] + dw", "rho * config", "beta1 * config", "1 - beta2 **"),
    "vision.three_levels": ("conv_w2, conv_b2, padding", "self.conv2("),
}


@pytest.mark.parametrize("notebook, name",
                         [(notebook, name) for notebook, names in COURSE.items() for name in sorted(names)])
def test_what_the_course_asks_for_is_an_exercise(notebook, name):
    assert HW1[name].notebook == f"hw1/{notebook}"


def test_trainings_and_open_questions_are_cells():
    assert {name for name, exercise in HW1.items() if exercise.is_cell} == {
        "train_two_layer_net", "overfit_three_layers", "overfit_five_layers", "train_good_model",
        "raw_convnet_parameters", "train_module_convnet", "train_sequential_convnet", "challenge_net"}


@pytest.mark.parametrize("module", TELLTALES)
def test_no_solution_stays_in_the_copy(module):
    solved = inspect.getsource(__import__(f"cs182lib.{module}", fromlist=["_"]))
    blank = blank_module(solved, module, HW1.values())
    code = "\n".join(line for line in blank.splitlines() if not line.lstrip().startswith("#"))
    for phrase in TELLTALES[module]:
        assert phrase in solved, "the test looks for what is not there"
        left = code.count(phrase)
        assert left == 0 or _said_in_docstrings(blank, phrase) == left, phrase


def _said_in_docstrings(source, phrase):
    """Count a phrase in the docstrings of a module: what the course states may stand there."""
    nodes = [node for node in ast.walk(ast.parse(source))
             if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Module))]
    return sum((ast.get_docstring(node, clean=False) or "").count(phrase) for node in nodes)


def test_each_module_with_a_solution_is_looked_through():
    modules = {solution.split(":")[0] for exercise in HW1.values() for solution in exercise.solution}
    assert modules == TELLTALES.keys()


@pytest.mark.parametrize("rule, stands_on", [("nesterov", "sgd_momentum"), ("adamw", "adam")])
def test_further_rules_are_made_of_the_exercises(rule, stands_on):
    source = inspect.getsource(find(f"training.optim:{rule}"))
    assert f"{stands_on}(" in source, "so that they work once the exercise does, and give nothing of it away"
