"""SqueezeNet, an ImageNet net of five megabytes, and three places to have its weights from.

Layers and state-dict names are torchvision's, so that its files load as they are. Two things differ: no ReLU works in
place (the output of every layer can be kept), and the first convolution of version 1.1 may have stride 1, which is how
this project's own net sees pictures of 32 x 32 pixels.

Iandola et al. 2016, arXiv:1602.07360, section 3 (Fire modules) and table 1 (version 1.0).
"""

import copy
import io
from pathlib import Path

import safetensors.torch
import torch
from torch import nn

from cs182lib.data.cifar10 import CLASS_NAMES
from cs182lib.data.dataset import DataMissingError, data_mode, datasets_folder, fingerprint
from cs182lib.files import brief, read_npz, read_torch, reason
from cs182lib.validation import check_choice, check_count, require
from cs182lib.vision.images import CIFAR10_MEAN, CIFAR10_STD
from cs182lib.vision.torchvision_compat import import_torchvision

IMAGENET_MEAN = (0.485, 0.456, 0.406)  # of the training pixels scaled to 0..1, per channel
IMAGENET_STD = (0.229, 0.224, 0.225)
FIRST = {"1_0": (96, 7), "1_1": (64, 3)}  # filters of the first convolution, and their side
PLAN = {  # what follows it: "pool", or (squeeze, expand) channels of a Fire module
    "1_0": ("pool", (16, 64), (16, 64), (32, 128), "pool", (32, 128), (48, 192), (48, 192), (64, 256), "pool",
            (64, 256)),
    "1_1": ("pool", (16, 64), (16, 64), "pool", (32, 128), (32, 128), "pool", (48, 192), (48, 192), (64, 256),
            (64, 256)),
}
FILES = {  # source -> (file, version), in the order of search
    "official": (("squeezenet1_1-b8a52dc0.pth", "1_1"), ("squeezenet1_0-b66bff10.pth", "1_0")),
    "npz": (("squeezenet1_1-imagenet.npz", "1_1"), ("squeezenet1_0-imagenet.npz", "1_0")),
    "cifar10": (("pretrained/squeezenet_cifar10.safetensors", "1_1"),),
}
AGAIN = "remove it and fetch it again"
CHECKOUT = Path(__file__).resolve().parents[2] / "datasets"  # where the project's own weights lie


class Fire(nn.Module):
    """Squeeze to few channels, then expand by 1x1 and 3x3 filters side by side: (N, C, H, W) -> (N, 2 expand, H, W).

    s = relu(conv1x1(x)), out = [relu(conv1x1(s)), relu(conv3x3(s))]; the costly 3x3 filters see few channels.

    C, squeeze and expand are the channels: coming in, after the squeezing, and of either expanding filter.
    """

    def __init__(self, C, squeeze, expand):
        super().__init__()
        self.squeeze = nn.Conv2d(C, squeeze, 1)
        self.squeeze_activation = nn.ReLU()
        self.expand1x1 = nn.Conv2d(squeeze, expand, 1)
        self.expand1x1_activation = nn.ReLU()
        self.expand3x3 = nn.Conv2d(squeeze, expand, 3, padding=1)
        self.expand3x3_activation = nn.ReLU()

    def forward(self, x):
        """Return the features, (N, C, H, W) -> (N, 2 expand, H, W)."""
        s = self.squeeze_activation(self.squeeze(x))
        both = self.expand1x1_activation(self.expand1x1(s)), self.expand3x3_activation(self.expand3x3(s))
        return torch.cat(both, dim=1)  # 2 x (N, expand, H, W) -> (N, 2 expand, H, W)


class SqueezeNet(nn.Module):
    """Thirteen modules `features`, a 1x1 convolution to the classes, ReLU, mean over the positions.

    (N, 3, H, W) -> (N, 512, h, w) -> (N, num_classes, h, w) -> (N, num_classes). There is no fully connected layer, so
    any size from 32 (stride 1: 16) pixels on will do. The last ReLU is the paper's: no score is negative.

    Parameters
    ----------
    version : "1_0" (the paper's) or "1_1" (as good, 2.4 times less work: earlier pooling, a smaller first filter)
    num_classes : int, scores of a picture
    stride : 2, or 1 for small pictures: the first convolution then keeps the size, by a padding of half its filter

    Raises
    ------
    TypeError, ValueError : another version or stride, or num_classes is no whole number above 0
    """

    def __init__(self, version="1_1", num_classes=1000, stride=2):
        super().__init__()
        check_choice("version", version, PLAN)
        check_choice("stride", stride, (1, 2))
        C, side = FIRST[version]
        layers = [nn.Conv2d(3, C, side, stride=stride, padding=side // 2 if stride == 1 else 0), nn.ReLU()]
        for part in PLAN[version]:
            layers.append(nn.MaxPool2d(3, stride=2, ceil_mode=True) if part == "pool" else Fire(C, *part))
            C = C if part == "pool" else 2 * part[1]
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(nn.Dropout(0.5), nn.Conv2d(C, check_count("num_classes", num_classes), 1),
                                        nn.ReLU(), nn.AdaptiveAvgPool2d(1))
        self.apply(_initialize)

    def forward(self, x):
        """Return the scores (N, classes) of pictures x (N, 3, H, W), normalized."""
        return self.classifier(self.features(x)).flatten(1)  # (N, classes, 1, 1) -> (N, classes)


def _initialize(layer):
    """Start a convolution with the variance 6 / (3 fan_in) = 2 / fan_in (He et al. 2015) and no bias."""
    if isinstance(layer, nn.Conv2d):
        nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
        nn.init.zeros_(layer.bias)


def load_squeezenet(source="auto"):
    """Load a trained SqueezeNet, in eval mode and with the gradients of its parameters off.

    Parameters
    ----------
    source : "official" (torchvision's file of version 1.1 or 1.0 in `datasets/`), "npz" (the same arrays as
        squeezenet1_1-imagenet.npz or squeezenet1_0-imagenet.npz), "cifar10" (this project's own net, kept in
        `datasets/pretrained/`), or "auto": the first of these that is there; with CS182_DATA=embedded always "cifar10"

    Returns
    -------
    model : SqueezeNet with the attributes source (one of the three names), file, fingerprint (of the weights),
        class_names, mean and std (three numbers each: the net takes (x - mean) / std of pixels in 0..1), input_size

    Raises
    ------
    DataMissingError (a ValueError) : the file is not there, or CS182_DATA=real and only "cifar10" is
    ValueError : damaged, or the arrays are not those of a SqueezeNet
    """
    check_choice("source", source, ("auto", *FILES))
    source, path, version = find_weights(source)
    state = read_weights(path)
    own = source == "cifar10"
    model = SqueezeNet(version, num_classes=len(CLASS_NAMES) if own else 1000, stride=1 if own else 2)
    check_layout(path, state, model.state_dict())
    model.load_state_dict(state)
    model.eval().requires_grad_(False)
    model.source, model.file = source, path.name
    model.fingerprint = fingerprint(*(x.numpy() for x in model.state_dict().values()))
    model.class_names = CLASS_NAMES if own else imagenet_names()
    model.mean, model.std = (CIFAR10_MEAN, CIFAR10_STD) if own else (IMAGENET_MEAN, IMAGENET_STD)
    model.input_size = 32 if own else 224
    return model


def open_scores(model):
    """Return the SqueezeNet `model` with the ReLU of its scores taken away, in eval mode; the weights are shared.

    A class that is nowhere in the picture has the score 0 with that ReLU, and no gradient. Without it the score is
    negative and has one.
    """
    bare = copy.copy(model)
    bare._modules = dict(model._modules)  # a table of its own, or the next line would change the model
    bare.classifier = nn.Sequential(*(layer for layer in model.classifier if not isinstance(layer, nn.ReLU)))
    return bare.eval()


def imagenet_names():
    """Return the 1000 names of ImageNet's classes, in the order of the scores."""
    return tuple(import_torchvision().models.SqueezeNet1_1_Weights.IMAGENET1K_V1.meta["categories"])


def find_weights(source):
    """Return (source, path, version) of the first file that is there; for "auto" look for all, ImageNet's first.

    DataMissingError where the file that is asked for, or every one, is missing.
    """
    mode = data_mode()
    sources = {"embedded": ["cifar10"], "real": ["official", "npz"]}.get(mode, list(FILES))
    sources = sources if source == "auto" else [source]
    for name in sources:
        for file, version in FILES[name]:
            for folder in (datasets_folder(), CHECKOUT):
                if (folder / file).is_file():
                    return name, folder / file, version
    files = " nor ".join(file for name in sources for file, _ in FILES[name])
    raise DataMissingError(f"{datasets_folder()} holds neither {files}; put one there, or ask for "
                           'load_squeezenet("cifar10") with CS182_DATA=auto: that net comes with the project')


def read_weights(path):
    """Return the state dict of float32 tensors in the .safetensors, .npz or .pth file `path`; nothing in it is run.

    Raises
    ------
    ValueError : damaged, or it holds anything but arrays of finite numbers
    """
    content = path.read_bytes()
    try:
        state = {name: torch.as_tensor(value).detach() for name, value in READERS[path.suffix](content).items()}
        other = [name for name, value in state.items() if not (isinstance(name, str) and value.is_floating_point())]
        require(not other, f"not an array of floats under a name: {brief(other[:1])}")
        state = {name: value.to(torch.float32, memory_format=torch.contiguous_format) for name, value in state.items()}
    except Exception as error:  # damaged bytes make these readers raise nearly anything
        raise ValueError(f"{path} holds no weights that can be read safely ({type(error).__name__}: {reason(error)}); "
                         f"{AGAIN}") from error
    bad = [name for name, value in state.items() if not torch.isfinite(value).all()]
    require(not bad, f"{path} holds numbers that are not finite, first in {brief(bad[:1])}; {AGAIN}")
    return state


READERS = {".safetensors": safetensors.torch.load, ".npz": lambda content: read_npz(io.BytesIO(content)),
           ".pth": lambda content: read_torch(io.BytesIO(content))}


def check_layout(path, state, expected):
    """Raise ValueError unless `state` has the names and shapes of `expected`, naming `path` and what lacks."""
    for name, tensor in expected.items():
        require(name in state, f"{path} lacks {name}: it is no state dict of this SqueezeNet; "
                               f"it holds {brief(', '.join(list(state)[:3]) or 'nothing')} ...; {AGAIN}")
        require(state[name].shape == tensor.shape, f"{path}: {name} has the shape {tuple(state[name].shape)}, "
                                                   f"expected {tuple(tensor.shape)}; is it of another version? {AGAIN}")
    extra = [name for name in state if name not in expected]
    require(not extra, f"{path} holds {brief(extra[:1])}, which no SqueezeNet has; {AGAIN}")
