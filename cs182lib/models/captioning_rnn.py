"""A recurrent network that writes a caption for a picture's features."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from cs182lib.layers import (
    affine_backward,
    affine_forward,
    gru_backward,
    gru_forward,
    gru_step_forward,
    initial_weight,
    lstm_backward,
    lstm_forward,
    lstm_step_forward,
    rnn_backward,
    rnn_forward,
    rnn_step_forward,
    temporal_affine_backward,
    temporal_affine_forward,
    temporal_softmax_loss,
    word_embedding_backward,
    word_embedding_forward,
)
from cs182lib.layers.embedding import check_words
from cs182lib.models.decoding import SpecialWords, beam_search, write_captions
from cs182lib.validation import (
    as_generator,
    check_choice,
    check_count,
    check_no_nan,
    check_number,
    check_shape,
    describe,
    require,
)


class Cell(NamedTuple):
    """A kind of recurrent layer.

    Attributes
    ----------
    blocks : int, how many blocks of H columns its weights have
    step : function, one step forward
    forward, backward : functions, a whole sequence there and back
    """

    blocks: int
    step: Callable
    forward: Callable
    backward: Callable


CELLS = {
    "rnn": Cell(1, rnn_step_forward, rnn_forward, rnn_backward),
    "lstm": Cell(4, lstm_step_forward, lstm_forward, lstm_backward),
    "gru": Cell(3, gru_step_forward, gru_forward, gru_backward),
}


class CaptioningRNN:
    """Write captions: the features make the first state, and each step reads a word and scores the next one.

    h_0 = features W_proj + b_proj;  x_t = W_embed[word_t];  h_t = cell(x_t, h_t-1);  scores_t = h_t W_vocab + b_vocab.

    Parameters
    ----------
    word_to_idx : dict of V words; it holds <NULL>, and for sampling <START> and <END>
    input_dim : int D, features of a picture
    wordvec_dim : int W, length of a word vector
    hidden_dim : int H, length of the state
    cell_type : "rnn", "lstm" or "gru"
    dtype : float type of the parameters, to which features are cast
    forget_bias : number at which the LSTM's forget gates start; 1 keeps the cell at first (Jozefowicz et al., 2015)
    rng : np.random.Generator, int or None (NumPy's global state), for the initial weights

    Attributes
    ----------
    params : dict; W_embed (V, W), W_proj (D, H), b_proj (H,), Wx (W, kH), Wh (H, kH), b (kH,), W_vocab (H, V),
        b_vocab (V,) with k = 1 for rnn, 4 for lstm, 3 for gru

    Raises
    ------
    TypeError, ValueError : an option of the wrong kind, no <NULL>, a forget_bias without forget gates

    References
    ----------
    Vinyals et al., "Show and Tell: A Neural Image Caption Generator", CVPR 2015, section 3 (the picture comes first).
    """

    def __init__(self, word_to_idx, input_dim=512, wordvec_dim=128, hidden_dim=128, cell_type="rnn", dtype=np.float32,
                 *, forget_bias=0.0, rng=None):
        self.cell_type, self.dtype = check_choice("cell_type", cell_type, tuple(CELLS)), np.dtype(dtype)
        self._null, self._start, self._end = self.special = special_words(word_to_idx)
        self.word_to_idx, self.idx_to_word = word_to_idx, {i: word for word, i in word_to_idx.items()}
        V, D, W, H = len(word_to_idx), input_dim, wordvec_dim, hidden_dim
        for name, size in (("input_dim", D), ("wordvec_dim", W), ("hidden_dim", H)):
            check_count(name, size)
        k, rng = CELLS[cell_type].blocks, as_generator(rng)
        self.params = {
            "W_embed": initial_weight((V, W), 1 / 100, rng, dtype),
            "W_proj": initial_weight((D, H), 1 / np.sqrt(D), rng, dtype), "b_proj": np.zeros(H, dtype),
            "Wx": initial_weight((W, k * H), 1 / np.sqrt(W), rng, dtype),
            "Wh": initial_weight((H, k * H), 1 / np.sqrt(H), rng, dtype), "b": np.zeros(k * H, dtype),
            "W_vocab": initial_weight((H, V), 1 / np.sqrt(H), rng, dtype), "b_vocab": np.zeros(V, dtype),
        }
        if check_number("forget_bias", forget_bias):
            require(cell_type == "lstm", f"forget_bias needs the forget gate of cell_type 'lstm', got {cell_type!r}")
            self.params["b"][H:2 * H] = forget_bias  # gates i, f, o, g

    def loss(self, features, captions):
        """Compute how badly the captions are predicted, word by word from the right words before, and every gradient.

        Parameters
        ----------
        features : (N, D) numbers
        captions : (N, T) integers in [0, V): <START> ... <END> <NULL> ... <NULL>

        Returns
        -------
        loss : float, summed over the words of a caption, averaged over captions; <NULL> counts nothing
        grads : dict keyed like params
        """
        p, cell, grads = self.params, CELLS[self.cell_type], {}
        features = check_features(features, self.dtype, len(p["W_proj"]))
        words_in, words_out = split_captions(captions, len(features), len(p["W_embed"]))
        h0, proj_cache = affine_forward(features, p["W_proj"], p["b_proj"])
        x, embed_cache = word_embedding_forward(words_in, p["W_embed"])  # (N, T-1, W)
        h, cell_cache = cell.forward(x, h0, p["Wx"], p["Wh"], p["b"])  # (N, T-1, H)
        scores, vocab_cache = temporal_affine_forward(h, p["W_vocab"], p["b_vocab"])  # (N, T-1, V)
        loss, dscores = temporal_softmax_loss(scores, words_out, words_out != self._null)
        dh, grads["W_vocab"], grads["b_vocab"] = temporal_affine_backward(dscores, vocab_cache)
        dx, dh0, grads["Wx"], grads["Wh"], grads["b"] = cell.backward(dh, cell_cache)
        grads["W_embed"] = word_embedding_backward(dx, embed_cache)
        _, grads["W_proj"], grads["b_proj"] = affine_backward(dh0, proj_cache)
        return loss, grads

    def sample(self, features, max_length=30, temperature=0.0, rng=None):
        """Write a caption for each picture, each word the likeliest one after those before, or drawn.

        Parameters
        ----------
        features : (N, D) numbers
        max_length : int, words at most
        temperature : number >= 0; 0 takes the likeliest word, more draws from softmax(scores / temperature)
        rng : np.random.Generator, seed or None (NumPy's global state), for the draws

        Returns
        -------
        captions : (N, max_length) int32 without <START>; after <END> comes <NULL> (the course goes on after <END>,
            though nothing that follows is part of the caption)
        """
        return write_captions(self._step, self._begin(features), self.special, max_length, temperature, rng)

    def beam_search(self, features, max_length=30, beam_width=5, length_power=0.7):
        """Return the best captions that a beam search finds, (N, max_length) int32, for features (N, D).

        max_length, beam_width, length_power and the errors are those of `decoding.beam_search`.
        """
        return beam_search(self._step, self._begin(features), self.special, max_length, beam_width, length_power)

    def _begin(self, features):
        """Return the state before the first word: h_0, and for an LSTM the empty cell."""
        p = self.params
        features = check_features(features, self.dtype, len(p["W_proj"]))
        h0, _ = affine_forward(features, p["W_proj"], p["b_proj"])
        return (h0, np.zeros_like(h0)) if self.cell_type == "lstm" else (h0,)

    def _step(self, words, state):
        """Read one word (n,) of each caption; return the scores (n, V) of the next one and the new state."""
        p = self.params
        x, _ = word_embedding_forward(words, p["W_embed"])  # (n,) -> (n, W)
        *state, _ = CELLS[self.cell_type].step(x, *state, p["Wx"], p["Wh"], p["b"])
        scores, _ = affine_forward(state[0], p["W_vocab"], p["b_vocab"])
        return scores, tuple(state)


def special_words(word_to_idx):
    """Return the SpecialWords of `word_to_idx`; TypeError or ValueError where it is no dict or lacks <NULL>."""
    if not isinstance(word_to_idx, dict):
        raise TypeError(f"word_to_idx must be a dict from words to indices, got {type(word_to_idx).__name__}")
    require("<NULL>" in word_to_idx, f"word_to_idx must hold <NULL>, which fills captions up, got "
            f"{len(word_to_idx)} words without it")
    return SpecialWords(*(word_to_idx.get(word) for word in ("<NULL>", "<START>", "<END>")))


def check_features(features, dtype, D, ndim=2):
    """Return the features in the model's dtype, once they are in order.

    Parameters
    ----------
    features : (N, ..., D) numbers of `ndim` axes
    dtype : float type of the model
    D : int, how many numbers the last axis must have
    ndim : int, how many axes there must be: 2 for vectors, 3 for feature maps

    Raises
    ------
    TypeError, ValueError : features are no array of numbers, have another shape, or hold NaN
    """
    if not isinstance(features, np.ndarray) or features.dtype.kind not in "fiu":
        raise TypeError(f"features must be a NumPy array of numbers, got {describe(features)[:100]}")
    check_shape("features", features, shape=(*[None] * (ndim - 1), D))
    features = features.astype(dtype, copy=False)
    check_no_nan("features", features)
    return features


def split_captions(captions, N, V):
    """Return the words that are read, captions[:, :-1], and those to be predicted, one later: captions[:, 1:].

    Parameters
    ----------
    captions : (N, T) ints from 0 to V - 1, T at least 2
    N, V : int, how many pictures there are, and how many words

    Raises
    ------
    TypeError, ValueError : captions are no integers, have another shape, or hold a number out of range
    """
    check_words("captions", captions, V)
    check_shape("captions", captions, shape=(N, None))
    require(captions.shape[1] >= 2, "captions must have at least two words, <START> and one to predict, got shape "
            f"{captions.shape}")
    return captions[:, :-1], captions[:, 1:]
