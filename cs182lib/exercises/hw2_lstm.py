"""The exercises on gated recurrent networks, on training a captioner, and on attention."""

from cs182lib.exercises.exercise import Exercise

_NOTEBOOK = "hw2/02_lstm_captioning"
_RNN, _LSTM, _GRU = "layers.recurrent", "layers.lstm", "layers.gru"
_CAPTIONER = "models.captioning_rnn:CaptioningRNN"
_ATTENTIVE = "models.attention_captioner:AttentionCaptioner"
_SAMPLE = (f"{_CAPTIONER}.sample", f"{_CAPTIONER}._begin", f"{_CAPTIONER}._step", "models.decoding:write_captions")

_CELLS = (
    Exercise("hw2/sigmoid", _NOTEBOOK,
             "Return 1 / (1 + exp(-x)) in the shape and dtype of x, without overflow for numbers of any size.",
             ("Which argument makes exp overflow, and for which x does the formula call it with such a one?",
              "exp of a negative number is always safe. For x < 0 multiply numerator and denominator by exp(x).",
              "e = np.exp(-np.abs(x)); out = np.where(x >= 0, 1, e) / (1 + e)"),
             points=1, solution=(f"{_RNN}:sigmoid",)),
    Exercise("hw2/lstm_step_forward", _NOTEBOOK,
             "Take one step of an LSTM: return next_h, next_c and the cache. The columns of Wx, Wh and b hold the "
             "gates in the order i, f, o, g.",
             ("One matrix product makes all four; cut it into blocks of H columns.",
              "i, f and o are sigmoids, g is a tanh. The cell keeps the share f of itself and takes in the share i "
              "of g; the share o of tanh(next_c) is shown.",
              "i, f, o = sigmoid(a_i), sigmoid(a_f), sigmoid(a_o); g = np.tanh(a_g); next_c = f * prev_c + i * g; "
              "next_h = o * np.tanh(next_c)"),
             points=2, solution=(f"{_LSTM}:lstm_step_forward",)),
    Exercise("hw2/lstm_step_backward", _NOTEBOOK,
             "Return the gradients of x, prev_h, prev_c, Wx, Wh and b, for gradients of both next_h and next_c.",
             ("next_c lies behind both outputs. Let its two gradients meet first.",
              "In a product each factor gets the gradient times the other one. Then go back through sigmoid, s (1 - s),"
              " and tanh, 1 - g²; put the four side by side in the order i, f, o, g; what remains is an affine layer.",
              "dc = dnext_c + dnext_h * o * (1 - tanh_c**2); da_i = dc * g * i * (1 - i), da_f = dc * prev_c * f * "
              "(1 - f), da_o = dnext_h * tanh_c * o * (1 - o), da_g = dc * i * (1 - g**2); dprev_c = dc * f"),
             points=4, solution=(f"{_LSTM}:lstm_step_backward",), needs=("hw2/lstm_step_forward",)),
    Exercise("hw2/lstm_forward", _NOTEBOOK,
             "Run an LSTM over x (N, T, D) from the state h0 and an empty cell; return the hidden states (N, T, H). "
             "`activate` is a help that you may write or leave: all gates of a step by one call of tanh.",
             ("As for the RNN, but two things are handed on from step to step.",
              "The cell begins at zero, in the shape of h0. The states h are returned, the cells are not.",
              "h, c = h0, np.zeros_like(h0); each step: h, c, cache = lstm_step_forward(x[:, t], h, c, Wx, Wh, b)"),
             points=2, solution=(f"{_LSTM}:lstm_forward", f"{_RNN}:activate", f"{_RNN}:from_inputs")),
    Exercise("hw2/lstm_backward", _NOTEBOOK,
             "Backpropagate through time: return the gradients of x, h0, Wx, Wh and b.",
             ("Two gradients go back from step to step; only one of them gets something from above as well.",
              "Both are zero behind the last step. The cell at the beginning is a constant, so its gradient is thrown "
              "away.",
              "dx[:, t], dprev_h, dprev_c, dWx_t, dWh_t, db_t = lstm_step_backward(dh[:, t] + dprev_h, dprev_c, "
              "cache[t]), the weights' gradients added up over t; dh0 = dprev_h"),
             points=3, solution=(f"{_LSTM}:lstm_backward", f"{_RNN}:weight_gradients"), needs=("hw2/lstm_forward",)),
    Exercise("hw2/gru_step_forward", _NOTEBOOK,
             "Take one step of a GRU. The columns of Wx, Wh and b hold r, z, n; the reset gate multiplies the part "
             "of n that comes from the state, after the matrix product.",
             ("Keep what comes from the input, a = x Wx + b, apart from what comes from the state, m = prev_h Wh.",
              "r and z are sigmoids of a + m; the candidate is a tanh in which r multiplies m_n alone; z says how much "
              "of the old state is kept.",
              "n = np.tanh(a_n + r * m_n); next_h = (1 - z) * n + z * prev_h"),
             points=2, solution=(f"{_GRU}:gru_step_forward",)),
    Exercise("hw2/gru_step_backward", _NOTEBOOK,
             "Return the gradients of x, prev_h, Wx, Wh and b.",
             ("On how many ways does prev_h get into next_h? Each gives a part of dprev_h.",
              "Begin at next_h = (1 - z) n + z prev_h. What goes back to the input, da, differs from what goes back to "
              "the state, dm, in the block of n: there r stands between.",
              "da_n = dnext_h * (1 - z) * (1 - n**2), da_z = dnext_h * (prev_h - n) * z * (1 - z), da_r = da_n * m_n * "
              "r * (1 - r); dm = [da_r, da_z, da_n * r]; dprev_h = dnext_h * z + dm @ Wh.T, dWh = prev_h.T @ dm"),
             points=4, solution=(f"{_GRU}:gru_step_backward",), needs=("hw2/gru_step_forward",)),
    Exercise("hw2/gru_forward", _NOTEBOOK,
             "Run a GRU over x (N, T, D) from the state h0; return the states after each step, (N, T, H).",
             ("It is the loop of the RNN with another step.",
              "A GRU has no cell: the state alone is handed on.",
              "h = h0; each step: h, cache = gru_step_forward(x[:, t], h, Wx, Wh, b)"),
             points=1, solution=(f"{_GRU}:gru_forward", f"{_RNN}:activate", f"{_RNN}:from_inputs")),
    Exercise("hw2/gru_backward", _NOTEBOOK,
             "Backpropagate through time: return the gradients of x, h0, Wx, Wh and b.",
             ("It is the loop of the RNN with another step.",
              "What a step hands back as dprev_h is added to dh of the step before.",
              "dx[:, t], dprev_h, dWx_t, dWh_t, db_t = gru_step_backward(dh[:, t] + dprev_h, cache[t])"),
             points=2, solution=(f"{_GRU}:gru_backward", f"{_RNN}:weight_gradients"), needs=("hw2/gru_forward",)),
)

_CAPTIONS = (
    Exercise("hw2/CaptioningRNN_with_lstm", _NOTEBOOK,
             "CaptioningRNN.loss must do with an LSTM: the same layers, another cell.",
             ("What depends on the kind of cell in your loss?",
              "Take both functions, forward and backward, from CELLS[self.cell_type]; the loss needs no cell state.",
              "h, cache = CELLS[self.cell_type].forward(x, h0, p['Wx'], p['Wh'], p['b'])"),
             points=1, solution=(f"{_CAPTIONER}.loss",)),
    Exercise("hw2/CaptioningRNN_with_gru", _NOTEBOOK,
             "CaptioningRNN.loss must do with a GRU.",
             ("Is there an `if` in your loss that knows two kinds of cell only?",
              "Take both functions, forward and backward, from CELLS[self.cell_type].",
              "dx, dh0, dWx, dWh, db = CELLS[self.cell_type].backward(dh, cache)"),
             points=1, solution=(f"{_CAPTIONER}.loss",)),
    Exercise("hw2/CaptioningRNN_sample_with_lstm", _NOTEBOOK,
             "CaptioningRNN.sample must do with an LSTM, whose cell is handed on beside the state.",
             ("What does a step of an LSTM need, and return, that a step of an RNN does not?",
              "`_begin` gives (h0, an empty cell); `_step` unpacks the state, steps, and returns both new ones.",
              "*state, _ = CELLS[self.cell_type].step(x, *state, p['Wx'], p['Wh'], p['b'])"),
             points=1, solution=_SAMPLE),
    Exercise("hw2/CaptioningRNN_sample_with_gru", _NOTEBOOK,
             "CaptioningRNN.sample must do with a GRU.",
             ("A GRU has a state alone, as an RNN.",
              "Take the step from CELLS[self.cell_type]; hand on what it returns before its cache.",
              "*state, _ = CELLS[self.cell_type].step(x, *state, p['Wx'], p['Wh'], p['b'])"),
             points=1, solution=_SAMPLE),
    Exercise("hw2/train_captioner", _NOTEBOOK,
             "Write train(model, data=data, epochs=budget['epochs']), which trains a captioner with hyper-parameters "
             "of your choice and returns the solver, and train an LSTM with it: good = train(captioner('lstm')). "
             "It must write captions of a BLEU-1 above 0.3 that depend on the picture; on the scenes 0.7 is near.",
             ("Begin with what has learned fifty captions by heart above, and look at the loss after a few hundred "
              "steps.",
              "Adam with a learning rate of some thousandths, falling to zero towards the end; batches of 50 to 100. "
              "If the loss jumps, the rate is too high; if it creeps, too low.",
              "CaptioningSolver(model, data, update_rule='adam', optim_config={'learning_rate': 3e-3}, "
              "schedule=linear, batch_size=budget['batch'], num_epochs=epochs, num_val=500, verbose=False, rng=1)"),
             points=3),
    Exercise("hw2/additive_attention_forward", _NOTEBOOK,
             "Return the context (N, D), the weights (N, L) and the cache: every place of A (N, L, D) is scored "
             "against the query (N, H), and averaged by the softmax of the scores.",
             ("The query is one row for each picture, the map L rows: an axis of length 1 lets NumPy add them.",
              "u = tanh of their sum, (N, L, K); a product with v leaves the scores (N, L); softmax over the places, "
              "the maximum subtracted first; then the weighted sum of the places.",
              "u = np.tanh((query @ Wq)[:, None] + A @ Wa); weights = softmax(u @ v, axis=1); "
              "context = (weights[:, :, None] * A).sum(axis=1)"),
             points=2, solution=("layers.attention:additive_attention_forward",)),
    Exercise("hw2/additive_attention_backward", _NOTEBOOK,
             "Return the gradients of query, A, Wq, Wa and v.",
             ("A is used twice: it is averaged, and it is scored.",
              "Go back in this order: the weighted sum, softmax (the weights of a picture share one sum), the product "
              "with v, tanh, the two affine parts. The query was put to every place: its gradient is a sum over them.",
              "dweights = Σ_d A dcontext; dscores = weights * (dweights - Σ_l weights * dweights); "
              "da = dscores[:, :, None] * v * (1 - u**2); dA = weights[:, :, None] * dcontext[:, None] + da @ Wa.T; "
              "dquery = da.sum(axis=1) @ Wq.T"),
             points=4, solution=("layers.attention:additive_attention_backward",),
             needs=("hw2/additive_attention_forward",)),
    Exercise("hw2/AttentionCaptioner", _NOTEBOOK,
             "Write AttentionCaptioner: `loss`, its loop over the words (`_run`, `_see_and_read`) and the way back "
             "(`_run_backward`), and for writing `_begin`, the state (h0, empty cell, map), and `_step`, which returns "
             "scores, state and attention.",
             ("It is CaptioningRNN.loss with a loop of your own in the place of lstm_forward, for each step looks "
              "before it reads.",
              "A step: attention with the state *before* it as the query; the word vector and the context side by side "
              "go into lstm_step_forward. Back: dx has a part for the word and one for the context, and the state "
              "before gets gradients from the LSTM and from the attention. Weights serve every step: add up.",
              "dx, dh, dc, *of_cell = lstm_step_backward(dh + dh_above[:, t], dc, read); dembedded[:, t] = dx[:, :W]; "
              "dquery, _, *of_attention = additive_attention_backward(dx[:, W:], seen); dh = dh + dquery"),
             points=5, solution=tuple(f"{_ATTENTIVE}.{method}" for method in (
                 "loss", "_run", "_see_and_read", "_run_backward", "_begin", "_step"))),
)
EXERCISES = (*_CELLS, *_CAPTIONS)
