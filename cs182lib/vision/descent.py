"""Gradient descent on the pixels of a picture: the course's schedule for Adam, and L-BFGS."""

from typing import NamedTuple

import numpy as np
import torch

from cs182lib.validation import check_count
from cs182lib.vision.pixels import deprocess

LIMIT = 1.5  # of a normalized pixel while the first learning rate of the course's schedule throws pixels about


class Transfer(NamedTuple):
    """What a transfer returns.

    picture : uint8 array (H, W, 3)
    history : dict of equally long lists "content", "style", "tv", "total": the weighted losses at every evaluation,
        at last those of the finished picture
    kept : dict, evaluation -> the picture at that moment
    """

    picture: np.ndarray
    history: dict
    kept: dict


def minimize(objective, img, optimizer, num_steps, keep=()):
    """Descend from the picture img (1, 3, H, W), which is changed in place.

    Parameters
    ----------
    objective : function (img) -> dict of the weighted losses "content", "style" and "tv", tensors; with attribute cnn
    img : float tensor, normalized; optimizer : "adam" or "lbfgs"; num_steps : int, evaluations of the objective
    keep : ints, evaluations at which to keep the picture

    Returns
    -------
    transfer : Transfer
    """
    history, kept = {name: [] for name in ("content", "style", "tv", "total")}, {}

    def note(parts):
        """Write down the losses and return their sum."""
        parts["total"] = sum(parts.values())
        for name, value in parts.items():
            history[name].append(value.item())
        return parts["total"]

    def evaluate():
        """Return the loss, its gradient left in img.grad."""
        if len(history["total"]) in keep:
            kept[len(history["total"])] = deprocess(img, objective.cnn)
        total = note(objective(img))
        (img.grad,) = torch.autograd.grad(total, img)  # of the pixels only, not of the network's weights
        return total.detach()

    img.requires_grad_()
    OPTIMIZERS[optimizer](evaluate, img, num_steps)
    with torch.no_grad():
        note(objective(img))
    return Transfer(deprocess(img, objective.cnn), history, kept)


def descend_by_adam(evaluate, img, num_steps=200):
    """Follow the course's schedule: large steps, small ones from step 180 of 200 on, no more clamping from 190 on.

    Parameters
    ----------
    evaluate : function () -> loss, which leaves the gradient in img.grad
    img : float tensor that requires a gradient, changed in place
    num_steps : int; for other numbers than 200 the three phases keep their shares
    """
    optimizer = torch.optim.Adam([img], lr=3.0)
    for t in range(num_steps):
        if 200 * t < 190 * num_steps:
            img.data.clamp_(-LIMIT, LIMIT)
        evaluate()
        if t == 180 * num_steps // 200:
            optimizer = torch.optim.Adam([img], lr=0.1)  # a new one: the moments of the large steps are forgotten
        optimizer.step()


def descend_by_lbfgs(evaluate, img, num_steps=200):
    """Run L-BFGS with a line search until the loss was evaluated `num_steps` times.

    evaluate and img, and what is yielded, are those of `descend_by_adam`.

    References
    ----------
    Liu and Nocedal 1989, "On the limited memory BFGS method for large scale optimization".
    """
    optimizer = torch.optim.LBFGS([img], max_iter=num_steps, max_eval=num_steps, history_size=20,
                                  tolerance_grad=0, tolerance_change=0, line_search_fn="strong_wolfe")
    optimizer.step(evaluate)


OPTIMIZERS = {"adam": descend_by_adam, "lbfgs": descend_by_lbfgs}


def noise(like, seed):
    """Return uniform noise in [0, 1) of the shape of `like`; the same on every machine for a seed.

    TypeError or ValueError where the seed is no whole number of at least 0.
    """
    generator = torch.Generator().manual_seed(check_count("seed", seed, low=0))
    return torch.rand(like.shape, generator=generator).to(like.device)
