"""The captioners against PyTorch twins: losses of the course's check, gradients, parameters, sampling, bad input."""

import numpy as np
import pytest
import torch

from cs182lib.models import AttentionCaptioner, CaptioningRNN
from cs182lib.training import eval_numerical_gradient
from tests.parity import ramp

CELL_TYPES = ("rnn", "lstm", "gru")
WORDS = {"<NULL>": 0, "<START>": 1, "<END>": 2, "<UNK>": 3, "a": 4, "cat": 5, "dog": 6}
CAPTIONS = np.array([[1, 4, 5, 2, 0], [1, 6, 2, 0, 0], [1, 4, 4, 6, 2]])


def torch_cell(cell_type, x, h, c, p):
    """One step by PyTorch's own functions, whose gate orders are i, f, g, o and r, z, n."""
    if cell_type == "rnn":
        return torch.tanh(x @ p["Wx"] + h @ p["Wh"] + p["b"]), c
    Wx, Wh, b = p["Wx"], p["Wh"], p["b"]
    if cell_type == "lstm":  # ours are i, f, o, g
        Wx, Wh, b = (torch.cat([w.chunk(4, -1)[k] for k in (0, 1, 3, 2)], -1) for w in (Wx, Wh, b))
        return torch._VF.lstm_cell(x, (h, c), Wx.T, Wh.T, b, torch.zeros_like(b))
    return torch._VF.gru_cell(x, h, Wx.T, Wh.T, b, torch.zeros_like(b)), c


def torch_loss(cell_type, params, features, captions, null=0):
    """The captioner's loss in float64, written from its definition; returns it with the parameters as tensors."""
    p = {key: torch.tensor(value, dtype=torch.float64, requires_grad=True) for key, value in params.items()}
    h = torch.tensor(features, dtype=torch.float64) @ p["W_proj"] + p["b_proj"]
    c, words, loss = torch.zeros_like(h), torch.tensor(captions), 0
    for t in range(captions.shape[1] - 1):
        h, c = torch_cell(cell_type, p["W_embed"][words[:, t]], h, c, p)
        loss = loss + torch.nn.functional.cross_entropy(h @ p["W_vocab"] + p["b_vocab"], words[:, t + 1],
                                                        ignore_index=null, reduction="sum")
    return loss / len(captions), p


def model_of(cell_type, **options):
    options = {"input_dim": 6, "wordvec_dim": 3, "hidden_dim": 4, "dtype": np.float64, "rng": 1, **options}
    return CaptioningRNN(WORDS, cell_type=cell_type, **options)


@pytest.mark.parametrize("cell_type, high", [("rnn", 0.3), ("lstm", 1.7), ("gru", 0.9)])
def test_the_courses_check(cell_type, high):
    N, D, W, H, V, T = 10, 20, 30, 40, 3, 13
    model = CaptioningRNN({"<NULL>": 0, "cat": 2, "dog": 3}, input_dim=D, wordvec_dim=W, hidden_dim=H,
                          cell_type=cell_type, dtype=np.float64)
    for key, value in model.params.items():
        model.params[key] = np.linspace(-1.4, 1.3, num=value.size).reshape(value.shape)
    low = -0.5 if cell_type == "lstm" else -1.5
    features, captions = np.linspace(low, high, num=N * D).reshape(N, D), (np.arange(N * T) % V).reshape(N, T)
    expected, p = torch_loss(cell_type, model.params, features, captions)
    expected.backward()
    loss, grads = model.loss(features, captions)
    assert loss == pytest.approx(expected.item(), rel=1e-11)
    for key in p:
        np.testing.assert_allclose(grads[key], p[key].grad.numpy(), rtol=1e-7, atol=1e-9, err_msg=key)


@pytest.mark.parametrize("cell_type", CELL_TYPES)
def test_gradients_are_the_numeric_ones(cell_type):
    model, features = model_of(cell_type), ramp(3, 6)
    loss, grads = model.loss(features, CAPTIONS)
    assert set(grads) == set(model.params)
    for key, w in model.params.items():
        numeric = eval_numerical_gradient(lambda _: model.loss(features, CAPTIONS)[0], w, h=1e-6)
        np.testing.assert_allclose(grads[key], numeric, rtol=1e-5, atol=1e-8, err_msg=key)


@pytest.mark.parametrize("cell_type, k", [("rnn", 1), ("lstm", 4), ("gru", 3)])
def test_parameters_have_the_courses_shapes_and_spread(cell_type, k):
    words = {word: i for i, word in enumerate(["<NULL>", *map(str, range(299))])}
    model = CaptioningRNN(words, 90, 80, 70, cell_type, rng=0)
    scales = {"W_embed": ((300, 80), 0.01), "W_proj": ((90, 70), 90**-0.5), "Wx": ((80, 70 * k), 80**-0.5),
              "Wh": ((70, 70 * k), 70**-0.5), "W_vocab": ((70, 300), 70**-0.5)}
    zeros = {"b_proj": (70,), "b": (70 * k,), "b_vocab": (300,)}
    assert {key: w.shape for key, w in model.params.items()} == zeros | {key: s for key, (s, _) in scales.items()}
    for key, (shape, scale) in scales.items():
        assert abs(model.params[key].std() / scale - 1) < 6 / np.sqrt(2 * np.prod(shape))
    assert not any(model.params[key].any() for key in zeros)
    assert {w.dtype for w in model.params.values()} == {np.dtype(np.float32)}


def test_weights_are_drawn_in_the_courses_order():
    model, rng = model_of("lstm", rng=7), np.random.default_rng(7)
    for key, scale in (("W_embed", 1 / 100), ("W_proj", 6**-0.5), ("Wx", 3**-0.5), ("Wh", 4**-0.5),
                       ("W_vocab", 4**-0.5)):
        np.testing.assert_allclose(model.params[key], scale * rng.standard_normal(model.params[key].shape), rtol=1e-12)


def test_the_forget_bias_opens_one_gate():
    b = model_of("lstm", forget_bias=1.0).params["b"]
    np.testing.assert_array_equal(b, np.repeat([0, 1, 0, 0], 4))


@pytest.mark.parametrize("cell_type", CELL_TYPES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_type_stays(cell_type, dtype):
    model = model_of(cell_type, dtype=dtype)
    loss, grads = model.loss(ramp(3, 6), CAPTIONS.astype(np.int32))
    assert {array.dtype for array in (*model.params.values(), *grads.values())} == {np.dtype(dtype)}
    assert isinstance(loss, float) and model.sample(ramp(3, 6)).dtype == np.int32


def test_what_follows_the_end_does_not_count():
    model, features = model_of("lstm"), ramp(3, 6)
    longer = np.concatenate((CAPTIONS, np.zeros((3, 4), int)), axis=1)
    assert model.loss(features, longer)[0] == pytest.approx(model.loss(features, CAPTIONS)[0], rel=1e-12)


def greedy(model, features, max_length):
    """Sample with nothing but `loss`: the word whose caption, longer by it, adds the least loss."""
    rows = []
    for row in features:
        caption = [1]
        while len(caption) <= max_length and caption[-1] != 2:
            losses = [model.loss(row[None], np.array([[*caption, word]]))[0] for word in range(1, len(WORDS))]
            caption.append(1 + int(np.argmin(losses)))
        rows.append(caption[1:] + [0] * (max_length + 1 - len(caption)))
    return np.array(rows)


def sharp(model):
    """Make the model's words depend on its state; keep <NULL>, which a loss cannot weigh, out of reach."""
    for key, w in model.params.items():
        model.params[key] = ramp(*w.shape, low=-1.5, high=1.7)
    model.params["b_vocab"][:4] = -9, -1, -0.4, -1
    return model


@pytest.mark.parametrize("cell_type", CELL_TYPES)
def test_sampling_takes_the_best_word_and_stops_at_the_end(cell_type):
    model, features = sharp(model_of(cell_type)), ramp(8, 6, low=-2, high=2)
    captions = model.sample(features, max_length=6)
    np.testing.assert_array_equal(captions, greedy(model, features, 6))
    assert captions.shape == (8, 6) and len(np.unique(captions, axis=0)) > 1
    np.testing.assert_array_equal(model.sample(features, max_length=6), captions)


@pytest.mark.parametrize("cell_type", CELL_TYPES)
@pytest.mark.parametrize("length_power", [0.0, 0.7, 1.0])
def test_a_wide_beam_finds_the_best_of_all_captions(cell_type, length_power):
    model, features, L = sharp(model_of(cell_type)), ramp(3, 6, low=-2, high=2), 3
    every = [list(words) for words in np.ndindex(*[len(WORDS)] * L)]
    every = sorted({tuple(w[:w.index(2) + 1] if 2 in w else w) for w in every if 0 not in w})
    found = model.beam_search(features, max_length=L, beam_width=len(WORDS)**L, length_power=length_power)
    for row, caption in zip(features, found):
        value = {words: -model.loss(row[None], np.array([[1, *words]]))[0] / len(words)**length_power
                 for words in every}
        assert tuple(caption[caption != 0].tolist()) == max(value, key=value.get)


def test_a_beam_of_one_is_greedy_and_short_captions_win_without_power():
    model, features = sharp(model_of("lstm")), ramp(8, 6, low=-2, high=2)
    np.testing.assert_array_equal(model.beam_search(features, 6, beam_width=1), model.sample(features, 6))
    lengths = [(model.beam_search(features, 6, beam_width=50, length_power=power) != 0).sum() for power in (0, 2)]
    assert lengths[0] < lengths[1]


def test_the_beam_of_one_picture_does_not_depend_on_the_others():
    model, features = sharp(model_of("gru")), ramp(5, 6, low=-2, high=2)
    together = model.beam_search(features, 5, beam_width=3)
    for row, caption in zip(features, together):
        np.testing.assert_array_equal(model.beam_search(row[None], 5, beam_width=3)[0], caption)


def test_words_are_drawn_as_often_as_the_model_believes():
    model = sharp(model_of("rnn"))
    features = np.repeat(ramp(1, 6), 20000, axis=0)
    logits = np.array([-model.loss(features[:1], np.array([[1, word]]))[0] for word in range(1, 7)])
    for temperature in (0.5, 1.0, 3.0):
        first = model.sample(features, max_length=1, temperature=temperature, rng=4)[:, 0]
        p = np.exp(logits / temperature) / np.exp(logits / temperature).sum()
        share = np.bincount(first, minlength=7)[1:] / len(first)
        np.testing.assert_allclose(share, p, atol=4 * np.sqrt(0.25 / len(first)))
    again = model.sample(features[:50], 9, temperature=1.0, rng=np.random.default_rng(5))
    np.testing.assert_array_equal(model.sample(features[:50], 9, temperature=1.0, rng=5), again)
    assert (model.sample(features[:50], 9, temperature=1.0, rng=6) != again).any()
    np.testing.assert_array_equal(model.sample(features[:5], 9, temperature=1e-6, rng=1), model.sample(features[:5], 9))


def test_a_drawn_caption_ends_once():
    captions = sharp(model_of("lstm")).sample(np.repeat(ramp(3, 6), 40, axis=0), 8, temperature=2.0, rng=0)
    for row in captions.tolist():
        if 2 in row:
            assert set(row[row.index(2) + 1:]) <= {0}
    assert (captions == 2).any(axis=1).mean() > 0.5


def attention_model(**options):
    options = {"input_dim": 6, "wordvec_dim": 3, "hidden_dim": 4, "attention_dim": 5, "dtype": np.float64, "rng": 1,
               **options}
    return AttentionCaptioner(WORDS, **options)


def torch_attention_loss(params, A, captions):
    p = {key: torch.tensor(value, requires_grad=True) for key, value in params.items()}
    A, words, loss = torch.tensor(A), torch.tensor(captions), 0
    h = A.mean(1) @ p["W_proj"] + p["b_proj"]
    c = torch.zeros_like(h)
    for t in range(captions.shape[1] - 1):
        u = torch.tanh(h.unsqueeze(1) @ p["Wq"] + A @ p["Wa"])
        z = torch.einsum("nl,nld->nd", torch.softmax(torch.einsum("nlk,k->nl", u, p["v"]), 1), A)
        h, c = torch_cell("lstm", torch.cat((p["W_embed"][words[:, t]], z), 1), h, c, p)
        loss = loss + torch.nn.functional.cross_entropy(h @ p["W_vocab"] + p["b_vocab"], words[:, t + 1],
                                                        ignore_index=0, reduction="sum")
    return loss / len(captions), p


def test_the_attention_captioner_is_its_twin():
    model, A = attention_model(), ramp(3, 7, 6, low=-2, high=2)
    for key, w in model.params.items():
        model.params[key] = ramp(*w.shape)
    expected, p = torch_attention_loss(model.params, A, CAPTIONS)
    expected.backward()
    loss, grads = model.loss(A, CAPTIONS)
    assert loss == pytest.approx(expected.item(), rel=1e-12) and set(grads) == set(p)
    for key in p:
        np.testing.assert_allclose(grads[key], p[key].grad.numpy(), rtol=1e-8, atol=1e-11, err_msg=key)


def test_the_attention_captioner_says_where_it_looked():
    model, A = sharp(attention_model()), ramp(4, 7, 6, low=-2, high=2)
    captions, attention = model.sample(A, max_length=5, return_attention=True)
    np.testing.assert_array_equal(captions, greedy(model, A, 5))
    np.testing.assert_array_equal(captions, model.beam_search(A, 5, beam_width=1))
    assert attention.shape == (4, 5, 7)
    np.testing.assert_allclose(attention.sum(axis=2), captions != 0)
    swapped = model.sample(A[:, ::-1], max_length=5, return_attention=True)
    np.testing.assert_array_equal(swapped[0], captions)  # places have no order
    np.testing.assert_allclose(swapped[1][:, :, ::-1], attention, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_attention_captioner_keeps_its_type(dtype):
    model = attention_model(dtype=dtype)
    _, grads = model.loss(ramp(3, 7, 6), CAPTIONS)
    _, attention = model.sample(ramp(3, 7, 6), return_attention=True)
    assert {array.dtype for array in (*model.params.values(), *grads.values(), attention)} == {np.dtype(dtype)}


def small(**options):
    return CaptioningRNN(WORDS, 6, 3, 4, **options)


@pytest.mark.parametrize("make, error, words", [
    (lambda: small(cell_type="elman"), ValueError, "cell_type must be one of 'rnn', 'lstm', 'gru'"),
    (lambda: small(forget_bias=1.0), ValueError, "forget_bias needs"),
    (lambda: CaptioningRNN(["<NULL>"]), TypeError, "word_to_idx must be a dict"),
    (lambda: CaptioningRNN({"cat": 0}), ValueError, "must hold <NULL>"),
    (lambda: CaptioningRNN(WORDS, 0), ValueError, "input_dim must be at least 1"),
    (lambda: AttentionCaptioner(WORDS, attention_dim=0), ValueError, "attention_dim"),
    (lambda: small().loss(ramp(3, 5), CAPTIONS), ValueError, r"features must have the shape \(any, 6\)"),
    (lambda: small().loss([[1.0] * 6], CAPTIONS), TypeError, "features must be a NumPy array"),
    (lambda: small().loss(np.full((3, 6), np.nan), CAPTIONS), ValueError, "features holds NaN"),
    (lambda: small().loss(ramp(4, 6), CAPTIONS), ValueError, r"captions must have the shape \(4, any\)"),
    (lambda: small().loss(ramp(3, 6), CAPTIONS + 2), ValueError, "captions must hold word indices from 0 to 6, got 7"),
    (lambda: small().loss(ramp(3, 6), CAPTIONS * 1.0), TypeError, "captions must be .* integer"),
    (lambda: small().loss(ramp(3, 6), CAPTIONS[:, :1]), ValueError, "at least two words"),
    (lambda: small().sample(ramp(3, 6), max_length=0), ValueError, "max_length"),
    (lambda: small().sample(ramp(3, 6), temperature=-1), ValueError, "temperature"),
    (lambda: small().beam_search(ramp(3, 6), beam_width=0), ValueError, "beam_width"),
    (lambda: small().beam_search(ramp(3, 6), length_power=-1), ValueError, "length_power"),
    (lambda: CaptioningRNN({"<NULL>": 0, "a": 1}, 6).sample(ramp(3, 6)), ValueError, "lacks <START> and <END>"),
    (lambda: attention_model().loss(ramp(3, 6), CAPTIONS), ValueError, "features must have 3 axes"),
])
def test_bad_input_is_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()
