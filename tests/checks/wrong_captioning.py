"""Wrong captioners, in the form of `wrong_layers`: each row serves every kind of cell."""

LOSS = [
    ("captions_out != self._null", "captions_out >= 0", "loss", "<NULL> counts too"),
    ("captions_out != self._null", "captions_out == self._null", "loss", "mask is where <NULL> is"),
    ("captions_out != self._null", "captions_out > self._null", "loss", None),
    ("captions_in, captions_out = captions[:, :-1], captions[:, 1:]",
     "captions_in, captions_out = captions[:, :-1], captions[:, :-1]", "loss", "predicted again"),
    ("captions_in, captions_out = captions[:, :-1], captions[:, 1:]",
     "captions_in, captions_out = captions[:, :-2], captions[:, 1:-1]", "loss", "never predicted"),
    ("return loss, grads", "return loss / captions_in.shape[1], grads", "loss", "averaged over time too"),
    ("return loss, grads", "return loss * len(captions) / mask.sum(), grads", "loss", "mean over all words"),
    ("return loss, grads", "return loss * len(captions), grads", "loss", "divide by N"),
    ("return loss, grads", "return loss", "loss", None),
    ("forward(x, h0, p", "forward(x, 0 * h0, p", "loss", "do not reach the state"),
    ('h0, proj_cache = affine_forward(features, p["W_proj"], p["b_proj"])',
     'h0, proj_cache = affine_forward(features, p["W_proj"], 0 * p["b_proj"])', "loss", "b_proj is not added"),
    ('forward(h, p["W_vocab"], p["b_vocab"])', 'forward(h, p["W_vocab"], 0 * p["b_vocab"])', "loss",
     "b_vocab is not added"),
    ('grads["W_embed"] = word_embedding_backward(dx, embed_cache)', "pass", "grads", "keyed like params"),
    ("word_embedding_backward(dx, embed_cache)", "np.zeros_like(p['W_embed'])", "grads", "all zeros"),
    ("dh0, proj_cache", "dh[:, 0], proj_cache", "grads", None),
    ("backward(dh, cell_cache)", "backward(dh / len(captions), cell_cache)", "grads", "N = 4 times too small"),
    ("temporal_affine_backward(dscores,", "temporal_affine_backward(-dscores,", "grads", "sign"),
    ("p, grads = self.params, {}", "p, grads = self.params, {}; p['b_vocab'] += 1", "params", "copies"),
    ("features, p[\"W_proj\"]", "features.astype(float), p['W_proj'].astype(float)", "dtype", "name the dtype"),
    ("/ 100", "/ 10", "params", "100"),
    ("wordvec_dim=128", "wordvec_dim=256", "params", None),
    ("captions_in, captions_out =", "captions[captions == 2] = 0; captions_in, captions_out =", "captions", "in place"),
    ("/ np.sqrt(wordvec_dim)", "/ wordvec_dim", "params", "root of the number of inputs"),
]
LSTM_LOSS = [
    ("forward(x, h0, p", "(lambda x, h, *w: (lambda out: (out[0] * 2, out[1]))(lstm_forward(x, h, *w)))(x, h0, p",
     "loss", None),
    ('p["Wx"], p["Wh"], p["b"])', '*(np.concatenate([np.split(w, 4, -1)[k] for k in (0, 1, 3, 2)], -1) '
     'for w in (p["Wx"], p["Wh"], p["b"])))', "loss", "another order"),
]
SAMPLE = [
    ("captions[:, t] = words", "pass", "captions", "still filled with <NULL>"),
    ("words = scores.argmax(axis=1)", "words = scores.argmin(axis=1)", "captions", "argmax"),
    ("words = scores.argmax(axis=1)\n            captions[:, t] = words",
     "captions[:, t] = scores.argmax(axis=1)", "captions", "every step reads <START>"),
    ("words = scores.argmax(axis=1)\n            captions[:, t] = words",
     "captions[:, t] = words\n            words = scores.argmax(axis=1)", "captions", "begin with <START>"),
    ('h, _ = affine_forward(features, p["W_proj"], p["b_proj"])',
     'h = np.zeros((N, len(p["b_proj"])))', "captions", "do not reach the state"),
    ('features, p["W_proj"], p["b_proj"]', 'features, p["W_proj"], 0 * p["b_proj"]', "captions", "b_proj"),
    ('h, p["W_vocab"], p["b_vocab"]', 'h, p["W_vocab"], 0 * p["b_vocab"]', "captions", "b_vocab"),
    ("range(max_length)", "range(max_length - 1)", "captions", "last word is never stored"),
    ("(N, max_length)", "(N, max_length + 1)", "captions", "one word too many"),
    ("max_length=30", "max_length=20", "captions", "it is 30"),
    ("captions[:, t] = words", "captions[:, t] = words\n            if words[0] == 3: break", "captions",
     "has ended: go on until all have"),
    ("captions[:, t] = words", "captions[:, t] = words\n            if 3 in words: break", "captions",
     "has ended: go on until all have"),
    ("np.full(N, self._start)", "np.full(N, self._null)", "captions", "is <NULL>"),
    ("np.full(N, self._start)", "np.zeros(N, int)", "captions", "is the word 0"),
    ("scores.argmax(axis=1)", "scores.argmax(axis=1)[:1].repeat(N)", "captions", None),
    ("return captions", "return captions.T", "captions", "axes are swapped"),
    ("return captions", "return captions.astype(float)", "captions", "integer dtype"),
    ("p, N = self.params, len(features)", "p, N = self.params, len(features); features += 1", "features", "in place"),
    ("p, N = self.params, len(features)", "p, N = self.params, len(features); p['b'] += 1", "params", "copies"),
]
STATE_LOST = {
    "rnn": ("h, _ = rnn_step_forward(x, h,", "h0 = h if t == 0 else h0; h, _ = rnn_step_forward(x, h0,"),
    "gru": ("h, _ = gru_step_forward(x, h,", "h0 = h if t == 0 else h0; h, _ = gru_step_forward(x, h0,"),
    "lstm": ("h, c, _ = lstm_step_forward(x, h, c,",
             "h0 = h if t == 0 else h0; h, c, _ = lstm_step_forward(x, h0, 0 * c,"),
}
LOST = "state is not carried on"
CELL_LOST = ("h, c, _ = lstm_step", "h, _, _ = lstm_step", "captions", "cell is not carried on")
WRONG = {
    "CaptioningRNN": [*LOSS, ('cell_type="rnn"', 'cell_type="lstm"', "params", None)],
    "CaptioningRNN_with_lstm": LOSS + LSTM_LOSS,
    "CaptioningRNN_with_gru": LOSS,
    "CaptioningRNN_sample": [*SAMPLE, (*STATE_LOST["rnn"], "captions", LOST)],
    "CaptioningRNN_sample_with_lstm": [*SAMPLE, (*STATE_LOST["lstm"], "captions", LOST), CELL_LOST],
    "CaptioningRNN_sample_with_gru": [*SAMPLE, (*STATE_LOST["gru"], "captions", LOST)],
}
