"""The same two networks at three levels of PyTorch: raw tensors, `nn.Module`, `nn.Sequential`.

Names and arguments are the course's. Departures: the loaders, which the course reads from global variables, are
keyword arguments; accuracies are returned (0..1) where the course prints them; losses are kept.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from cs182lib.training.fit import fit
from cs182lib.validation import check_count, check_number
from cs182lib.vision.images import CIFAR10_MEAN, CIFAR10_STD, ImageBatches, accuracy


def get_loaders(data, batch_size=64, num_validation=1000, generator=None):
    """Return the DataLoaders for training (shuffled), validation (the last training images) and test.

    Each gives float32 images (B, 3, 32, 32), per channel of mean 0 and standard deviation 1 on CIFAR-10, and int64
    labels (B,).

    Parameters
    ----------
    data : Dataset of `load_cifar10_uint8`
    batch_size, num_validation : int, images of a batch, and for validation
    generator : torch.Generator for the order of the training images

    Raises
    ------
    TypeError, ValueError : a number that is no whole number above 0, or more images than there are
    """
    X, y = data["X_train"], data["y_train"]
    keep = len(X) - check_count("num_validation", num_validation)
    if keep < 1:
        raise ValueError(f"num_validation must be below the {len(X)} training images, got {num_validation}")
    parts = ((X[:keep], y[:keep]), (X[keep:], y[keep:]), (data["X_test"], data["y_test"]))
    train, val, test = (TensorDataset(*_normalized(*part)) for part in parts)
    return (DataLoader(train, check_count("batch_size", batch_size), shuffle=True, generator=generator),
            DataLoader(val, batch_size), DataLoader(test, batch_size))


def _normalized(images, labels):
    whole = ImageBatches(images, labels, len(images), mean=CIFAR10_MEAN, std=CIFAR10_STD)
    return next(iter(whole))


# Level one: raw tensors. A network is a function of the images and a list of parameters.


def flatten(x):
    """Return x (N, ...) as a matrix (N, D), one row an example.

    ValueError where x has fewer than two axes.
    """
    if x.ndim < 2:
        raise ValueError(f"x must have at least two axes, examples first, got shape {tuple(x.shape)}")
    return x.reshape(x.shape[0], -1)  # (N, C, H, W) -> (N, C*H*W)


def random_weight(shape, generator=None):
    """Return a weight drawn with the variance 2 / fan_in, which keeps the size of the signal through ReLU layers.

    Parameters
    ----------
    shape : (D, H) for a matrix that multiplies from the right, fan_in = D; (F, C, k, k) for a convolution,
        fan_in = C * k * k
    generator : torch.Generator or None (PyTorch's global one)

    Returns
    -------
    w : float32 tensor of that shape, requires_grad=True

    Raises
    ------
    ValueError : fewer than two axes

    References
    ----------
    He et al. 2015, arXiv:1502.01852, equation 10.
    """
    if len(shape) < 2:
        raise ValueError(f"shape must have at least two axes, got {tuple(shape)}; a bias starts at zero: zero_weight")
    fan_in = shape[0] if len(shape) == 2 else math.prod(shape[1:])
    return (torch.randn(shape, generator=generator) * math.sqrt(2 / fan_in)).requires_grad_()


def zero_weight(shape):
    """Return a float32 tensor of zeros of that shape with requires_grad=True, the start of a bias."""
    return torch.zeros(shape, requires_grad=True)


def two_layer_fc(x, params):
    """Return the scores relu(flatten(x) w1) w2, without biases: x (N, ...), w1 (D, H), w2 (H, C) -> (N, C).

    params is [w1, w2]; ValueError where it holds more or fewer.
    """
    w1, w2 = _unpack("params", params, 2)
    return F.relu(flatten(x) @ w1) @ w2


def three_layer_convnet(x, params):
    """Return the scores of conv - relu - conv - relu - affine.

    Parameters
    ----------
    x : (N, C, H, W)
    params : conv_w1 (c1, C, 5, 5), conv_b1 (c1,), conv_w2 (c2, c1, 3, 3), conv_b2 (c2,),
        fc_w (c2 * H * W, classes), fc_b (classes,); the paddings 2 and 1 keep height and width

    Returns
    -------
    scores : (N, classes)

    Raises
    ------
    ValueError : params holds more or fewer than six
    """
    conv_w1, conv_b1, conv_w2, conv_b2, fc_w, fc_b = _unpack("params", params, 6)
    h = F.relu(F.conv2d(x, conv_w1, conv_b1, padding=conv_w1.shape[-1] // 2))  # (N, c1, H, W)
    h = F.relu(F.conv2d(h, conv_w2, conv_b2, padding=conv_w2.shape[-1] // 2))  # (N, c2, H, W)
    return flatten(h) @ fc_w + fc_b


def _unpack(name, params, count):
    if len(params) != count:
        raise ValueError(f"{name} must hold {count} tensors, got {len(params)}")
    return params


def check_accuracy_part2(loader, model_fn, params):
    """Return the share (0..1) of the images in `loader` that model_fn(x, params) -> (N, C) classifies rightly.

    `params` is a list of tensors. ValueError where the loader is empty.
    """
    correct = total = 0
    with torch.no_grad():
        for x, y in loader:
            correct += (model_fn(x, params).argmax(dim=1) == y).sum().item()
            total += len(y)
    if total == 0:
        raise ValueError("loader is empty; pass at least one batch")
    return correct / total


def train_part2(model_fn, params, learning_rate, *, loader_train):
    """Train the tensors in `params` in place for one pass by plain gradient descent: w -= learning_rate * dw.

    Parameters
    ----------
    model_fn : function (x, params) -> scores (N, C)
    params : list of tensors with requires_grad=True
    learning_rate : float above 0
    loader_train : gives (x, y)

    Returns
    -------
    losses : list, the loss of every step

    Raises
    ------
    TypeError, ValueError : learning_rate is no number, or not above 0
    """
    check_number("learning_rate", learning_rate, low=0, low_open=True)
    losses = []
    for x, y in loader_train:
        loss = F.cross_entropy(model_fn(x, params), y)
        loss.backward()
        with torch.no_grad():
            for w in params:
                w -= learning_rate * w.grad
                w.grad = None
        losses.append(loss.item())
    return losses


# Levels two and three: modules hold their parameters; one loop trains them all.


class TwoLayerFC(nn.Module):
    """The network affine - relu - affine: images (N, ...) of `input_size` numbers to scores (N, num_classes).

    hidden_size is the number of hidden units.
    """

    def __init__(self, input_size, hidden_size, num_classes):
        super().__init__()
        self.fc1 = nn.Linear(input_size, hidden_size)
        self.fc2 = nn.Linear(hidden_size, num_classes)
        _kaiming(self.fc1, self.fc2)

    def forward(self, x):
        """Return the scores (N, num_classes) of the images x (N, ...)."""
        return self.fc2(F.relu(self.fc1(flatten(x))))


class ThreeLayerConvNet(nn.Module):
    """The network conv 5x5 - relu - conv 3x3 - relu - affine for images (N, in_channel, 32, 32).

    channel_1 and channel_2 are the filters of the two convolutions; the scores are (N, num_classes).
    """

    def __init__(self, in_channel, channel_1, channel_2, num_classes):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channel, channel_1, 5, padding=2)
        self.conv2 = nn.Conv2d(channel_1, channel_2, 3, padding=1)
        self.fc = nn.Linear(channel_2 * 32 * 32, num_classes)
        _kaiming(self.conv1, self.conv2, self.fc)

    def forward(self, x):
        """Return the scores (N, num_classes) of the images x (N, in_channel, 32, 32)."""
        h = F.relu(self.conv1(x))  # (N, channel_1, 32, 32)
        h = F.relu(self.conv2(h))  # (N, channel_2, 32, 32)
        return self.fc(flatten(h))


def _kaiming(*layers):
    """Start weights with the variance 2 / fan_in and biases at zero, as at level one."""
    for layer in layers:
        nn.init.kaiming_normal_(layer.weight)
        nn.init.zeros_(layer.bias)


def check_accuracy_part34(loader, model):
    """Return the share (0..1) of the images in `loader` that `model` classifies rightly, in eval mode."""
    return accuracy(model, loader)


def train_part34(model, optimizer, epochs=1, *, loader_train, loader_val, **kw):
    """Train a module with the workbook's one training loop, `cs182lib.training.fit.fit`.

    Parameters
    ----------
    model : nn.Module, images (N, C, H, W) -> scores (N, classes)
    optimizer : torch.optim.Optimizer over its parameters
    epochs : int, passes over loader_train
    loader_train, loader_val : give (x, y)
    kw : further arguments of `fit`, such as schedule or checkpoint

    Returns
    -------
    history : History; history.column("val_acc") is the course's list of validation accuracies, one per epoch, and
        history.loss the loss of every step, which the course does not keep
    """
    def loss_fn(model, batch):
        x, y = batch
        return F.cross_entropy(model(x), y)

    def evaluate(model):
        return {"val_acc": accuracy(model, loader_val, device=next(model.parameters()).device)}

    return fit(model, loader_train, optimizer, loss_fn, epochs=epochs, evaluate=evaluate, **kw)
