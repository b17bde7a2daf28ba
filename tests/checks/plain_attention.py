"""A plain right AttentionCaptioner, one loop forward and one back; `wrong_attention` breaks it."""

import numpy as np

from cs182lib.layers import (
    additive_attention_backward,
    additive_attention_forward,
    affine_backward,
    affine_forward,
    lstm_step_backward,
    lstm_step_forward,
    temporal_affine_backward,
    temporal_affine_forward,
    temporal_softmax_loss,
    word_embedding_backward,
    word_embedding_forward,
)

SHARED = "Wq", "Wa", "v", "Wx", "Wh", "b"


class AttentionCaptioner:
    def __init__(self, word_to_idx, input_dim=512, wordvec_dim=128, hidden_dim=128, attention_dim=128,
                 dtype=np.float32):
        self.dtype, self._null, self._start = dtype, word_to_idx["<NULL>"], word_to_idx.get("<START>")
        V, D, W, H, K = len(word_to_idx), input_dim, wordvec_dim, hidden_dim, attention_dim
        shapes = {"W_embed": (V, W), "W_proj": (D, H), "b_proj": (H,), "Wq": (H, K), "Wa": (D, K), "v": (K,),
                  "Wx": (W + D, 4 * H), "Wh": (H, 4 * H), "b": (4 * H,), "W_vocab": (H, V), "b_vocab": (V,)}
        rng = np.random.default_rng()
        self.params = {key: (rng.standard_normal(shape) / np.sqrt(shape[0])).astype(dtype)
                       for key, shape in shapes.items()}

    def loss(self, features, captions):
        words_in, words_out = captions[:, :-1], captions[:, 1:]
        mask = words_out != self._null
        p, grads = self.params, {key: np.zeros_like(value) for key, value in self.params.items()}
        x, embed_cache = word_embedding_forward(words_in, p["W_embed"])
        W = x.shape[2]
        h0, proj_cache = affine_forward(features.mean(axis=1), p["W_proj"], p["b_proj"])
        h, c = h0, np.zeros_like(h0)
        states, caches = [], []
        for t in range(x.shape[1]):
            z, _, seen = additive_attention_forward(h, features, p["Wq"], p["Wa"], p["v"])
            both = np.hstack((x[:, t], z))
            h, c, read = lstm_step_forward(both, h, c, p["Wx"], p["Wh"], p["b"])
            states.append(h)
            caches.append((seen, read))
        scores, vocab_cache = temporal_affine_forward(np.stack(states, axis=1), p["W_vocab"], p["b_vocab"])
        loss, dscores = temporal_softmax_loss(scores, words_out, mask)
        dstates, grads["W_vocab"], grads["b_vocab"] = temporal_affine_backward(dscores, vocab_cache)
        dx, dh, dc = np.zeros_like(x), np.zeros_like(h0), np.zeros_like(h0)
        for t in reversed(range(x.shape[1])):
            seen, read = caches[t]
            dboth, dh, dc, dWx, dWh, db = lstm_step_backward(dh + dstates[:, t], dc, read)
            dx[:, t] = dboth[:, :W]
            dquery, _, dWq, dWa, dv = additive_attention_backward(dboth[:, W:], seen)
            dh = dh + dquery
            for key, gradient in zip(SHARED, (dWq, dWa, dv, dWx, dWh, db)):
                grads[key] += gradient
        grads["W_embed"] = word_embedding_backward(dx, embed_cache)
        _, grads["W_proj"], grads["b_proj"] = affine_backward(dh, proj_cache)
        return loss, grads

    def sample(self, features, max_length=30, return_attention=False):
        p, N = self.params, len(features)
        captions = np.full((N, max_length), self._null, dtype=np.int32)
        attention = np.zeros((N, max_length, features.shape[1]))
        h, _ = affine_forward(features.mean(axis=1), p["W_proj"], p["b_proj"])
        c, words = np.zeros_like(h), np.full(N, self._start)
        for t in range(max_length):
            z, weights, _ = additive_attention_forward(h, features, p["Wq"], p["Wa"], p["v"])
            x, _ = word_embedding_forward(words, p["W_embed"])
            h, c, _ = lstm_step_forward(np.hstack((x, z)), h, c, p["Wx"], p["Wh"], p["b"])
            scores, _ = affine_forward(h, p["W_vocab"], p["b_vocab"])
            words = scores.argmax(axis=1)
            captions[:, t], attention[:, t] = words, weights
        return (captions, attention) if return_attention else captions
