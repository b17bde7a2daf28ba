"""Checks of the language model: numbers to text, batches, the model, its loss. torch is imported when one runs.

How it is evaluated and how it writes is checked in `hw3_writing`.
"""

import copy

import numpy as np

from cs182lib.checks.compare import EXACT, NUMERIC, Checker
from cs182lib.checks.definitions import softmax_losses
from cs182lib.checks.hw3_language_options import check_options, check_unlocked
from cs182lib.checks.inputs import scattered
from cs182lib.training.gradient_check import eval_numerical_gradient

WORDS = ["<START>", "UNK", "PAD", "bolt", "buys", "acme", "crown"]
START, UNK, PAD = range(3)
TITLES = [[5, 4, 3], [6], [3, 4, 6, 4, 5], [4, 1, 5, 3]]  # of three, one, five and four words
T = 5
CUT = "the graph is cut: .detach(), .data, .item() or torch.no_grad()"


def records():
    """Return the data set in the course's form."""
    return [{"title": " ".join(WORDS[w] for w in title), "numerized": title + (T - len(title)) * [PAD],
             "mask": len(title) * [True] + (T - len(title)) * [False]} for title in TITLES]


def vocabulary():
    """Return the library's Vocabulary of WORDS."""
    from cs182lib.language.vocabulary import Vocabulary

    return Vocabulary(WORDS)


def check_numerized2text(numerized2text):
    """Check the text that numerized2text makes of lists and arrays, with words, unknown words and padding."""
    check = Checker("numerized2text")
    known = vocabulary()
    for numbers in ([5, 4, 1, 3, 2, 2], [0, 6, 2], [2, 2], np.array([3, 2])):
        kept = copy.deepcopy(numbers)
        text = check.run(numerized2text, numbers, known)
        words = [WORDS[i] for i in kept]
        right = " ".join(word for word in words if word != "PAD")
        mistakes = {" ".join(WORDS[i] for i in kept if i > PAD): "<START> and UNK are left out: only PAD is padding",
                    " ".join(words): "the padding is kept", "".join(right.split()): "no blanks between the words",
                    ", ".join(right.split()): "commas where blanks are meant", right + " ": "a blank at the end",
                    " ".join(word for word in right.split() if word != "UNK"): "unknown words are left out: write UNK",
                    " ".join(word for word in right.split() if word != "<START>"): "<START> is left out",
                    " ".join(map(str, kept)): "numbers, not words: look them up in vocabulary.words",
                    " ".join(str(i) for i in kept if i != PAD): "numbers, not words: look them up in vocabulary.words"}
        check.true(text is not None, "it returned None, expected a string", "text", "did you forget the return?")
        check.true(isinstance(text, str), f"text is a {type(text).__name__}, expected a string", "text",
                   '" ".join(...) makes one of a list')
        check.true(text == right, f"text of {list(kept)} is {text!r}, expected {right!r}", "text", mistakes.get(text))
        check.true(list(numbers) == list(kept), "numerized is changed", "numerized", "work on a copy")
    check.passed()


def check_build_batch(build_batch):
    """Check input, target and mask that build_batch makes of records out of order, one of them twice."""
    check = Checker("build_batch")
    data, names = records(), ("batch_input", "batch_target", "batch_target_mask")
    for indices in ([2, 0, 3, 2], np.array([3])):
        got = check.call(build_batch, names, dataset=data, indices=indices)
        target = np.array([data[i]["numerized"] for i in indices])
        mask = np.array([data[i]["mask"] for i in indices])
        first = np.zeros((len(indices), 1), int)
        right = {"batch_input": np.hstack([first, target[:, :-1]]), "batch_target": target, "batch_target_mask": mask}
        for name in names:
            check.true(isinstance(got[name], np.ndarray), f"{name} is a {type(got[name]).__name__}, expected a NumPy "
                       "array", name, "np.array(...) makes one of a list of lists")
        check.true(got["batch_input"].dtype.kind in "iu" and got["batch_target"].dtype.kind in "iu",
                   f"batch_input holds {got['batch_input'].dtype}, batch_target {got['batch_target'].dtype}, expected "
                   "integers", "batch_input")
        order = np.array([row["numerized"] for row in data[:len(indices)]])
        exchanged = np.array_equal(got["batch_target"], right["batch_input"])
        mistakes = {
            "batch_input": {
                "input and target are exchanged: the input comes first": target if exchanged else 0 * target - 1,
                "the input is not shifted: the model would read the word it must predict": target,
                "shifted the other way: the input holds the word after the one to predict":
                    np.hstack([target[:, 1:], first]),
                "the words are rolled round: the first is <START>, not the last word": np.roll(target, 1, axis=1),
                "the first word is PAD, expected <START>": np.hstack([first + PAD, target[:, :-1]]),
                "the first word is UNK, expected <START>": np.hstack([first + UNK, target[:, :-1]]),
                "<START> takes the place of the first word: shift the others": np.hstack([first, target[:, 1:]]),
                "the last word is not dropped: T words in all": np.hstack([first, target]),
                "indices are not used": np.hstack([first[:len(order)], order[:, :-1]])},
            "batch_target": {"target and input are exchanged": right["batch_input"], "indices are not used": order,
                             "the target is shifted: only the input is": np.hstack([target[:, 1:], first + PAD])},
            "batch_target_mask": {
                "the mask is upside down: True where a word counts": 1 - mask,
                "everything counts, padding too": np.ones_like(mask, int),
                "the mask is shifted like the input: it belongs to the target":
                    np.hstack([1 + first, mask[:, :-1]])}}
        check.compare({name: got[name] * 1 for name in names}, {name: right[name] * 1 for name in names}, mistakes,
                      f" for indices {list(indices)}")
    check.passed()


def sigmoid(x):
    """Return 1 / (1 + e^-x), element by element, in the shape of x."""
    return 1 / (1 + np.exp(-x))


def run_lstm(x, weights, layer=0, order="ifgo", carry=True):
    """Run one layer of an LSTM over x (B, T, H), and return its state after every word, (B, T, H).

    `weights` is the state dict as arrays, `layer` counts from 0. `order` has a letter for each of PyTorch's four blocks
    of rows: input, forget, candidate (g), output. carry=False starts every word from zeros, which is a mistake.
    """
    Wx, Wh, bx, bh = (weights[f"lstm.{name}_l{layer}"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    h = c = np.zeros(x[:, 0].shape)
    states = []
    for t in range(x.shape[1]):
        blocks = dict(zip(order, np.split(x[:, t] @ Wx.T + h @ Wh.T + bx + bh, 4, axis=1)))
        c = sigmoid(blocks["f"]) * c + sigmoid(blocks["i"]) * np.tanh(blocks["g"])
        states.append(sigmoid(blocks["o"]) * np.tanh(c))
        h, c = (states[-1], c) if carry else (0 * h, 0 * c)
    return np.stack(states, axis=1)  # (B, T, H)


def model_logits(x, weights, layers, lstm=run_lstm, bias=True):
    """Return the logits (B, T, V) by definition, for the words x, (B, T) ints.

    `weights` is the state dict as arrays, `layers` how many LSTM layers run. A mistake has another `lstm`, a function
    (h, weights, layer) -> (B, T, H), or bias=False, which leaves out the output's bias.
    """
    h = weights["embedding.weight"][x]
    for layer in range(layers):
        h = lstm(h, weights, layer)
    return h @ weights["output.weight"].T + bias * weights["output.bias"]


def expected_shapes(V, H, layers):
    """Return {name: shape} of the state dict for V words, states of H numbers, and `layers` LSTM layers."""
    shapes = {"embedding.weight": (V, H), "output.weight": (V, H), "output.bias": (V,)}
    for layer in range(layers):
        shapes |= {f"lstm.{name}_l{layer}": (4 * H, H) for name in ("weight_ih", "weight_hh")}
        shapes |= {f"lstm.{name}_l{layer}": (4 * H,) for name in ("bias_ih", "bias_hh")}
    return shapes


def filled(model, low=-0.9, high=1.0, start=1):
    """Put fixed numbers from [low, high) into a model's parameters, in float64, and return them as {name: array}.

    Another `start`, an int, gives other numbers.
    """
    import torch

    model.double()
    for k, (_, value) in enumerate(sorted(model.state_dict().items())):
        value.copy_(torch.from_numpy(scattered(tuple(value.shape), low, high, start + 29 * k)))
    return {name: value.numpy().copy() for name, value in model.state_dict().items()}


def check_LanguageModel(LanguageModel):
    """Check the class LanguageModel: names and shapes of the state dict, logits, dropout, gradients, its options."""
    check = Checker("LanguageModel", B=3, T=4)
    x = np.array([[5, 4, 3, 2], [0, 6, 1, 3], [3, 3, 5, 4]])
    for layers in (1, 2):
        model = check.run(LanguageModel, 7, 5, layers, label="__init__")
        _check_state_dict(check, model, expected_shapes(7, 5, layers))
        check.true(model.output.weight is not model.embedding.weight, "embedding and output are one matrix, expected "
                   "two", "output", "they are one with tied=True alone")
        weights = filled(model)
        _check_logits(check, model, x, weights, layers)
    _check_dropout(check, check.run(LanguageModel, 7, 200, 1, 0.5, label="__init__"), x)
    check_options(LanguageModel, x, filled, model_logits)
    check.passed()


def _check_state_dict(check, model, shapes):
    import torch

    check.true(isinstance(model, torch.nn.Module), "it is no nn.Module", "__init__", "class ...(nn.Module)")
    found = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    missing, extra = sorted(shapes.keys() - found.keys()), sorted(found.keys() - shapes.keys())
    check.true(not missing and not extra, f"state_dict has wrong names; missing: {', '.join(missing) or 'none'}, "
               f"unexpected: {', '.join(extra) or 'none'}", "state_dict", "expected are the attributes embedding, lstm "
               "(nn.LSTM with num_layers) and output")
    wrong = [name for name in shapes if found[name] != shapes[name]]
    check.true(not wrong, f"state_dict[{wrong[:1]}] has shape {[found[n] for n in wrong[:1]]}, expected "
               f"{[shapes[n] for n in wrong[:1]]}", "state_dict")


def _check_logits(check, model, x, weights, layers):
    import torch

    words = torch.from_numpy(x)
    logits = check.run(model.eval(), words, label="forward")
    check.true(isinstance(logits, torch.Tensor), f"logits is a {type(logits).__name__}, expected a tensor", "logits",
               "nn.LSTM returns its outputs and its last state: take the first" if isinstance(logits, tuple) else
               "did you forget the return?" if logits is None else None)
    check.true(bool((words == torch.from_numpy(x)).all()), "x is changed", "x", "work on a copy")
    right = model_logits(x, weights, layers)

    def over_batch(h, weights, layer):
        return run_lstm(h.swapaxes(0, 1), weights, layer).swapaxes(0, 1)

    def backwards(h, weights, layer):
        return run_lstm(h[:, ::-1], weights, layer)[:, ::-1]

    p = np.exp(right) / np.exp(right).sum(-1, keepdims=True)
    mistakes = {
        "the LSTM runs over the batch: nn.LSTM(..., batch_first=True)": model_logits(x, weights, layers, over_batch),
        "a softmax after the last layer: return the logits, the loss takes care of it": p,
        "a log-softmax after the last layer: return the logits": np.log(p),
        "a ReLU after the last layer": np.maximum(right, 0),
        "only the last word's logits: one row for every word": right[:, -1],
        "the LSTM's state is not carried on from word to word": model_logits(
            x, weights, layers, lambda h, w, i: run_lstm(h, w, i, carry=False)),
        "the LSTM runs backwards: a word would be predicted from those after it": model_logits(
            x, weights, layers, backwards),
        "the LSTM is left out": model_logits(x, weights, 0),
        "a ReLU between LSTM and output": model_logits(
            x, weights, layers, lambda h, w, i: np.maximum(run_lstm(h, w, i), 0 if i == layers - 1 else -np.inf)),
        "the output's bias is not added": model_logits(x, weights, layers, bias=False),
    }
    check.compare({"logits": logits.detach().numpy()}, {"logits": right}, {"logits": mistakes},
                  f" with {layers} layer{'s' * (layers > 1)}", **EXACT)
    check.true(logits.requires_grad, "no gradient leads back from the logits", "logits", CUT)
    logits.square().sum().backward()
    lost = [key for key, value in model.named_parameters() if value.grad is None or not value.grad.abs().sum() > 0]
    check.true(not lost, f"no gradient reaches {', '.join(lost)}", "gradients", CUT)


def _check_dropout(check, model, x):
    import torch

    weights, words = filled(model, -0.05, 0.06), torch.from_numpy(x)
    right = model_logits(x, weights, 1)
    got = check.run(model.eval(), words, label="forward").detach().numpy()
    check.compare({"logits": got}, {"logits": right}, context=" in eval mode with dropout=0.5", **EXACT)
    model.train()
    first, second = (check.run(model, words, label="forward").detach().numpy() for _ in range(2))
    check.true(not np.allclose(first, second), "two calls in training mode return the same, expected another draw of "
               "dropout in each", "dropout", "dropout=0.5 is not used: self.dropout = nn.Dropout(dropout)")
    check_unlocked(check, model)


def check_loss_fn(loss_fn):
    """Check the masked loss that loss_fn gives for headlines of different lengths, and its gradient."""
    check = Checker("loss_fn", B=3, T=4, V=6)
    pred, mask = scattered((3, 4, 6), -2, 2.5), np.array([[1, 1, 1, 1], [1, 0, 0, 0], [1, 1, 0, 0]], float)
    target = np.array([[5, 1, 3, 4], [2, 2, 2, 2], [0, 4, 2, 2]])
    losses = _losses(pred, target)
    p = np.exp(pred) / np.exp(pred).sum(-1, keepdims=True)
    flat = pred.reshape(3, 6, 4).swapaxes(1, 2)  # (B, T, V) read as (B, V, T), which mixes words up
    mistakes = {
        "padding counts too: multiply by the mask and divide by its sum": losses.mean(),
        "reduction is not 'none': the mean over everything is taken before the mask": (losses.mean() * mask).sum() / 12,
        "divided by B·T: padding is no word, divide by the mask's sum": (losses * mask).sum() / 12,
        "not divided by the number of words": (losses * mask).sum(),
        "averaged over headlines, then over words: words of short headlines count more":
            ((losses * mask).sum(1) / mask.sum(1)).mean(),
        "a sum for each headline where a mean over words is meant": (losses * mask).sum() / 3,
        "the mask is upside down": (losses * (1 - mask)).sum() / (1 - mask).sum(),
        "pred is reshaped to (B, V, T): permute(0, 2, 1) moves the axes": (_losses(flat, target) * mask).sum() / 7,
        "a softmax before the cross-entropy, which takes logits": (_losses(p, target) * mask).sum() / 7,
        "probabilities, not their logarithms": -(np.take_along_axis(p, target[..., None], -1)[..., 0] * mask).sum() / 7,
        "the sign is flipped": -(losses * mask).sum() / 7,
        "the losses are not masked, only divided by the mask's sum": losses.sum() / 7,
    }

    def definition():
        return (_losses(pred, target) * mask).sum() / mask.sum()

    value, tensor = _loss_of(check, loss_fn, pred, target, mask)
    check.compare({"loss": value.detach().numpy()}, {"loss": definition()}, {"loss": mistakes}, **EXACT)
    check.true(value.requires_grad, "no gradient leads back from loss", "loss", CUT)
    value.backward()
    numeric = eval_numerical_gradient(lambda _: definition(), pred)
    check.compare({"gradient": tensor.grad.numpy()}, {"gradient": numeric}, **NUMERIC)
    value, _ = _loss_of(check, loss_fn, pred.astype(np.float32), target, mask.astype(np.float32))
    check.single({"loss": value.detach().numpy()}, {"loss": definition()})
    check.passed()


def _losses(pred, target):
    """Return -log p of every target, (B, T)."""
    return softmax_losses(pred.reshape(-1, pred.shape[-1]), target.ravel()).reshape(target.shape)  # (B·T, V)


def _loss_of(check, loss_fn, pred, target, mask):
    """Return the loss, a scalar tensor, and the tensor of logits that needs a gradient."""
    import torch

    tensors = [torch.from_numpy(array.copy()) for array in (pred, target, mask)]
    tensors[0].requires_grad_()
    value = check.run(loss_fn, *tensors)
    check.true(value is not None, "it returned None, expected loss", "loss", "did you forget the return?")
    check.true(isinstance(value, torch.Tensor), f"loss is a {type(value).__name__}, expected a tensor", "loss", CUT)
    changed = any((tensor.detach().numpy() != array).any() for tensor, array in zip(tensors, (pred, target, mask)))
    check.true(not changed, "an argument is changed; callers still need it", "an argument", "work on copies")
    return value, tensors[0]
