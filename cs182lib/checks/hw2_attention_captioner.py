"""Check of AttentionCaptioner: its loss and gradients, the captions it writes, and where it looked for each word."""

import copy

import numpy as np

from cs182lib.checks.compare import NUMERIC, Checker
from cs182lib.checks.definitions import softmax, softmax_losses
from cs182lib.checks.hw2_captioning import CAPTIONS, NULL, START, WORDS, cell_step, first_state, next_scores
from cs182lib.checks.hw2_sampling import compare_words, until_end
from cs182lib.checks.inputs import scattered
from cs182lib.checks.network_parts import construct, fill
from cs182lib.training.gradient_check import eval_numerical_gradient

SIZES = dict(input_dim=4, wordvec_dim=3, hidden_dim=5, attention_dim=2)
D, W, H, K, V = *SIZES.values(), len(WORDS)
SHAPES = {"W_embed": (V, W), "W_proj": (D, H), "b_proj": (H,), "Wq": (H, K), "Wa": (D, K), "v": (K,),
          "Wx": (W + D, 4 * H), "Wh": (H, 4 * H), "b": (4 * H,), "W_vocab": (H, V), "b_vocab": (V,)}
SHARED = "Wq", "Wa", "v", "Wx", "Wh", "b"  # used at every step
FEATURES = scattered((4, 3, D), -2, 2.6)  # N = 4 pictures of L = 3 places
ADD = "all steps share the weights, so add up (+=)"
MISTAKES = {
    "h0 asks": "every step asks with h0: ask with the state before the step",
    "no weights": "the places are averaged without weights: what is seen is the context of the attention",
    "blind": "what is seen does not reach the LSTM: it reads word vector and context side by side",
    "swapped": "the context stands before the word vector: the word comes first",
    "empty cell": "the cell is empty at every step: hand next_c on",
    "h0 cell": "the cell starts as h0: it starts empty, c0 = 0",
    "sum": "h0 is made of the sum of the places: of their mean",
    "first place": "h0 is made of the first place: of the mean of all",
    "no features": "the features do not reach the state: h0 = mean(A) W_proj + b_proj",
}


def attend(query, A, p, mistake=None):
    """Return what is seen (N, D), the mean of the map's places by their weights, and the weights (N, L).

    Parameters
    ----------
    query : (N, H) floats, the state that asks
    A : (N, L, D) floats, the map
    p : the parameters by name, of the shapes in SHAPES
    mistake : a key of MISTAKES or None; one that is made elsewhere changes nothing here
    """
    weights = softmax(np.tanh((query @ p["Wq"])[:, None] + A @ p["Wa"]) @ p["v"])
    seen = {"no weights": A.mean(axis=1), "blind": 0 * A[:, 0]}.get(mistake, np.einsum("nl,nld->nd", weights, A))
    return seen, weights


def begin(A, p, mistake=None):
    """Return the state before the first word: h (N, H), made of the mean of the map A (N, L, D), and an empty c (N, H).

    p and mistake are as for `attend`.
    """
    h, c = first_state({"sum": A.sum(axis=1), "first place": A[:, 0]}.get(mistake, A.mean(axis=1)), p)
    return (0 * h, c) if mistake == "no features" else (h, h) if mistake == "h0 cell" else (h, c)


def read(words, seen, state, p, mistake=None):
    """Return the state, h and c of (N, H) each, after an LSTM step from `state` on words (N,) and what is seen (N, D).

    p and mistake are as for `attend`; words are ints, rows of W_embed.
    """
    x = (p["W_embed"][words], seen)
    return cell_step("lstm", np.concatenate(x[::-1] if mistake == "swapped" else x, axis=1), state, p)


def word_losses(A, captions, p, mistake=None, held=(), record=None, only=None, shift=1):
    """Return the loss of every word to be predicted, (N, T - 1); those of <NULL> too.

    Parameters
    ----------
    A, p, mistake : as for `attend`
    captions : (N, T) ints
    held : what is taken from `record`, so that no gradient goes through it: "h", "c", "query", "seen"
    record : list; without `held` each step adds what it had
    only : (t, params), the parameters of step t, where they differ from p
    shift : 1; 0 makes the mistake to predict the words that are read
    """
    state, losses = begin(A, p, mistake), []
    h0 = state[0]
    for t in range(captions.shape[1] - 1):
        q = p | {key: only[1][key] for key in SHARED} if only and only[0] == t else p
        known = {name: record[t][name] for name in held if t or name not in "hc"}
        h, c = known.get("h", state[0]), known.get("c", state[1]) * (mistake != "empty cell")
        seen, _ = attend(h0 if mistake == "h0 asks" else known.get("query", h), A, q, mistake)
        if record is not None and not held:
            record.append({"h": h, "c": c, "query": h, "seen": seen})
        state = read(captions[:, t], known.get("seen", seen), (h, c), q, mistake)
        losses.append(softmax_losses(next_scores(state[0], p), captions[:, t + shift]))
    return np.stack(losses, axis=1)


def caption_loss(p, A=FEATURES, captions=CAPTIONS, mask=None, **options):
    """Return the loss, a number: summed over the words that are not <NULL>, averaged over the captions.

    Parameters
    ----------
    p, A, captions : as for `word_losses`
    mask : (N, T - 1) bools, True for the words that count, or None: those that are not <NULL>
    options : mistake, held, record, only and shift of `word_losses`
    """
    shift = options.get("shift", 1)
    counts = captions[:, shift:captions.shape[1] - 1 + shift] != NULL if mask is None else mask
    return (word_losses(A, captions, p, **options) * counts).sum() / len(captions)


def loss_mistakes(p):
    """Return {cause: the loss that this mistake gives} for FEATURES, CAPTIONS and the parameters p."""
    right, counts = caption_loss(p), CAPTIONS[:, 1:] != NULL
    return {
        **{cause: caption_loss(p, mistake=mistake) for mistake, cause in MISTAKES.items()},
        "<NULL> counts too: the mask is words_out != self._null": caption_loss(p, mask=np.ones_like(counts)),
        "the words that are read are predicted again: predict captions[:, 1:]": caption_loss(p, shift=0),
        "averaged over time too: sum over time": right / counts.shape[1],
        "the mean over all words: sum over time, average over the captions alone": right * len(CAPTIONS) / counts.sum(),
        "summed over the captions: divide by N": right * len(CAPTIONS),
        **{f"{key} is not added": caption_loss(p | {key: 0 * p[key]}) for key in ("b_proj", "b_vocab", "b")},
    }


def gradient_mistakes(p, key):
    """Return {cause: () -> the gradient of p[key] that this mistake gives}; each leaves a way back out.

    p are the parameters by name, as for `attend`, and key is the name of one; the data are FEATURES and CAPTIONS.
    """
    record, last = [], CAPTIONS.shape[1] - 2
    word_losses(FEATURES, CAPTIONS, p, record=record)
    other = copy.deepcopy(p)

    def gradient(at=None, **options):
        only = None if at is None else (at, other)
        return eval_numerical_gradient(lambda _: caption_loss(p, only=only, **options), (other if only else p)[key])

    wrong = {
        "the state's gradient by the attention is missing: dh = dprev_h of the LSTM + dquery":
            lambda: gradient(held=("query",), record=record),
        "the context's part of dx is left out: dx[:, W:] goes back into the attention":
            lambda: gradient(held=("seen",), record=record),
        "what comes back from the next step is dropped: dh + dh_above[:, t]":
            lambda: gradient(held=("h",), record=record),
        "the cell's gradient is dropped between the steps: hand dprev_c back too":
            lambda: gradient(held=("c",), record=record),
        "<NULL> counts in the gradient: the mask is words_out != self._null":
            lambda: gradient(mask=np.ones_like(CAPTIONS[:, 1:])),
    }
    if key in SHARED:
        wrong |= {f"the gradient of the first step alone: {ADD}": lambda: gradient(at=0),
                  f"the gradient of the last step alone: {ADD}": lambda: gradient(at=last)}
    return wrong


def greedy_captions(A, p, max_length, mistake=None):
    """Return captions (N, T) and attention (N, T, L), written word by word; what comes after <END> goes on.

    A and p are as for `attend`; T is max_length, the number of words; mistake is a key of SAMPLE_MISTAKES or None.
    """
    state, words, captions, maps = begin(A, p, mistake), np.full(len(A), START), [], []
    first = state
    for _ in range(max_length):
        seen, weights = attend((first if mistake == "h0 asks" else state)[0], A, p, mistake)
        h, c = read(words, seen, state, p, mistake)
        state = {"keep state": first, "empty cell": (h, 0 * c)}.get(mistake, (h, c))
        words = words if mistake == "keep word" else next_scores(h, p).argmax(axis=1)
        captions.append(next_scores(h, p).argmax(axis=1))
        maps.append(weights)
    return np.stack(captions, axis=1), np.stack(maps, axis=1)


SAMPLE_MISTAKES = MISTAKES | {
    "keep state": "the state is not carried on: the next step starts from this step's new state",
    "keep word": "every step reads <START>: read the word that was just sampled",
}


def pictures():
    """Return the maps (9, 3, D) of nine pictures."""
    return scattered((9, 3, D), -2, 2, start=33)


def telling():
    """Return parameters with which captions differ in words and length, and each mistake shows in them."""
    p = {key: scattered(shape, -1.9, 2.1, 114 + 29 * k) for k, (key, shape) in enumerate(SHAPES.items())}
    p["b_vocab"] = np.array([-0.5, 0.4, -9.0, 0.0, -9.0, 0.3, 0.1])  # neither <START> nor <NULL>
    return p


def check_AttentionCaptioner(AttentionCaptioner):
    """Check the class `AttentionCaptioner`: its loss, every gradient, and what its `sample` returns.

    `sample` returns captions, and the attention maps with which their words were chosen.
    """
    check = Checker("AttentionCaptioner", N=4, T=6, L=3, H=H, V=V)
    model = construct(check, AttentionCaptioner, WORDS, **SIZES, dtype=np.float64)
    fill(check, model, SHAPES)
    p = copy.deepcopy(model.params)
    got = check.call(model.loss, ("loss", "grads"), label="loss", features=FEATURES.copy(), captions=CAPTIONS.copy())
    _check_kept(check, model, p, "loss")
    check.compare(got, {"loss": caption_loss(p)}, lambda: {"loss": loss_mistakes(p)})
    _check_gradients(check, got["grads"], p)
    model = construct(check, AttentionCaptioner, WORDS, **SIZES, dtype=np.float32)
    _, grads = check.run(model.loss, FEATURES.astype(np.float32), CAPTIONS.copy(), label="loss")
    for key, value in grads.items():
        check.true(value.dtype == np.float32, f"grads[{key!r}] is {value.dtype} in a net of dtype float32", "dtype",
                   "name the dtype where an array is made")
    _check_sample(check, AttentionCaptioner)
    check.passed()


def _check_kept(check, model, before, label):
    changed = [key for key in before if not np.array_equal(before[key], model.params[key])]
    check.true(not changed, f"{label} changed params[{', '.join(map(repr, changed))}]", "params", "work on copies")


def _check_gradients(check, grads, p):
    check.true(isinstance(grads, dict), f"grads is a {type(grads).__name__}, expected a dict", "grads")
    missing = sorted(p.keys() - grads.keys())
    check.true(not missing, f"grads has no {', '.join(missing)}", "grads", "it is keyed like params")
    for key in sorted(p, key=lambda key: key != "Wq"):  # first that which tells most mistakes apart
        name, value = f"grads[{key!r}]", p[key]
        right = eval_numerical_gradient(lambda _: caption_loss(p), value)
        check.compare({name: grads[key]}, {name: right},
                      lambda key=key, name=name: {name: gradient_mistakes(p, key)}, **NUMERIC)


def _check_sample(check, AttentionCaptioner):
    model, A, T = construct(check, AttentionCaptioner, WORDS, **SIZES, dtype=np.float64), pictures(), 8
    model.params.update(telling())
    p = copy.deepcopy(model.params)
    captions, maps = greedy_captions(A, p, T)
    wrong = {cause: until_end(greedy_captions(A, p, T, mistake)[0]) for mistake, cause in SAMPLE_MISTAKES.items()}
    result = check.run(model.sample, A.copy(), T, return_attention=True, label="sample")
    check.true(isinstance(result, tuple) and len(result) == 2, "sample returned no pair of captions and attention",
               "captions")
    _check_kept(check, model, p, "sample")
    compare_words(check, np.asarray(result[0]), captions, wrong)
    counts = (until_end(captions) != NULL)[:, :, None]
    flat = "the weights are those of an average: return what the attention gives"
    later = "the map of a word is that with which it was chosen, from the state before it"
    mistakes = {flat: counts * np.full(maps.shape, 1 / maps.shape[2]),
                later: counts * greedy_captions(A, p, T + 1)[1][:, 1:]}
    check.compare({"attention": np.asarray(result[1]) * counts}, {"attention": maps * counts}, {"attention": mistakes})
