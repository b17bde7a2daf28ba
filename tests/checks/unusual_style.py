"""Right but unusual solutions of style transfer: hooks, einsum, in place, convolutions, other norms."""

import torch
import torch.nn.functional as F


def features_by_sequential(x, cnn):
    return tuple(torch.nn.Sequential(*list(cnn.features)[:i])(x) for i in range(1, 1 + len(cnn.features)))


def features_by_hooks(x, cnn):
    found = []
    hooks = [module.register_forward_hook(lambda module, args, out: found.append(out)) for module in cnn.features]
    torch.nn.Sequential(*cnn.features)(x)
    for hook in hooks:
        hook.remove()
    return found


def content_by_norm(content_weight, content_current, content_target):
    """Square a root, which is right unless the features are equal."""
    return content_weight * torch.dist(content_current, content_target) ** 2


def content_by_mse(content_weight, content_current, content_target):
    return F.mse_loss(content_current, content_target, reduction="sum").mul(content_weight)


def gram_by_einsum(features, normalize=True):
    N, C, H, W = features.size()
    return torch.einsum("nkij,nlij->nkl", features, features) / (H * W * C if normalize else 1)


def gram_by_pictures(features, normalize=True):
    grams = [picture.flatten(1) @ picture.flatten(1).T for picture in features]
    return torch.stack(grams).div_(features[0].numel() if normalize else 1)


def style_by_zip(feats, style_layers, style_targets, style_weights):
    return sum(w * torch.linalg.matrix_norm(gram_by_einsum(feats[layer]) - A).square().sum()
               for layer, A, w in zip(style_layers, style_targets, style_weights))


def style_in_place(feats, style_layers, style_targets, style_weights):
    loss = torch.zeros(1, dtype=feats[0].dtype)
    for k, layer in enumerate(style_layers):
        loss += F.mse_loss(gram_by_pictures(feats[layer]), style_targets[k], reduction="sum") * style_weights[k]
    return loss.squeeze()


def tv_by_diff(img, tv_weight):
    return tv_weight * (img.diff(dim=2).pow(2).sum() + img.diff(dim=-1).pow(2).sum())


def tv_by_convolution(img, tv_weight):
    kernel = img.new_tensor([-1.0, 1.0])
    planes = img.flatten(0, 1)[:, None]  # (N, C, H, W) -> (N·C, 1, H, W)
    return tv_weight * sum(F.conv2d(planes, kernel.view(1, 1, *shape)).square().sum() for shape in ((1, 2), (2, 1)))


SOLUTIONS = [
    ("extract_features", features_by_sequential), ("extract_features", features_by_hooks),
    ("content_loss", content_by_mse), ("content_loss", content_by_norm),
    ("gram_matrix", gram_by_einsum), ("gram_matrix", gram_by_pictures),
    ("style_loss", style_by_zip), ("style_loss", style_in_place),
    ("tv_loss", tv_by_diff), ("tv_loss", tv_by_convolution),
]
