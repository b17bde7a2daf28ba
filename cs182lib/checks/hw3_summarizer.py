"""Checks of what makes a summarizer of a Transformer: shift, masked loss, writing, copying, the penalty of a beam.

torch is imported when one runs.
"""

from functools import partial

import numpy as np

from cs182lib.checks.compare import KEPT, NUMERIC, Checker
from cs182lib.checks.definitions import softmax_losses
from cs182lib.checks.inputs import scattered
from cs182lib.checks.modules import CUT, as_tensor, check_tensor, compare_module
from cs182lib.training.gradient_check import eval_numerical_gradient

B, T, S, V, N = 3, 4, 5, 6, 8  # rows, target words, source words, vocabulary, extended vocabulary
TARGET = np.array([[5, 1, 3, 2], [4, 2, 0, 0], [1, 5, 0, 0]])
MASK = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 0, 0]], bool)
SOURCE = np.array([[3, 6, 5, 3, 7], [1, 1, 4, 6, 2], [7, 2, 2, 2, 0]])  # words twice and three times, words beyond V
SINGLE = {"rtol": 1e-5, "atol": 1e-5}


def check_shift_target_sequence_right(shift_target_sequence_right):
    """Check what shift_target_sequence_right makes of tokens (B, T), and of vectors (B, T, 2) in their place.

    A class in its place is asked for its method of that name.
    """
    check = Checker("shift_target_sequence_right", B=B, T=T)
    if isinstance(shift_target_sequence_right, type):
        shift_target_sequence_right = partial(shift_target_sequence_right.shift_target_sequence_right, None)
    for x, kind in ((TARGET + 1, "tokens"), (scattered((B, T, 2)), "vectors")):
        zero = np.zeros_like(x[:, :1])
        mistakes = {
            "nothing is shifted: each place would read the word it must predict": x,
            "shifted to the left: each place would read the word after the one it must predict":
                np.concatenate([x[:, 1:], zero], axis=1),
            "rolled round: the first place reads 0, not the last word": np.roll(x, 1, axis=1),
            "the last word is not dropped": np.concatenate([zero, x], axis=1),
            "0 takes the place of the first word: move the others": np.concatenate([zero, x[:, 1:]], axis=1),
            "shifted twice: each place misses the word before": np.concatenate([zero, zero, x[:, :-2]], axis=1),
            "the words before are dropped": np.concatenate([x[:, :-1], zero], axis=1)}
        tensor = as_tensor(x)
        got = check.run(shift_target_sequence_right, tensor)
        check_tensor(check, got, "shifted")
        _check_kept(check, "target_sequence", tensor, x)
        check.true(got.dtype == tensor.dtype, f"shifted holds {got.dtype}, expected {tensor.dtype}", "shifted",
                   "make the zeros with torch.zeros_like")
        check.compare({"shifted": got.numpy()}, {"shifted": np.concatenate([zero, x[:, :-1]], axis=1)},
                      {"shifted": mistakes}, f" of {kind}")
    check.passed()


def _check_kept(check, name, tensor, before):
    if not np.array_equal(tensor.numpy(), before):
        check.fail(f"{name} was changed; callers still need it", name, "an operation in place: work on a copy")
    check.note(KEPT)


def check_masked_loss(masked_loss):
    """Check what masked_loss returns, loss and accuracy over words alone, and the gradient of the loss.

    The mask comes as booleans and as floats.
    """
    check = Checker("masked_loss", B=B, T=T, V=V)
    logits, words = scattered((B, T, V), -3, 3), MASK.sum()
    logits[0, 0, 5] = logits[1, 0, 4] = logits[2, 2:, 0] = logits[2, 1, 5] = 4.5  # some are right, padding too
    losses = softmax_losses(logits.reshape(-1, V), TARGET.ravel()).reshape(B, T)
    hits = logits.argmax(axis=-1) == TARGET
    loss, accuracy = (losses * MASK).sum() / words, (hits * MASK).sum() / words
    mistakes = {"loss": {
        "a mean over all places, padding too: reduction='none', then the mask": losses.mean(),
        "the mask acts on a loss that is a mean already (reduce='none' is not reduction='none')":
            (losses.mean() * MASK).mean(),
        "divided by all places: divide by the number of words": (losses * MASK).mean(),
        "a sum where the mean over the words is meant": (losses * MASK).sum(),
        "the mean of the rows' means: every word counts the same": ((losses * MASK).sum(1) / MASK.sum(1)).mean(),
        "divided by the rows: divide by the number of words": (losses * MASK).sum() / B,
        "the mask is upside down: it is True at words": (losses * ~MASK).sum() / (~MASK).sum(),
        "word 0 is left out: the mask says what is padding": (losses * (TARGET != 0)).sum() / (TARGET != 0).sum()},
        "accuracy": {
            "padding counts too": hits.mean(), "divided by all places: divide by the number of words":
                (hits * MASK).mean(), "counted, not divided": (hits * MASK).sum(),
            "the mask is upside down: it is True at words": (hits * ~MASK).sum() / (~MASK).sum()}}
    for mask in (MASK, MASK.astype(float)):
        tensor = as_tensor(logits).requires_grad_()
        got = check.run(masked_loss, tensor, as_tensor(TARGET), as_tensor(mask))
        got = check._unpack(got, ("loss", "accuracy"), check.name)
        check_tensor(check, got["loss"], "loss")
        for name, value in got.items():
            check.true(np.ndim(value.detach() if hasattr(value, "detach") else value) == 0,
                       f"{name} has the shape {tuple(np.shape(value))}, expected one number", name,
                       "sum over the words, then divide by how many they are")
        values = {name: np.asarray(float(getattr(value, "detach", lambda value=value: value)()))
                  for name, value in got.items()}
        check.compare(values, {"loss": loss, "accuracy": accuracy}, mistakes, f" with a mask of {mask.dtype}", **SINGLE)
        check.true(got["loss"].requires_grad, "no gradient leads back from the loss", "loss", CUT)
        got["loss"].backward()
        slope = eval_numerical_gradient(lambda x: (softmax_losses(x.reshape(-1, V), TARGET.ravel()) * MASK.ravel()).sum(
            ) / words, logits, verbose=False)
        check.compare({"gradient": tensor.grad.numpy()}, {"gradient": slope}, **NUMERIC)
    check.passed()


def small_model():
    """Return a function (source, target, encoder_mask, decoder_mask) -> logits (B, t, V), and its scores by step.

    The logits of place t depend on the source, on t, and on the target words t - 1 and t - 2.
    """
    of_source, before, earlier, place = (scattered((9, 9), -1.5, 1.5, start) for start in (3, 211, 402, 677))

    def scores(source, mask, t, last, second):
        read = (of_source[source] * np.asarray(mask)[..., None]).sum(axis=1)  # (B, S, 9) -> (B, 9)
        return read + 2 * before[last] + earlier[second] + place[t]

    def model(source_sequence, target_sequence, encoder_mask=None, decoder_mask=None, *others, **options):
        """Stand in for a Transformer whose answer says what it was asked."""
        import torch

        source, target = source_sequence.numpy(), target_sequence.numpy()
        mask = np.ones(source.shape) if encoder_mask is None else encoder_mask.numpy()
        shifted = np.pad(target, ((0, 0), (2, 0)))  # two zeros stand before the first word
        logits = [scores(source, mask, t, shifted[:, t + 1], shifted[:, t]) for t in range(target.shape[1])]
        return torch.from_numpy(np.stack(logits, axis=1))

    return model, scores


def written(scores, source, mask, length, choose=np.argmax, skip=0, stuck=False):
    """Return the summary (B, length) in numbers of words, by definition; every default changed is a mistake.

    Parameters
    ----------
    scores : function (source, mask, t, last, second) -> (B, 9), that of `small_model`
    source : (B, S) ints
    mask : (B, S) bools or numbers, True or 1 where the source is read
    length : int, words of the summary
    choose : function (scores, axis) -> the number of the word that is taken
    skip : int, how many of the last words are not seen
    stuck : bool, every step is the first one again
    """
    words = np.zeros((len(source), 2 + skip), int)
    for t in range(length):
        step = 0 if stuck else t
        last, second = (words[:, 1], words[:, 0]) if stuck else (words[:, -1 - skip], words[:, -2 - skip])
        words = np.hstack([words, choose(scores(source, mask, step, last, second), axis=-1)[:, None]])
    return words[:, 2 + skip:]


def written_from_the_end(scores, source, mask, length):
    """Return the summary (B, length) of a loop that fills a row of zeros and reads its last place at every step.

    scores, source, mask and length are those of `written`.
    """
    words = np.zeros((len(source), 2 + length), int)  # two zeros stand before the first
    for t in range(length):
        words[:, 2 + t] = scores(source, mask, length - 1, words[:, length], words[:, length - 1]).argmax(axis=-1)
    return words[:, 2:]


def check_generate_summary(generate_summary):
    """Check what generate_summary writes with a small model that reads the source and the last two words."""
    check = Checker("generate_summary", B=B)
    model, scores = small_model()
    mask = np.arange(S) < np.array([[5], [3], [4]])
    for length in (1, 7):
        right = written(scores, SOURCE, mask, length)
        mistakes = {
            "no step sees the last word, as the model shifts the target right itself: start from an empty summary, "
            "not from [0]": written(scores, SOURCE, mask, length, skip=1),
            "every step is the first one: give the words written so far to the model, and read the last place":
                written(scores, SOURCE, mask, length, stuck=True),
            "the last place of a row that is full from the start is read: word t is read off at place t":
                written_from_the_end(scores, SOURCE, mask, length),
            "encoder_mask is not used": written(scores, SOURCE, np.ones((B, S)), length),
            "the least probable word: argmax": written(scores, SOURCE, mask, length, np.argmin),
            "the first word is missing": written(scores, SOURCE, mask, length + 1)[:, 1:],
            "the 0 before the summary is returned too": np.hstack([np.zeros((B, 1), int), right]),
            "the last word is missing": right[:, :-1]}
        arguments = [as_tensor(SOURCE), as_tensor(mask)]
        got = check.run(generate_summary, model, *arguments, length)
        check_tensor(check, got, "summary")
        for name, argument, before in zip(("source_sequence", "encoder_mask"), arguments, (SOURCE, mask)):
            _check_kept(check, name, argument, before)
        check.true(not got.is_floating_point(), f"summary holds {got.dtype}, expected whole numbers", "summary",
                   "make it with dtype=torch.long")
        check.compare({"summary": got.numpy()}, {"summary": right}, {"summary": mistakes}, f" of {length} words")
    check.passed()


def mixture(p_vocab, attention, gate, mask=None, wrong=""):
    """Return p[y] = g p_vocab[y] + (1 - g) Σ_{s: source[s] = y} a[s], word by word, (B, T, N).

    The source is SOURCE.

    Parameters
    ----------
    p_vocab : (B, T, V) floats, the probabilities of writing each word
    attention : (B, T, S) floats, a
    gate : (B, T, 1) floats in [0, 1], g
    mask : not used; `compare_module` hands one to every definition
    wrong : str, a mistake's name, or "" for none
    """
    write, copy = (1 - gate, gate) if wrong == "gate" else (gate, 1 - gate)
    write = 1 if wrong == "write ungated" else write
    write, copy = (1, 1) if wrong == "no gate" else (gate, gate) if wrong == "same" else (write, copy)
    p = np.zeros((B, T, N))
    p[..., :V] = write * p_vocab
    if wrong == "vocabulary only":
        return p
    for s in range(S):
        for b in range(B):
            if wrong == "beyond is lost" and SOURCE[b, s] >= V:
                continue
            y = 1 if wrong == "unknown" and SOURCE[b, s] >= V else s if wrong == "place" else SOURCE[b, s]
            given = (copy * attention)[b, :, s]
            p[b, :, y] = given + (write * np.pad(p_vocab, ((0, 0), (0, 0), (0, N - V))))[b, :, y] if (
                wrong == "last one") else p[b, :, y] + given
    return p


def check_pointer_mixture(pointer_mixture):
    """Check what pointer_mixture gives, the probability of every word of the extended vocabulary, and its gradients.

    The source has words more than once, and words beyond the vocabulary.
    """
    check = Checker("pointer_mixture", B=B, T=T, V=V)
    shares = [np.exp(scattered(shape, -1.5, 1.5, start)) for shape, start in (((B, T, V), 1), ((B, T, S), 301))]
    arrays = dict(zip(("p_vocab", "attention"), (x / x.sum(axis=-1, keepdims=True) for x in shares)))
    arrays["gate"] = scattered((B, T, 1), 0.1, 0.9, 77)
    causes = {
        "last one": "a word that the article has twice gets the attention of one place only: scatter_add adds them up",
        "gate": "the gate is the other way round: g writes, 1 - g copies", "no gate": "the gate is not used",
        "write ungated": "what is written is not multiplied by g",
        "same": "copying has the share g too: it has 1 - g", "vocabulary only": "nothing is copied",
        "beyond is lost": "words beyond the vocabulary cannot be copied: make room for num_words",
        "unknown": "words beyond the vocabulary count as UNK: copy them by source_extended",
        "place": "the attention to place s goes to word s: it goes to word source_extended[s]"}
    source = as_tensor(SOURCE)
    compare_module(check, lambda *tensors: pointer_mixture(*tensors, source, N), ("p",), arrays, None, mixture, causes,
                   "")
    _check_kept(check, "source_extended", source, SOURCE)
    check.passed()


def check_length_penalty(length_penalty):
    """Check length_penalty for several lengths at once and for one, each with several powers alpha."""
    check = Checker("length_penalty")
    length = np.array([1, 2, 7, 13, 31])
    for alpha in (0.0, 0.6, 1.0, 1.5):
        right, log_p = ((5 + length) / 6) ** alpha, -1.7 * length
        mistakes = {
            "the power is left out": (5 + length) / 6, "alpha multiplies: it is the power": alpha * (5 + length) / 6,
            "a power of the length alone: ((5 + length) / 6)^alpha": length**alpha,
            "not divided by 6^alpha, so that one word has a penalty of 1": (5.0 + length)**alpha,
            "only the upper part has the power: ((5 + length) / 6)^alpha": (5 + length)**alpha / 6,
            "the inverse: it is what the log-probability is divided by": 1 / right,
            "5 and 6 are exchanged": ((6 + length) / 5)**alpha, "the 5 is missing": (length / 6)**alpha,
            "the logarithm of the penalty": np.log(right), "the score, not the penalty": log_p / right}
        got = check.run(length_penalty, as_tensor(length), *[alpha] * (alpha != 0.6))
        check_tensor(check, got, "penalty")
        check.compare({"penalty": got.numpy()}, {"penalty": right}, {"penalty": mistakes}, f" for alpha = {alpha}"
                      f"{', the default' * (alpha == 0.6)}", rtol=1e-6, atol=1e-7)
        check.compare({"penalty": np.asarray(float(check.run(length_penalty, 7, alpha)))}, {"penalty": 2.0**alpha},
                      context=f" of one length for alpha = {alpha}", rtol=1e-6)
    check.passed()
