"""Right but unusual solutions of network visualization: functional gradients, one by one, in place, vectors."""

import plain_pictures
import torch
from breaking import broken
from wrong_pictures import NORMALIZED

from cs182lib.vision import visualization


def maps_by_functional_gradient(X, y, model):
    rows = torch.arange(len(X), device=next(model.parameters()).device)
    return torch.func.grad(lambda X: model(X)[rows, y].sum())(X).abs().amax(dim=1)


def maps_one_by_one(X, y, model):
    model.zero_grad()
    pictures = [x[None].clone().requires_grad_() for x in X]
    for x, label in zip(pictures, y):
        model(x)[0, label].backward()
    return torch.cat([x.grad.abs().max(dim=1).values for x in pictures])


def maps_by_onehot(X, y, model):
    """Send a one-hot row back for each picture; the largest of x and -x is the absolute value."""
    X = X.clone().requires_grad_(True)
    scores = model(X)
    scores.backward(torch.eye(scores.shape[1], dtype=X.dtype)[y])
    return torch.maximum(X.grad, -X.grad).permute(0, 2, 3, 1).max(-1)[0]


def fool_before_looking(X, target_y, model):
    X = X.clone()
    while True:
        X.requires_grad_()
        g, = torch.autograd.grad(model(X)[0, target_y], X)
        X = (X + g / g.norm()).detach()
        if model(X).argmax() == target_y:
            return X


def fool_by_an_optimizer(X, target_y, model):
    """Let SGD walk, on the negative score, with a gradient of length 1."""
    change = torch.zeros_like(X, requires_grad=True)
    walk = torch.optim.SGD([change], lr=1.0)
    for _ in range(100):
        scores = model(X + change)
        if scores.squeeze(0).topk(1).indices == target_y:
            break
        walk.zero_grad()
        scores[:, target_y].sum().neg().backward()
        change.grad = torch.nn.functional.normalize(change.grad.flatten(), dim=0).view_as(X)
        walk.step()
    return (X + change).detach()


def step_in_place(model, target_y, l2_reg, learning_rate, img):
    """Change the picture where it is given back."""
    x = img.clone().requires_grad_()
    (model(x)[0, target_y] - l2_reg * (x**2).sum()).backward()
    return img.add_(x.grad, alpha=learning_rate)


def step_by_hand(model, target_y, l2_reg, learning_rate, img):
    """Write the penalty's gradient down, and shrink the picture before the step."""
    score_gradient, = torch.func.grad(lambda x: model(x)[0, target_y])(img.detach()),
    return img.detach() * (1 - 2 * learning_rate * l2_reg) + learning_rate * score_gradient


def normalized(*arguments):
    return visualization.update_class_visualization(*arguments, normalize=True)


SOLUTIONS = [
    ("compute_saliency_maps", maps_by_functional_gradient), ("compute_saliency_maps", maps_one_by_one),
    ("compute_saliency_maps", maps_by_onehot), ("make_fooling_image", fool_before_looking),
    ("make_fooling_image", fool_by_an_optimizer), ("update_class_visualization", step_in_place),
    ("update_class_visualization", step_by_hand), ("update_class_visualization", normalized),
    ("update_class_visualization", broken(plain_pictures.update_class_visualization, *NORMALIZED)),
]
