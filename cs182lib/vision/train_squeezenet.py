"""Train the project's own small SqueezeNet on CIFAR-10; its weights are kept in datasets/pretrained/.

    CS182_DEVICE=cuda python -m cs182lib.vision.train_squeezenet

The net that is kept has no batch norm, as torchvision's has none. It is trained with one behind every convolution, and
in the end each is folded into its convolution, which changes no output.

Ioffe and Szegedy 2015, arXiv:1502.03167; Jacob et al. 2018, arXiv:1712.05877, section 3.2 (folding).
"""

import argparse
import json
import math
import platform
from pathlib import Path

import safetensors.torch
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from cs182lib.data import load_cifar10_uint8
from cs182lib.training.fit import fit
from cs182lib.training.lookahead import Lookahead
from cs182lib.training.seeding import fast_precision, pick_device, seed_everything
from cs182lib.validation import check_count
from cs182lib.vision.images import ImageBatches, accuracy
from cs182lib.vision.squeezenet import CHECKOUT, SqueezeNet

WEIGHTS = CHECKOUT / "pretrained" / "squeezenet_cifar10.safetensors"


class NormalizedConv(nn.Sequential):
    """The convolution `conv` without its bias, and the batch norm behind it."""

    def __init__(self, conv):
        conv.bias = None
        super().__init__(conv, nn.BatchNorm2d(conv.out_channels))


def add_batch_norm(model):
    """Put a batch norm behind every convolution of `model.features`, in place; return the model."""
    _replace(model.features, nn.Conv2d, NormalizedConv)
    return model


def fold_batch_norm(model):
    """Make each convolution and its batch norm one convolution again, in place; return the model, in eval mode.

    g = gamma / sqrt(running_var + eps);   W <- W * g (filter by filter),  b <- beta - running_mean * g
    """
    _replace(model.eval().features, NormalizedConv, lambda pair: fuse_conv_bn_eval(pair[0], pair[1]))
    return model


def _replace(module, kind, change):
    """Replace every child of that kind, at any depth, by change(child)."""
    for name, child in list(module.named_children()):
        if isinstance(child, kind):
            setattr(module, name, change(child))
        else:
            _replace(child, kind, change)


def warm_cosine(step, num_steps, warm=0.05):
    """Return the learning rate's factor at `step` of num_steps: up in a line for a share `warm`, then half a cosine."""
    t = step / num_steps
    return t / warm if t < warm else 0.5 * (1 + math.cos(math.pi * (t - warm) / (1 - warm)))


def train_squeezenet(data=None, epochs=200, batch_size=512, lr=0.2, weight_decay=5e-4, seed=182, checkpoint=None,
                     num_validation=1000, progress=True):
    """Train SqueezeNet 1.1 with a first convolution of stride 1 on CIFAR-10.

    SGD with Nesterov momentum, mirrored and shifted images with a square cut out, label smoothing, Lookahead. The last
    `num_validation` training images are held out and scored after every epoch; nothing is chosen by them.

    Parameters
    ----------
    data : Dataset of `load_cifar10_uint8`, which is what None takes
    epochs, batch_size : ints; lr : peak learning rate; weight_decay : of the filters
    seed : int, of order, augmentation and initial weights
    checkpoint : path or None; written after every epoch, and continued from where it exists
    num_validation : int, below the number of training images
    progress : bool, show progress bars

    Returns
    -------
    result : dict with model (folded, on the CPU, float32 numbers that float16 can hold), history, val_acc, test_acc,
        seconds, precision, device, config, seed, source, fingerprint

    Raises
    ------
    TypeError, ValueError : num_validation is no whole number above 0, or does not leave a batch
    """
    data = load_cifar10_uint8() if data is None else data
    generator, device = seed_everything(seed), pick_device()
    keep = len(data["X_train"]) - check_count("num_validation", num_validation)
    X, y = data["X_train"], data["y_train"]
    train = ImageBatches(X[:keep], y[:keep], batch_size, generator, flip="random", translate=3, cutout=6, device=device)
    val = ImageBatches(X[keep:], y[keep:], 1000, device=device)
    model = SqueezeNet("1_1", num_classes=len(data.class_names), stride=1)
    model.classifier[0].p = 0.0
    model = add_batch_norm(model).to(device, memory_format=torch.channels_last)
    precision = fast_precision(device)

    def loss_fn(model, batch):
        images, labels = batch
        return F.cross_entropy(model(images).float(), labels, label_smoothing=0.1)

    filters = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim == 1]
    optimizer = torch.optim.SGD([dict(params=filters, weight_decay=weight_decay), dict(params=others)], lr=lr,
                                momentum=0.9, nesterov=True)
    history = fit(model, train, optimizer, loss_fn, epochs=epochs, schedule=warm_cosine, precision=precision,
                  evaluate=lambda model: {"val_acc": accuracy(model, val, device=device)}, checkpoint=checkpoint,
                  after_step=[Lookahead(model)], progress=progress)
    model = round_to_half(fold_batch_norm(model.cpu()))
    test = ImageBatches(data["X_test"], data["y_test"], 1000)
    val = ImageBatches(X[keep:], y[keep:], 1000)
    return {"model": model, "history": history, "val_acc": accuracy(model, val), "test_acc": accuracy(model, test),
            "seconds": history.seconds, "precision": precision, "device": device.type, "seed": seed,
            "source": data.source, "fingerprint": data.fingerprint,
            "config": dict(epochs=epochs, batch_size=batch_size, lr=lr, weight_decay=weight_decay)}


def round_to_half(model):
    """Round the parameters to what float16 can hold, in place; return the model."""
    model.load_state_dict({name: value.half().float() for name, value in model.state_dict().items()})
    return model


def save_weights(result, path=WEIGHTS):
    """Write the weights of `result` as float16 safetensors to `path`, and beside it a JSON of how they were made."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    state = {name: value.half().contiguous() for name, value in result["model"].state_dict().items()}
    gpu = torch.cuda.get_device_name() if result["device"] == "cuda" else None
    made = {"what": "SqueezeNet 1.1, first convolution of stride 1, batch norm folded in, float16",
            "command": f"CS182_DEVICE={result['device']} python -m cs182lib.vision.train_squeezenet",
            **{key: result[key] for key in ("source", "fingerprint", "seed", "val_acc", "test_acc", "config",
                                            "precision")},
            "seconds": round(result["seconds"], 1),
            "machine": {"gpu": gpu, "python": platform.python_version(), "torch": torch.__version__}}
    path.with_suffix(".json").write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    safetensors.torch.save_file(state, path)


def main(argv=None):
    """Train by the command line `argv` (None: that of the process), print the figures and write the weights."""
    parser = argparse.ArgumentParser(description="Train the project's SqueezeNet on CIFAR-10.")
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=182)
    parser.add_argument("--checkpoint", help="file to save to after every epoch, and to continue from")
    parser.add_argument("--output", default=WEIGHTS, help="the safetensors file to write")
    args = parser.parse_args(argv)
    result = train_squeezenet(epochs=args.epochs, seed=args.seed, checkpoint=args.checkpoint)
    for epoch in result["history"].epochs[::10]:
        print("epoch {epoch:3d}  loss {loss:.3f}  validation {val_acc:.3f}  {seconds:.0f} s".format(**epoch))
    print(f"validation {result['val_acc']:.4f}, test {result['test_acc']:.4f} on {result['source']} "
          f"{result['fingerprint']}, {result['seconds']:.0f} s, precision {result['precision']}")
    save_weights(result, args.output)


if __name__ == "__main__":
    main()
