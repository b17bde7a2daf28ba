"""The exercises on recurrent networks: steps, sequences, words, and a network that writes captions."""

from cs182lib.exercises.exercise import Exercise

_NOTEBOOK = "hw2/01_rnn_captioning"
_CAPTIONER = "models.captioning_rnn:CaptioningRNN"

EXERCISES = (
    Exercise("hw2/rnn_step_forward", _NOTEBOOK,
             "Take one step: make the next state of the input x (N, D) and the state prev_h (N, H). The cache is what "
             "the backward pass needs.",
             ("It is an affine layer of two inputs, squashed.",
              "Two matrix products of shape (N, H) are added, and b to each row; then every number goes through tanh.",
              "next_h = np.tanh(x @ Wx + prev_h @ Wh + b)"),
             points=1, solution=("layers.recurrent:rnn_step_forward",)),
    Exercise("hw2/rnn_step_backward", _NOTEBOOK,
             "Return the gradients of x, prev_h, Wx, Wh and b, each in the shape of its array.",
             ("Go back through tanh first; what is left are two affine layers that share their output.",
              "tanh' can be had from the output alone: 1 - tanh². For each product, the shapes say which operand is "
              "transposed.",
              "da = dnext_h * (1 - next_h**2); dx = da @ Wx.T, dprev_h = da @ Wh.T, dWx = x.T @ da, "
              "dWh = prev_h.T @ da, db = da.sum(axis=0)"),
             points=2, solution=("layers.recurrent:rnn_step_backward",), needs=("hw2/rnn_step_forward",)),
    Exercise("hw2/rnn_forward", _NOTEBOOK,
             "Run the step over a sequence x (N, T, D) from the state h0, and return the states after each step, "
             "(N, T, H), without h0. `from_inputs` is a help that you may write or leave: x Wx + b of all steps at "
             "once.",
             ("The state that a step hands out is what the next one reads.",
              "Loop over t; keep the state in a variable, store it in h[:, t], and collect the caches of the steps.",
              "prev_h = h0; for t in range(T): prev_h, cache = rnn_step_forward(x[:, t], prev_h, Wx, Wh, b); "
              "h[:, t] = prev_h; caches.append(cache)"),
             points=2, solution=("layers.recurrent:rnn_forward", "layers.recurrent:from_inputs")),
    Exercise("hw2/rnn_backward", _NOTEBOOK,
             "Backpropagate through time: return the gradients of x, h0, Wx, Wh and b. `weight_gradients` is a help "
             "that you may write or leave: what can be computed for all steps at once, after the loop.",
             ("Each state is used twice: from above, and by the next step. What becomes of two gradients of one value?",
              "Loop from the last step to the first with dprev_h = 0 at the beginning; the weights serve every step, "
              "so their gradients are sums.",
              "for t in reversed(range(T)): dx[:, t], dprev_h, dWx_t, dWh_t, db_t = "
              "rnn_step_backward(dh[:, t] + dprev_h, cache[t]); dWx += dWx_t; dWh += dWh_t; db += db_t. "
              "At the end dh0 = dprev_h"),
             points=3, solution=("layers.recurrent:rnn_backward", "layers.recurrent:weight_gradients"),
             needs=("hw2/rnn_forward",)),
    Exercise("hw2/word_embedding_forward", _NOTEBOOK,
             "Give each word its row of W: x (N, T) integers, W (V, D), out (N, T, D).",
             ("A word is the number of a row.",
              "NumPy can take many rows at once: index W with an array of integers.",
              "out = W[x], of shape (N, T, D)"),
             points=1, solution=("layers.embedding:word_embedding_forward",)),
    Exercise("hw2/word_embedding_backward", _NOTEBOOK,
             "Return dW (V, D): every row collects the gradients of all places where its word stood.",
             ("What if a word stands in several places? Try the small example of the notebook on your code.",
              "dW[x] += dout reads, adds and writes back once for each word: repeated words are lost. NumPy has a "
              "function that adds at indices and counts every one.",
              "dW = np.zeros_like(W); np.add.at(dW, x, dout)"),
             points=2, solution=("layers.embedding:word_embedding_backward",), needs=("hw2/word_embedding_forward",)),
    Exercise("hw2/temporal_affine_forward", _NOTEBOOK,
             "Apply one affine layer to each step of x (N, T, D). The cache is (x, w, b, out).",
             ("For this layer a step is an example like any other.",
              "Make the N sequences of T steps N·T rows, use the affine layer of Homework 1, and undo the reshape.",
              "out = (x.reshape(N * T, D) @ w + b).reshape(N, T, -1)"),
             points=1, solution=("layers.temporal:temporal_affine_forward",)),
    Exercise("hw2/temporal_affine_backward", _NOTEBOOK,
             "Return the gradients of x (N, T, D), w and b; w and b serve every step of every sequence.",
             ("It is the backward pass of an affine layer with N·T examples.",
              "Reshape both x and dout to N·T rows; dx goes back to the shape of x.",
              "rows = dout.reshape(N * T, M); dx = (rows @ w.T).reshape(x.shape), dw = x.reshape(N * T, D).T @ rows, "
              "db = rows.sum(axis=0)"),
             points=2, solution=("layers.temporal:temporal_affine_backward",), needs=("hw2/temporal_affine_forward",)),
    Exercise("hw2/temporal_softmax_loss", _NOTEBOOK,
             "Return the loss, a number, and its gradient dx (N, T, V): cross-entropy of softmax(x) against the words "
             "y, summed over the steps where mask is True, averaged over the N captions.",
             ("Reshape to N·T rows: then it is the softmax loss that you know, with rows that do not count.",
              "Subtract the maximum of each row before exp. Divide by N, neither by T nor by the number of words; "
              "multiply loss and gradient by the mask.",
              "loss = -Σ mask log p[n, t, y[n, t]] / N, dx = mask (p - onehot(y)) / N; log p = shifted - "
              "log Σ exp(shifted), so that log never sees 0"),
             points=3, solution=("layers.temporal:temporal_softmax_loss",)),
    Exercise("hw2/CaptioningRNN", _NOTEBOOK,
             "Write CaptioningRNN.loss: read captions[:, :-1], predict captions[:, 1:], return the loss and the "
             "gradients of all params. CELLS says which functions belong to self.cell_type; check_features and "
             "split_captions look at what comes in.",
             ("Five layers, each written already: features to first state, words to vectors, vectors to states, states "
              "to scores, scores to loss.",
              "Each forward function returns a cache; call the backward functions in reverse order, each with its own. "
              "<NULL> among the words to predict does not count: the mask is words_out != self._null.",
              "affine_forward → h0; word_embedding_forward → x; CELLS[self.cell_type].forward(x, h0, ...) → h; "
              "temporal_affine_forward → scores; temporal_softmax_loss → loss, dscores; and back: "
              "temporal_affine_backward → dh; cell.backward → dx, dh0; word_embedding_backward(dx); "
              "affine_backward(dh0)"),
             points=4, solution=(f"{_CAPTIONER}.loss",)),
    Exercise("hw2/CaptioningRNN_sample", _NOTEBOOK,
             "Write captions: `_begin` gives the state before the first word, `_step` reads one word of each caption "
             "and scores the next, `write_captions` chooses words by `choose_word` until all captions have ended, and "
             "`sample` puts them together. The first entry is the first word after <START>; <NULL> fills up.",
             ("In writing there is no right word to read: a step reads what the one before has written.",
              "A state is a tuple, (h,) or for an LSTM (h, c), and both are handed on. Begin with N times <START>; "
              "read a word with word_embedding_forward, step with CELLS[self.cell_type].step, score with "
              "affine_forward. A caption that has had its <END> gets <NULL>.",
              "scores, state = step(words, state); words = np.where(ended, null, choose_word(scores, temperature, "
              "rng)); captions[:, t] = words; ended |= words == end"),
             points=3, solution=(f"{_CAPTIONER}.sample", f"{_CAPTIONER}._begin", f"{_CAPTIONER}._step",
                                 "models.decoding:write_captions")),
)
