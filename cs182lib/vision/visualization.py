"""What a trained network looks at, what fools it, and what it dreams of: gradients with respect to the picture.

Training moves the weights along the gradient of a loss. Here the weights stay, and the same backward pass is carried on
down to the pixels.
"""

import torch
from skimage.filters import gaussian

from cs182lib.validation import check_count, check_number, require
from cs182lib.vision.inputs import check_class, check_classes, check_network, check_pictures


def score_gradient(X, y, model):
    """Return the gradient of each picture's score of its class y: ∂scores[n, y[n]] / ∂X[n].

    One backward pass serves the whole batch: pictures do not meet inside the network, so the gradient of the sum of
    their scores with respect to one picture is that of its own score.

    Parameters
    ----------
    X : float tensor (N, C, H, W), normalized; left as it is
    y : int tensor (N,)
    model : nn.Module, (N, C, H, W) -> scores (N, classes); put in eval mode

    Returns
    -------
    gradient : float tensor (N, C, H, W)

    Raises
    ------
    TypeError, ValueError : X are no pictures, y no classes of theirs, or model no network
    """
    check_pictures("X", X)
    y = check_classes("y", y, len(X))
    X = X.detach().clone().requires_grad_()
    scores = check_network(model)(X)
    require(int(y.max()) < scores.shape[1], f"y must hold classes below {scores.shape[1]}, got {int(y.max())}")
    chosen = scores.gather(1, y[:, None])  # (N, classes) -> (N, 1), scores[n, y[n]]
    return torch.autograd.grad(chosen.sum(), X)[0]


def compute_saliency_maps(X, y, model):
    """Say how much each pixel matters for the score of class y.

    saliency[n, i, j] = max over c of |∂scores[n, y[n]] / ∂X[n, c, i, j]|

    The score itself, not the probability: a probability also rises when the other scores fall.

    Parameters
    ----------
    X : float tensor (N, C, H, W), normalized; left as it is
    y : int tensor (N,), the true classes
    model : nn.Module, (N, C, H, W) -> scores (N, classes); put in eval mode

    Returns
    -------
    saliency : float tensor (N, H, W), at least 0

    Raises
    ------
    TypeError, ValueError : as `score_gradient`

    References
    ----------
    Simonyan, Vedaldi and Zisserman 2013, arXiv:1312.6034, section 3.1.
    """
    return saliency_of(score_gradient(X, y, model))


def saliency_of(gradient):
    """Return the largest size over the channels of `gradient`, (N, C, H, W), as maps (N, H, W)."""
    return gradient.abs().amax(dim=1)


def make_fooling_image(X, target_y, model, *, learning_rate=1.0, max_iterations=100):
    """Change the picture X step by step until the model takes it for class target_y.

    g = ∂scores[target_y] / ∂X, X <- X + learning_rate g / ‖g‖₂

    Dividing by the norm makes every step equally long, wherever the score is steep or flat: after k steps the picture
    is at most k learning_rate away from where it began. Where the target's score has no slope (the ReLU behind it is
    off everywhere), the step goes down the score that is on top instead, until the target's comes to life.

    Parameters
    ----------
    X : float tensor (1, C, H, W), normalized; left as it is
    target_y : int, the class to be taken for
    model : nn.Module, (N, C, H, W) -> scores (N, classes); put in eval mode
    learning_rate : float, length of a step, in standard deviations of the pixels summed over the picture
    max_iterations : int, how many steps to try

    Returns
    -------
    X_fooling : float tensor (1, C, H, W), detached; X itself, copied, where the model says target_y from the start

    Raises
    ------
    RuntimeError : not fooled within max_iterations, or no score has a slope
    TypeError, ValueError : bad arguments

    References
    ----------
    Szegedy et al. 2013, arXiv:1312.6199, section 4; the normalized step: Goodfellow et al. 2014, arXiv:1412.6572,
    section 4, takes one with the sign of g.
    """
    *_, X_fooling = fooling_path(X, target_y, model, learning_rate=learning_rate, max_iterations=max_iterations)
    return X_fooling


def fooling_path(X, target_y, model, *, learning_rate=1.0, max_iterations=100):
    """Yield the pictures on the way of `make_fooling_image`, X first and the one that fools last.

    X, target_y, model, learning_rate, max_iterations and the errors are those of `make_fooling_image`.
    """
    check_pictures("X", X, count=1)
    check_number("learning_rate", learning_rate, low=0, low_open=True)
    X, model = X.detach().clone(), check_network(model)
    for _ in range(check_count("max_iterations", max_iterations) + 1):
        X.requires_grad_()
        scores = model(X)
        yield X.detach()
        if scores.argmax(dim=1).item() == check_class("target_y", target_y, scores):
            return
        X = X.detach() + learning_rate * unit(climb(scores[0], target_y, X), "every score")
    raise RuntimeError(f"the model was not fooled within max_iterations={max_iterations} steps; allow more, or take a "
                       f"larger learning_rate than {learning_rate}")


def climb(scores, target_y, X):
    """Return the gradient of scores[target_y] with respect to X, or where that is zero of -max(scores)."""
    g, = torch.autograd.grad(scores[target_y], X, retain_graph=True)
    return g if g.any() else torch.autograd.grad(-scores.max(), X)[0]


def unit(g, what):
    """Return g / ‖g‖₂, the direction of g; RuntimeError, with `what` it is of, where g is zero and has none."""
    norm = g.norm()
    if norm == 0:
        raise RuntimeError(f"{what} has no slope here: its gradient is zero (a ReLU that is off); start from another "
                           "picture")
    return g / norm


def update_class_visualization(model, target_y, l2_reg, learning_rate, img, *, normalize=False):
    """Make one step of gradient ascent on the score of class target_y, with large pixels held down.

    f(img) = scores[target_y] - l2_reg ‖img‖₂², g = ∂f / ∂img = ∂scores[target_y] / ∂img - 2 l2_reg img

    img <- img + learning_rate g, or img + learning_rate g / ‖g‖₂ with normalize=True. Both are in use: the course's
    text asks for the plain step, and many solutions take the normalized one, as for fooling images, since the length
    of g differs between networks. What is not free is the sign of the penalty (minus, as we climb) and its square.

    Parameters
    ----------
    model : nn.Module, (N, C, H, W) -> scores (N, classes); put in eval mode
    target_y : int, the class
    l2_reg : float, at least 0
    learning_rate : float > 0
    img : float tensor (1, C, H, W), normalized; left as it is
    normalize : bool

    Returns
    -------
    img : float tensor (1, C, H, W), detached

    Raises
    ------
    RuntimeError : normalize=True and g is zero
    TypeError, ValueError : bad arguments

    References
    ----------
    Simonyan, Vedaldi and Zisserman 2013, arXiv:1312.6034, section 2, equation 1.
    """
    check_pictures("img", img, count=1)
    check_number("l2_reg", l2_reg, low=0)
    check_number("learning_rate", learning_rate, low=0, low_open=True)
    img = img.detach().clone().requires_grad_()
    scores = check_network(model)(img)
    objective = scores[0, check_class("target_y", target_y, scores)] - l2_reg * img.square().sum()
    g, = torch.autograd.grad(objective, img)
    return img.detach() + learning_rate * (unit(g, f"the objective of target_y={target_y}") if normalize else g)


def create_class_visualization(target_y, model, *, size=None, l2_reg=1e-3, learning_rate=25.0, num_iterations=100,
                               blur_every=10, max_jitter=16, normalize=True, seed=182, watch=None):
    """Draw the picture that the model finds most like class target_y, starting from noise.

    Each iteration moves the picture by a random jitter (so that no detail may depend on its exact place), makes one
    step of `update_class_visualization`, moves it back, and clamps it to the pixels a picture can have. Every
    blur_every iterations a slight blur takes away what only single pixels say.

    Parameters
    ----------
    target_y : int, the class
    model : nn.Module with `mean` and `std`, such as that of `load_squeezenet`
    size : int, side of the picture in pixels (default: the model's input_size)
    l2_reg, learning_rate, normalize : as `update_class_visualization`
    num_iterations : int, how many steps
    blur_every : int, iterations from blur to blur
    max_jitter : int, largest move in pixels, in x and in y
    seed : int, of the noise and the moves; the same seed gives the same bytes
    watch : function (t, img), called after each iteration, or None

    Returns
    -------
    img : float tensor (1, 3, size, size), normalized

    Raises
    ------
    TypeError, ValueError : a number of another kind or out of range

    References
    ----------
    Simonyan et al. 2013, arXiv:1312.6034, section 2; blur: Yosinski et al. 2015, arXiv:1506.06579, section 3; jitter:
    Mordvintsev, Olah and Tyka 2015, "Inceptionism".
    """
    size = check_count("size", model.input_size if size is None else size)
    check_count("num_iterations", num_iterations)
    check_count("blur_every", blur_every)
    check_count("max_jitter", max_jitter, low=0)
    generator = torch.Generator().manual_seed(check_count("seed", seed, low=0))
    low, high = pixel_range(model)
    img = torch.randn(1, 3, size, size, generator=generator).to(low)
    for t in range(num_iterations):
        ox, oy = torch.randint(0, max_jitter + 1, (2,), generator=generator).tolist()
        img = jitter(img, ox, oy)
        img = update_class_visualization(model, target_y, l2_reg, learning_rate, img, normalize=normalize)
        img = torch.clamp(jitter(img, -ox, -oy), low, high)
        img = blur_image(img, sigma=0.5) if t % blur_every == 0 else img
        if watch is not None:
            watch(t, img)
    return img


def pixel_range(model):
    """Return the normalized values of black and of white, each of shape (3, 1, 1), where the model is."""
    device = next(model.parameters()).device
    mean, std = (torch.tensor(values, device=device).view(3, 1, 1) for values in (model.mean, model.std))
    return -mean / std, (1 - mean) / std


def jitter(X, ox, oy):
    """Return pictures X (N, C, H, W) moved by ox pixels to the right and oy down; what leaves a side comes in opposite.

    jitter(jitter(X, ox, oy), -ox, -oy) is X again.
    """
    return torch.roll(X, (oy, ox), dims=(2, 3))


def blur_image(X, sigma=1.0):
    """Return pictures X (N, C, H, W) blurred by a Gaussian of `sigma` pixels, mirrored at the border.

    TypeError or ValueError where sigma is no number, or below 0.
    """
    check_pictures("X", X)
    check_number("sigma", sigma, low=0)
    return torch.from_numpy(gaussian(X.detach().cpu().numpy(), sigma=(0, 0, sigma, sigma), mode="reflect")).to(X)
