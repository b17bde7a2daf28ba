"""Attention against PyTorch's, against sums written out, and the fast path against the readable one."""

import math
import warnings

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from cs182lib.language.attention import (
    ApplyAttentionMask,
    AttentionQKV,
    MultiHeadAttention,
    MultiHeadProjection,
    WeightNormLinear,
    fast_attention,
)

B, HEADS, NQ, NKV, DK, DV = 3, 2, 4, 5, 6, 7


def draw(*shape, dtype=torch.float64, seed=0):
    generator = torch.Generator().manual_seed(seed + sum(shape))
    return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)


def qkv(heads=(HEADS,), dtype=torch.float64):
    return (draw(B, *heads, NQ, DK, dtype=dtype), draw(B, *heads, NKV, DK, dtype=dtype, seed=1),
            draw(B, *heads, NKV, DV, dtype=dtype, seed=2))


def some_mask():
    """(B, NQ, NKV): row 0 of the batch sees two keys, one query of row 1 sees nothing, row 2 sees all."""
    mask = torch.ones(B, NQ, NKV, dtype=torch.bool)
    mask[0, :, 2:] = False
    mask[1, 3] = False
    return mask


@pytest.mark.parametrize("heads", [(), (HEADS,)])
def test_every_number_is_its_sum(heads):
    q, k, v = qkv(heads)
    output, weights = AttentionQKV()(q, k, v, some_mask())
    assert output.shape == (B, *heads, NQ, DV) and weights.shape == (B, *heads, NQ, NKV)
    for b, i in ((0, 1), (1, 2), (2, 3)):
        at = (b, *[h - 1 for h in heads])
        seen = [j for j in range(NKV) if some_mask()[b, i, j]]
        e = [math.exp(sum(q[at][i, c] * k[at][j, c] for c in range(DK)) / math.sqrt(DK)) for j in seen]
        for j, part in zip(seen, e):
            assert weights[at][i, j].item() == pytest.approx(part / sum(e))
        for c in range(DV):
            assert output[at][i, c].item() == pytest.approx(
                sum(part * v[at][j, c].item() for j, part in zip(seen, e)) / sum(e))


def test_attention_equals_torch():
    q, k, v = qkv()
    mask = some_mask()[:, None]
    mask[1, 0, 3, 0] = True  # PyTorch has no rule for a query that sees nothing
    torch.testing.assert_close(AttentionQKV()(q, k, v, mask)[0], F.scaled_dot_product_attention(q, k, v, mask))
    torch.testing.assert_close(AttentionQKV()(q, k, v)[0], F.scaled_dot_product_attention(q, k, v))


def test_gradients_are_the_numeric_ones_even_where_a_query_sees_nothing():
    inputs = [x[:2, :, :3, :3].clone().requires_grad_() for x in qkv()]
    mask = torch.tensor([[[True, False, True]] * 3, [[False] * 3, [True] * 3, [False, False, True]]])
    assert torch.autograd.gradcheck(lambda *x: AttentionQKV()(*x, mask), inputs)
    assert torch.autograd.gradcheck(lambda *x: fast_attention(*x, mask), inputs)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_a_query_that_sees_nothing_gets_the_plain_average(dtype):
    q, k, v = qkv(dtype=dtype)
    for output in (AttentionQKV()(q, k, v, some_mask())[0], fast_attention(q, k, v, some_mask())):
        torch.testing.assert_close(output[1, :, 3], v[1].mean(dim=-2), rtol=2e-2 if dtype == torch.bfloat16 else 1e-5,
                                   atol=1e-2 if dtype == torch.bfloat16 else 1e-6)


def test_masked_keys_get_no_weight_at_all_and_no_overflow():
    q, k, v = (100 * x.float() for x in qkv())
    output, weights = AttentionQKV()(q, k, v, some_mask())
    assert (weights[0, :, :, 2:] == 0).all() and torch.isfinite(output).all()
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(B, HEADS, NQ))


def test_masks_with_and_without_heads_and_of_numbers():
    similarity, mask = draw(B, HEADS, NQ, NKV), some_mask()
    expected = torch.where(mask[:, None], similarity, -1e9)
    for form in (mask, mask[:, None], mask.long(), mask.float(), mask[:, None].expand(-1, HEADS, -1, -1)):
        assert torch.equal(ApplyAttentionMask()(similarity, form), expected)
    assert ApplyAttentionMask()(similarity) is similarity
    assert torch.isfinite(ApplyAttentionMask()(similarity.half(), mask)).all()


TOLERANCE = {torch.float64: {"rtol": 1e-9, "atol": 1e-11}, torch.float32: {"rtol": 1e-4, "atol": 1e-5},
             torch.bfloat16: {"rtol": 5e-2, "atol": 5e-2}}
MASKS = {"none": None, "some": some_mask(), "one row for all": some_mask()[:, :1].expand(-1, NQ, -1),
         "with heads": some_mask()[:, None].expand(-1, HEADS, -1, -1),
         "all": torch.zeros(B, NQ, NKV, dtype=torch.bool)}


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("heads", [(), (HEADS,)])
def test_fast_equals_readable_in_outputs_and_gradients(dtype, mask, heads):
    if not heads and mask == "with heads":
        return
    found = []
    for function in (lambda *x: AttentionQKV()(*x)[0], fast_attention):
        inputs = [x.requires_grad_() for x in qkv(heads, dtype)]
        output = function(*inputs, MASKS[mask])
        output.backward(draw(*output.shape, dtype=dtype, seed=5))
        found.append([output, *(x.grad for x in inputs)])
        assert output.dtype == dtype
    for name, readable, fast in zip(("output", "queries", "keys", "values"), *found):
        torch.testing.assert_close(fast, readable, **TOLERANCE[dtype], msg=lambda text, name=name: f"{name}: {text}")


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 3), st.integers(1, 4), st.integers(1, 9), st.integers(1, 70), st.integers(1, 5), st.data())
def test_fast_equals_readable_for_any_lengths_and_mask(rows, heads, nq, nkv, dk, data):
    seed = data.draw(st.integers(0, 1000))
    q, k, v = (draw(rows, heads, n, dk, seed=seed + i) for i, n in enumerate((nq, nkv, nkv)))
    mask = draw(rows, nq, nkv, seed=seed + 9) > data.draw(st.floats(-1, 2))
    torch.testing.assert_close(fast_attention(q, k, v, mask), AttentionQKV()(q, k, v, mask)[0])


def test_heads_are_consecutive_parts_of_each_vector():
    projection, x = MultiHeadProjection(3, [12]), torch.arange(2 * 5 * 12.0).reshape(2, 5, 12)
    split = projection._split_heads(x)
    assert split.shape == (2, 3, 5, 4)
    for head in range(3):
        assert torch.equal(split[:, head], x[:, :, 4 * head:4 * head + 4])
    assert torch.equal(projection._combine_heads(split), x)


@pytest.mark.parametrize("attention", ["readable", "fast"])
def test_projection_is_attention_of_each_part(attention):
    q, k, v = draw(B, NQ, 12), draw(B, NKV, 12), draw(B, NKV, 12, seed=3)
    output = MultiHeadProjection(3, [12, 12], attention)((q, k, v), some_mask())
    parts = [AttentionQKV()(*(x[..., 4 * h:4 * h + 4] for x in (q, k, v)), some_mask())[0] for h in range(3)]
    torch.testing.assert_close(output, torch.cat(parts, dim=-1))


def as_torch(ours, d):
    """Return nn.MultiheadAttention with the weights of `ours`."""
    theirs = nn.MultiheadAttention(d, ours.n_heads, bias=False, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([ours.query_layer.weight, ours.key_layer.weight,
                                               ours.value_layer.weight]))
        theirs.out_proj.weight.copy_(ours.output_layer.weight)
    return theirs


@pytest.mark.parametrize("attention", ["readable", "fast"])
def test_multi_head_attention_equals_torch(attention):
    ours = MultiHeadAttention(3, [12, 12], attention).double()
    x, memory, mask = draw(B, NQ, 12), draw(B, NKV, 12), some_mask()
    mask[1, 3, 0] = True
    expected, weights = as_torch(ours, 12)(x, memory, memory, attn_mask=~mask.repeat_interleave(3, dim=0),
                                           average_attn_weights=False)
    output, seen = ours((x, memory), mask, return_weights=True)
    torch.testing.assert_close(output, expected)
    torch.testing.assert_close(seen, weights)
    torch.testing.assert_close(ours((x, memory), mask), expected)


def test_weight_norm_is_torchs():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecated there, but its state dict is the course's
        theirs = nn.utils.weight_norm(nn.Linear(6, 4, bias=False).double())
    ours = WeightNormLinear(6, 4).double()
    with torch.no_grad():
        theirs.weight_g.mul_(1.7)
    ours.load_state_dict(theirs.state_dict())
    x = draw(5, 6)
    torch.testing.assert_close(ours(x), theirs(x))
    ours(x).square().sum().backward()
    theirs(x).square().sum().backward()
    torch.testing.assert_close(ours.weight_v.grad, theirs.weight_v.grad)
    torch.testing.assert_close(ours.weight_g.grad, theirs.weight_g.grad)


def test_weight_norm_starts_by_xaviers_rule():
    torch.manual_seed(0)
    layer = WeightNormLinear(300, 200)
    torch.testing.assert_close(layer.weight, layer.weight_v)
    bound = math.sqrt(6 / 500)
    assert layer.weight.abs().max() <= bound * (1 + 1e-6) and layer.weight.std().item() == pytest.approx(
        bound / math.sqrt(3), rel=0.02)


def test_state_dict_names_are_the_courses():
    shapes = {name: tuple(value.shape) for name, value in MultiHeadAttention(2, [6, 6]).state_dict().items()}
    assert shapes == {f"{name}_layer.weight_{part}": (6, 1) if part == "g" else (6, 6)
                      for name in ("query", "key", "value", "output") for part in "gv"}


def test_bad_input_is_named():
    q, k, v = qkv()
    with pytest.raises(ValueError, match="vectors of one length, got 5 and 6"):
        AttentionQKV()(q[..., :5], k, v)
    with pytest.raises(ValueError, match="every key needs a value"):
        fast_attention(q, k, v[:, :, :3])
    with pytest.raises(ValueError, match=r"mask must have the shape \(B, 4, 5\)"):
        AttentionQKV()(q, k, v, torch.ones(B, NKV, NQ))
    with pytest.raises(ValueError, match="three axes, or four with heads"):
        AttentionQKV()(q[0, 0], k[0, 0], v[0, 0])
    with pytest.raises(ValueError, match="n_heads must divide"):
        MultiHeadProjection(4, [6])
    with pytest.raises(ValueError, match="attention must be one of 'readable', 'fast'"):
        MultiHeadProjection(2, [6], "quick")
    with pytest.raises(ValueError, match="must have one length"):
        MultiHeadAttention(2, [6, 8])
    with pytest.raises(ValueError, match="inputs must be"):
        MultiHeadAttention(2, [6, 6])((draw(1, 2, 6),))
