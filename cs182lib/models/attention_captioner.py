"""An LSTM that writes a caption and looks at another place of the picture for every word."""

import numpy as np

from cs182lib.layers import (
    additive_attention_backward,
    additive_attention_forward,
    affine_backward,
    affine_forward,
    initial_weight,
    lstm_step_backward,
    lstm_step_forward,
    temporal_affine_backward,
    temporal_affine_forward,
    temporal_softmax_loss,
    word_embedding_backward,
    word_embedding_forward,
)
from cs182lib.models.captioning_rnn import check_features, special_words, split_captions
from cs182lib.models.decoding import beam_search, write_captions
from cs182lib.validation import as_generator, check_count

_SUMMED = ("Wq", "Wa", "v", "Wx", "Wh", "b")  # used at every step, so their gradients add up


class AttentionCaptioner:
    """Write captions from a feature map A of L places, of which each step sees an average weighed by attention.

    h_0 = mean_l(A) W_proj + b_proj;  z_t = attention(h_t-1, A);  x_t = [W_embed[word_t], z_t];
    h_t, c_t = lstm(x_t, h_t-1, c_t-1);  scores_t = h_t W_vocab + b_vocab.

    Parameters
    ----------
    word_to_idx : dict of V words; it holds <NULL>, and for sampling <START> and <END>
    input_dim : int D, features at each place
    wordvec_dim : int W, length of a word vector
    hidden_dim : int H, length of the state
    attention_dim : int K, length of the vectors in which state and places are compared
    dtype : float type of the parameters, to which features are cast
    rng : np.random.Generator, int or None (NumPy's global state), for the initial weights

    Attributes
    ----------
    params : dict; W_embed (V, W), W_proj (D, H), b_proj (H,), Wq (H, K), Wa (D, K), v (K,), Wx (W + D, 4H),
        Wh (H, 4H), b (4H,), W_vocab (H, V), b_vocab (V,)

    Raises
    ------
    TypeError, ValueError : an option of the wrong kind, no <NULL>

    References
    ----------
    Xu et al., "Show, Attend and Tell: Neural Image Caption Generation with Visual Attention", ICML 2015, section 4.2,
    soft attention; the scores here come from h_t alone, where their eq. 7 adds the word before and z_t.
    """

    def __init__(self, word_to_idx, input_dim=512, wordvec_dim=128, hidden_dim=128, attention_dim=128,
                 dtype=np.float32, *, rng=None):
        self.dtype = np.dtype(dtype)
        self._null, self._start, self._end = self.special = special_words(word_to_idx)
        self.word_to_idx, self.idx_to_word = word_to_idx, {i: word for word, i in word_to_idx.items()}
        V, D, W, H, K = len(word_to_idx), input_dim, wordvec_dim, hidden_dim, attention_dim
        for name, size in (("input_dim", D), ("wordvec_dim", W), ("hidden_dim", H), ("attention_dim", K)):
            check_count(name, size)
        rng = as_generator(rng)
        self.params = {
            "W_embed": initial_weight((V, W), 1 / 100, rng, dtype),
            "W_proj": initial_weight((D, H), 1 / np.sqrt(D), rng, dtype), "b_proj": np.zeros(H, dtype),
            "Wq": initial_weight((H, K), 1 / np.sqrt(H), rng, dtype),
            "Wa": initial_weight((D, K), 1 / np.sqrt(D), rng, dtype),
            "v": initial_weight((K,), 1 / np.sqrt(K), rng, dtype),
            "Wx": initial_weight((W + D, 4 * H), 1 / np.sqrt(W + D), rng, dtype),
            "Wh": initial_weight((H, 4 * H), 1 / np.sqrt(H), rng, dtype), "b": np.zeros(4 * H, dtype),
            "W_vocab": initial_weight((H, V), 1 / np.sqrt(H), rng, dtype), "b_vocab": np.zeros(V, dtype),
        }

    def loss(self, features, captions):
        """Compute the loss of the captions, as `CaptioningRNN.loss` does, and every gradient.

        Parameters
        ----------
        features : (N, L, D) numbers, D features at each of L places
        captions : (N, T) integers in [0, V): <START> ... <END> <NULL> ... <NULL>

        Returns
        -------
        loss : float, summed over the words of a caption, averaged over captions; <NULL> counts nothing
        grads : dict keyed like params
        """
        p, grads = self.params, {}
        A = check_features(features, self.dtype, len(p["W_proj"]), ndim=3)
        words_in, words_out = split_captions(captions, len(A), len(p["W_embed"]))
        h0, proj_cache = affine_forward(A.mean(axis=1), p["W_proj"], p["b_proj"])
        embedded, embed_cache = word_embedding_forward(words_in, p["W_embed"])  # (N, T-1, W)
        h, caches = self._run(A, embedded, h0)  # (N, T-1, H)
        scores, vocab_cache = temporal_affine_forward(h, p["W_vocab"], p["b_vocab"])  # (N, T-1, V)
        loss, dscores = temporal_softmax_loss(scores, words_out, words_out != self._null)
        dh, grads["W_vocab"], grads["b_vocab"] = temporal_affine_backward(dscores, vocab_cache)
        dembedded, dh0 = self._run_backward(dh, caches, grads)
        grads["W_embed"] = word_embedding_backward(dembedded, embed_cache)
        _, grads["W_proj"], grads["b_proj"] = affine_backward(dh0, proj_cache)
        return loss, grads

    def _run(self, A, embedded, h):
        """Run over the words (N, T, W) from the state h; return all states (N, T, H) and the caches of the steps."""
        c, states, caches = np.zeros_like(h), [], []
        for t in range(embedded.shape[1]):
            h, c, _, cache = self._see_and_read(A, embedded[:, t], h, c)
            states.append(h)
            caches.append(cache)
        return np.stack(states, axis=1), caches

    def _see_and_read(self, A, x, h, c):
        """Take one step with the word vectors x (N, W): look where the state says, then read x and what was seen."""
        p = self.params
        z, weights, seen = additive_attention_forward(h, A, p["Wq"], p["Wa"], p["v"])
        x = np.concatenate((x, z), axis=1)  # (N, W) and (N, D) -> (N, W + D)
        h, c, read = lstm_step_forward(x, h, c, p["Wx"], p["Wh"], p["b"])
        return h, c, weights, (seen, read)

    def _run_backward(self, dh_above, caches, grads):
        """Backpropagate through `_run`: h_t-1 is reached through the LSTM and through the attention of step t."""
        W = self.params["W_embed"].shape[1]
        dembedded = np.empty((*dh_above.shape[:2], W), self.dtype)
        dh = dc = np.zeros_like(dh_above[:, 0])
        grads.update({key: np.zeros_like(self.params[key]) for key in _SUMMED})
        for t in reversed(range(len(caches))):
            seen, read = caches[t]
            dx, dh, dc, *of_cell = lstm_step_backward(dh + dh_above[:, t], dc, read)
            dembedded[:, t] = dx[:, :W]
            dquery, _, *of_attention = additive_attention_backward(dx[:, W:], seen)
            dh = dh + dquery
            for key, gradient in zip(_SUMMED, (*of_attention, *of_cell)):
                grads[key] += gradient
        return dembedded, dh

    def sample(self, features, max_length=30, temperature=0.0, rng=None, return_attention=False):
        """Write a caption for each picture; the errors are those of `CaptioningRNN.sample`.

        Parameters
        ----------
        features : (N, L, D) numbers
        max_length, temperature, rng : as for `decoding.write_captions`
        return_attention : bool

        Returns
        -------
        captions : (N, max_length) int32
        attention : (N, max_length, L), where each word was looked for, rows of sum 1 up to <END>, then 0; only if
            return_attention
        """
        maps = []

        def step(words, state):
            scores, state, weights = self._step(words, state)
            maps.append(weights)
            return scores, state

        captions = write_captions(step, self._begin(features), self.special, max_length, temperature, rng)
        if not return_attention:
            return captions
        attention = np.zeros((*captions.shape, features.shape[1]), self.dtype)
        attention[:, :len(maps)] = np.stack(maps, axis=1)  # max_length of (N, L) or fewer -> (N, T, L)
        attention[captions == self._null] = 0
        return captions, attention

    def beam_search(self, features, max_length=30, beam_width=5, length_power=0.7):
        """Return the best captions that a beam search finds, (N, max_length) int32, for features (N, L, D).

        max_length, beam_width, length_power and the errors are those of `decoding.beam_search`.
        """
        return beam_search(lambda words, state: self._step(words, state)[:2], self._begin(features), self.special,
                           max_length, beam_width, length_power)

    def _begin(self, features):
        """Return the state before the first word: h_0, the empty cell and the feature map, which stays as it is."""
        p = self.params
        A = check_features(features, self.dtype, len(p["W_proj"]), ndim=3)
        h0, _ = affine_forward(A.mean(axis=1), p["W_proj"], p["b_proj"])
        return h0, np.zeros_like(h0), A

    def _step(self, words, state):
        """Read one word (n,) of each caption; return scores (n, V), the new state and the attention (n, L)."""
        h, c, A = state
        x, _ = word_embedding_forward(words, self.params["W_embed"])  # (n,) -> (n, W)
        h, c, weights, _ = self._see_and_read(A, x, h, c)
        scores, _ = affine_forward(h, self.params["W_vocab"], self.params["b_vocab"])
        return scores, (h, c, A), weights
