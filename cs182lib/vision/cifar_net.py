"""A convolutional net for CIFAR-10 that trains in minutes on two CPU cores.

    python -m cs182lib.vision.cifar_net --budget 2min
    accelerate launch --multi_gpu --num_processes 2 -m cs182lib.vision.cifar_net --budget 2min

(`--multi_gpu` asks Accelerate for several processes; without a GPU they share the work on the CPU through gloo.)

Six 3x3 convolutions behind a fixed first layer. What makes it fast to train:

- the first layer is not learned: it whitens 2x2 patches (principal components, scaled to variance 1), so the layers
  above see decorrelated inputs of equal size from the first step on;
- the other convolutions start as the identity on their first channels (`nn.init.dirac_`);
- batch norm without a learned scale, and with running statistics that follow within a few steps;
- GELU, and a last layer whose scores are divided by nine, so that the softmax starts undecided;
- SGD with Nesterov momentum under a learning rate that rises for a quarter of the steps and then falls in a line; the
  longest budget takes Muon instead, and groups of three convolutions, which fit the data better for the same time;
- label smoothing, Lookahead, mirrored and shifted images (also averaged over at test time).

References
----------
Jordan 2024, arXiv:2404.00498 (whitening, dirac start, scaled head); Page 2018, "How to train your ResNet"
(patch whitening, frozen batch-norm scale); Ioffe and Szegedy 2015, arXiv:1502.03167; Hendrycks and Gimpel 2016,
arXiv:1606.08415 (GELU); Szegedy et al. 2016, arXiv:1512.00567, section 7 (label smoothing); Smith and Topin 2017,
arXiv:1708.07120 (a rate that rises and falls).
"""

import argparse

import torch
import torch.distributed as dist
import torch.nn.functional as F
from accelerate import PartialState
from torch import nn

from cs182lib.data import load_cifar10_uint8
from cs182lib.training.fit import fit
from cs182lib.training.lookahead import Lookahead
from cs182lib.training.memory import keep_freed_memory
from cs182lib.training.seeding import fast_precision, pick_device, seed_everything
from cs182lib.validation import check_choice, check_count, check_number
from cs182lib.vision.cifar_recipes import BUDGETS, Recipe, make_optimizer
from cs182lib.vision.images import ImageBatches, accuracy


def whitening_filters(X, size=2, eps=5e-4):
    """Return filters whose answers on the patches of X have covariance (nearly) the identity.

    C = E[p p^T] over all patches p, C = V diag(a) V^T, filter i = V[:, i] / sqrt(a_i + eps)

    Parameters
    ----------
    X : float tensor (N, C, H, W), normalized images; a few thousand are enough
    size : int, side of a patch
    eps : float > 0, keeps directions with almost no variance from being blown up

    Returns
    -------
    filters : float tensor (C * size * size, C, size, size), largest variance first

    Raises
    ------
    TypeError, ValueError : X is no float tensor of four axes, size is no whole number above 0, or eps is not above 0

    References
    ----------
    Page 2018, "How to train your ResNet 8"; Coates and Ng 2012, "Learning feature representations with k-means".
    """
    if X.ndim != 4 or not X.is_floating_point() or len(X) == 0:
        raise ValueError(f"X must be a float tensor of shape (N, C, H, W), got {X.dtype} of shape {tuple(X.shape)}")
    check_count("size", size)
    check_number("eps", eps, low=0, low_open=True)
    C, D = X.shape[1], X.shape[1] * size * size
    patches = X.unfold(2, size, 1).unfold(3, size, 1)  # (N, C, H', W', size, size)
    patches = patches.permute(0, 2, 3, 1, 4, 5).reshape(-1, D).double()  # (N*H'*W', C*size*size)
    variances, V = torch.linalg.eigh(patches.T @ patches / len(patches))  # ascending; V is (D, D), columns
    filters = (V / torch.sqrt(variances + eps)).T.flip(0)  # (D, D), rows, largest variance first
    return filters.reshape(D, C, size, size).to(X.dtype)


class SumOverProcesses(torch.autograd.Function):
    """Sum a tensor over all processes; the gradient is summed likewise."""

    @staticmethod
    def forward(ctx, x):
        """Return the sum of every process's x; ctx is autograd's."""
        total = x.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx, dtotal):
        """Return the sum of every process's dtotal: each x went into the total of every process; ctx is autograd's."""
        total = dtotal.clone(memory_format=torch.contiguous_format)
        dist.all_reduce(total)
        return total


class BatchNorm(nn.BatchNorm2d):
    """Normalize each channel over the batch of all processes, with a learned shift and no learned scale.

    With one process this is PyTorch's batch norm. With several, mean and variance are averaged over the processes,
    so that a batch in two halves is normalized as the whole batch would be.

    Parameters
    ----------
    channels : int
    momentum : share of the batch in the running statistics
    """

    def __init__(self, channels, momentum=0.4):
        super().__init__(channels, momentum=momentum)
        self.weight.requires_grad_(False)

    def forward(self, x):
        """Return x (B, C, H, W) normalized; in training the running statistics follow."""
        if not (self.training and dist.is_initialized() and dist.get_world_size() > 1):
            return super().forward(x)
        x32 = x.float()
        moments = torch.stack([x32.mean(dim=(0, 2, 3)), (x32**2).mean(dim=(0, 2, 3))])  # (2, C)
        mean, square = SumOverProcesses.apply(moments) / dist.get_world_size()
        var = square - mean**2
        with torch.no_grad():
            n = x.numel() // x.shape[1] * dist.get_world_size()
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(var * n / (n - 1), self.momentum)
            self.num_batches_tracked += 1
        out = (x32 - mean[:, None, None]) * torch.rsqrt(var + self.eps)[:, None, None] + self.bias[:, None, None]
        return out.to(x.dtype)


class ConvGroup(nn.Module):
    """conv - pool 2x2 - batch norm - GELU, then more of conv - batch norm - GELU: (B, C, H, W) -> (B, F, H//2, W//2).

    With depth 3 the last two convolutions are a residual block: their input is added before the last GELU.

    C and F_ are the channels before and after. ValueError where the depth is neither 2 nor 3.
    """

    def __init__(self, C, F_, depth=2):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(C, F_, 3, padding=1, bias=False), BatchNorm(F_)
        self.conv2, self.norm2 = nn.Conv2d(F_, F_, 3, padding=1, bias=False), BatchNorm(F_)
        self.conv3, self.norm3 = None, None
        if check_choice("depth", depth, (2, 3)) == 3:
            self.conv3, self.norm3 = nn.Conv2d(F_, F_, 3, padding=1, bias=False), BatchNorm(F_)
        for conv in (self.conv1, self.conv2, self.conv3)[:depth]:
            nn.init.dirac_(conv.weight[: conv.in_channels])  # the first channels are passed on unchanged

    def forward(self, x):
        """Return the features of x, at half its height and width."""
        x = F.gelu(self.norm1(F.max_pool2d(self.conv1(x), 2)))
        out = self.norm2(self.conv2(x))
        if self.conv3 is not None:
            out = x + self.norm3(self.conv3(F.gelu(out)))
        return F.gelu(out)


class CifarNet(nn.Module):
    """Whitening, three groups of two convolutions, max pool, linear: 32x32 RGB images to class scores.

    (B, 3, 32, 32) -> (B, 24, 31, 31) -> (B, w0, 15, 15) -> (B, w1, 7, 7) -> (B, w2, 3, 3) -> (B, w2) -> (B, classes)

    Parameters
    ----------
    filters : float tensor (12, 3, 2, 2) of `whitening_filters`
    widths : three ints, channels of the groups
    num_classes : int, scores of an image
    depth : 2 or 3, convolutions in a group

    Raises
    ------
    TypeError, ValueError : widths are not three whole numbers above 0, num_classes is none, or depth is neither 2 nor 3
    """

    def __init__(self, filters, widths=(64, 256, 256), num_classes=10, depth=2):
        super().__init__()
        if len(widths) != 3:
            raise ValueError(f"widths must be three channel counts, got {widths!r}")
        w0, w1, w2 = (check_count("widths", w) for w in widths)
        self.whiten = nn.Conv2d(3, 2 * len(filters), filters.shape[-1], bias=False)
        # with each filter its negative: GELU keeps one half of each, so nothing is lost
        self.whiten.weight = nn.Parameter(torch.cat([filters, -filters]), requires_grad=False)
        inputs = (2 * len(filters), w0, w1)
        self.groups = nn.Sequential(*[ConvGroup(C, F_, depth) for C, F_ in zip(inputs, (w0, w1, w2))])
        self.head = nn.Linear(w2, check_count("num_classes", num_classes), bias=False)
        self.to(memory_format=torch.channels_last)  # the order in which CPU and GPU convolve fastest

    def forward(self, x):
        """Return the scores (B, classes) of images x (B, 3, 32, 32); ValueError where they have another shape."""
        if x.ndim != 4 or x.shape[1:] != (3, 32, 32):
            raise ValueError(f"images must have the shape (B, 3, 32, 32), got {tuple(x.shape)}")
        x = self.groups(F.gelu(self.whiten(x)))  # (B, w2, 3, 3)
        x = F.max_pool2d(x, 3).flatten(1)  # (B, w2)
        return self.head(x) / 9


def train_cifar_net(budget="2min", data=None, seed=182, checkpoint=None, num_validation=1000, progress=True):
    """Train the net within a budget of time on two CPU cores, then score it once on the test images.

    The last `num_validation` training images are held out, as in the course, and scored after every epoch; nothing
    is chosen by them or by the test images. Products are bfloat16 where the device does that fast, else float32.

    Parameters
    ----------
    budget : "quick" (for the stand-in), "2min", "20min", "45min", or a Recipe
    data : Dataset of `load_cifar10_uint8`, which is what None takes
    seed : int, of order, augmentation and initial weights
    checkpoint : path or None; written after every epoch, and continued from where it exists
    num_validation : int, below the number of training images
    progress : bool

    Returns
    -------
    result : dict with model, history (of `fit`; its epochs hold val_acc), val_acc, test_acc, test_acc_plain (without
        test-time augmentation), seconds and cpu_seconds of the training, precision, recipe, seed, source,
        fingerprint, processes

    Raises
    ------
    TypeError, ValueError : the budget is no such word, or num_validation does not leave a batch
    """
    recipe = budget if isinstance(budget, Recipe) else BUDGETS[check_choice("budget", budget, tuple(BUDGETS))]
    data = load_cifar10_uint8() if data is None else data
    generator, device, processes = seed_everything(seed), pick_device(), PartialState(cpu=pick_device().type == "cpu")
    precision = fast_precision(device)
    train, val, test = split_batches(data, recipe, num_validation, generator, processes)
    head = ImageBatches(data["X_train"][:5000], data["y_train"][:5000], 5000)
    filters = whitening_filters(next(iter(head))[0])
    model = CifarNet(filters, recipe.widths, len(data.class_names), recipe.depth)
    optimizer, schedule = make_optimizer(model, recipe)
    keep_freed_memory()

    def loss_fn(model, batch):
        X, y = batch
        return F.cross_entropy(model(X).float(), y, label_smoothing=recipe.label_smoothing)

    def score(batches, tta="none"):
        return accuracy(model, batches, tta=tta, precision=precision, device=processes.device)

    history = fit(model, train, optimizer, loss_fn, epochs=recipe.epochs, schedule=schedule,
                  precision=precision, evaluate=lambda model: {"val_acc": score(val)}, checkpoint=checkpoint,
                  after_step=[Lookahead(model)], progress=progress)
    return {"model": model, "history": history, "val_acc": history.epochs[-1]["val_acc"],
            "test_acc": score(test, recipe.tta), "test_acc_plain": score(test),
            "seconds": history.seconds, "cpu_seconds": history.cpu_seconds, "precision": precision,
            "recipe": recipe.settings(), "seed": seed, "source": data.source, "fingerprint": data.fingerprint,
            "processes": processes.num_processes}


def split_batches(data, recipe, num_validation, generator, processes):
    """Return the ImageBatches for training (augmented), validation and test.

    Parameters
    ----------
    data, num_validation : as for `train_cifar_net`
    recipe : Recipe
    generator : torch.Generator, for order and augmentation
    processes : Accelerator, which says which of them this one is

    Raises
    ------
    TypeError, ValueError : num_validation is no whole number above 0, or does not leave a batch
    """
    X, y = data["X_train"], data["y_train"]
    keep = len(X) - check_count("num_validation", num_validation)
    if keep < recipe.batch_size:
        raise ValueError(f"num_validation must leave at least one batch of {recipe.batch_size}, got {num_validation} "
                         f"of {len(X)} training images")
    train = ImageBatches(X[:keep], y[:keep], recipe.batch_size, generator, flip="alternating",
                         translate=recipe.translate, cutout=recipe.cutout,
                         rank=processes.process_index, world=processes.num_processes)
    return train, ImageBatches(X[keep:], y[keep:], 500), ImageBatches(data["X_test"], data["y_test"], 500)


def main(argv=None):
    """Train by the command line `argv` (None: that of the process) and print the result."""
    parser = argparse.ArgumentParser(description="Train the CIFAR-10 net within a budget of time on two CPU cores.")
    parser.add_argument("--budget", choices=tuple(BUDGETS), default="2min")
    parser.add_argument("--seed", type=int, default=182)
    parser.add_argument("--checkpoint", help="file to save to after every epoch, and to continue from")
    args = parser.parse_args(argv)
    result = train_cifar_net(args.budget, seed=args.seed, checkpoint=args.checkpoint)
    if PartialState().is_main_process:
        for epoch in result["history"].epochs:
            print("epoch {epoch:2d}  loss {loss:.3f}  validation {val_acc:.4f}  {seconds:.0f} s".format(**epoch))
        print(f"test accuracy {result['test_acc']:.4f} (one view: {result['test_acc_plain']:.4f}) "
              f"on {result['source']} {result['fingerprint']}, {result['seconds']:.0f} s, "
              f"precision {result['precision']}, {result['processes']} process(es)")


if __name__ == "__main__":
    main()
