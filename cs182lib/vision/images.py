"""Images that fit in memory: batches with augmentation, accuracy and class probabilities, without worker processes."""

import numpy as np
import torch
import torch.nn.functional as F

from cs182lib.validation import check_choice, check_count

CIFAR10_MEAN = (0.4914, 0.4822, 0.4465)  # of the training pixels scaled to 0..1, per channel
CIFAR10_STD = (0.2470, 0.2435, 0.2616)


class ImageBatches:
    """Give the images in batches, each pass in a new order and freshly augmented.

    Everything is drawn from `generator`, for the whole batch of all processes at once, and each process then takes
    its own rows: two processes see together exactly what one would see.

    Parameters
    ----------
    images : uint8 array or tensor of shape (N, 3, H, W), values 0..255
    labels : integer array or tensor of shape (N,)
    batch_size : int, the batch of all processes together
    generator : torch.Generator or None; None gives every image once, in order, unaugmented, the last batch shorter;
        with a generator the images that do not fill a last batch are left out of this pass
    flip : None, "random" (each image mirrored with probability 1/2 in each pass) or "alternating" (the first pass
        mirrors a random half, every later pass mirrors each image anew: in two passes the net meets both views)
    translate : int, largest shift in pixels, in x and in y; the border is reflected
    cutout : int, side of a square that is set to the mean color in each image, at a random place (0: none)
    device : where the images are kept, augmented and given; the random numbers are the same everywhere
    mean, std : three numbers each; images are given as (x / 255 - mean) / std
    rank, world : int, this process's number and how many there are

    Yields
    ------
    X : float32 tensor (B, 3, H, W) in channels-last memory order, y : int64 tensor (B,)

    Raises
    ------
    TypeError, ValueError : images, labels or a setting of another kind or out of range; augmentation without generator

    References
    ----------
    Alternating flip: Jordan 2024, arXiv:2404.00498, section 3.6. Cutout: DeVries and Taylor 2017, arXiv:1708.04552.
    """

    def __init__(self, images, labels, batch_size, generator=None, *, flip=None, translate=0, cutout=0,
                 device="cpu", mean=CIFAR10_MEAN, std=CIFAR10_STD, rank=0, world=1):
        self.images, self.labels = (x.to(device) for x in _check_images(images, labels))
        self.device = torch.device(device)
        self.batch_size, self.world = check_count("batch_size", batch_size), check_count("world", world)
        if batch_size % world or not 0 <= rank < world:
            raise ValueError(f"batch_size must be a multiple of the {world} processes and rank below {world}, "
                             f"got batch_size={batch_size}, rank={rank}")
        self.flip = check_choice("flip", flip, (None, "random", "alternating"))
        self.translate = check_count("translate", translate, low=0)
        self.cutout = check_count("cutout", cutout, low=0)
        if generator is None and (flip or translate or cutout):
            raise ValueError("augmentation (flip, translate, cutout) draws random numbers: "
                             "pass generator=torch.Generator()")
        self.generator, self.rank, self.epoch = generator, rank, 0
        self.mean = torch.tensor(mean, dtype=torch.float32, device=device) * 255
        self.scale = 1 / (torch.tensor(std, dtype=torch.float32, device=device) * 255)
        self.mirrored = self._draw_half() if flip == "alternating" else None

    def __len__(self):
        N = len(self.labels)
        return -(-N // self.batch_size) if self.generator is None else N // self.batch_size

    def __iter__(self):
        N = len(self.labels)
        order = torch.arange(N) if self.generator is None else torch.randperm(N, generator=self.generator)
        mirrored = self._mirrored_now()
        shifts = self._draw_shifts()
        holes = self._draw_holes()
        order, mirrored, shifts, holes = (x.to(self.device) for x in (order, mirrored, shifts, holes))
        share = self.batch_size // self.world
        self.epoch += 1
        for i in range(len(self)):
            start = i * self.batch_size + self.rank * share
            rows = order[start : start + share]
            yield self._take(rows, mirrored[rows], shifts[rows], holes[rows]), self.labels[rows]

    def _take(self, rows, mirrored, shifts, holes):
        """Return the images of those rows, mirrored, shifted and holed as told, normalized."""
        X = self.images[rows]  # (B, H, W, 3)
        if mirrored.any():
            X = torch.where(mirrored[:, None, None, None], X.flip(2), X)
        if self.translate:
            y, x = (_reflected(size, shifts[:, i]) for i, size in enumerate(X.shape[1:3]))  # (B, H), (B, W)
            X = X[torch.arange(len(X), device=self.device)[:, None, None], y[:, :, None], x[:, None, :]]  # (B, H, W, 3)
        X = (X.float() - self.mean) * self.scale
        if self.cutout:
            X = X.masked_fill(_squares(X.shape[1:3], holes, self.cutout)[..., None], 0.0)
        return X.permute(0, 3, 1, 2)  # (B, H, W, 3) -> (B, 3, H, W), which is channels-last memory order

    def _mirrored_now(self):
        if self.flip == "random":
            return self._draw_half()
        if self.flip == "alternating":
            return self.mirrored ^ bool(self.epoch % 2)
        return torch.zeros(len(self.labels), dtype=torch.bool)

    def _draw_half(self):
        return torch.rand(len(self.labels), generator=self.generator) < 0.5

    def _draw_shifts(self):
        if not self.translate:
            return torch.zeros(len(self.labels), 2, dtype=torch.int64)
        t = self.translate
        return torch.randint(-t, t + 1, (len(self.labels), 2), generator=self.generator)

    def _draw_holes(self):
        if not self.cutout:
            return torch.zeros(len(self.labels), 2, dtype=torch.int64)
        size = torch.tensor(self.images.shape[1:3])
        return (torch.rand(len(self.labels), 2, generator=self.generator) * size).long()  # the centers

    def state_dict(self):
        """Return what a resumed run needs to give the same batches: pass number, first mirroring, generator."""
        generator = None if self.generator is None else self.generator.get_state()
        return {"epoch": self.epoch, "mirrored": self.mirrored, "generator": generator}

    def load_state_dict(self, state):
        """Take up a state that `state_dict` returned."""
        self.epoch, self.mirrored = state["epoch"], state["mirrored"]
        if self.generator is not None:
            self.generator.set_state(state["generator"])


def _reflected(size, shift):
    """Return the indices 0..size-1 moved by each shift and reflected at the border, of shape (B, size)."""
    i = (torch.arange(size, device=shift.device)[None, :] + shift[:, None]).abs()
    return size - 1 - (size - 1 - i).abs()


def _squares(shape, centers, side):
    """Return masks (B, H, W), True in a square of that side around each center, cut off at the border."""
    start = centers - side // 2  # (B, 2)
    y, x = (torch.arange(size, device=start.device) - start[:, i, None] for i, size in enumerate(shape))
    return ((y >= 0) & (y < side))[:, :, None] & ((x >= 0) & (x < side))[:, None, :]  # (B, H), (B, W) -> (B, H, W)


def _check_images(images, labels):
    """Return the images as a uint8 tensor (N, H, W, 3) and the labels as an int64 tensor (N,)."""
    images, labels = torch.as_tensor(np.asarray(images)), torch.as_tensor(np.asarray(labels))
    if images.dtype != torch.uint8 or images.ndim != 4 or images.shape[1] != 3:
        raise ValueError("images must be uint8 of shape (N, 3, H, W), "
                         f"got {images.dtype} of shape {tuple(images.shape)}; see load_cifar10_uint8")
    if len(images) == 0 or labels.shape != images.shape[:1]:
        raise ValueError(f"labels must be one for each of the {len(images)} images (at least one), "
                         f"got shape {tuple(labels.shape)}")
    if labels.is_floating_point() or labels.min() < 0:
        raise ValueError("labels must be integers from 0 on; convert them with labels.astype(np.int64)")
    return images.permute(0, 2, 3, 1).contiguous(), labels.long()


def predict(model, batches, *, tta="none", precision="no", device="cpu"):
    """Return the class probabilities and the true labels of all images in `batches`.

    Parameters
    ----------
    model : nn.Module, images (B, 3, H, W) -> scores (B, C); it is put in eval mode
    batches : ImageBatches or DataLoader giving (images, labels) in a fixed order
    tta : test-time augmentation, the scores averaged over views of the image: "none", "mirror" (the image and its
        mirror image) or "mirror+shift" (both, and both moved by one pixel up-left and down-right)
    precision : "no" or "bf16"
    device : where the model is

    Returns
    -------
    probabilities : float32 tensor (N, C), labels : int64 tensor (N,)

    Raises
    ------
    ValueError : tta is another word
    """
    check_choice("tta", tta, ("none", "mirror", "mirror+shift"))
    model.eval()
    scores, labels = [], []
    with torch.no_grad(), torch.autocast(torch.device(device).type, torch.bfloat16, enabled=precision == "bf16"):
        for X, y in batches:
            scores.append(_average_views(model, X.to(device), tta).cpu())
            labels.append(y.cpu())
    return torch.cat(scores).softmax(dim=1), torch.cat(labels)


def _average_views(model, X, tta):
    """Return the mean scores over the views of X, float32 (B, C)."""
    if tta == "none":
        return model(X).float()
    both = [X, X.flip(3)]
    scores = sum(model(view).float() for view in both) / 2
    if tta == "mirror":
        return scores
    H, W = X.shape[2:]
    padded = [F.pad(view, (1, 1, 1, 1), mode="reflect") for view in both]
    moved = [view[:, :, d : d + H, d : d + W] for view in padded for d in (0, 2)]
    return scores / 2 + sum(model(view).float() for view in moved) / len(moved) / 2


def accuracy(model, batches, **kw):
    """Return the share of images (0..1) whose most probable class is the right one.

    model, batches and the keywords `kw` are those of `predict`.
    """
    probabilities, labels = predict(model, batches, **kw)
    return (probabilities.argmax(dim=1) == labels).float().mean().item()
