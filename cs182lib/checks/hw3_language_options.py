"""What else the language model of this workbook is asked for: tied, locked, word_dropout, keep, read.

A model with the course's four parameters lacks them and is right without; where one is there, it must do what it says.
"""

import inspect

import numpy as np

from cs182lib.checks.compare import EXACT, Checker
from cs182lib.checks.modules import check_tensor

V, H = 7, 5
KEEP = np.array([[1, 1, 0, 1], [1, 0, 0, 0], [1, 1, 1, 1]], bool)


def check_options(LanguageModel, x, filled, model_logits):
    """Check each option that the class has.

    Parameters
    ----------
    LanguageModel : class of the learner's, made anew for each option
    x : (B, T) ints, words
    filled : function (model) -> its weights by name, fixed numbers
    model_logits : function (x, weights, layers) -> (B, T, V), the definition
    """
    check, known = Checker("LanguageModel"), inspect.signature(LanguageModel).parameters
    if "tied" in known:
        _check_start(check, check.run(LanguageModel, 400, 64, tied=True, label="__init__"))
        _check_tied(check, check.run(LanguageModel, V, H, tied=True, label="__init__"), x, filled, model_logits)
    if "locked" in known:
        _check_locked(check, check.run(LanguageModel, V, 200, 1, 0.5, locked=True, label="__init__"))
    if "word_dropout" in known:
        _check_word_dropout(check, check.run(LanguageModel, 40, 6, word_dropout=0.5, label="__init__"))
    model = check.run(LanguageModel, V, H, 2, label="__init__").eval()
    weights = filled(model)
    if "keep" in inspect.signature(model.forward).parameters:
        _check_keep(check, model, x, model_logits(x, weights, 2))
    if hasattr(model, "read"):
        _check_read(check, model, x, weights, model_logits(x, weights, 2))


def _check_start(check, model):
    """A tied embedding must start small: it is the output, too."""
    std = float(model.embedding.weight.detach().std())
    check.true(abs(std * 8 - 1) < 0.2, f"with tied=True the embedding starts with a standard deviation of {std:.3f}, "
               "expected 1 / √64 = 0.125", "tied", "standard normal numbers make the first logits large, and the first "
               "loss far above ln V: nn.init.normal_(self.embedding.weight, std=rnn_size**-0.5)")


def _check_tied(check, model, x, filled, model_logits):
    check.true(model.output.weight is model.embedding.weight, "with tied=True output and embedding have a matrix each, "
               "expected one for both", "tied", "with tied=True make them one: "
               "self.output.weight = self.embedding.weight")
    weights = filled(model)
    logits = check.run(model.eval(), _tensor(x), label="forward").detach().numpy()
    check.compare({"logits": logits}, {"logits": model_logits(x, weights, 1)}, context=" with tied=True", **EXACT)


def _seen(check, module, model, words, training=True):
    """Return the arrays that `module`, a layer of the model, is called with while the model reads words."""
    seen = []
    hook = module.register_forward_pre_hook(lambda layer, inputs: seen.append(inputs[0].detach().numpy()))
    try:
        check.run(model.train(training), _tensor(words), label="forward")
    finally:
        hook.remove()
    return seen


def check_unlocked(check, model):
    """Check that each place of a headline drops numbers of its own; `check` is the Checker that fails if not.

    `model` is a LanguageModel of more than 6 words, with dropout and without locked=True.
    """
    words = np.array([[1, 2, 3, 4], [5, 6, 1, 2]])
    for name in ("lstm", "output"):
        for h in _seen(check, getattr(model, name), model, words):
            locked = h.ndim == 3 and h.shape[1] == 4 and bool(((h == 0) == (h == 0)[:, :1]).all())
            check.true(not (locked and (h == 0).any()), f"what {name} reads has the same zeros at each place of a "
                       "headline, expected others", "dropout", "that is LockedDropout, for locked=True: nn.Dropout")


def _check_locked(check, model):
    """A number that is dropped must be dropped at every place of its row, and others in another row."""
    words = np.array([[1, 2, 3, 4], [5, 6, 1, 2]])
    for name in ("lstm", "output"):
        for h in _seen(check, getattr(model, name), model, words):
            if h.shape != (2, 4, 200):
                continue  # read in another way, word by word
            gone = h == 0
            check.true(bool(gone.any()), f"what {name} reads has no zeros in training with dropout=0.5 and "
                       "locked=True, expected about half", "locked", "drop before the LSTM and before the output")
            check.true(bool((gone == gone[:, :1]).all()), f"what {name} reads has other zeros at each place, expected "
                       "the same along a headline with locked=True", "locked", "one mask (B, 1, H) for all places of "
                       "a headline: LockedDropout")
            check.true(bool((gone[0] != gone[1]).any()), f"what {name} reads has the same zeros in every row with "
                       "locked=True, expected others in each", "locked",
                       "each headline has a mask of its own: (B, 1, H)")


def _check_word_dropout(check, model):
    """A word is dropped wherever it stands, and what stays is divided by the share that stays."""
    words = np.stack([np.arange(40), np.arange(40)[::-1]])
    whole = model.embedding.weight.detach().numpy()[words]
    for x in _seen(check, model.lstm, model, words):
        if x.shape != whole.shape:
            return  # read in another way, word by word
        gone = (x == 0).all(axis=2)
        check.true(bool(gone.any() and not gone.all()), f"in training with word_dropout=0.5 {gone.mean():.0%} of the "
                   "words are dropped, expected about half", "word_dropout", "whole rows of the embedding are set to "
                   "zero, each with this probability")
        check.true(bool((gone[0] == gone[1][::-1]).all()), "with word_dropout a word is dropped at one place and "
                   "not at another, expected the same everywhere in a batch", "word_dropout",
                   "drop rows of the matrix, not places")
        check.true(np.allclose(x[~gone], 2 * whole[~gone], rtol=1e-4, atol=1e-6), "a word that stays is not twice its "
                   "vector with word_dropout=0.5, expected it divided by the share that stays", "word_dropout",
                   "divide by 1 - word_dropout, so that the mean stays as it was")
    for x in _seen(check, model.lstm, model, words, training=False):
        check.true(np.allclose(x, whole, rtol=1e-4, atol=1e-6), "word_dropout drops words in eval mode, expected "
                   "all of them", "word_dropout", "drop words in training alone: if self.training")


def _tensor(array):
    import torch

    return torch.from_numpy(array.copy())


def _check_keep(check, model, x, right):
    got = check.run(model, _tensor(x), _tensor(KEEP), label="forward")
    check_tensor(check, got, "logits")
    mistakes = {"keep is ignored: return the rows where it is True": right, "keep is upside down": right[~KEEP],
                "the others are set to zero: leave them out": right * KEEP[..., None]}
    got = got.detach().numpy()
    check.compare({"logits": got}, {"logits": right[KEEP]}, {"logits": mistakes}, " with keep", **EXACT)


def _check_read(check, model, x, weights, right):
    """Read a headline in two parts: the state must carry over."""
    parts = check.run(model.read, _tensor(x[:, :2]), label="read")
    check.true(isinstance(parts, tuple) and len(parts) == 2, f"read returned {type(parts).__name__}, expected two "
               "things: states (B, T, H), and the LSTM's state", "read")
    first, (second, _) = parts[0], check.run(model.read, _tensor(x[:, 2:]), parts[1], label="read")
    h = np.concatenate([first.detach().numpy(), second.detach().numpy()], axis=1)
    check.true(h.shape == (*x.shape, H), f"what read returned has shape {h.shape}, expected {(*x.shape, H)}", "read",
               "it returns the states of the last layer, before the output")
    logits = h @ weights["output.weight"].T + weights["output.bias"]
    check.compare({"logits": logits[:, :2]}, {"logits": right[:, :2]}, context=" of what read returned", **EXACT)
    check.compare({"logits": logits}, {"logits": right}, {"logits": {
        "the state is not handed to the LSTM: self.lstm(x, state)": logits}}, " of what read returned, in two parts",
        **EXACT)
