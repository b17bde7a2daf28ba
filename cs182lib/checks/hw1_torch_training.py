"""Checks of what the PyTorch notebook's cells make: parameters, and nets that were trained; torch is imported late."""

import copy
import math

import numpy as np

from cs182lib.checks.compare import Checker
from cs182lib.checks.hw1_torch import check_scores, parameters_by_shape
from cs182lib.checks.hw1_training import loss_trend

SHAPES = {"conv_w1": (32, 3, 5, 5), "conv_b1": (32,), "conv_w2": (16, 32, 3, 3), "conv_b2": (16,),
          "fc_w": (16 * 32 * 32, 10), "fc_b": (10,)}
RESULT = ("model", "history", "val_acc", "test_acc", "precision")
TOO_LARGE = "the numbers overflowed: lower the learning rate"


def check_raw_convnet_parameters(fresh):
    """Check shapes, start and kind of the six tensors of the raw convnet, the list `fresh`."""
    check = Checker("raw_convnet_parameters")
    check.true(isinstance(fresh, (list, tuple)) and len(fresh) == len(SHAPES),
               f"fresh is a {type(fresh).__name__}" + (f" of {len(fresh)}" if hasattr(fresh, "__len__") else "") +
               f", expected a list of six tensors: {', '.join(SHAPES)}", "fresh", "every layer has a weight and a bias")
    for (name, shape), tensor in zip(SHAPES.items(), fresh):
        _check_tensor(check, name, shape, tensor)
    check.passed()


def _check_tensor(check, name, shape, tensor):
    import torch

    check.true(isinstance(tensor, torch.Tensor), f"{name} is a {type(tensor).__name__}, expected a tensor", name,
               "random_weight(shape) and zero_weight(shape) make tensors")
    got = tuple(tensor.shape)
    check.true(got == shape, f"{name} has shape {got}, expected {shape}", name, _shape_cause(name, got, shape))
    check.true(tensor.dtype == torch.float32, f"{name} is {tensor.dtype}, expected torch.float32", name,
               "pictures are float32, and float64 does not multiply with them: use random_weight and zero_weight")
    check.true(tensor.requires_grad, f"{name} does not ask for gradients, expected requires_grad", name,
               "set requires_grad=True, as random_weight and zero_weight do; .detach() and .data take it away")
    check.true(tensor.is_leaf, f"{name} is the result of an operation, expected a tensor made directly", name,
               "what is computed from a tensor with requires_grad gets no .grad: compute first, then requires_grad_()")
    values = tensor.detach().double()
    if len(shape) == 1:
        check.true(not values.any(), f"{name} is not zero, expected zeros", name, "a bias starts at zero: zero_weight")
    else:
        _check_start(check, name, shape, values)


def _shape_cause(name, got, shape):
    if sorted(got) == sorted(shape):
        return "the axes are swapped: filters (F, C, height, width), the last weight (inputs, classes)"
    if len(got) == 4 == len(shape) and got[2:] != shape[2:]:
        return "the filters have another size: 5x5 in the first convolution, 3x3 in the second"
    if len(got) == 4 == len(shape) and got[0] == shape[0]:
        return "a filter is as deep as what it reads has channels: 3 colors, then the first layer's 32"
    if name == "fc_w":
        return "16 channels of 32x32 pixels reach the last layer: the paddings keep height and width, nothing is pooled"
    return "32 filters in the first convolution, 16 in the second, ten classes"


def _check_start(check, name, shape, values):
    """The standard deviation must be √(2 / fan_in) to 15 %: ten standard deviations of that of 2 400 draws."""
    fan_in = shape[0] if len(shape) == 2 else math.prod(shape[1:])
    expected, std = math.sqrt(2 / fan_in), float(values.std())
    sizes = {0: "all numbers are equal: units that start alike stay alike",
             1: "the draws are not scaled: multiply them by √(2 / fan_in)",
             math.sqrt(1 / fan_in): "the factor 2 is missing: ReLU throws half of the signal away",
             2 / fan_in: "√(2 / fan_in) is the standard deviation, not the variance",
             math.sqrt(2 / (shape[1] if len(shape) == 2 else shape[0] * math.prod(shape[2:]))):
                 "that is fan_out: count how many numbers one output sums up",
             math.sqrt(2 / shape[0]): "fan_in of a filter is C · height · width, not the number of filters"}
    cause = next((text for size, text in sizes.items() if abs(std - size) <= 0.1 * size + 1e-9), None)
    check.true(abs(std / expected - 1) < 0.15, f"{name} has the standard deviation {std:.3g}, expected "
               f"√(2 / fan_in) = {expected:.3g}", name, cause)


def check_train_module_convnet(module_convnet, history, loader_train, loader_val, goal):
    """Check the trained module: its layers, one pass over the training pictures, and the accuracy.

    Parameters
    ----------
    module_convnet : nn.Module, the trained network
    history : what train() returned; its `loss` holds one number for each step
    loader_train, loader_val : DataLoaders of (pictures, labels), of training and validation
    goal : share of right answers on the validation pictures that it must reach, from 0 to 1
    """
    check = Checker("train_module_convnet")
    _check_module(check, module_convnet)
    _check_convnet(check, module_convnet)
    _check_one_pass(check, history, loader_train)
    check_accuracy(check, module_convnet, history.loss, loader_val, goal)
    check.passed()


def check_train_sequential_convnet(sequential_model, history, loader_train, loader_val, goal):
    """Check the trained Sequential: the network it is, one pass over the training pictures, and the accuracy.

    `sequential_model` is an nn.Sequential; history, loader_train, loader_val and goal are as in
    `check_train_module_convnet`.
    """
    from torch import nn

    check = Checker("train_sequential_convnet")
    _check_module(check, sequential_model)
    kind = type(sequential_model).__name__
    check.true(isinstance(sequential_model, nn.Sequential), f"the model is a {kind}, expected an nn.Sequential",
               "model", "return nn.Sequential(...) from sequential_convnet(), and call it")
    _check_convnet(check, sequential_model)
    _check_one_pass(check, history, loader_train)
    check_accuracy(check, sequential_model, history.loss, loader_val, goal)
    check.passed()


def _check_module(check, model):
    from torch import nn

    check.true(isinstance(model, nn.Module), f"the model is a {type(model).__name__}, expected an nn.Module", "model",
               "pass the model itself: train() returns its history")


def _check_convnet(check, model):
    """Check that the model is conv 5x5 (32) - ReLU - conv 3x3 (16) - ReLU - affine, whatever its weights are."""
    model = copy.deepcopy(model).cpu()
    params = parameters_by_shape(check, model, (32, 3, 5, 5), (16, 32, 3, 3), (10, 16 * 32 * 32))
    check.true(all(bool(p.isfinite().all()) for p in params), "parameters hold NaN or infinity, expected numbers",
               "parameters", TOO_LARGE)
    w1, b1, w2, b2, fc_w, fc_b = (p.detach() for p in params)
    check_scores(check, model, (w1, b1, w2, b2, fc_w.T, fc_b))


def _check_one_pass(check, history, loader):
    check.true(hasattr(history, "loss"), f"the history is a {type(history).__name__}, expected what train() returns",
               "history", "keep it: history = train(name, model, optimizer)")
    steps, expected = len(history.loss), len(loader)
    _check_finite(check, history)
    check.true(steps == expected, f"the history holds {steps} steps, expected one pass, {expected}",
               "history",
               "one pass is enough: epochs=1" if steps > expected else
               "too few pictures: train on loader_train, not on loader_val or a part")


def _check_finite(check, history):
    check.true(bool(np.isfinite(history.loss).all()), "the history holds losses that are NaN or infinite, expected "
               "numbers", "history", TOO_LARGE)


def check_accuracy(check, model, losses, loader_val, goal):
    """Check the accuracy, measured here in eval mode; where it is too low, guess why from the losses.

    The Checker `check` fails where the share of right answers of `model` on loader_val is below `goal`; `losses` are
    those of its steps in training.
    """
    found = accuracy(model, loader_val)
    check.true(found >= goal, f"the accuracy on the validation pictures is {found:.1%}, expected {goal:.0%} or more",
               "accuracy", _why_missed(losses, found))


def _why_missed(losses, found):
    trend = loss_trend(losses)
    if trend == "rose":
        return "the loss rose: lower the learning rate"
    if trend == "stayed":
        return ("the loss hardly fell: a larger learning rate? and was the optimizer given the parameters of this very "
                "model?")
    if found < 0.2:
        return "the losses fell, but this model guesses: was it made anew, or changed, after the training?"
    return "the loss falls, but slowly: a larger learning rate, or momentum"


def accuracy(model, loader):
    """Return the model's share of right answers on all of `loader`, in eval mode; its own mode is put back."""
    import torch

    device, was_training = next(model.parameters()).device, model.training
    model.eval()
    with torch.no_grad():
        right = [(model(x.to(device)).argmax(dim=1).cpu() == y).float() for x, y in loader]
    model.train(was_training)
    return float(torch.cat(right).mean())


def check_challenge_net(result, loader_val, goal, epochs=10):
    """Check the result of the open challenge: epochs, finite losses, the accuracy measured here, honest figures.

    Parameters
    ----------
    result : dict with the keys of RESULT: the model, its History, its shares of right answers, the precision
    loader_val : DataLoader of the validation pictures and labels
    goal : share of right answers on them that the model must reach, from 0 to 1
    epochs : int, as many as training may have taken at most
    """
    check = Checker("challenge_net")
    check.true(isinstance(result, dict), f"result is a {type(result).__name__}, expected a dict", "result",
               'result = {"model": ..., "history": ..., "val_acc": ..., "test_acc": ..., "precision": "no"}')
    missing = [key for key in RESULT if key not in result]
    check.true(not missing, f"result has no {', '.join(missing)}", "result", f"it holds {', '.join(RESULT)}")
    history, done = result["history"], len(getattr(result["history"], "epochs", ()))
    check.true(done > 0, "result['history'] has no epochs", "history", "it is what train_part34 (or fit) returns")
    check.true(done <= epochs, f"the net was trained for {done} epochs, expected at most {epochs}", "epochs",
               "more epochs than allowed: a net that learns faster is asked for")
    _check_finite(check, history)
    check_accuracy(check, result["model"], history.loss, loader_val, goal)
    _check_figures(check, result, loader_val)
    check.passed()


def _check_figures(check, result, loader_val):
    """Check that val_acc is the model's, and that the test pictures agree with it within what chance allows."""
    found, count = accuracy(result["model"], loader_val), sum(len(y) for _, y in loader_val)
    check.true(abs(result["val_acc"] - found) < 0.04, f"val_acc is {result['val_acc']:.3f}, expected {found:.3f}, what "
               "this model has", "val_acc", "it is another epoch's or another model's: the last epoch's counts")
    noise = math.sqrt(2 * found * (1 - found) / count)  # standard deviation of a difference of two such shares
    check.true(found - result["test_acc"] < 0.03 + 6 * noise, f"test_acc is {result['test_acc']:.3f}, expected about "
               f"{found:.3f}, which is the accuracy on the validation pictures", "test_acc",
               "validation pictures took part in the training, or settings were chosen by them again and again")
