"""Style transfer beside a bare PyTorch loop of the same losses, on the same network and pictures."""

import torch

from cs182lib.data.paintings import load_paintings
from cs182lib.vision.pixels import preprocess
from cs182lib.vision.squeezenet import load_squeezenet
from cs182lib.vision.style_transfer import style_transfer

LAYERS, WEIGHTS, STEPS, SIZE = [1, 4, 6, 7], [1.0, 1.0, 1.0, 1.0], 10, 128


def style_pairs():
    """Yield (name, ours, peer, bound on the ratio)."""
    cnn, pictures = load_squeezenet(), list(load_paintings().values())
    content, style = pictures[0], pictures[1]

    def ours():
        return style_transfer(content, style, SIZE, SIZE, 3, 1e-6, LAYERS, WEIGHTS, 1e-6, cnn=cnn, num_steps=STEPS)

    yield f"style transfer, {STEPS} steps of Adam, {SIZE} pixels", ours, lambda: bare_loop(cnn, content, style), 1.1


def bare_loop(cnn, content, style):
    """Run the course's losses with nothing around them: no checks, no history, no pictures."""
    img, style = preprocess(content, cnn, SIZE), preprocess(style, cnn, SIZE)
    with torch.no_grad():
        target, grams = features(img, cnn)[3], [gram(f) for f in pick(features(style, cnn))]
    img = img.clone().requires_grad_()
    optimizer = torch.optim.Adam([img], lr=3.0)
    for _ in range(STEPS):
        img.data.clamp_(-1.5, 1.5)
        feats = features(img, cnn)
        loss = 1e-6 * ((feats[3] - target) ** 2).sum()
        for f, g, w in zip(pick(feats), grams, WEIGHTS):
            loss = loss + w * ((gram(f) - g) ** 2).sum()
        loss = loss + 1e-6 * (((img[:, :, 1:] - img[:, :, :-1]) ** 2).sum()
                              + ((img[:, :, :, 1:] - img[:, :, :, :-1]) ** 2).sum())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return img.detach()


def features(x, cnn):
    outputs = []
    for module in cnn.features[:max(LAYERS) + 1]:
        x = module(x)
        outputs.append(x)
    return outputs


def pick(feats):
    return [feats[layer] for layer in LAYERS]


def gram(f):
    rows = f.flatten(2)  # (1, C, H, W) -> (1, C, H·W)
    return rows @ rows.transpose(1, 2) / f[0].numel()
