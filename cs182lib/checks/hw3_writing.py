"""Checks of a language model at work: its loss over a data set, headlines' likelihood, and writing."""

import numpy as np

from cs182lib.checks.compare import Checker
from cs182lib.checks.hw3_language import PAD, START, WORDS, T, filled, model_logits, records, vocabulary
from cs182lib.checks.hw3_sampling import compare_shares, log_softmax, probabilities
from cs182lib.checks.modules import check_tensor

SINGLE = {"rtol": 1e-4, "atol": 1e-5}  # the implementation may work in float32


def _model(dropout=0.0, start=1):
    """Return a small model of the library in float64, in training mode, and its weights."""
    from cs182lib.language.language_model import LanguageModel

    model = LanguageModel(len(WORDS), 6, 1, dropout)
    return model, filled(model, -1.6, 1.9, start)


def _inputs(target, first=START):
    return np.hstack([np.full((len(target), 1), first), target[:, :-1]])


def _log_probs(weights, target, words=None):
    """Return log p of every target (B, T), by default each read after the one before it."""
    log_p = log_softmax(model_logits(_inputs(target) if words is None else words, weights, 1))
    return np.take_along_axis(log_p, target[..., None], -1)[..., 0]


def check_evaluate_loss(evaluate_loss):
    """Check evaluate_loss over headlines of different lengths, in batches that do not come out even, of a dropout net.

    The model must be left in training mode, in which it came.
    """
    check = Checker("evaluate_loss")
    model, weights = _model(dropout=0.5)
    data = records() + records()[:1]  # five, in batches of two
    target, mask = (np.array([record[key] for record in data]) for key in ("numerized", "mask"))
    losses, first = -_log_probs(weights, target), [slice(0, 2), slice(2, 4), slice(4, 5)]
    means = [(losses[rows] * mask[rows]).sum() / mask[rows].sum() for rows in first]
    results = [check.run(evaluate_loss, model.train(), data, 2) for _ in range(2)]
    for value in results:
        check.true(isinstance(value, (float, np.floating)) or getattr(value, "ndim", 1) == 0,
                   f"loss is {'None' if value is None else 'a ' + type(value).__name__}, expected a number", "loss",
                   "did you forget the return?" if value is None else None)
    check.true(float(results[0]) == float(results[1]), "two evaluations of one model give two losses, expected "
               "the same loss", "loss",
               "dropout is left on: model.eval() before, model.train() after")
    mistakes = {
        "the batches' means are averaged: sum losses and words, divide once": np.mean(means),
        "the last, smaller batch is left out": (losses * mask)[:4].sum() / mask[:4].sum(),
        "the headlines' means are averaged: every word counts the same": (
            (losses * mask).sum(1) / mask.sum(1)).mean(),
        "padding counts too": losses.mean(),
        "divided by B·T: padding is no word": (losses * mask).sum() / mask.size,
        "a sum where the mean over the words is meant": (losses * mask).sum(),
        "only the last batch is returned": means[-1], "only the first batch is evaluated": means[0],
        "the means are summed": np.sum(means),
    }
    check.compare({"loss": np.asarray(float(results[0]))}, {"loss": (losses * mask).sum() / mask.sum()},
                  {"loss": mistakes}, **SINGLE)
    check.true(model.training, "the model is left in evaluation mode, expected the mode it came in", "mode",
               "training would go on without dropout: model.train() at the end")
    check.passed()


def check_headline_log_probs(headline_log_probs):
    """Check headline_log_probs of headlines of one to five words, with and without their end."""
    check = Checker("headline_log_probs", N=4, T=T)
    model, weights = _model()
    known, headlines = vocabulary(), [record["title"] for record in records()]
    for end in (False, True):
        data = [[WORDS.index(word) for word in headline.split()] + end * [PAD] for headline in headlines]
        length = T + 1
        target = np.array([words + (length - len(words)) * [PAD] for words in data])
        mask = np.arange(length) < np.array([[len(words)] for words in data])
        got = check.run(headline_log_probs, headlines, model.eval(), known, length, *[end] * end)
        check.true(got is not None, "it returned None, expected log_probs", "log_probs", "did you forget the return?")
        log_p = _log_probs(weights, target)
        right = (log_p * mask).sum(1)
        mistakes = {
            "the mean over the words where their sum is meant": right / mask.sum(1),
            "the sign is flipped: that is the loss": -right, "the probabilities, not their logarithms": np.exp(right),
            "padding counts too": log_p.sum(1), "bits where nats are meant: the natural logarithm": right / np.log(2),
            "the first word is not counted: it is predicted from <START>": (log_p * mask)[:, 1:].sum(1),
            "the model reads the word it must predict: shift the input":
                (_log_probs(weights, target, target) * mask).sum(1),
            "the logits are summed, without log-softmax": (np.take_along_axis(model_logits(
                _inputs(target), weights, 1), target[..., None], -1)[..., 0] * mask).sum(1),
        }
        if end:
            mistakes["end=True is ignored"] = (log_p * (target != PAD)).sum(1)
        got = got.detach().cpu().numpy() if hasattr(got, "detach") else np.asarray(got, float)
        check.compare({"log_probs": got}, {"log_probs": right}, {"log_probs": mistakes},
                      f" with end={end}", **SINGLE)
    check.passed()


def check_generate_sentence(generate_sentence):
    """Check how generate_sentence goes on greedily from several beginnings, to the end and to a length."""
    check = Checker("generate_sentence")
    (model, weights), known = _telling(), vocabulary()
    right, said, wrong = {}, {}, {}
    for starter, length in STARTERS:
        words = right[starter] = greedy(weights, starter.split(), length)
        wrong[starter] = _wrong_sentences(weights, starter, length, words)
        given = () if length == 20 else (length,)  # the default
        text = said[starter] = check.run(generate_sentence, starter, model.train(), known, *given)
        check.true(isinstance(text, str), f"sentence is {'None' if text is None else 'a ' + type(text).__name__}, "
                   "expected a string", "sentence", "did you forget the return?" if text is None else None)
    explained = [cause for cause in wrong["acme"] if all(" ".join(wrong[s][cause]) == said[s] for s in said)]
    for starter in said:
        check.true(said[starter] == " ".join(right[starter]), f"the sentence after {starter!r} is {said[starter]!r}, "
                   f"expected {' '.join(right[starter])!r}", "sentence", explained[0] if explained else None)
    check.passed()


def _wrong_sentences(weights, starter, length, right):
    """Return {cause: the words that a mistake writes}."""
    beginning = starter.split()
    return {**{cause: greedy(weights, beginning, length, **how) for cause, how in WRITING_MISTAKES.items()},
            "the beginning is left out of the sentence": right[len(beginning):],
            "the padding after the end is left in": [*right, *(length - len(right)) * ["PAD"]],
            "<START> is left in": ["<START>", *right],
            "it does not stop at PAD, the end, and writes it": [WORDS[i] for i in write_on(
                weights, [WORDS.index(word) for word in beginning], length, stop=False)]}


def _telling(start=36):
    """Return a model in whose greedy headlines, which end early and late, every mistake shows, and its weights."""
    model, weights = _model(start=start)
    weights["output.bias"] = np.array([-9.0, -9.0, 0.2, 0.3, -0.2, 0.1, 0.0])  # neither <START> nor UNK
    model.output.bias.data.copy_(model.output.bias.new_tensor(weights["output.bias"]))
    return model, weights


DRAWS = 5000  # few enough for a solution that writes each headline by itself
STARTERS = (("acme", 9), ("crown buys", 9), ("", 9), ("bolt", 9), ("acme buys bolt", 4), ("crown", 20))
WRITING_MISTAKES = {
    "<START> is not read before the beginning": {"start": False},
    "the state is lost: every word is chosen from the one before it alone": {"memory": 1},
    "the last word is not read: take the logits at the last position": {"late": 1},
    "the least probable word is taken: argmax, not argmin": {"sign": -1},
    "it does not stop at PAD, the end": {"stop": False},
    "one word too few": {"off": -1}, "one word too many: length counts the beginning too": {"off": 1},
}


def greedy(weights, words, length, **how):
    """Return the words of the sentence that begins with `words`, a list of str, without padding.

    weights, length and the options in `how` are those of `write_on`.
    """
    numbers = write_on(weights, [WORDS.index(word) for word in words], length, **how)
    return [WORDS[i] for i in numbers if i != PAD]


def write_on(weights, words, length, start=True, memory=None, late=0, sign=1, stop=True, off=0, forbid=()):
    """Return the numbers of a sentence's words, by definition: the whole beginning is read anew for every word.

    Every default changed is a mistake, but for `forbid`.

    Parameters
    ----------
    weights : dict, name -> array, those of a model of one layer
    words : list of ints, the beginning, which is returned, too
    length : int, words at most, the beginning included
    start : bool, <START> is read first
    memory : int or None, how many of the last words are read; None: all
    late : int, how many of the last words are not read
    sign : 1 takes the most probable word, -1 the least
    stop : bool, it ends before the first PAD; False: PAD is written like any word
    off : int, added to the length
    forbid : ints, the words that are never taken
    """
    words = list(words)
    allowed = np.where(np.isin(np.arange(len(WORDS)), forbid), -sign * np.inf, 0)
    while len(words) < length + off:
        read = (start * [START] + words)[-memory:] if memory else start * [START] + words
        read = read[:len(read) - late] or [START]
        best = int((sign * (model_logits(np.array([read]), weights, 1)[0, -1] + allowed)).argmax())
        if stop and best == PAD:
            break
        words.append(best)
    return words


BATCH = ["acme", "crown", "bolt", "buys"]
LATE = 7  # words in all
FORBIDDEN = (START, 1, WORDS.index("buys"))


def check_write_headlines(write_headlines):
    """Check write_headlines: a batch of greedy headlines, what is forbidden, the first words of many drawn ones."""
    check, (model, weights) = Checker("write_headlines", B=len(BATCH), T=LATE), _telling()
    starts = torch_long([[WORDS.index(word)] for word in BATCH])
    for options in ({}, {"forbid": FORBIDDEN}, {"temperature": 1.0, "top_k": 1}):
        options = {"temperature": 0, **options}
        got = check.run(write_headlines, model.train(), starts, LATE, **options)
        check_tensor(check, got, "headlines")
        check.true(not got.is_floating_point(), f"headlines holds {got.dtype}, expected whole numbers", "headlines",
                   "torch.cat of starts, which are long, and the words")
        forbid = options.get("forbid", ())
        right = written(weights, forbid=forbid)
        wrong = {cause: (lambda how=how, forbid=forbid: written(weights, forbid=forbid, **how))
                 for cause, how in WRITING_MISTAKES.items()}
        wrong["the beginning is left out"] = right[:, 1:]
        wrong["<START> is left in"] = np.hstack([np.zeros_like(right[:, :1]), right])
        wrong["forbid is not used: their logits are -inf"] = lambda: written(weights)
        said = ", ".join(f"{key}={value}" for key, value in options.items())
        check.compare({"headlines": got.numpy()}, {"headlines": right}, {"headlines": wrong}, f" for {said}")
    got = check.run(write_headlines, model, starts, temperature=0)
    check_tensor(check, got, "headlines")
    check.compare({"headlines": got.numpy()}, {"headlines": written(weights, off=20 - LATE)},
                  context=" without length, which is 20")
    check.true(starts.tolist() == [[WORDS.index(word)] for word in BATCH], "starts are changed", "starts", "copy them")
    _check_drawn(check, write_headlines, model, weights)
    check.passed()


def written(weights, forbid=(), **how):
    """Return the greedy headlines as numbers (B, LATE), one for each word of BATCH, PAD after the end.

    weights, forbid and the options in `how` are those of `write_on`: with stop=False they go on after the end, `off`
    makes them longer.
    """
    rows = []
    for word in BATCH:
        row = write_on(weights, [WORDS.index(word)], LATE, forbid=forbid, **how)
        rows.append(row + max(0, LATE + how.get("off", 0) - len(row)) * [PAD])
    return np.array(rows)


def torch_long(rows):
    """Return rows of token numbers as a tensor."""
    import torch

    return torch.tensor(rows, dtype=torch.long)


def _check_drawn(check, write_headlines, model, weights):
    """Check the first words of many headlines that are drawn from nothing."""
    import torch

    logits = model_logits(np.array([[START]]), weights, 1)[0, -1]
    for temperature in (1.0, 2.5):
        options = {"temperature": temperature} if temperature != 1 else {}
        got = check.run(write_headlines, model, torch.zeros(DRAWS, 0, dtype=torch.long), 1, **options,
                        generator=torch.Generator().manual_seed(182))
        allowed = logits + np.where(np.arange(len(WORDS)) < 2, -np.inf, 0)
        mistakes = {
            "the temperature is not handed on to sample_next": probabilities(allowed, 1.0),
            "the best word is taken, not drawn": np.eye(len(WORDS))[allowed.argmax()]}
        compare_shares(check, got[:, 0].numpy(), probabilities(allowed, temperature), mistakes,
                       f"temperature={temperature}")
