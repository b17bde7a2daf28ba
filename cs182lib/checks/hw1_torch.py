"""Checks of the three-layer convnet at two levels of PyTorch; torch is imported only when one runs."""

import numpy as np

from cs182lib.checks.compare import Checker
from cs182lib.checks.inputs import scattered

TOLERANCE = {"rtol": 1e-4, "atol": 1e-4}  # float32, sums of some thousand products


def _tensor(shape, start=1, scale=1.0):
    import torch

    return torch.from_numpy(scale * scattered(shape, start=start)).float()


def _scores(x, w1, b1, w2, b2, fc_w, fc_b, pads=(2, 1), first=None, second=None, axes=(0, 1, 2, 3)):
    """Return the scores; `pads`, `first` and `second` (activations) and the order of axes are what mistakes change."""
    import torch.nn.functional as F

    h = (first or F.relu)(F.conv2d(x, w1, b1, padding=pads[0]))
    h = (second or F.relu)(F.conv2d(h, w2, b2, padding=pads[1]))
    return h.permute(axes).flatten(1) @ fc_w + fc_b  # (N, c2, H, W) -> (N, c2·H·W)


def _mistakes(x, params):
    def same(h):
        return h

    w1, b1, w2, b2, fc_w, fc_b = params
    return {"scores": {
        "no ReLU after the first convolution": lambda: _scores(x, *params, first=same).detach().numpy(),
        "no ReLU after the second convolution": lambda: _scores(x, *params, second=same).detach().numpy(),
        "no ReLU at all": lambda: _scores(x, *params, first=same, second=same).detach().numpy(),
        "a ReLU after the last layer": lambda: _scores(x, *params).relu().detach().numpy(),
        "a softmax after the last layer: return the scores, the loss takes care of it":
            lambda: _scores(x, *params).softmax(1).detach().numpy(),
        "flattened with the channels last: keep (channel, row, column)":
            lambda: _scores(x, *params, axes=(0, 2, 3, 1)).detach().numpy(),
        "rows and columns are swapped before the last layer":
            lambda: _scores(x, *params, axes=(0, 1, 3, 2)).detach().numpy(),
        "conv_b1 is not added": lambda: _scores(x, w1, 0 * b1, w2, b2, fc_w, fc_b).detach().numpy(),
        "conv_b2 is not added": lambda: _scores(x, w1, b1, w2, 0 * b2, fc_w, fc_b).detach().numpy(),
        "fc_b is not added": lambda: _scores(x, w1, b1, w2, b2, fc_w, 0 * fc_b).detach().numpy(),
    }}


def _compare(check, scores, x, params, context=""):
    import torch

    check.true(isinstance(scores, torch.Tensor), f"scores is a {type(scores).__name__}, expected a tensor", "scores")
    check.true(scores.dtype == torch.float32, f"scores is {scores.dtype}, expected torch.float32", "scores")
    check.compare({"scores": scores.detach().numpy()}, {"scores": _scores(x, *params).detach().numpy()},
                  lambda: _mistakes(x, params), context, **TOLERANCE)


def _call(check, function, x, *others, label=None):
    """Return function(x, *others), which must leave x as it was."""
    before = x.clone()
    scores = check.run(function, x, *others, label=label)
    check.true(scores is not None, "it returned None, expected scores", "scores", "did you forget the return?")
    check.true(bool((x == before).all()), "x changed", "x unchanged",
               "an operation in place: name_(), inplace=True, += on x")
    return scores


def check_three_layer_convnet(three_layer_convnet):
    """Check the scores of `three_layer_convnet`(x, params) for raw tensors of two sizes.

    Gradients must reach every parameter.
    """
    check = Checker("three_layer_convnet", N=3)
    for channels, c1, c2, height, width, classes in ((3, 7, 4, 6, 9, 8), (2, 5, 3, 8, 5, 4)):
        shapes = ((c1, channels, 5, 5), (c1,), (c2, c1, 3, 3), (c2,), (c2 * height * width, classes), (classes,))
        params = [_tensor(shape, start=9 * i, scale=0.4).requires_grad_() for i, shape in enumerate(shapes, 1)]
        x = _tensor((3, channels, height, width))
        scores = _call(check, three_layer_convnet, x, params)
        _compare(check, scores, x, params, f" for images {height}x{width}")
        _check_gradients(check, scores, dict(zip(("conv_w1", "conv_b1", "conv_w2", "conv_b2", "fc_w", "fc_b"), params)))
    check.passed()


def _check_gradients(check, scores, params):
    """Every parameter must be reached by the gradient of the scores."""
    check.true(scores.requires_grad, "no gradient leads back from the scores", "scores",
               "the graph is cut: .detach(), .data, .numpy() or torch.no_grad()")
    scores.square().sum().backward()
    for name, param in params.items():
        check.true(param.grad is not None and bool(param.grad.abs().sum() > 0), f"no gradient reaches {name}", name,
                   "it is not used, or the graph is cut before it: .detach(), .data or torch.no_grad()")


def check_ThreeLayerConvNet_module(ThreeLayerConvNet):
    """Check the parameters of the module `ThreeLayerConvNet`, whatever their names, and their Kaiming start.

    The class is made here; its scores and gradients are checked as well.
    """
    import torch

    check = Checker("ThreeLayerConvNet (PyTorch)", N=2)
    in_channel, c1, c2, classes = 3, 24, 20, 7
    model = check.run(ThreeLayerConvNet, in_channel, c1, c2, classes, label="__init__")
    check.true(isinstance(model, torch.nn.Module), "it is no nn.Module", "__init__", "class ...(nn.Module)")
    params = parameters_by_shape(check, model, (c1, in_channel, 5, 5), (c2, c1, 3, 3), (classes, c2 * 32 * 32))
    for name, weight in zip(("first convolution", "second convolution", "last layer"), params[::2]):
        _check_kaiming(check, name, weight)
    with torch.no_grad():  # numbers of a size that make a missing layer or bias show
        for start, bias in enumerate(params[1::2]):
            bias.copy_(_tensor(bias.shape, start=5 + start))
    w1, b1, w2, b2, fc_w, fc_b = params
    scores = check_scores(check, model, (w1, b1, w2, b2, fc_w.T, fc_b))
    _check_gradients(check, scores, {name: param for name, param in model.named_parameters()})
    check.passed()


def check_scores(check, model, params):
    """Compare the model's scores of two 32x32 pictures with the definition's for params, as at level one; return them.

    `params` are six tensors, fc_w (inputs, classes); the Checker `check` fails where the scores are others.
    """
    x = _tensor((2, params[0].shape[1], 32, 32))
    scores = _call(check, model, x, label="forward")
    _compare(check, scores, x, params)
    return scores


def parameters_by_shape(check, model, *weight_shapes):
    """Return weight and bias of each layer of `model`, found by shape, in the order of `weight_shapes`.

    The bias is as long as the weight's first axis. The Checker `check` fails where a shape is missing or too many.
    """
    shapes = [shape for weight in weight_shapes for shape in (weight, weight[:1])]
    found = {tuple(param.shape): param for param in model.parameters()}
    missing, extra = [s for s in shapes if s not in found], [s for s in found if s not in shapes]
    check.true(not missing and not extra, f"the parameters have the shapes {', '.join(map(str, found))}; missing: "
               f"{', '.join(map(str, missing)) or 'none'}, unexpected: {', '.join(map(str, extra)) or 'none'}",
               "parameters", _shapes_cause(missing, extra))
    return [found[shape] for shape in shapes]


def _shapes_cause(missing, extra):
    """Guess from the shapes that are missing and those too many which layer is wrong."""
    if not missing:
        return "there are more layers than the three of this network"
    if all(len(shape) == 1 for shape in missing) and not extra:
        return "a layer has no bias: leave bias=True"
    filters = [(a, b) for a in missing for b in extra if len(a) == len(b) == 4]
    if any(a[:2] == b[:2] for a, b in filters):
        return "the filters have another size: 5x5 in the first convolution, 3x3 in the second"
    if filters:
        return "the channels are others: in_channel to channel_1 in the first convolution, channel_1 to channel_2 then"
    if any(len(a) == len(b) == 2 for a in missing for b in extra):
        return "the last layer reads channel_2 * 32 * 32 numbers: nothing is pooled, and the paddings keep the size"
    return "each layer is an attribute (self.conv1 = nn.Conv2d(...)), which registers its parameters"


def _check_kaiming(check, name, weight):
    """The standard deviation must be √(2 / fan_in) to 15 %: ten standard deviations of that of 1 800 draws."""
    expected = np.sqrt(2 / weight[0].numel())
    std = float(weight.detach().std())
    usual = "PyTorch's own start is left in place: nn.init.kaiming_normal_(layer.weight)"
    cause = usual if abs(std / np.sqrt(1 / 3 / weight[0].numel()) - 1) < 0.15 else None
    check.true(abs(std / expected - 1) < 0.15, f"the weight of the {name} has the standard deviation {std:.3g}, "
               f"expected √(2 / fan_in) = {expected:.3g}", "weight", cause)
