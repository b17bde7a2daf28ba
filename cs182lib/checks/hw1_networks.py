"""Checks of TwoLayerNet, FullyConnectedNet and ThreeLayerConvNet."""

import numpy as np

from cs182lib.checks.compare import Checker
from cs182lib.checks.definitions import affine, batchnorm, conv, max_pool, normalize, relu, softmax
from cs182lib.checks.inputs import scattered
from cs182lib.checks.network_parts import (
    check_defaults,
    check_initial,
    check_loss,
    check_scores,
    construct,
    fill,
    fully_connected_shapes,
    straight_through,
    wide_net,
)

LABELS = np.array([2, 0, 3, 1, 1])


def two_layer_scores(X, p):
    """Return the scores (N, C) of affine - relu - affine with the params p, for X (N, ...)."""
    return affine(relu(affine(X, p["W1"], p["b1"])), p["W2"], p["b2"])


def check_TwoLayerNet(TwoLayerNet):
    """Check the class `TwoLayerNet`: initial values, scores, loss with and without penalty, and every gradient."""
    check = Checker("TwoLayerNet", N=5, C=4, H=7)
    wide = construct(check, TwoLayerNet, input_dim=80, hidden_dim=90, num_classes=30, weight_scale=1e-2)
    check_initial(check, wide, fully_connected_shapes(80, [90], 30), 1e-2)
    model = construct(check, TwoLayerNet, input_dim=6, hidden_dim=7, num_classes=4, weight_scale=1e-2)
    fill(check, model, fully_connected_shapes(6, [7], 4))
    for X in (scattered((5, 6), -1.5, 1.5), scattered((5, 3, 2), -1.5, 1.5, start=4)):
        check_scores(check, model, X, two_layer_scores, NO_RELU)
    check_loss(check, model, scattered((5, 6), -1.5, 1.5), LABELS, two_layer_scores, "", _no_relu_backward)
    check_defaults(check, TwoLayerNet, fully_connected_shapes(3 * 32 * 32, [100], 10), 1e-3)
    check.passed()


def _linear_scores(X, p):
    for i in range(1, 1 + len([key for key in p if key.startswith("W")])):
        X = affine(X, p[f"W{i}"], p[f"b{i}"])
    return X


def _cut_scores(X, p):
    return relu(fully_connected_scores(X, p))


def _without_biases(X, p):
    biases = {key: 0 * value for key, value in p.items() if key[0] == "b" and not key.startswith("beta")}
    return fully_connected_scores(X, {**p, **biases})


NO_RELU = {"no ReLU between the layers": _linear_scores, "a ReLU after the last layer": _cut_scores,
           "these are probabilities: return the scores, softmax_loss takes care of the rest":
               lambda X, p: softmax(fully_connected_scores(X, p)),
           "the biases are not added": _without_biases}


def fully_connected_scores(X, p, norm=None, act=lambda a, i: relu(a)):
    """Return the scores of affine - [norm(a, gamma, beta, i)] - act(a, i) blocks and a last affine layer.

    The scores are (N, C) for X (N, ...). p holds the params of layers that are counted from 1, as i is.
    """
    L = len([key for key in p if key.startswith("W")])
    for i in range(1, L):
        X = affine(X, p[f"W{i}"], p[f"b{i}"])
        X = act(norm(X, p[f"gamma{i}"], p[f"beta{i}"], i) if norm else X, i)
    return affine(X, p[f"W{L}"], p[f"b{L}"])


def _no_relu_backward(norm=None):
    act = straight_through(relu)
    return {"the gradient does not go back through ReLU: call relu_backward with the cache of its layer":
            lambda X, p: fully_connected_scores(X, p, norm, act)}


def _norm_blunders(norm):
    """Return the scores whose gradients pass by the ReLUs, or by the norms (that of gamma and beta is 0 then)."""
    def past(a, gamma, beta, i):
        """Return the norm whose gradient passes by it."""
        if i not in passing:
            fixed = gamma.copy(), beta.copy()
            passing[i] = straight_through(lambda a: norm(a, *fixed, i))
        return passing[i](a, i)

    passing = {}
    cause = "the gradient does not go back through the normalization: call its backward pass"
    return {**_no_relu_backward(norm), cause: lambda X, p: fully_connected_scores(X, p, past)}


def check_FullyConnectedNet(FullyConnectedNet):
    """Check the class `FullyConnectedNet` with one to four layers, no normalization or dropout, and its dtype."""
    check = Checker("FullyConnectedNet", N=5, C=4)
    check_initial(check, wide_net(check, FullyConnectedNet), fully_connected_shapes(80, [90, 70], 30), 1e-2, np.float64)
    for hidden in ([7], [8, 6], [7, 8, 6], []):
        model = construct(check, FullyConnectedNet, hidden, input_dim=6, num_classes=4, dtype=np.float64)
        fill(check, model, fully_connected_shapes(6, hidden, 4))
        X, context = scattered((5, 3, 2), -1.5, 1.5), f" with hidden_dims {hidden}"
        check_scores(check, model, X, fully_connected_scores, NO_RELU, context)
        check_loss(check, model, X, LABELS, fully_connected_scores, context, _no_relu_backward)
    _check_dtype(check, FullyConnectedNet)
    check_defaults(check, FullyConnectedNet, fully_connected_shapes(3 * 32 * 32, [5], 10), 1e-2, [5])
    check.passed()


def _check_dtype(check, FullyConnectedNet, **options):
    """A float32 net casts a float64 X and gives float32 scores and gradients."""
    model = construct(check, FullyConnectedNet, [8, 6], input_dim=6, num_classes=4, dtype=np.float32, **options)
    X = scattered((5, 6))
    loss, grads = check.run(model.loss, X, LABELS, label="loss")
    arrays = {**{f"params[{key!r}]": value for key, value in model.params.items()},
              **{f"grads[{key!r}]": value for key, value in grads.items()}, "scores": check.run(model.loss, X)}
    for name, array in arrays.items():
        check.true(array.dtype == np.float32, f"{name} is {array.dtype} in a net of dtype float32", "dtype",
                   "cast X and every parameter to self.dtype")


def check_FullyConnectedNet_with_batchnorm(FullyConnectedNet):
    """Check the class `FullyConnectedNet` with batch norm: its gamma and beta, and every gradient.

    It must use statistics of the batch in training and running ones in testing.
    """
    check = Checker("FullyConnectedNet with batch norm", N=5, C=4)
    options = {"use_batchnorm": True, "dtype": np.float64}
    shapes = fully_connected_shapes(80, [90, 70], 30, norm=True)
    check_initial(check, wide_net(check, FullyConnectedNet, use_batchnorm=True), shapes, 1e-2, np.float64)
    model = construct(check, FullyConnectedNet, [8, 6], input_dim=6, num_classes=4, **options)
    fill(check, model, fully_connected_shapes(6, [8, 6], 4, norm=True))
    X = scattered((5, 6), -1.5, 1.5)
    check_loss(check, model, X, LABELS, _batch_scores, "", lambda: _norm_blunders(_batch_norm))
    _check_running(check, model, X)
    _check_dtype(check, FullyConnectedNet, use_batchnorm=True)
    check.passed()


def _batch_norm(a, gamma, beta, i):
    return batchnorm(a, gamma, beta, {"mode": "train"})


def _layer_norm(a, gamma, beta, i):
    return gamma * normalize(a, 1) + beta


def _batch_scores(X, p):
    return fully_connected_scores(X, p, _batch_norm)


def _layer_scores(X, p):
    return fully_connected_scores(X, p, _layer_norm)


def _check_running(check, model, X):
    """Set running statistics; testing must use and keep them, training must move them."""
    check.true(len(getattr(model, "bn_params", [])) == 2, "bn_params must hold one dict for each hidden layer",
               "bn_params")
    statistics = [{"mean": scattered((size,), -0.5, 0.5, start=size), "var": scattered((size,), 1, 3, start=size)}
                  for size in (8, 6)]
    for param, values in zip(model.bn_params, statistics):
        param["running_mean"], param["running_var"] = values["mean"].copy(), values["var"].copy()

    def test_scores(X, p):
        return fully_connected_scores(X, p, lambda a, gamma, beta, i: gamma * (a - statistics[i - 1]["mean"])
                                      / np.sqrt(statistics[i - 1]["var"] + 1e-5) + beta)

    ignored = ("batch statistics are used in testing: set bn_param['mode'] = mode, with the quotes, before every "
               "forward pass, and give batch norm that dict of self.bn_params, not a new one")
    wrong = {ignored: _batch_scores, "batch norm is left out": fully_connected_scores,
             "batch norm comes after ReLU: affine - batch norm - ReLU": lambda X, p: _after_relu(X, p, statistics)}
    check_scores(check, model, X, test_scores, wrong, " in test mode (y is None)")
    check.run(model.loss, X, LABELS, label="loss")
    mean = affine(X, model.params["W1"], model.params["b1"]).mean(axis=0)
    moved = 0.9 * statistics[0]["mean"] + 0.1 * mean
    check.compare(model.bn_params[0], {"running_mean": moved}, {"running_mean": {
        "the training pass does not reach bn_params[0]: is it in test mode, or given a copy?": statistics[0]["mean"],
        "running statistics changed in the test pass too": 0.9 * moved + 0.1 * mean}},
        " of bn_params[0] after one test and one training pass")


def _after_relu(X, p, statistics):
    for i, values in enumerate(statistics, 1):
        a = relu(affine(X, p[f"W{i}"], p[f"b{i}"]))
        X = p[f"gamma{i}"] * (a - values["mean"]) / np.sqrt(values["var"] + 1e-5) + p[f"beta{i}"]
    return affine(X, p["W3"], p["b3"])


def check_FullyConnectedNet_with_layernorm(FullyConnectedNet):
    """Check the class `FullyConnectedNet` with normalization="layer".

    Its gamma and beta, the scores, the loss and every gradient are looked at.
    """
    check = Checker("FullyConnectedNet with layer norm", N=5, C=4)
    model = construct(check, FullyConnectedNet, [8, 6], input_dim=6, num_classes=4, normalization="layer",
                      dtype=np.float64)
    fill(check, model, fully_connected_shapes(6, [8, 6], 4, norm=True))
    X = scattered((5, 6), -1.5, 1.5)
    check_scores(check, model, X, _layer_scores, {
        "this is batch norm: normalize each example": _batch_scores, "layer norm is left out": fully_connected_scores,
        "layer norm comes after ReLU: affine - layer norm - ReLU": lambda X, p: fully_connected_scores(
            X, p, act=lambda a, i: _layer_norm(relu(a), p[f"gamma{i}"], p[f"beta{i}"], i)),
        "gamma and beta are left out": lambda X, p: fully_connected_scores(X, p, lambda a, *_: normalize(a, 1)),
        "no ReLU after layer norm": lambda X, p: fully_connected_scores(X, p, _layer_norm, lambda a, i: a)})
    check_loss(check, model, X, LABELS, _layer_scores, "", lambda: _norm_blunders(_layer_norm))
    check.passed()


def conv_net_scores(X, p, first=relu, second=lambda a, i: relu(a)):
    """Return the scores (N, C) of conv - ReLU - 2x2 max pool - affine - ReLU - affine; the padding keeps the size.

    X is (N, channels, H, W), p the params; first(a) and second(a, 2) are the two ReLUs, in whose place a mistake puts
    another function.
    """
    h = _pooled(first(_convolved(X, p)))
    return affine(second(affine(h, p["W2"], p["b2"]), 2), p["W3"], p["b3"])


def _conv_blunders():
    second, first = straight_through(relu), "the gradient does not go back through the ReLU of the convolution"
    return {first: _past_first_relu(np.argmax), first + ", which comes before the pooling": _past_first_relu(None),
            "the gradient does not go back through the ReLU of the hidden affine layer": lambda X, p: conv_net_scores(
                X, p, second=second)}


def _past_first_relu(argmax):
    """Return the scores in whose gradient the convolution's ReLU is passed by.

    Where all of a window is cut to zero, its first number counts as the maximum, or without `argmax` all of them do.
    """
    kept = []

    def scores(X, p):
        """Return the scores, with what the ReLU kept at the first call."""
        a = _convolved(X, p)
        N, F, H, W = a.shape
        windows = a.reshape(N, F, H // 2, 2, W // 2, 2).transpose(0, 1, 2, 4, 3, 5).reshape(N, F, H // 2, W // 2, 4)
        if not kept:
            cut = relu(windows)
            share = np.eye(4)[argmax(cut, axis=4)] if argmax else 1.0 * (cut == cut.max(axis=4, keepdims=True))
            kept.extend((cut - windows, share / share.sum(axis=4, keepdims=True)))
        pooled = ((windows + kept[0]) * kept[1]).sum(axis=4)
        return affine(relu(affine(pooled, p["W2"], p["b2"])), p["W3"], p["b3"])

    return scores


def _conv_shapes(C, H, W, F, k, hidden, classes):
    return {"W1": (F, C, k, k), "b1": (F,), "W2": (F * (H // 2) * (W // 2), hidden), "b2": (hidden,),
            "W3": (hidden, classes), "b3": (classes,)}


def check_ThreeLayerConvNet(ThreeLayerConvNet):
    """Check the class `ThreeLayerConvNet`: shapes, initial values, scores, loss and every gradient.

    The loss and its gradients are checked with the penalty and without it.
    """
    check = Checker("ThreeLayerConvNet", N=5, C=4)
    wide = construct(check, ThreeLayerConvNet, input_dim=(4, 6, 8), num_filters=60, filter_size=5, hidden_dim=50,
                     num_classes=40, weight_scale=1e-2, dtype=np.float64)
    check_initial(check, wide, _conv_shapes(4, 6, 8, 60, 5, 50, 40), 1e-2, np.float64)
    model = construct(check, ThreeLayerConvNet, input_dim=(2, 4, 6), num_filters=3, filter_size=3, hidden_dim=7,
                      num_classes=4, dtype=np.float64)
    fill(check, model, _conv_shapes(2, 4, 6, 3, 3, 7, 4))
    model.params["b1"] -= 2.0  # so that ReLU has something to cut after pooling too
    X = scattered((5, 2, 4, 6), -1.5, 1.5)
    check_scores(check, model, X, conv_net_scores, {
        "no ReLU after the convolution": lambda X, p: conv_net_scores(X, p, first=lambda a: a),
        "no ReLU after the hidden affine layer": lambda X, p: conv_net_scores(X, p, second=lambda a, i: a),
        "a ReLU after the last layer": lambda X, p: relu(conv_net_scores(X, p)),
        "these are probabilities: return the scores, softmax_loss takes care of the rest": lambda X, p: softmax(
            conv_net_scores(X, p)),
        "height and width are swapped before W2": _transposed})
    check_loss(check, model, X, LABELS, conv_net_scores, "", _conv_blunders)
    check_defaults(check, ThreeLayerConvNet, _conv_shapes(3, 32, 32, 32, 7, 100, 10), 1e-3)
    check.passed()


def _pooled(a):
    return max_pool(a, {"pool_height": 2, "pool_width": 2, "stride": 2})


def _convolved(X, p):
    return conv(X, p["W1"], p["b1"], {"stride": 1, "pad": (p["W1"].shape[2] - 1) // 2})


def _transposed(X, p):
    h = _pooled(relu(_convolved(X, p))).swapaxes(2, 3)
    return affine(relu(affine(h, p["W2"], p["b2"])), p["W3"], p["b3"])
