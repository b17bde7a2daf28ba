"""Checks of style transfer: features, content, Gram matrix, style, total variation. torch is imported when one runs."""

import inspect

import numpy as np

from cs182lib.checks.compare import EXACT, KEPT, NUMERIC, Checker
from cs182lib.checks.inputs import scattered
from cs182lib.training.gradient_check import eval_numerical_gradient

WEIGHTS = [0.5, 20.0, 3.0]
LAYERS = [1, 3, 2]  # out of order, and not the first ones
CUT = "the graph is cut: .detach(), .data, .item(), float(), .numpy() or torch.no_grad()"
IN_PLACE = "an operation in place: name_(), -=, +=, inplace=True"


def gram(F, share=True):
    """Return the Gram matrices (N, C, C) of F (N, C, H, W), number by number: G_nkl = Σ_ij F_nkij F_nlij / (H W C).

    share=False leaves the division out.
    """
    N, C, H, W = F.shape
    G = np.array([[[(F[n, k] * F[n, m]).sum() for m in range(C)] for k in range(C)] for n in range(N)])
    return G / (H * W * C) if share else G


def squares(a, b=0.0):
    """Return Σ (a - b)², a number, of two arrays of one shape; b may also be one number, 0 by default."""
    return ((a - b) ** 2).sum()


def total_variation(x):
    """Return Σ (x_i+1,j - x_ij)² + (x_i,j+1 - x_ij)², a number, of pictures x (N, C, H, W), pixel by pixel."""
    H, W = x.shape[2:]
    pairs = [((i, j), (i + 1, j)) for i in range(H - 1) for j in range(W)]
    pairs += [((i, j), (i, j + 1)) for i in range(H) for j in range(W - 1)]
    return sum(squares(x[:, :, i, j], x[:, :, k, m]) for (i, j), (k, m) in pairs)


def check_content_loss(content_loss):
    """Check the loss of `content_loss` and its gradient for features with another height than width."""
    check = Checker("content_loss", N=3, C=2, H=4, W=5)
    F, P, weight = scattered((3, 2, 4, 5)), scattered((3, 2, 4, 5), -2, 1.5, start=77), 0.7
    d = squares(F, P)
    mistakes = {
        "content_weight is not used": d, "content_weight is squared": weight**2 * d,
        "a mean where the sum over all places and channels is meant": weight * d / F.size,
        "a mean over the batch where a sum is meant": weight * d / 3,
        "the half of the paper is kept: the course's loss has no 1/2": weight * d / 2,
        "absolute differences: square them": weight * np.abs(F - P).sum(),
        "the root of the sum is taken: the loss is the sum of the squares": weight * np.sqrt(d),
        "sums are compared, not the features place by place": weight * squares(F.sum(), P.sum()),
    }
    _check(check, lambda F, P: content_loss(weight, F, P), lambda: weight * squares(F, P), (F, P), mistakes)
    _check(check, lambda F, P: content_loss(0, F, P), lambda: 0 * squares(F, P), (F, P), {}, " for weight 0")
    check.passed()


def check_gram_matrix(gram_matrix):
    """Check what `gram_matrix` returns for two pictures, with and without normalization, and its gradient."""
    check = Checker("gram_matrix", N=2, C=3, H=4, W=5)
    F = scattered((2, 3, 4, 5), start=5)
    channels_last = F.transpose(0, 2, 3, 1).reshape(2, 3, 4, 5)  # a reshape that mixes channels and places
    mistakes = {
        "it is not normalized: divide by H W C": gram(F, False), "C is left out: divide by H W C": 3 * gram(F),
        "H W is left out: divide by H W C": 20 * gram(F),
        "the batch counts too: divide by H W C, not N C H W": gram(F) / 2,
        "the pictures are summed: one matrix for each, shape (N, C, C)": gram(F).sum(axis=0),
        "places are multiplied, not channels: F Fᵀ, not Fᵀ F":
            np.einsum("nkp,nkq->npq", *2 * [F.reshape(2, 3, 20)]) / 60,  # (2, 3, 4, 5) -> (2, 3, 20)
        "channels and places are mixed: reshape to (N, C, H·W), not (N, H·W, C)": gram(channels_last),
        "the means are subtracted: that is the covariance": gram(F - F.mean(axis=(2, 3), keepdims=True)),
        "the values of each channel are summed first: sum the products": np.einsum(
            "nk,nl->nkl", *2 * [F.sum(axis=(2, 3))]) / 60,
    }
    _check(check, lambda F: gram_matrix(F), lambda: gram(F), (F,), mistakes, name="gram")
    table = {"normalize=False is ignored": gram(F)}
    _check(check, lambda F: gram_matrix(F, False), lambda: gram(F, False), (F,), table, " for normalize=False",
           name="gram")
    table = {"normalize=True is ignored": gram(F, False)}
    _check(check, lambda F: gram_matrix(F, normalize=True), lambda: gram(F), (F,), table, " for normalize=True",
           name="gram")
    check.passed()


def check_style_loss(style_loss):
    """Check `style_loss` over three layers of different sizes, given out of order, and its gradient in one of them."""
    check = Checker("style_loss", L=3)
    shapes = ((1, 2, 6, 7), (1, 3, 5, 4), (1, 4, 3, 5), (1, 5, 3, 2))
    feats = [scattered(shape, start=1 + 31 * i) for i, shape in enumerate(shapes)]
    targets = [gram(scattered((1, feats[layer].shape[1], 3, 3), -1.5, 1, start=9 + layer)) for layer in LAYERS]

    def loss(of=squares, weights=WEIGHTS, share=True):
        return sum(w * of(gram(feats[layer], share), A) for w, layer, A in zip(weights, LAYERS, targets))

    mistakes = {
        "style_weights are not used": lambda: loss(weights=[1, 1, 1]),
        "style_weights are squared": lambda: loss(weights=np.square(WEIGHTS)),
        "the layers are averaged: the loss is their sum": lambda: loss() / 3,
        "only the last layer counts: add (+=), do not overwrite": lambda: loss(weights=[0, 0, 3]),
        "only the first layer counts: return after the loop": lambda: loss(weights=[0.5, 0, 0]),
        "weights and layers do not fit: style_weights[i] belongs to style_layers[i]":
            lambda: loss(weights=WEIGHTS[::-1]),
        "the Gram matrices are not normalized": lambda: loss(share=False),
        "a mean over the entries of the Gram matrix where a sum is meant": lambda: loss(of=lambda G, A: squares(
            G, A) / G.size),
        "a quarter of the sum, as in the paper: the course's loss has no factor": lambda: loss() / 4,
        "absolute differences: square them": lambda: loss(of=lambda G, A: np.abs(G - A).sum()),
        "the root of each sum is taken": lambda: loss(of=lambda G, A: np.sqrt(squares(G, A))),
    }
    _check(check, lambda *feats: style_loss(list(feats[:4]), LAYERS, list(feats[4:]), WEIGHTS), loss,
           (*feats, *targets), mistakes, moved=3)
    check.passed()


def check_tv_loss(tv_loss):
    """Check the loss of `tv_loss` and its gradient for a picture higher than wide, and for one of a single color."""
    check = Checker("tv_loss", H=5, W=4, C=3)
    x, weight = scattered((1, 3, 5, 4), -2, 2), 0.3
    down, right = squares(x[:, :, 1:], x[:, :, :-1]), squares(x[..., 1:], x[..., :-1])
    mistakes = {
        "tv_weight is not used": down + right, "tv_weight is squared": weight**2 * (down + right),
        "only differences along the height": weight * down, "only differences along the width": weight * right,
        "differences of color channels: height and width are the axes 2 and 3":
            weight * (squares(x[:, 1:], x[:, :-1]) + down),
        "differences of color channels and along the width: the height is axis 2":
            weight * (squares(x[:, 1:], x[:, :-1]) + right),
        "absolute differences: square them":
            weight * (np.abs(np.diff(x, axis=2)).sum() + np.abs(np.diff(x, axis=3)).sum()),
        "a mean where a sum is meant": weight * (down / x[:, :, 1:].size + right / x[..., 1:].size),
        "pixels two apart in the height: neighbors are 1: and :-1":
            weight * (squares(x[:, :, 2:], x[:, :, :-2]) + right),
        "pixels two apart: neighbors are 1: and :-1":
            weight * (squares(x[:, :, 2:], x[:, :, :-2]) + squares(x[..., 2:], x[..., :-2])),
        "every pair is counted twice": 2 * weight * (down + right),
        "a half of the sum: there is no factor": weight * (down + right) / 2,
        "the root of the sum is taken: add up the squares": weight * np.sqrt(down + right),
        "the picture is taken as a ring: its last row is no neighbor of its first":
            weight * (squares(x, np.roll(x, 1, 2)) + squares(x, np.roll(x, 1, 3))),
        "only pixels that have both neighbors count: every pair does": weight * (
            squares(x[:, :, 1:, :-1], x[:, :, :-1, :-1]) + squares(x[:, :, :-1, 1:], x[:, :, :-1, :-1])),
        "the sum of the differences is squared: square each": weight * (
            np.diff(x, axis=2).sum() ** 2 + np.diff(x, axis=3).sum() ** 2),
    }
    _check(check, lambda x: tv_loss(x, weight), lambda: weight * total_variation(x), (x,), mistakes)
    flat = np.full((1, 3, 3, 6), 0.4)
    _check(check, lambda x: tv_loss(x, weight), lambda: weight * total_variation(flat), (flat,), {},
           " for a picture of one color")
    check.passed()


def check_extract_features(extract_features):
    """Check the list of outputs that `extract_features` returns, and the gradient of the last one by x.

    The network is small and frozen, and its modules do not commute. x must stay as it was; where there is the option
    depth, it is checked too.
    """
    check, cnn = Checker("extract_features"), _small_network()
    picture = _tensor(scattered((2, 3, 6, 8), -2, 2)).requires_grad_()
    x = 1 * picture  # no leaf, so that an operation in place is seen below rather than refused
    before, right = x.clone(), [x]
    for module in cnn.features:
        right.append(module(right[-1]))
    got = check.run(extract_features, x, cnn)
    if (x != before).any():
        check.fail("x was changed; callers still need it", "x", IN_PLACE)
    check.note(KEPT)
    _check_features(check, got, right[1:], [module(x) for module in cnn.features])
    gradient, expected = (_gradient(out.square().sum(), picture) for out in (got[-1], right[-1]))
    check.true(gradient is not None, "no gradient leads back from the features to x", "gradient", CUT)
    check.compare({"gradient": gradient.numpy()}, {"gradient": expected.numpy()}, context=" of the last features by x")
    if "depth" in inspect.signature(extract_features).parameters:
        got = check.run(extract_features, x, cnn, 2)
        if len(got) != 2:
            check.fail(f"features has {len(got)} entries for depth=2, expected 2", "features",
                       "depth is not used: only so many modules")
    check.passed()


def _small_network():
    """Return a frozen network of four modules, each of which could take the picture itself."""
    from torch import nn

    cnn = nn.Module()
    cnn.features = nn.Sequential(nn.Conv2d(3, 3, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(3, 5, 1))
    for start, parameter in enumerate(cnn.parameters()):
        parameter.data = _tensor(scattered(parameter.shape, start=1 + 40 * start))
    return cnn.requires_grad_(False)


def _tensor(array):
    import torch

    return torch.from_numpy(array)


def _gradient(value, tensor):
    """Return the gradient of a number by a tensor, or None where none leads there."""
    import torch

    return torch.autograd.grad(value, tensor, retain_graph=True, allow_unused=True)[0]


def _check_features(check, got, right, alone):
    """Compare the list `got` with the outputs of the modules; `alone` is what each gives for the picture itself."""
    check.true(got is not None, "it returned None, expected a list of features", "features", "forgot the return?")
    check.true(isinstance(got, (list, tuple)), f"features is a {type(got).__name__}, expected a list of tensors",
               "features", "the last output is returned: collect the outputs of all modules")
    n = len(right)
    check.true(len(got) == n, f"features has {len(got)} entries, expected one for each of the {n} modules",
               "features", {n + 1: "the picture itself is no feature",
                            n - 1: "one output is left out: the first module's and the last's belong to it"}.get(
                                len(got), "append the output of each module once, inside the loop"))
    backwards = {"the list is in reverse order: the first module's output comes first": right[-1].detach()}
    for i, out in enumerate(right):
        name = f"features[{i}]"
        check.true(hasattr(got[i], "detach"), f"{name} is a {type(got[i]).__name__}, expected a tensor", name, CUT)
        mistakes = {"every module gets the output of the one before, not x": alone[i].detach().numpy(),
                    **(backwards if got[-1].shape == right[0].shape else {}),
                    "this is the output of the last module: keep each one as it comes": right[-1].detach().numpy()}
        check.compare({name: got[i].detach().numpy()}, {name: out.detach().numpy()}, {name: mistakes})
        check.true(got[i].requires_grad, f"no gradient leads back from {name} to x", name, CUT)


def _check(check, function, definition, arrays, mistakes, context="", name="loss", moved=0):
    """Compare value and gradient of `function` on tensors with a definition.

    Parameters
    ----------
    function : (*tensors) -> tensor
    definition : () -> number or array, computed anew from `arrays` at every call
    arrays : the arguments of the function, in float64
    mistakes : {cause: wrong value}
    moved : the argument by which the gradient is taken
    """
    right = definition()
    value, tensor = _run(check, function, arrays, name, moved, context)
    check.compare({name: value.detach().numpy()}, {name: right}, {name: mistakes}, context, **EXACT)
    check.true(value.requires_grad, f"no gradient leads back from {name}{context}", name, CUT)
    dout = scattered(np.shape(right), 0.5, 1.5, start=3)
    numeric = eval_numerical_gradient(lambda _: float((definition() * dout).sum()), arrays[moved])
    value.backward(value.new_tensor(dout))
    check.true(tensor.grad is not None, f"no gradient reaches the argument{context}", "gradient", CUT)
    check.compare({"gradient": tensor.grad.numpy()}, {"gradient": numeric}, context=context, **NUMERIC)
    value, _ = _run(check, function, [array.astype(np.float32) for array in arrays], name, moved, context)
    check.single({name: value.detach().numpy()}, {name: right}, context)


def _run(check, function, arrays, name, moved, context):
    """Return function(*tensors), a tensor, and the argument that needs a gradient; no argument may be changed."""
    import torch

    tensors = [torch.from_numpy(array.copy()) for array in arrays]
    value = check.run(function, *tensors[:moved], tensors[moved].requires_grad_(), *tensors[moved + 1:])
    check.true(value is not None, f"it returned None, expected {name}", name, "did you forget the return?")
    check.true(isinstance(value, torch.Tensor), f"{name} is a {type(value).__name__}{context}, expected a tensor", name,
               CUT)
    changed = [i for i, (tensor, array) in enumerate(zip(tensors, arrays)) if (tensor.detach().numpy() != array).any()]
    if changed:
        check.fail(f"an argument was changed{context}; callers still need it", "an argument", IN_PLACE)
    check.note(KEPT)
    return value, tensors[moved]
