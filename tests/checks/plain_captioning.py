"""A plain right CaptioningRNN, in the course's form; `wrong_captioning` breaks it."""

import numpy as np

from cs182lib.layers import (
    affine_backward,
    affine_forward,
    gru_backward,
    gru_forward,
    gru_step_forward,
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


class CaptioningRNN:
    def __init__(self, word_to_idx, input_dim=512, wordvec_dim=128, hidden_dim=128, cell_type="rnn", dtype=np.float32):
        self.cell_type, self.dtype, V = cell_type, dtype, len(word_to_idx)
        self._null, self._start = word_to_idx["<NULL>"], word_to_idx.get("<START>")
        k, rng = {"rnn": 1, "lstm": 4, "gru": 3}[cell_type], np.random.default_rng()
        self.params = {
            "W_embed": rng.standard_normal((V, wordvec_dim)) / 100,
            "W_proj": rng.standard_normal((input_dim, hidden_dim)) / np.sqrt(input_dim),
            "b_proj": np.zeros(hidden_dim),
            "Wx": rng.standard_normal((wordvec_dim, k * hidden_dim)) / np.sqrt(wordvec_dim),
            "Wh": rng.standard_normal((hidden_dim, k * hidden_dim)) / np.sqrt(hidden_dim),
            "b": np.zeros(k * hidden_dim),
            "W_vocab": rng.standard_normal((hidden_dim, V)) / np.sqrt(hidden_dim), "b_vocab": np.zeros(V)}
        for key, value in self.params.items():
            self.params[key] = value.astype(dtype)

    def loss(self, features, captions):
        captions_in, captions_out = captions[:, :-1], captions[:, 1:]
        mask = captions_out != self._null
        p, grads = self.params, {}
        forward, backward = {"rnn": (rnn_forward, rnn_backward), "lstm": (lstm_forward, lstm_backward),
                             "gru": (gru_forward, gru_backward)}[self.cell_type]
        h0, proj_cache = affine_forward(features, p["W_proj"], p["b_proj"])
        x, embed_cache = word_embedding_forward(captions_in, p["W_embed"])
        h, cell_cache = forward(x, h0, p["Wx"], p["Wh"], p["b"])
        scores, vocab_cache = temporal_affine_forward(h, p["W_vocab"], p["b_vocab"])
        loss, dscores = temporal_softmax_loss(scores, captions_out, mask)
        dh, grads["W_vocab"], grads["b_vocab"] = temporal_affine_backward(dscores, vocab_cache)
        dx, dh0, grads["Wx"], grads["Wh"], grads["b"] = backward(dh, cell_cache)
        grads["W_embed"] = word_embedding_backward(dx, embed_cache)
        dfeatures, grads["W_proj"], grads["b_proj"] = affine_backward(dh0, proj_cache)
        return loss, grads

    def sample(self, features, max_length=30):
        p, N = self.params, len(features)
        captions = np.full((N, max_length), self._null, dtype=np.int32)
        h, _ = affine_forward(features, p["W_proj"], p["b_proj"])
        c = np.zeros_like(h)
        words = np.full(N, self._start)
        for t in range(max_length):
            x, _ = word_embedding_forward(words, p["W_embed"])
            if self.cell_type == "rnn":
                h, _ = rnn_step_forward(x, h, p["Wx"], p["Wh"], p["b"])
            elif self.cell_type == "gru":
                h, _ = gru_step_forward(x, h, p["Wx"], p["Wh"], p["b"])
            else:
                h, c, _ = lstm_step_forward(x, h, c, p["Wx"], p["Wh"], p["b"])
            scores, _ = affine_forward(h, p["W_vocab"], p["b_vocab"])
            words = scores.argmax(axis=1)
            captions[:, t] = words
        return captions
