"""Class visualization by steps that change a picture as photographs differ from each other: coarsely, and in gray.

The steepest way up depends on what counts as a short step. Here a step is short if it is likely among photographs.
"""

import torch
import torch.nn.functional as F

from cs182lib.validation import check_count, check_number
from cs182lib.vision.inputs import check_pictures
from cs182lib.vision.visualization import jitter, pixel_range, score_gradient

AXES = torch.tensor([[1.0, 1.0, 1.0], [1.0, 0.0, -1.0], [1.0, -2.0, 1.0]])  # gray; warm, cold; green, magenta
AXES /= AXES.norm(dim=1, keepdim=True)


def color_covariance(X):
    """Say how the colors of pictures vary: along gray, from warm to cold, from green to magenta.

    colors = Σ_k v_k a_k a_kᵀ, where a_k are these three directions of unit length and v_k the variances along them,
    as shares of the largest.

    Parameters
    ----------
    X : float tensor (N, 3, H, W), normalized

    Returns
    -------
    colors : float tensor (3, 3), symmetric

    Raises
    ------
    TypeError, ValueError : X are no pictures
    """
    check_pictures("X", X)
    variances = torch.einsum("kc,nchw->knhw", AXES.to(X), X).flatten(1).var(dim=1)  # (N, 3, H, W) -> (3, N·H·W)
    return AXES.T.to(X) @ (variances / variances.max())[:, None].mul(AXES.to(X))


def like_photographs(g, colors):
    """Multiply gradients by the covariance of photographs: g <- Σ g, the steepest way if likely changes are short.

    A wave of frequency f has among photographs a variance like 1 / f², and colors vary as `colors` says; so waves are
    divided by f² (below one period over the picture: as one period), and at every pixel the channels are mixed.

    Parameters
    ----------
    g : float tensor (N, 3, H, W)
    colors : float tensor (3, 3), of `color_covariance`

    Returns
    -------
    step : float tensor (N, 3, H, W)

    Raises
    ------
    TypeError, ValueError : g are no pictures

    References
    ----------
    Field 1987, "Relations between the statistics of natural images and the response properties of cortical cells";
    as a parametrization of pictures: Olah, Mordvintsev and Schubert 2017, "Feature Visualization", Distill.
    """
    H, W = check_pictures("g", g).shape[2:]
    kind = {"dtype": g.dtype, "device": g.device}
    f2 = torch.fft.fftfreq(H, **kind)[:, None].square() + torch.fft.rfftfreq(W, **kind).square()  # periods a pixel
    coarse = torch.fft.irfft2(torch.fft.rfft2(g) / f2.clamp_min(1 / max(H, W) ** 2), s=(H, W))
    return torch.einsum("cd,ndhw->nchw", colors, coarse)


def visualize_classes(y, model, colors, *, size=48, l2_reg=1e-3, learning_rate=8.0, num_iterations=60, max_jitter=6,
                      zoom=0.25, seed=182):
    """Draw the pictures that the model finds most like the classes y, all at once, by steps of `like_photographs`.

    Each iteration moves the pictures by a random jitter, scales them by a random factor, and climbs
    scores[y] - l2_reg ‖img‖₂² by a step whose length falls in a line from learning_rate to 0.

    Parameters
    ----------
    y : int tensor (N,), the classes
    model : nn.Module with `mean` and `std`, such as `open_scores(load_squeezenet())`
    colors : float tensor (3, 3), of `color_covariance`
    size : int, side of the pictures in pixels
    l2_reg : float, at least 0
    learning_rate : float > 0, length of the first step
    num_iterations : int, how many steps
    max_jitter : int, largest move in pixels, in x and in y
    zoom : float from 0 on and below 1: the pictures are seen between 1 - zoom and 1 + zoom times as large
    seed : int, of the start, the moves and the factors; the same seed gives the same bytes

    Returns
    -------
    img : float tensor (N, 3, size, size), normalized

    Raises
    ------
    TypeError, ValueError : a number of another kind or out of range, or y no classes
    """
    check_count("num_iterations", num_iterations)
    check_count("max_jitter", max_jitter, low=0)
    check_number("l2_reg", l2_reg, low=0)
    check_number("learning_rate", learning_rate, low=0, low_open=True)
    check_number("zoom", zoom, low=0, high=1, high_open=True)
    generator = torch.Generator().manual_seed(check_count("seed", seed, low=0))
    low, high = pixel_range(model)
    start = like_photographs(torch.randn(1, 3, check_count("size", size), size, generator=generator).to(low), colors)
    img = (0.1 * start / start.std()).repeat(len(y), 1, 1, 1)
    for t in range(num_iterations):
        ox, oy = torch.randint(-max_jitter, max_jitter + 1, (2,), generator=generator).tolist()
        seen = round(size * (1 - zoom + 2 * zoom * torch.rand(1, generator=generator).item()))
        img = jitter(img, ox, oy)
        g = score_gradient(F.interpolate(img, size=seen, mode="bilinear"), y, model)
        g = F.interpolate(g, size=size, mode="bilinear") * (seen / size) ** 2 - 2 * l2_reg * img
        step = like_photographs(g, colors)
        step /= step.flatten(1).norm(dim=1).clamp_min(1e-12).view(-1, 1, 1, 1)
        img = jitter(torch.clamp(img + learning_rate * (1 - t / num_iterations) * step, low, high), -ox, -oy)
    return img
