"""The Transformer in NumPy, from the formulas, with the mistakes that its checks know: `wrong` names one of them.

Parameters come as a dict under the names of the state dict; `p` below is such a dict, `at` a prefix of names.
"""

import numpy as np

from cs182lib.checks.definitions import normalize, relu

HEADS = 3


def softmax(x, axis=-1):
    """Return e^x over its sum along an axis."""
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def attention(q, k, v, mask=None, wrong=""):
    """Return softmax(q kᵀ / √dk) v over the keys that may be seen, (..., nq, dv), and the weights, (..., nq, nkv).

    q is (..., nq, dk), k (..., nkv, dk), v (..., nkv, dv); mask is None or bools (..., nq, nkv), in which the axis
    of heads may be missing; `wrong` names a mistake.
    """
    if mask is not None and mask.ndim < q.ndim:
        mask = mask[:, None]  # (B, nq, nkv) -> (B, 1, nq, nkv)
    scale = {"no root": q.shape[-1], "no scale": 1, "root of keys": np.sqrt(k.shape[-2])}
    similarity = q @ k.swapaxes(-1, -2) / scale.get(wrong, np.sqrt(q.shape[-1]))
    if mask is None or wrong == "mask ignored":
        mask = np.ones(similarity.shape[-2:], bool)
    mask = ~mask if wrong == "mask inverted" else mask
    late = wrong.startswith("masked after softmax")
    masked = similarity * mask if wrong == "masked to zero" else similarity + np.where(mask, 0, -1e9)
    weights = softmax(similarity if late else masked, -2 if wrong == "over queries" else -1)
    weights = similarity if wrong == "no softmax" else weights * mask if late else weights
    weights = np.where(mask, weights, -1e9) if wrong.endswith("by -1e9") else weights
    return weights @ v, weights


def split_heads(x, heads=HEADS, wrong=""):
    """Return x (B, T, d) as (B, heads, T, d / heads): head i has the i-th part of each vector; `wrong`: a mistake."""
    B, T, d = x.shape
    if wrong == "split by reshape":
        return x.reshape(B, heads, T, d // heads)
    if wrong == "heads interleaved":
        return x.reshape(B, T, d // heads, heads).transpose(0, 3, 1, 2)
    return x.reshape(B, T, heads, d // heads).transpose(0, 2, 1, 3)


def multi_head(q, k, v, mask=None, heads=HEADS, wrong=""):
    """Return the attention of every head, side by side: (B, nq, d).

    q is (B, nq, d), k and v (B, nkv, d), mask (B, nq, nkv) bools or None; `heads`, their number, divides d; `wrong`
    names a mistake.
    """
    if wrong == "one head":
        return attention(q, k, v, mask)[0]
    q, k, v = (split_heads(x, heads, "split by reshape" if wrong == "only split by reshape" else wrong)
               for x in (q, k, v))
    if wrong == "root of all":
        q = q / np.sqrt(heads)
    out = attention(q, k, v, mask, wrong)[0]
    B, _, T, part = out.shape
    if wrong in ("split by reshape", "combined by reshape"):
        return out.reshape(B, T, heads * part)
    return np.concatenate([out[:, head] for head in range(heads)], axis=-1)


def position_code(T, d, start=1, wrong=""):
    """Return (T, d): sin and cos of pos / 10000^(2i / d), interleaved, for T positions from `start` on.

    d is even; `wrong` names a mistake.
    """
    pos, i = np.arange(start, start + T)[:, None], np.arange(d // 2)
    power = {"i for 2i": i / d, "i + 1": 2 * (i + 1) / d, "over pairs": 4 * i / d}.get(wrong, 2 * i / d)
    angle = pos / (1000.0 if wrong == "base" else 10000.0) ** power
    pairs = (np.cos(angle), np.sin(angle)) if wrong == "swapped" else (np.sin(angle), np.cos(angle))
    return np.concatenate(pairs, axis=1) if wrong == "halves" else np.stack(pairs, axis=2).reshape(T, d)


def norm(p, at, x):
    """Return the layer norm of x (..., d) over its last axis, with the weight and bias in p of the prefix `at`."""
    return normalize(x, -1) * p[f"{at}.weight"] + p[f"{at}.bias"]


def linear(p, at, x):
    """Return x Wᵀ with W_i = g_i v_i / ‖v_i‖, or x Wᵀ + b where p has a plain weight of the prefix `at`.

    x is (..., D), W (M, D), and what is returned (..., M).
    """
    if f"{at}.weight_v" in p:
        v = p[f"{at}.weight_v"]
        return x @ (p[f"{at}.weight_g"] * v / np.sqrt((v**2).sum(axis=1, keepdims=True))).T
    return x @ p[f"{at}.weight"].T + p[f"{at}.bias"]


def projected_attention(p, at, x, memory, mask, wrong=""):
    """Return the multi-head attention of x (B, T, d) to memory (B, S, d), after its four projections: (B, T, d).

    The weights are those in p with the prefix `at`; mask is (B, T, S) bools or None; `wrong` names a mistake.
    """
    q, k, v = (linear(p, f"{at}.{name}_layer", y) for name, y in (("query", x), ("key", memory), ("value", memory)))
    return linear(p, f"{at}.output_layer", multi_head(q, k, v, mask, wrong=wrong))


def feed_forward(p, at, x, wrong=""):
    """Return x + ff(norm(x)) of x (..., d), with the weights in p whose names begin with `at`; `wrong`: a mistake."""
    def ff(y):
        y = linear(p, f"{at}feed_forward.0", y)
        return linear(p, f"{at}feed_forward.2", y if wrong == "no relu" else relu(y))

    normal = norm(p, f"{at}norm", x)
    if wrong == "post-norm":
        return norm(p, f"{at}norm", x + ff(x))
    if wrong == "relu last":
        return x + relu(ff(normal))
    if wrong == "no residual":
        return ff(normal)
    return (normal if wrong == "residual of norm" else x) + ff(x if wrong == "no norm" else normal)


def encoder_block(p, x, mask=None, at="", wrong=""):
    """Return the block's output for x (B, T, d): x + self_attention(norm(x)), then x + feed_forward(norm(x)).

    The weights are those in p whose names begin with `at`; mask is (B, T, T) bools or None; `wrong` names a mistake.
    """
    normal = norm(p, f"{at}norm", x)
    asks, memory = (x if wrong == "no norm" else normal), (x if wrong in ("no norm", "memory not normed") else normal)
    if wrong in ("post-norm", "norm after the attention"):
        seen = projected_attention(p, f"{at}self_attention", x, x, mask)
        return feed_forward(p, f"{at}feed_forward.", norm(p, f"{at}norm", x + seen), wrong)
    seen = projected_attention(p, f"{at}self_attention", asks, memory, mask, wrong)
    x = {"no residual": 0, "residual of norm": normal}.get(wrong, x) + seen
    return x if wrong == "no feed-forward" else feed_forward(p, f"{at}feed_forward.", x)


def decoder_block(p, x, source, self_mask=None, cross_mask=None, at="", wrong=""):
    """Return the block's output (B, T, d): to x come self-attention, cross-attention and ff, one after the other.

    Self-attention reads self_norm(x), cross-attention cross_norm_target(x) and cross_norm_source(source), ff norm(x).

    Parameters
    ----------
    p : dict, name -> array, the weights
    x : (B, T, d) floats
    source : (B, S, d) floats, the encoder's output
    self_mask : (B, T, T) bools, True where a place may be seen, or None: all are
    cross_mask : (B, T, S) bools or None, the same for places of the source
    at : str, what the names in p begin with, such as "decoder.decoder0."
    wrong : str, a mistake's name, or "" for none
    """
    def look_back(x):
        """Add the self-attention."""
        normal = norm(p, f"{at}self_norm", x)
        seen = projected_attention(p, f"{at}self_attention", normal, normal,
                                   None if wrong == "self mask ignored" else self_mask)
        return (0 if wrong == "no self residual" else x) + seen

    def look_at_source(x):
        """Add the attention to the source."""
        name = {"source by target norm": "cross_norm_target", "source by self norm": "self_norm"}.get(
            wrong, "cross_norm_source")
        memory = source if wrong == "source not normed" else norm(p, f"{at}{name}", source)
        asks = norm(p, f"{at}cross_norm_{'source' if wrong == 'norms swapped' else 'target'}", x)
        if wrong == "norms swapped":
            memory = norm(p, f"{at}cross_norm_target", source)
        asks = x if wrong == "target not normed" else asks
        seen = projected_attention(p, f"{at}cross_attention", asks, memory,
                                   None if wrong == "cross mask ignored" else cross_mask)
        return (0 if wrong == "no cross residual" else x) + seen

    if wrong == "post-norm":
        return _decoder_block_with_norms_last(p, x, source, self_mask, cross_mask, at)
    first, second = (look_at_source, look_back) if wrong == "source first" else (look_back, look_at_source)
    x = first(x)
    x = x if wrong == "no cross-attention" else second(x)
    return x if wrong == "no feed-forward" else feed_forward(p, f"{at}feed_forward.", x)


def _decoder_block_with_norms_last(p, x, source, self_mask, cross_mask, at):
    """norm(x + f(x)) three times; the source comes out of the encoder normalized and is taken as it is."""
    x = norm(p, f"{at}self_norm", x + projected_attention(p, f"{at}self_attention", x, x, self_mask))
    x = norm(p, f"{at}cross_norm_target", x + projected_attention(p, f"{at}cross_attention", x, source, cross_mask))
    return feed_forward(p, f"{at}feed_forward.", x, "post-norm")


def cross_weights(p, x, source, self_mask=None, cross_mask=None, at=""):
    """Return the weights (B, heads, T, S) with which a decoder block looks at the source.

    p, x, source, self_mask, cross_mask and at are those of `decoder_block`.
    """
    normal = norm(p, f"{at}self_norm", x)
    x = x + projected_attention(p, f"{at}self_attention", normal, normal, self_mask)
    q = split_heads(linear(p, f"{at}cross_attention.query_layer", norm(p, f"{at}cross_norm_target", x)))
    k = split_heads(linear(p, f"{at}cross_attention.key_layer", norm(p, f"{at}cross_norm_source", source)))
    return attention(q, k, k, cross_mask)[1]


def embed(E, tokens, wrong=""):
    """Return the embedded tokens with their positions, (B, T, d), for a matrix E (V, d) and tokens (B, T), ints.

    `wrong` names a mistake.
    """
    scale = np.sqrt(E.shape[1]) if wrong == "scaled embedding" else 1
    code = position_code(tokens.shape[1], E.shape[1], 0 if wrong == "start at 0" else 1)
    return E[tokens] * scale + (0 if wrong == "no positions" else code)


def future(T, wrong=""):
    """Return (T, T) bools, True where place t may see place s: s <= t; `wrong` names a mistake.

    That of "no future mask" is (T,), to be broadcast.
    """
    t, s = np.arange(T)[:, None], np.arange(T)
    return {"future off by one": s <= t + 1, "future inverted": s >= t, "no future mask": s >= 0,
            "own place masked": s < t}.get(wrong, s <= t)


def transformer(p, source, target, real=None, n_layers=2, shift=1, mask_future=True, wrong="", real_target=None):
    """Return logits (B, T, V) and the encoder's output (B, S, d).

    Parameters
    ----------
    p : dict, name -> array, as `transformer_keys` names them
    source, target : (B, S) and (B, T) ints, tokens
    real : (B, S) bools, True where the source is no padding; None: everywhere
    n_layers : int, blocks of the encoder, and of the decoder
    shift : int, how many zeros are put before the target; 1 is right, 0 does not shift
    mask_future : bool, no target place sees a later one
    wrong : str, a mistake's name, or "" for none
    real_target : (B, T) bools or None; where it is False a place is seen by none, and its own logits do not count
    """
    E = p["encoder.embedding_layer.embedding.weight"]
    (B, S), T = source.shape, target.shape[1]
    read = np.concatenate([np.zeros((B, shift), int), target], axis=1)[:, :T]
    x, y = embed(E, source, wrong), embed(E, read, wrong)
    seen = np.ones((B, S), bool) if real is None or wrong == "padding seen" else real
    own = np.broadcast_to(future(T, wrong if mask_future else "no future mask"), (B, T, T))
    own = own if real_target is None else own & real_target[:, None]
    for i in range(n_layers):
        x = encoder_block(p, x, np.repeat(seen[:, None], S, 1), at=f"encoder.encoder{i}.")
    memory = embed(E, source) if wrong == "encoder skipped" else x
    cross = np.repeat((np.ones_like(seen) if wrong == "cross padding seen" else seen)[:, None], T, 1)
    for i in range(1 if wrong == "one decoder block" else n_layers):
        y = decoder_block(p, y, memory, own, cross, at=f"decoder.decoder{i}.")
    logits = y @ E.T
    return (softmax(logits) if wrong == "softmax" else logits), x


# ---------------------------------------------------------------- names and shapes of the course's state dicts


def attention_keys(at, d):
    """Return {key: shape} of an attention's four projections of d numbers; the keys begin with `at`, without a dot."""
    return {f"{at}.{name}_layer.weight_{part}": (d, 1) if part == "g" else (d, d)
            for name in ("query", "key", "value", "output") for part in "gv"}


def norm_keys(at, d):
    """Return {key: shape} of a layer norm over d numbers; the keys begin with `at`, without a dot."""
    return {f"{at}.weight": (d,), f"{at}.bias": (d,)}


def feed_forward_keys(d, f, at=""):
    """Return {key: shape} of a feed-forward block, d numbers wide and f in the middle.

    The keys begin with `at`, which ends with a dot or is empty.
    """
    shapes = {"0.weight": (f, d), "0.bias": (f,), "2.weight": (d, f), "2.bias": (d,)}
    return norm_keys(f"{at}norm", d) | {f"{at}feed_forward.{name}": shape for name, shape in shapes.items()}


def encoder_block_keys(d, f, at=""):
    """Return {key: shape} of an encoder block; d, f and at are those of `feed_forward_keys`."""
    return norm_keys(f"{at}norm", d) | attention_keys(f"{at}self_attention", d) | feed_forward_keys(
        d, f, f"{at}feed_forward.")


def decoder_block_keys(d, f, at=""):
    """Return {key: shape} of a decoder block; d, f and at are those of `feed_forward_keys`."""
    keys = attention_keys(f"{at}self_attention", d) | attention_keys(f"{at}cross_attention", d)
    for name in ("self_norm", "cross_norm_source", "cross_norm_target"):
        keys |= norm_keys(f"{at}{name}", d)
    return keys | feed_forward_keys(d, f, f"{at}feed_forward.")


def transformer_keys(V, d, f, n_layers):
    """Return {key: shape} of a whole Transformer of V words, with n_layers blocks in the encoder and in the decoder.

    d and f are those of `feed_forward_keys`.
    """
    keys = {f"{place}.embedding.weight": (V, d) for place in (
        "encoder.embedding_layer", "decoder.embedding_layer", "decoder.output_layer")}
    for i in range(n_layers):
        keys |= encoder_block_keys(d, f, f"encoder.encoder{i}.") | decoder_block_keys(d, f, f"decoder.decoder{i}.")
    return keys
