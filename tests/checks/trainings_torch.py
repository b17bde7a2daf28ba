"""What the cells of the PyTorch notebook may have made: right, unusual and wrong, on a few bright pictures."""

import copy
from functools import cache

import torch
import torch.nn.functional as F
from torch import nn

from cs182lib.training.fit import History
from cs182lib.vision.three_levels import ThreeLayerConvNet, random_weight, zero_weight

SHAPES = ((32, 3, 5, 5), (32,), (16, 32, 3, 3), (16,), (16 * 32 * 32, 10), (10,))
GOAL = 0.6


def batches(count, seed):
    """Return batches of ten 32x32 pictures of noise, of three classes with one bright color each."""
    draw, y = torch.Generator().manual_seed(seed), torch.arange(10) % 3
    return [(torch.randn(10, 3, 32, 32, generator=draw) + 2 * F.one_hot(y, 3)[:, :, None, None], y)
            for _ in range(count)]


TRAIN, VAL = batches(6, 1), batches(3, 2)


def tensors(shapes=SHAPES):
    """Return the six tensors as the library draws them."""
    return [random_weight(shape) if len(shape) > 1 else zero_weight(shape) for shape in shapes]


def with_one(index, change):
    """Return the six tensors with one of them changed."""
    made = tensors()
    made[index] = change(made[index])
    return made


def drawn(index, scale):
    """Return the six tensors with one drawn anew at another scale."""
    return with_one(index, lambda w: (scale * torch.randn(w.shape)).requires_grad_())


def own_draw():
    """Return the tensors drawn by NumPy-like means, as a tuple."""
    draw = torch.Generator().manual_seed(3)
    weights = [torch.empty(shape) for shape in SHAPES]
    for w in weights:
        if w.ndim == 2:
            w.normal_(0, (2 / w.shape[0])**0.5, generator=draw)
        elif w.ndim == 4:
            nn.init.kaiming_normal_(w, generator=draw)
        else:
            w.zero_()
    return tuple(w.requires_grad_() for w in weights)


def sequential(*middle, last=(), filters=(32, 16), second=3):
    """Return the convnet as a Sequential, with other layers in the middle or at the end where a mistake puts them."""
    middle = middle or (nn.ReLU(),)
    c1, c2 = filters
    made = nn.Sequential(nn.Conv2d(3, c1, 5, padding=2), *middle, nn.Conv2d(c1, c2, second, padding=second // 2),
                         nn.ReLU(), nn.Flatten(), nn.Linear(c2 * 32 * 32, 10), *last)
    for p in made.parameters():
        nn.init.kaiming_normal_(p) if p.ndim > 1 else nn.init.zeros_(p)
    return made


def nested():
    """Return the same network as a Sequential of Sequentials, with names."""
    plain = sequential()
    made = nn.Sequential()
    made.add_module("features", plain[:4])
    made.add_module("scores", nn.Sequential(nn.Flatten(1), plain[5]))
    return made


def steps(model, optimizer, loader=TRAIN):
    """Train for one pass and return (model, history)."""
    history = History()
    for x, y in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        history.loss.append(loss.item())
    history.epochs.append({"epoch": 1, "loss": sum(history.loss) / len(history.loss)})
    return model, history


def trained(make, rate=1e-3, rule=torch.optim.Adam, loader=TRAIN, **options):
    torch.manual_seed(4)
    model = make()
    return steps(model, rule(model.parameters(), lr=rate, **options), loader)


def module():
    return ThreeLayerConvNet(3, 32, 16, 10)


@cache
def _right(make):
    return trained(make)


def right(make):
    """Return (model, history) of a training that is as it should be; each time another copy."""
    return copy.deepcopy(_right(make))


class FeaturesAndScores(nn.Module):
    """The same layers under other names, one inside a Sequential."""

    def __init__(self):
        super().__init__()
        self.features, self.scores = sequential()[:4], nn.Linear(16 * 32 * 32, 10)
        nn.init.kaiming_normal_(self.scores.weight)

    def forward(self, x):
        return self.scores(self.features(x).reshape(len(x), -1))


def other_parameters(make):
    """Train with an optimizer that was given the parameters of another model."""
    torch.manual_seed(4)
    model = make()
    return steps(model, torch.optim.SGD(make().parameters(), lr=0.1))


def made_anew(make):
    """Return the history of one model with another, untrained one that guesses one class for every picture."""
    model, history = right(make)
    with torch.no_grad():
        for p in model.parameters():
            p.zero_()
        list(model.parameters())[-1][9] = 1.0
    return model, history


def rising(make):
    """Return what a far too large learning rate leaves behind."""
    model, history = made_anew(make)
    history.loss = [2.0, 3.5, 9.0, 30.0, 28.0, 41.0]
    return model, history


def not_finite(make):
    model, history = right(make)
    history.loss[3] = float("nan")
    return model, history


def infinite_weights(make):
    model, history = right(make)
    with torch.no_grad():
        next(iter(model.parameters())).fill_(float("inf"))
    return model, history


def common(make):
    """Return the wrong trainings that module and Sequential share: (makes (model, history), output, words)."""
    return [
        (lambda: (right(make)[1], right(make)[1]), "model", "pass the model itself"),
        (lambda: (right(make)[0], None), "history", "keep it"),
        (lambda: not_finite(make), "history", "overflowed"),
        (lambda: infinite_weights(make), "parameters", "overflowed"),
        (lambda: trained(make, loader=TRAIN * 2), "history", "epochs=1"),
        (lambda: trained(make, loader=VAL), "history", "too few pictures"),
        (lambda: trained(make, 1e-7, torch.optim.SGD), "accuracy", "hardly fell"),
        (lambda: other_parameters(make), "accuracy", "parameters of this very model"),
        (lambda: rising(make), "accuracy", "the loss rose"),
        (lambda: made_anew(make), "accuracy", "was it made anew"),
    ]


def result(epochs=3, model=None, **changed):
    """Return what the open challenge leaves behind, for a model that was trained here."""
    trained_model, history = right(sequential)
    epochs = [{"epoch": e, "loss": 1.0, "val_acc": 1.0} for e in range(1, epochs + 1)]
    return {"model": model or trained_model, "history": History(loss=history.loss, epochs=epochs), "val_acc": 1.0,
            "test_acc": 0.98, "precision": "no", **changed}


def without(key):
    made = result()
    del made[key]
    return made


def with_batchnorm():
    """Return a result whose net has batch norm, left in training mode."""
    def make():
        return nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(4), nn.Flatten(),
                             nn.Linear(8 * 64, 10))

    model, _ = trained(make, 1e-2, loader=TRAIN * 8)
    return result(model=model.train())


def forgotten(history_losses):
    made = result()
    made["history"].loss = history_losses
    return made


RAW_WRONG = [
    (lambda: tensors()[::2], "fresh", "a weight and a bias"),
    (lambda: None, "fresh", "a weight and a bias"),
    (lambda: with_one(4, lambda w: w.detach().T.contiguous().requires_grad_()), "fc_w", "axes are swapped"),
    (lambda: with_one(2, lambda w: random_weight((16, 3, 3, 3))), "conv_w2", "as deep as what it reads"),
    (lambda: with_one(0, lambda w: random_weight((32, 3, 3, 3))), "conv_w1", "another size"),
    (lambda: with_one(4, lambda w: random_weight((16 * 8 * 8, 10))), "fc_w", "nothing is pooled"),
    (lambda: with_one(0, lambda w: w.detach()), "conv_w1", "requires_grad=True"),
    (lambda: with_one(2, lambda w: w * 1.0), "conv_w2", "gets no .grad"),
    (lambda: with_one(2, lambda w: w.detach().double().requires_grad_()), "conv_w2", "float32"),
    (lambda: with_one(3, lambda b: torch.ones(16, requires_grad=True)), "conv_b2", "starts at zero"),
    (lambda: with_one(0, lambda w: torch.zeros_like(w).requires_grad_()), "conv_w1", "all numbers are equal"),
    (lambda: drawn(2, 1.0), "conv_w2", "not scaled"),
    (lambda: drawn(4, (1 / 16384)**0.5), "fc_w", "factor 2 is missing"),
    (lambda: drawn(4, 2 / 16384), "fc_w", "not the variance"),
    (lambda: drawn(4, (2 / 10)**0.5), "fc_w", "fan_out"),
    (lambda: with_one(1, lambda b: [0.0] * 32), "conv_b1", "make tensors"),
]
WRONG = {
    "raw_convnet_parameters": [(lambda make=make: (make(),), output, cause) for make, output, cause in RAW_WRONG],
    "train_module_convnet": [*common(module), (lambda: trained(lambda: ThreeLayerConvNet(3, 16, 32, 10)), "parameters",
                                               "the channels are others")],
    "train_sequential_convnet": [
        *common(sequential),
        (lambda: right(module), "model", "return nn.Sequential"),
        (lambda: trained(lambda: sequential(nn.Identity())), "scores", "no ReLU after the first"),
        (lambda: trained(lambda: sequential(last=[nn.Softmax(1)])), "scores", "softmax after the last layer"),
        (lambda: trained(lambda: sequential(last=[nn.ReLU()])), "scores", "ReLU after the last layer"),
    ],
    "challenge_net": [(lambda make=make: (make(),), output, cause) for make, output, cause in (
        (lambda: right(sequential)[0], "result", 'result = {"model"'),
        (lambda: without("test_acc"), "result", "it holds model"),
        (lambda: result(epochs=11), "epochs", "more epochs than allowed"),
        (lambda: result(epochs=0), "history", "what train_part34"),
        (lambda: forgotten([1.0, float("nan")]), "history", "overflowed"),
        (lambda: result(model=trained(sequential, 1e-7, torch.optim.SGD)[0]), "accuracy", "was it made anew"),
        (lambda: result(val_acc=0.7), "val_acc", "another model's"),
        (lambda: result(test_acc=0.3), "test_acc", "took part in the training"),
    )],
}
UNUSUAL = {
    "raw_convnet_parameters": [lambda: (own_draw(),), lambda: ([nn.Parameter(p.detach()) for p in tensors()],)],
    "train_module_convnet": [lambda: trained(FeaturesAndScores),
                             lambda: trained(module, 5e-3, torch.optim.SGD, momentum=0.9)],
    "train_sequential_convnet": [lambda: trained(nested),
                                 lambda: trained(sequential, 5e-3, torch.optim.SGD, momentum=0.9, nesterov=True)],
    "challenge_net": [lambda: (with_batchnorm(),), lambda: (result(epochs=10, test_acc=1.0, seed=3),)],
}
RIGHT = {"raw_convnet_parameters": lambda: (tensors(),), "train_module_convnet": lambda: right(module),
         "train_sequential_convnet": lambda: right(sequential), "challenge_net": lambda: (result(),)}
FURTHER = {"raw_convnet_parameters": (), "train_module_convnet": (TRAIN, VAL, GOAL),
           "train_sequential_convnet": (TRAIN, VAL, GOAL), "challenge_net": (VAL, GOAL)}
