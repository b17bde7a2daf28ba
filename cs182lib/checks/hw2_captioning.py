"""Checks of CaptioningRNN: initial values, loss and gradients, for each kind of cell."""

import copy

import numpy as np

from cs182lib.checks.compare import NUMERIC, Checker
from cs182lib.checks.definitions import softmax_losses
from cs182lib.checks.inputs import scattered
from cs182lib.checks.network_parts import check_shapes, construct, fill
from cs182lib.training.gradient_check import eval_numerical_gradient

WORDS = {"<NULL>": 2, "<START>": 4, "<END>": 3, "a": 1, "cat": 0, "dog": 5, "sits": 6}  # <NULL> is not always 0
NULL, START, END = 2, 4, 3
CAPTIONS = np.array([[4, 1, 0, 6, 3, 2], [4, 5, 3, 2, 2, 2], [4, 1, 1, 5, 6, 3], [4, 0, 6, 3, 2, 2]])
BLOCKS = {"rnn": 1, "lstm": 4, "gru": 3}
SIZES = dict(input_dim=7, wordvec_dim=3, hidden_dim=5)


def sigmoid(x):
    """Return 1 / (1 + exp(-x)) of each number of x, in the shape of x."""
    return 1 / (1 + np.exp(-x))


def cell_step(cell_type, x, state, p, order="ifog"):
    """Return the state (h, c) after one step; only an LSTM changes c.

    Parameters
    ----------
    cell_type : "rnn", "lstm" or "gru"
    x : (N, W) floats, what the step reads
    state : (h, c) before the step, (N, H) each
    p : the parameters by name, of which Wx, Wh and b are used
    order : the gates of an LSTM as their columns stand; another than "ifog" is a mistake
    """
    h, c = state
    if cell_type == "rnn":
        return np.tanh(x @ p["Wx"] + h @ p["Wh"] + p["b"]), c
    if cell_type == "lstm":
        gates = dict(zip(order, np.split(x @ p["Wx"] + h @ p["Wh"] + p["b"], 4, axis=1)))
        c = sigmoid(gates["f"]) * c + sigmoid(gates["i"]) * np.tanh(gates["g"])
        return sigmoid(gates["o"]) * np.tanh(c), c
    (a_r, a_z, a_n), (m_r, m_z, m_n) = np.split(x @ p["Wx"] + p["b"], 3, axis=1), np.split(h @ p["Wh"], 3, axis=1)
    z = sigmoid(a_z + m_z)
    return (1 - z) * np.tanh(a_n + sigmoid(a_r + m_r) * m_n) + z * h, c


def first_state(features, p):
    """Return the state (h, c) before the first word, (N, H) each.

    h is made of features (N, D) by W_proj and b_proj of the parameters p; the cell c is empty.
    """
    h = features @ p["W_proj"] + p["b_proj"]
    return h, np.zeros_like(h)


def next_scores(h, p):
    """Return the scores (N, V) of the next word in the states h (N, H), by W_vocab and b_vocab of the parameters p."""
    return h @ p["W_vocab"] + p["b_vocab"]


def word_losses(cell_type, features, captions, p, state=None, shift=1, order="ifog"):
    """Return the loss of every word to be predicted, (N, T - 1); those of <NULL> too.

    Parameters
    ----------
    cell_type, order : as for `cell_step`
    features : (N, D) floats
    captions : (N, T) ints
    p : the parameters by name, of the shapes that `shapes_of` returns
    state : (h, c) before the first word, or None for that of `first_state`
    shift : 1; 0 makes the mistake to predict the words that are read
    """
    state, losses = state or first_state(features, p), []
    for t in range(captions.shape[1] - 1):
        state = cell_step(cell_type, p["W_embed"][captions[:, t]], state, p, order)
        losses.append(softmax_losses(next_scores(state[0], p), captions[:, t + shift]))
    return np.stack(losses, axis=1)


def caption_loss(cell_type, features, captions, p, shift=1, **wrong):
    """Return the loss, a number: summed over the words that are not <NULL>, averaged over the captions.

    cell_type, features, captions, p and shift are as for `word_losses`; wrong is its state or order, for a mistake.
    """
    counts = captions[:, shift:captions.shape[1] - 1 + shift] != NULL
    return (word_losses(cell_type, features, captions, p, shift=shift, **wrong) * counts).sum() / len(captions)


def loss_mistakes(cell_type, features, captions, p):
    """Return {cause: the loss that this mistake gives}.

    cell_type, features, captions and p are as for `word_losses`.
    """
    right, counts = caption_loss(cell_type, features, captions, p), captions[:, 1:] != NULL
    h0, zero = first_state(features, p)

    def without(key):
        return caption_loss(cell_type, features, captions, {**p, key: np.zeros_like(p[key])})

    wrong = {
        "<NULL> counts too: the mask is captions_out != self._null":
            word_losses(cell_type, features, captions, p).sum() / len(captions),
        "the words that are read are predicted again: captions_out = captions[:, 1:]":
            caption_loss(cell_type, features, captions, p, shift=0),
        "the mean over all words: sum over time, average over the captions alone": right * len(captions) / counts.sum(),
        "averaged over time too: sum over time": right / counts.shape[1],
        "summed over the captions: divide by N": right * len(captions),
        "the features do not reach the state: h0 = features W_proj + b_proj": caption_loss(
            cell_type, features, captions, p, state=(zero, zero)),
        "b_proj is not added": without("b_proj"), "b_vocab is not added": without("b_vocab"),
        "the last <END> is never predicted: T - 1 words are, captions[:, 1:]":
            caption_loss(cell_type, features, captions[:, :-1], p),
        "the mask is where <NULL> is: it must be where it is not":
            (word_losses(cell_type, features, captions, p) * ~counts).sum() / len(captions),
    }
    if cell_type == "lstm":
        wrong |= {"the cell starts as h0: it starts empty, c0 = 0": caption_loss(
            cell_type, features, captions, p, state=(h0, h0)),
            "the gates are in another order: i, f, o, g": caption_loss(cell_type, features, captions, p, order="ifgo")}
    return wrong


def shapes_of(cell_type, D, W, H, V):
    """Return {name: shape} of the parameters of a captioner with a cell_type of BLOCKS.

    It takes D features, vectors of W numbers for V words, and states of H.
    """
    k = BLOCKS[cell_type]
    return {"W_embed": (V, W), "W_proj": (D, H), "b_proj": (H,), "Wx": (W, k * H), "Wh": (H, k * H), "b": (k * H,),
            "W_vocab": (H, V), "b_vocab": (V,)}


def filled(check, CaptioningRNN, cell_type, words=WORDS):
    """Return a captioner of float64 with fixed parameters, of SIZES.

    Parameters
    ----------
    check : Checker, which fails where the captioner cannot be made or its parameters have other shapes
    CaptioningRNN : its class
    cell_type : "rnn", "lstm" or "gru"
    words : {word: its number}, the vocabulary
    """
    model = construct(check, CaptioningRNN, words, **SIZES, cell_type=cell_type, dtype=np.float64)
    fill(check, model, shapes_of(cell_type, *SIZES.values(), len(words)))
    return model


def _check_loss(CaptioningRNN, cell_type, name):
    check = Checker(name, N=4, T=6, H=5, V=7)
    _check_initial(check, CaptioningRNN, cell_type)
    model, features = filled(check, CaptioningRNN, cell_type), scattered((4, 7), -2, 2.6)
    p, before = model.params, copy.deepcopy(model.params)
    expected = caption_loss(cell_type, features, CAPTIONS, p)
    got = check.call(model.loss, ("loss", "grads"), label="loss", features=features, captions=CAPTIONS.copy())
    changed = [key for key in before if not np.array_equal(before[key], model.params[key])]
    check.true(not changed, f"loss changed params[{', '.join(map(repr, changed))}]", "params", "work on copies")
    check.compare(got, {"loss": expected}, lambda: {"loss": loss_mistakes(cell_type, features, CAPTIONS, p)})
    _check_gradients(check, got["grads"], cell_type, features, p)
    _check_dtype(check, CaptioningRNN, cell_type, features)
    check.passed()


def _check_initial(check, CaptioningRNN, cell_type):
    """Check names, shapes, zeros, and the standard deviation of each weight: 1/100, or one over √(inputs)."""
    words = {"<NULL>": 0, **{f"word {i}": i for i in range(1, 60)}}
    kind = {} if cell_type == "rnn" else {"cell_type": cell_type}  # "rnn" is what it is where nothing else is said
    check_shapes(check, construct(check, CaptioningRNN, words, **kind), shapes_of(cell_type, 512, 128, 128, 60))
    model = construct(check, CaptioningRNN, words, input_dim=70, wordvec_dim=80, hidden_dim=50, cell_type=cell_type)
    shapes = shapes_of(cell_type, 70, 80, 50, 60)
    check_shapes(check, model, shapes)
    for key, shape in shapes.items():
        name, value = f"params[{key!r}]", model.params[key]
        check.true(value.dtype == np.float32, f"{name} is {value.dtype}, expected float32", "params",
                   "cast every parameter to the dtype that was asked for")
        if key.startswith("b"):
            check.compare({name: value}, {name: np.zeros(shape)}, context=" after __init__")
            continue
        scale = 0.01 if key == "W_embed" else shape[0]**-0.5
        ratio = float(value.std()) / scale
        cause = "draw standard normal numbers and divide them by " + (
            "100" if key == "W_embed" else f"√{shape[0]}, the root of the number of inputs")
        check.true(abs(ratio - 1) < 0.15, f"{name} has the standard deviation {ratio * scale:.3g}, expected "
                   f"{scale:.3g}", "params", cause)


def _check_gradients(check, grads, cell_type, features, p):
    check.true(isinstance(grads, dict), f"grads is a {type(grads).__name__}, expected a dict", "grads")
    missing = sorted(p.keys() - grads.keys())
    check.true(not missing, f"grads has no {', '.join(missing)}", "grads", "it is keyed like params")
    for key, value in p.items():
        name = f"grads[{key!r}]"
        right = eval_numerical_gradient(lambda _: caption_loss(cell_type, features, CAPTIONS, p), value)

        def mistakes(name=name, value=value):
            unmasked = eval_numerical_gradient(
                lambda _: word_losses(cell_type, features, CAPTIONS, p).sum() / len(CAPTIONS), value)
            return {name: {"<NULL> counts in the gradient: the mask is captions_out != self._null": unmasked}}

        check.compare({name: grads[key]}, {name: right}, mistakes, **NUMERIC)


def _check_dtype(check, CaptioningRNN, cell_type, features):
    """A float32 model gives float32 gradients."""
    model = construct(check, CaptioningRNN, WORDS, **SIZES, cell_type=cell_type, dtype=np.float32)
    _, grads = check.run(model.loss, features.astype(np.float32), CAPTIONS.copy(), label="loss")
    for key, value in grads.items():
        check.true(value.dtype == np.float32, f"grads[{key!r}] is {value.dtype} in a net of dtype float32", "dtype",
                   "name the dtype where an array is made")


def check_CaptioningRNN(CaptioningRNN):
    """Check initial values, loss and every gradient of the class `CaptioningRNN` with cell_type="rnn"."""
    _check_loss(CaptioningRNN, "rnn", "CaptioningRNN")


def check_CaptioningRNN_with_lstm(CaptioningRNN):
    """Check initial values, loss and every gradient of the class `CaptioningRNN` with cell_type="lstm"."""
    _check_loss(CaptioningRNN, "lstm", "CaptioningRNN with LSTM")


def check_CaptioningRNN_with_gru(CaptioningRNN):
    """Check initial values, loss and every gradient of the class `CaptioningRNN` with cell_type="gru"."""
    _check_loss(CaptioningRNN, "gru", "CaptioningRNN with GRU")
