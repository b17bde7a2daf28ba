"""From the scores of a next word to captions: one word at a time, the best or a drawn one, or by beam search.

A captioner is seen here as a function step(words, state) -> (scores, state): it reads the last word of n captions, (n,)
ints, and gives scores (n, V) of the next one. A state is a tuple of arrays with one row for each caption.
"""

from typing import NamedTuple

import numpy as np

from cs182lib.validation import as_generator, check_count, check_number, require


class SpecialWords(NamedTuple):
    """The indices of <NULL>, <START> and <END>: `null`, `start` and `end`; None for those that the vocabulary lacks."""

    null: int
    start: int
    end: int

    def check(self):
        """Return these words; ValueError unless all three are there: without them no caption can be begun and ended."""
        missing = [f"<{name.upper()}>" for name, index in self._asdict().items() if index is None]
        require(not missing, f"word_to_idx lacks {' and '.join(missing)}: a caption begins after <START> and ends "
                "with <END>; build the model with the vocabulary that load_coco_data returns")
        return self


def choose_word(scores, temperature=0.0, rng=None):
    """Choose the next word of each caption: the highest score, or a draw from softmax(scores / temperature).

    Parameters
    ----------
    scores : (n, V) floats
    temperature : number >= 0; 0 takes the best, 1 draws as the model believes, more makes all words more alike
    rng : np.random.Generator, needed where temperature > 0

    Returns
    -------
    words : (n,) ints

    Notes
    -----
    A draw from probabilities p is the first word at which their running sum exceeds a uniform number.
    """
    if temperature == 0:
        return scores.argmax(axis=1)
    running = np.exp(log_softmax(scores / temperature)).cumsum(axis=1, dtype=np.float64)  # (n, V)
    below = rng.random((len(scores), 1)) * running[:, -1:]  # the last sum is 1 but for rounding
    return (running > below).argmax(axis=1)


def log_softmax(scores):
    """Return the logarithms of softmax(scores), (n, V)."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def write_captions(step, state, special, max_length=30, temperature=0.0, rng=None):
    """Write captions word by word, each chosen by `choose_word` and then read by the next step.

    Parameters
    ----------
    step, state : the captioner and its state before the first word, of N rows
    special : SpecialWords
    max_length : int, words at most
    temperature, rng : of `choose_word`; rng may be a seed or None (NumPy's global state)

    Returns
    -------
    captions : (N, max_length) int32: the first word after <START>, ... <END>, then <NULL>

    Raises
    ------
    TypeError, ValueError : max_length is no whole number above 0, the temperature is below 0, or a special word is
        lacking
    """
    null, start, end = special.check()
    check_number("temperature", temperature, 0)
    rng = as_generator(rng) if temperature > 0 else None
    words = np.full(len(state[0]), start)
    captions = np.full((len(words), check_count("max_length", max_length)), null, np.int32)
    ended = np.zeros(len(words), bool)
    for t in range(max_length):
        scores, state = step(words, state)
        words = np.where(ended, null, choose_word(scores, temperature, rng))
        captions[:, t] = words
        ended |= words == end
        if ended.all():
            break
    return captions


def beam_search(step, state, special, max_length=30, beam_width=5, length_power=0.7):
    """Write the captions of highest probability that a search finds which keeps `beam_width` of them at every step.

    What is kept and what wins is decided by  Σ_t log p(word_t) / length^length_power.  Every word makes a caption less
    probable, so with the power 0 short ones win; 1 compares the mean per word.

    Parameters
    ----------
    step, state, special, max_length : as `write_captions` takes them
    beam_width : int K; 1 is the greedy choice
    length_power : number >= 0

    Returns
    -------
    captions : (N, max_length) int32, in the form of `write_captions`

    Raises
    ------
    TypeError, ValueError : max_length or beam_width is no whole number above 0, length_power is below 0, or a special
        word is lacking

    Notes
    -----
    The K captions of all N pictures take one step together, as N·K rows. A finished one stays in the beam: it goes on
    with <NULL> at no cost.

    References
    ----------
    Wu et al., "Google's Neural Machine Translation System", 2016, section 7 (their length penalty is (5 + length)^α).
    """
    null, start, end = special.check()
    N, K = len(state[0]), check_count("beam_width", beam_width)
    check_number("length_power", length_power, 0)
    state = tuple(np.repeat(rows, K, axis=0) for rows in state)  # (N, ...) -> (N·K, ...)
    captions = np.full((N, K, check_count("max_length", max_length)), null, np.int32)
    words, ended, lengths = np.full((N, K), start), np.zeros((N, K), bool), np.zeros((N, K), int)
    log_p = np.where(np.arange(K) == 0, 0.0, -np.inf) * np.ones((N, 1))  # (N, K): all begin alike, so one is enough
    picture = np.arange(N)[:, None]
    for t in range(max_length):
        scores, state = step(words.ravel(), state)
        gain = log_softmax(scores).reshape(N, K, -1)  # (N·K, V) -> (N, K, V)
        gain[ended] = np.where(np.arange(gain.shape[2]) == null, 0, -np.inf)
        lengths += ~ended
        grown = log_p[:, :, None] + gain
        best = _largest((grown / lengths[:, :, None] ** length_power).reshape(N, -1), K)  # (N, K, V) -> (N, K·V)
        origin, words = np.divmod(best, gain.shape[2])  # which caption of the beam grows, and by which word
        log_p = grown[picture, origin, words]
        captions, lengths = captions[picture, origin], lengths[picture, origin]
        captions[:, :, t] = words
        ended = ended[picture, origin] | (words == end)
        state = tuple(rows[(picture * K + origin).ravel()] for rows in state)
        if ended.all():
            break
    return captions[:, 0]


def _largest(values, K):
    """Return where the K largest values of each row are, largest first, (N, K)."""
    found = np.argpartition(-values, K - 1, axis=1)[:, :K]
    order = np.argsort(-np.take_along_axis(values, found, axis=1), axis=1, kind="stable")
    return np.take_along_axis(found, order, axis=1)
