"""Checks of CaptioningRNN.sample: the captions that it writes, for each kind of cell."""

import copy
import inspect

import numpy as np

from cs182lib.checks.compare import Checker
from cs182lib.checks.hw2_captioning import (
    END,
    NULL,
    SIZES,
    START,
    WORDS,
    cell_step,
    filled,
    first_state,
    next_scores,
    shapes_of,
)
from cs182lib.checks.inputs import scattered


def greedy_captions(cell_type, features, p, max_length, keep_state=False, keep_word=False, keep_cell=False,
                    start=START):
    """Return captions (N, max_length), written word by word. What comes after <END> goes on, as in the course.

    Parameters
    ----------
    cell_type, features, p : as for `word_losses` of hw2_captioning
    max_length : the number of words of each caption, at least 1
    keep_state, keep_word, keep_cell : True makes a mistake: each step has the first state, word or cell again
    start : the number of the word that is read first; another than <START> is a mistake
    """
    first = state = first_state(features, p)
    words, captions = np.full(len(features), start), []
    for _ in range(max_length):
        h, c = cell_step(cell_type, p["W_embed"][words], state, p)
        state = first if keep_state else (h, first[1] if keep_cell else c)
        chosen = next_scores(h, p).argmax(axis=1)
        captions.append(chosen)
        words = words if keep_word else chosen
    return np.stack(captions, axis=1)


def until_end(captions):
    """Return captions (N, T) with <NULL> for all that follows the first <END>: it is no part of the caption."""
    ended = np.cumsum(captions == END, axis=1) - (captions == END) > 0
    return np.where(ended, NULL, captions)


def sample_mistakes(cell_type, features, p, max_length):
    """Return {cause: the captions that this mistake gives}.

    cell_type, features, p and max_length are as for `greedy_captions`.
    """
    right = greedy_captions(cell_type, features, p, max_length)

    def without(key):
        return greedy_captions(cell_type, features, {**p, key: np.zeros_like(p[key])}, max_length)

    return {
        "the captions begin with <START>: the first entry is the first sampled word": np.concatenate(
            (np.full((len(right), 1), START), right[:, :-1]), axis=1),
        "the first word is left out": np.concatenate((right[:, 1:], np.full((len(right), 1), NULL)), axis=1),
        "the state is not carried on: the next step starts from this step's next_h": greedy_captions(
            cell_type, features, p, max_length, keep_state=True),
        "every step reads <START>: read the word that was just sampled": greedy_captions(
            cell_type, features, p, max_length, keep_word=True),
        "the cell is not carried on: the next step starts from this step's next_c": greedy_captions(
            cell_type, features, p, max_length, keep_cell=True),
        "the features do not reach the state: h0 = features W_proj + b_proj": greedy_captions(
            cell_type, features, {**p, "W_proj": 0 * p["W_proj"], "b_proj": 0 * p["b_proj"]}, max_length),
        "b_proj is not added": without("b_proj"), "b_vocab is not added": without("b_vocab"),
        "the lowest score is taken: argmax": greedy_captions(
            cell_type, features, {**p, "W_vocab": -p["W_vocab"], "b_vocab": -p["b_vocab"]}, max_length),
        "no word is ever stored: captions is still filled with <NULL>": np.full_like(right, NULL),
        "writing stops when the first caption has ended: go on until all have": _cut(right, _length(right[0])),
        "writing stops when one caption has ended: go on until all have": _cut(right, min(map(_length, right))),
        "the last word is never stored: max_length words": _cut(right, max_length - 1),
        "the first word that is read is <NULL>: read <START>": greedy_captions(
            cell_type, features, p, max_length, start=NULL),
        "the first word that is read is the word 0: read <START>, self._start": greedy_captions(
            cell_type, features, p, max_length, start=0),
        "every picture gets the words of the first: argmax of each row, axis=1": right[:1].repeat(len(right), axis=0),
    }


def _length(caption):
    """Return the number of words up to the first <END>, which counts."""
    return int(np.argmax(caption == END)) + 1 if END in caption else len(caption)


def _cut(captions, length):
    """Return captions with <NULL> after so many words."""
    return np.where(np.arange(captions.shape[1]) < length, captions, NULL)


def _check_sample(CaptioningRNN, cell_type, name):
    check = Checker(name, N=9, H=5, V=7)
    model = filled(check, CaptioningRNN, cell_type)
    model.params.update(telling(cell_type))
    before = copy.deepcopy(model.params)
    _compare_captions(check, model, cell_type, before, 8)
    _compare_captions(check, model, cell_type, before, 30, " without max_length")
    if {"temperature", "rng"} <= inspect.signature(model.sample).parameters.keys():
        _check_drawing(check, model.sample, cell_type, before)
    check.note("params")
    check.passed()


def check_kept(check, model, before):
    """Fail by `check`, a Checker, where sample has changed a parameter of the model; before holds copies by name."""
    changed = [key for key in before if not np.array_equal(before[key], model.params[key])]
    if changed:
        check.fail(f"sample changed params[{', '.join(map(repr, changed))}]", "params", "work on copies")


def _compare_captions(check, model, cell_type, p, T, without=""):
    """Compare the captions of at most T words up to <END>; `without` says that T is what sample must take by itself."""
    features = pictures()
    right = greedy_captions(cell_type, features, p, T)
    arguments = {"features": features} if without else {"features": features, "max_length": T}
    captions = check.call(model.sample, ("captions",), label="sample", **arguments)["captions"]
    check_kept(check, model, p)
    check.true(np.shape(captions) == right.shape, f"captions has shape {np.shape(captions)}, expected {right.shape}"
               f"{without}: a row for each picture, max_length words", "captions",
               _shape_cause(np.shape(captions), len(features), T, without))
    captions = np.asarray(captions)
    check.true(captions.dtype.kind in "iu", f"captions holds {captions.dtype}, expected integers", "captions",
               "words are numbers of rows: make the array with an integer dtype such as np.int32")
    compare_words(check, captions, right, sample_mistakes(cell_type, features, p, T), without)


def compare_words(check, captions, right, mistakes, context=""):
    """Compare captions with the right ones up to the first <END>. Words are no numbers: each is right or wrong.

    Parameters
    ----------
    check : Checker, which fails at the first caption that differs
    captions, right : (N, T) ints
    mistakes : {cause: captions}, what known mistakes give
    context : str, added to the message: in which case this is
    """
    captions, right = until_end(captions), until_end(right)
    if not np.array_equal(captions, right):
        n = np.flatnonzero((captions != right).any(axis=1))[0]
        cause = next((cause for cause, wrong in mistakes.items() if np.array_equal(captions, until_end(wrong))), None)
        check.fail(f"captions[{n}] is {_spoken(captions[n])}{context}, expected {_spoken(right[n])}", "captions", cause)
    check.note("captions")


def _spoken(caption):
    """Return the words of one caption, quoted, up to the first <END>."""
    names = {index: word for word, index in WORDS.items()}
    return repr(" ".join(names.get(int(word), str(word)) for word in caption if word != NULL))


def _check_drawing(check, sample, cell_type, p):
    """Check that a temperature near 0 takes the likeliest words, and that a high one draws as the generator says."""
    features, right = pictures(), until_end(greedy_captions(cell_type, pictures(), p, 8))
    ways = {"temperature=1e-4, rng=0": (1e-4, 0), "temperature=5, rng=0": (5.0, 0),
            "temperature=5, rng=0 again": (5.0, 0), "temperature=5, rng=1": (5.0, 1)}
    cold, hot, again, other = (until_end(np.asarray(check.run(
        sample, features.copy(), 8, temperature=temperature, rng=seed, label=f"sample with {name}")))
        for name, (temperature, seed) in ways.items())
    if not np.array_equal(cold, right):
        check.fail("captions drawn at temperature 1e-4 are not the likeliest ones, expected those", "captions",
                   "drawn as at another temperature: softmax(scores / temperature)")
    for same, wanted, message, cause in (
            (hot, right, "are those of temperature 0", "temperature is not handed on to choose_word"),
            (hot, other, "are those of another seed", "rng is not handed on to choose_word")):
        if np.array_equal(same, wanted):
            check.fail(f"captions drawn at temperature 5 {message}, expected others", "captions", cause)
    if not np.array_equal(hot, again):
        check.fail("captions drawn twice with one seed differ, expected the same", "captions",
                   "rng is not handed on to choose_word, or a generator is made anew for every word")


def _shape_cause(shape, N, T, without):
    """Name the likely reason of captions of a wrong shape, or return None."""
    causes = {(T, N): "the axes are swapped: a row is a caption",
              (N, T + 1): "one word too many: <START> is read, and is no part of what is written",
              (N, T - 1): "one word too few: max_length words, without <START>",
              (N,): "one word of each caption: collect the words of all steps"}
    if without and len(shape) == 2 and shape[0] == N:
        return f"where max_length is not given it is {T}"
    return causes.get(shape)


def pictures():
    """Return the features (9, 7) of nine pictures; the first caption is not among the longest."""
    return 2 * scattered((9, 7), -1.5, 1.2)[::-1]


def telling(cell_type):
    """Return parameters with which captions differ, end early or late, and each mistake shows in them.

    They are those of a captioner of SIZES and WORDS whose cell_type is "rnn", "lstm" or "gru". The best word of every
    step is ahead of the second by more than rounding could make up for.
    """
    start, end_bias = {"rnn": (12, 0.6), "lstm": (10, 0.3), "gru": (58, 0.8)}[cell_type]
    shapes = shapes_of(cell_type, *SIZES.values(), len(WORDS))
    p = {key: scattered(shape, -1.8, 1.98, start + 29 * k) for k, (key, shape) in enumerate(shapes.items())}
    p["b_vocab"] = np.array([-0.5, 0.4, -9.0, end_bias, -9.0, 0.3, 0.1])  # neither <START> nor <NULL>
    return p


def check_CaptioningRNN_sample(CaptioningRNN):
    """Check the captions that `sample` of the class `CaptioningRNN` writes with cell_type="rnn"."""
    _check_sample(CaptioningRNN, "rnn", "CaptioningRNN.sample")


def check_CaptioningRNN_sample_with_lstm(CaptioningRNN):
    """Check the captions that `sample` of the class `CaptioningRNN` writes with cell_type="lstm"."""
    _check_sample(CaptioningRNN, "lstm", "CaptioningRNN.sample with LSTM")


def check_CaptioningRNN_sample_with_gru(CaptioningRNN):
    """Check the captions that `sample` of the class `CaptioningRNN` writes with cell_type="gru"."""
    _check_sample(CaptioningRNN, "gru", "CaptioningRNN.sample with GRU")
