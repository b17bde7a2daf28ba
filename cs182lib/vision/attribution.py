"""More ways to say which pixels matter: gradients averaged over noise, maps of the last layer, guided gradients."""

from contextlib import contextmanager

import torch
import torch.nn.functional as F
from torch import nn

from cs182lib.validation import check_count, check_number, describe, require
from cs182lib.vision.inputs import check_network, check_pictures
from cs182lib.vision.visualization import saliency_of, score_gradient


def smooth_grad(X, y, model, *, num_samples=25, noise=0.1, seed=182):
    """Average the gradient over noisy copies of each picture, and take its size.

    smooth[n, i, j] = max over c of |mean over k of ∂scores[y] / ∂X at X + e_k|, e_k ~ N(0, (noise range)²),
    range = max(X[n]) - min(X[n])

    A ReLU net is made of linear pieces, and its gradient jumps from piece to piece; the mean over a neighborhood keeps
    what the pieces have in common. The mean comes before the absolute value, so that opposite signs cancel.

    Parameters
    ----------
    X : float tensor (N, C, H, W), normalized; left as it is
    y : int tensor (N,), the classes
    model : nn.Module, (N, C, H, W) -> scores (N, classes); put in eval mode
    num_samples : int, how many noisy copies
    noise : float, at least 0, the standard deviation as a share of each picture's range
    seed : int, of the noise

    Returns
    -------
    smooth : float tensor (N, H, W), at least 0

    Raises
    ------
    TypeError, ValueError : as `compute_saliency_maps`; num_samples, noise or seed out of range

    References
    ----------
    Smilkov et al. 2017, arXiv:1706.03825, section 3.
    """
    check_pictures("X", X)
    check_number("noise", noise, low=0)
    generator = torch.Generator().manual_seed(check_count("seed", seed, low=0))
    sigma = noise * (X.amax(dim=(1, 2, 3), keepdim=True) - X.amin(dim=(1, 2, 3), keepdim=True))  # (N, 1, 1, 1)
    total = torch.zeros_like(X)
    for _ in range(check_count("num_samples", num_samples)):
        e = torch.randn(X.shape, generator=generator, dtype=X.dtype).to(X.device)
        total += score_gradient(X + sigma * e, y, model)
    return saliency_of(total / num_samples)


def grad_cam(X, y, model, *, layer=None):
    """Weigh the maps of a layer by how much the score of class y gains from each, and add them up.

    a[n, k] = mean over i, j of ∂scores[n, y[n]] / ∂A[n, k, i, j]
    cam[n, i, j] = relu(sum over k of a[n, k] A[n, k, i, j]), enlarged to the size of the picture

    It shows where, in the coarse grid of a late layer, and tells classes apart, which pixel gradients hardly do.

    Parameters
    ----------
    X : float tensor (N, C, H, W), normalized; left as it is
    y : int tensor (N,), the classes
    model : nn.Module, (N, C, H, W) -> scores (N, classes); put in eval mode
    layer : a module of the model whose output A is (N, K, h, w); default model.features, the last maps of all

    Returns
    -------
    cam : float tensor (N, H, W), at least 0

    Raises
    ------
    TypeError, ValueError : as `compute_saliency_maps`; layer is no module, or gives no maps

    References
    ----------
    Selvaraju et al. 2016, arXiv:1610.02391, section 3, equations 1 and 2.
    """
    check_pictures("X", X)
    layer = getattr(model, "features", None) if layer is None else layer
    if not isinstance(layer, nn.Module):
        raise TypeError(f"layer must be a module of the model, got {describe(layer)}; try model.features")
    with passing(layer) as (kept, gradients):
        score_gradient(X, y, model)
    require(len(kept) == 1 and kept[0].ndim == 4, f"layer must be passed once and give maps (N, K, h, w), got "
            f"{[tuple(A.shape) for A in kept]}; take a convolution, a Fire module or model.features")
    A, dA = kept[0], gradients[0]  # (N, K, h, w) both
    weights = dA.mean(dim=(2, 3), keepdim=True)  # (N, K, h, w) -> (N, K, 1, 1)
    cam = torch.relu((weights * A).sum(dim=1, keepdim=True))  # (N, 1, h, w)
    return F.interpolate(cam, X.shape[2:], mode="bilinear", align_corners=False)[:, 0]  # -> (N, H, W)


def guided_gradient(X, y, model):
    """Return the gradient as `score_gradient`, with every ReLU passing only what is positive on the way back too.

    ReLU backward: dx = dout [x > 0]; guided: dx = dout [x > 0] [dout > 0]

    This is no gradient of anything. The pictures are crisp, but for a reason that has little to do with the class:
    the rule all but restores the picture (see `cs182lib.vision.randomization` for the test that shows it).

    Parameters
    ----------
    X, y, model : as `score_gradient`; every ReLU of the model must be an nn.ReLU module

    Returns
    -------
    gradient : float tensor (N, C, H, W)

    Raises
    ------
    TypeError, ValueError : as `compute_saliency_maps`; the model has no nn.ReLU

    References
    ----------
    Springenberg et al. 2014, arXiv:1412.6806, section 3.4; Nie, Zhang and Patel 2018, arXiv:1805.07039.
    """
    check_network(model)
    relus = [layer for layer in model.modules() if isinstance(layer, nn.ReLU)]
    require(relus, "model must have its ReLUs as nn.ReLU modules, got none; F.relu cannot be guided")

    def guide(module, dx, dout):
        return (dx[0].clamp(min=0),)

    handles = [relu.register_full_backward_hook(guide) for relu in relus]
    try:
        return score_gradient(X, y, model)
    finally:
        for handle in handles:
            handle.remove()


def guided_saliency(X, y, model):
    """Return the largest guided gradient of each pixel in size, (N, H, W): `compute_saliency_maps` by another rule.

    X, y, model and the errors are those of `guided_gradient`.
    """
    return saliency_of(guided_gradient(X, y, model))  # (N, C, H, W) -> (N, H, W)


@contextmanager
def passing(layer):
    """Yield two lists: to one `layer` adds its output whenever it is called, to the other the gradient that comes back.
    """
    outputs, gradients = [], []

    def keep(module, arguments, output):
        outputs.append(output.detach())
        output.register_hook(gradients.append)

    handle = layer.register_forward_hook(keep)
    try:
        yield outputs, gradients
    finally:
        handle.remove()
