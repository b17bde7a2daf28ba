"""Check of FullyConnectedNet with dropout: the masks are read off the gradients of a net made for that."""

import inspect

import numpy as np

from cs182lib.checks.compare import NUMERIC, Checker
from cs182lib.checks.definitions import relu, softmax, softmax_losses
from cs182lib.checks.hw1_dropout import SLACK
from cs182lib.checks.hw1_networks import LABELS, fully_connected_scores
from cs182lib.checks.inputs import scattered
from cs182lib.checks.network_parts import check_scores, construct, fill, fully_connected_shapes
from cs182lib.training.gradient_check import eval_numerical_gradient

WIDTH = 40_000  # of the hidden layers whose zeros are counted: SLACK is more than ten standard deviations
NARROW = 100  # of the other one, of which some are kept: 0.6^100 is less than 10^-22


def check_FullyConnectedNet_with_dropout(FullyConnectedNet):
    """Check the class `FullyConnectedNet` with dropout: after every hidden ReLU in training, none in testing.

    The gradients must go through the same masks as the scores.
    """
    check = Checker("FullyConnectedNet with dropout", N=5, C=4)
    X, shapes = scattered((5, 6), -1.5, 1.5), fully_connected_shapes(6, [8, 7], 4)
    model = construct(check, FullyConnectedNet, [8, 7], input_dim=6, num_classes=4, dropout=0.3, seed=3,
                      dtype=np.float64)
    fill(check, model, shapes)
    keep_from_kinks(model.params)
    for context in ("", ", after a training pass"):
        check_scores(check, model, X, fully_connected_scores, _test_mistakes(check, model),
                     f" in test mode (y is None){context}")
        check.run(model.loss, X, LABELS, label="loss")
    for p in (0.3, 0.6):
        for hidden in ([WIDTH, NARROW], [NARROW, WIDTH]):
            _check_masks(check, FullyConnectedNet, hidden, p)
    _check_gradients(check, model, X)
    if "rng" in inspect.signature(FullyConnectedNet).parameters:
        _check_rng(check, FullyConnectedNet, X)
    check.passed()


def _check_rng(check, FullyConnectedNet, X):
    """Without a seed the masks come from rng, as the weights do."""
    options = {"input_dim": 6, "num_classes": 4, "dropout": 0.5, "weight_scale": 0.5, "rng": 7}
    models = [construct(check, FullyConnectedNet, [8, 7], **options) for _ in range(2)]
    losses = [[check.run(model.loss, X, LABELS, label="loss")[0] for _ in range(2)] for model in models]
    check.true(losses[0] == losses[1], "two nets with the same rng have other losses in training, expected the same",
               "loss", "draw the masks from rng where there is no seed: dropout_param['rng']")
    check.true(losses[0][0] != losses[0][1], "two passes without a seed have the same loss, expected other masks in "
               "each", "loss", "the generator is made anew for every pass: make it once")


def _test_mistakes(check, model):
    """Return cause -> scores; what was dropped in a training pass is known by its loss, which the seed repeats."""
    def with_masks(X, p):
        scores = check.run(model.loss, X, label="loss")
        loss = check.run(model.loss, X, LABELS, label="loss")[0]
        return scores if np.isclose(softmax_losses(scores, LABELS).mean(), loss) else np.full_like(scores, np.nan)

    return {"the mode never changes: set dropout_param['mode'] to 'test' where y is None": with_masks,
            "hidden numbers are scaled by 1 - p in testing: inverted dropout scales in training alone":
                lambda X, p: fully_connected_scores(X, p, act=lambda a, i: 0.7 * relu(a)),
            "no ReLU before dropout": lambda X, p: fully_connected_scores(X, p, act=lambda a, i: a)}


def keep_from_kinks(params):
    """Let the biases decide which units of the second layer are on, so that no mask brings one near the kink.

    `params` are those of a net with hidden_dims [8, 7]; its W2 and b2 are changed in place.
    """
    params["W2"] *= 0.04
    params["b2"][:] = [1.5, -1.5, 1.5, 1.5, -1.5, 1.5, 1.5]


def _train(check, model, X, y):
    """Return loss and grads of a training pass, where they are a number and a dict of arrays like those of params."""
    loss, grads = check.call(model.loss, ("loss", "grads"), label="loss", X=X, y=y).values()
    check.true(np.ndim(loss) == 0 and isinstance(grads, dict), f"loss returned a {type(loss).__name__} and a "
               f"{type(grads).__name__}, expected a number and a dict", "grads", "return loss, grads")
    for key, value in model.params.items():
        check.true(key in grads, f"grads has no {key}", "grads", "it is keyed like params")
        check.true(np.shape(grads[key]) == value.shape, f"grads[{key!r}] has shape {np.shape(grads[key])}, expected "
                   f"{value.shape}", f"grads[{key!r}]", "it takes what affine_backward returns: dx, dw, db")
    return loss, grads


def _check_gradients(check, model, X):
    """Compare the gradients with numeric ones of the model's own loss, which a seed makes repeatable."""
    loss, grads = _train(check, model, X, LABELS)
    again = check.run(model.loss, X, LABELS, label="loss")[0]
    check.true(loss == again, "two training passes with the same seed give other losses", "loss",
               "pass the seed on: dropout_param['seed'] = seed")
    for key, value in model.params.items():
        name = f"grads[{key!r}]"
        expected = eval_numerical_gradient(lambda _: check.run(model.loss, X, LABELS, label="loss")[0], value)
        check.compare({name: grads[key]}, {name: expected}, None, " with a seed (is dropout_backward left out, or "
                      "called with another cache?)", **NUMERIC)


def _check_masks(check, FullyConnectedNet, hidden, p):
    """Read both masks off the gradients for one example.

    With W1 = 0, b1 = 1 and W2 = 0, b2 = 1 what leaves a ReLU is 1, so what enters the next layer is the mask:
    dW3 = mask2 ⊗ db3 and dW2 = mask1 ⊗ db2.
    """
    model = construct(check, FullyConnectedNet, hidden, input_dim=2, num_classes=3, dropout=p, dtype=np.float64)
    H1, H2 = hidden
    W3, b3 = scattered((H2, 3), -1, 1) / H2, scattered((3,), start=7)
    model.params |= {"W1": np.zeros((2, H1)), "b1": np.ones(H1), "W2": np.zeros((H1, H2)), "b2": np.ones(H2),
                     "W3": W3, "b3": b3}
    loss, grads = _train(check, model, scattered((1, 2)), LABELS[:1])
    with np.errstate(all="ignore"):  # a wrong gradient may be zero
        mask2 = grads["W3"][:, 0] / grads["b3"][0]
    context = f" with dropout = {p} and hidden_dims {hidden}"
    _check_mask(check, mask2, p, "second", context)
    scores = (mask2 @ W3 + b3).reshape(1, -1)
    db3 = softmax(scores)[0] - np.eye(3)[LABELS[0]]
    after = {"the scores are dropped too: no dropout after the last layer": loss}
    check.compare({"loss": loss, "grads['b3']": grads["b3"]}, {"loss": softmax_losses(scores, LABELS[:1])[0],
                                                               "grads['b3']": db3}, {"loss": after}, context, rtol=1e-6)
    db2 = (W3 @ db3) * mask2
    check.compare({"grads['b2']": grads["b2"]}, {"grads['b2']": db2}, {"grads['b2']": {
        "the gradient does not go through the mask: call dropout_backward": W3 @ db3}}, context, rtol=1e-6, atol=1e-12)
    column = np.abs(db2).argmax()
    _check_mask(check, grads["W2"][:, column] / db2[column], p, "first", context)


def _check_mask(check, mask, p, which, context):
    """Check that a mask holds 0 and 1 / (1 - p), and zeros in a share p where it is long enough to say."""
    kept = np.abs(mask) > 1e-9
    wrong = {"the rescaling is missing: divide what is kept by 1 - p": kept * 1.0,
             "p is taken for the probability of keeping: pass dropout on as it is": kept / p}
    if kept.all():
        wrong = {f"no dropout after the {which} hidden layer": mask}
    output = f"{which} mask"
    check.compare({output: mask}, {output: kept / (1 - p)}, {output: wrong}, context, rtol=1e-6)
    if len(mask) == WIDTH:
        share = 1 - kept.mean()
        check.true(abs(share - p) < SLACK, f"a share of {share:.3f} of the {which} hidden layer is dropped, not {p}",
                   output, "p is taken for the probability of keeping" if abs(share - 1 + p) < SLACK else None)
