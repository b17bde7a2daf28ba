"""Right solutions of the exercises on network visualization, as a learner may write them."""

import torch


def compute_saliency_maps(X, y, model):
    model.eval()
    X.requires_grad_()
    scores = model(X)
    chosen = scores.gather(1, y.view(-1, 1)).squeeze()
    chosen.backward(torch.ones_like(chosen))
    saliency, _ = X.grad.abs().max(dim=1)
    return saliency


def make_fooling_image(X, target_y, model):
    X_fooling = X.clone().requires_grad_()
    learning_rate = 1
    for _ in range(100):
        scores = model(X_fooling)
        if scores.max(1)[1].item() == target_y:
            break
        scores[0, target_y].backward()
        g = X_fooling.grad
        X_fooling.data += learning_rate * g / g.norm()
        X_fooling.grad.zero_()
    return X_fooling.detach()


def update_class_visualization(model, target_y, l2_reg, learning_rate, img):
    img = img.detach().clone().requires_grad_()
    objective = model(img)[0, target_y] - l2_reg * torch.sum(img * img)
    objective.backward()
    g = img.grad
    return (img + learning_rate * g).detach()
