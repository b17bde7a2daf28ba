"""The Transformer against PyTorch's layers with the same weights, against closed forms, and by what it must not see."""

import copy
import math

import pytest
import torch
from torch import nn

from cs182lib.language.transformer import Transformer, TransformerDecoder
from cs182lib.language.transformer_blocks import (
    TransformerDecoderBlock,
    TransformerEncoderBlock,
    TransformerFeedForward,
)
from cs182lib.language.transformer_embeddings import (
    EmbeddingTranspose,
    LearnedPositionEmbedding,
    PositionEmbedding,
    TransformerInputEmbedding,
)

B, S, T, D, FILTER, HEADS, V = 3, 7, 5, 8, 12, 2, 11
SOURCE = torch.tensor([[4, 9, 1, 7, 3, 3, 2], [5, 2, 8, 0, 0, 0, 0], [6, 1, 0, 0, 0, 0, 0]])
TARGET = torch.tensor([[1, 2, 3, 4, 5], [9, 8, 7, 0, 0], [10, 6, 5, 2, 0]])
SWITCHES = [dict(), dict(attention="fast"), dict(norm="post", positions="learned"),
            dict(norm="post", tied=False, attention="fast")]


def draw(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)), dtype=torch.float64)


def model(seed=0, **switches):
    torch.manual_seed(seed)
    net = Transformer(V, 3, HEADS, D, FILTER, **switches).double().eval()
    return net


def stir(module):
    """Move every parameter, so that no norm is the identity and no bias zero."""
    with torch.no_grad():
        for i, parameter in enumerate(module.parameters()):
            parameter.add_(0.1 * torch.sin(torch.arange(parameter.numel()) + i).view_as(parameter))
    return module


# ---------------------------------------------------------------- state dicts of the course

def attention_keys(prefix, d):
    return {f"{prefix}.{name}_layer.weight_{part}": (d, 1) if part == "g" else (d, d)
            for name in ("query", "key", "value", "output") for part in "gv"}


def norm_keys(prefix, d):
    return {f"{prefix}.weight": (d,), f"{prefix}.bias": (d,)}


def feed_forward_keys(prefix, d, f):
    return {**norm_keys(f"{prefix}.norm", d), f"{prefix}.feed_forward.0.weight": (f, d),
            f"{prefix}.feed_forward.0.bias": (f,), f"{prefix}.feed_forward.2.weight": (d, f),
            f"{prefix}.feed_forward.2.bias": (d,)}


def encoder_keys(prefix, d, f):
    return {**norm_keys(f"{prefix}norm", d), **attention_keys(f"{prefix}self_attention", d),
            **feed_forward_keys(f"{prefix}feed_forward", d, f)}


def decoder_keys(prefix, d, f):
    norms = (norm_keys(f"{prefix}{name}", d) for name in ("self_norm", "cross_norm_source", "cross_norm_target"))
    return {**attention_keys(f"{prefix}self_attention", d), **attention_keys(f"{prefix}cross_attention", d),
            **feed_forward_keys(f"{prefix}feed_forward", d, f), **{k: v for keys in norms for k, v in keys.items()}}


def transformer_keys():
    """The names and shapes in the course's checkpoint of three layers, 8 channels, 16 in the middle, 11 words."""
    keys = {f"{place}.embedding.weight": (11, 8) for place in (
        "encoder.embedding_layer", "decoder.embedding_layer", "decoder.output_layer")}
    for i in range(3):
        keys |= encoder_keys(f"encoder.encoder{i}.", 8, 16) | decoder_keys(f"decoder.decoder{i}.", 8, 16)
    return keys


@pytest.mark.parametrize("module, keys", [
    (TransformerEncoderBlock(6, 3, 12, 6), encoder_keys("", 6, 12)),
    (TransformerDecoderBlock(6, 3, 12, 6), decoder_keys("", 6, 12)),
    (Transformer(11, 3, 2, 8, 16), transformer_keys())])
def test_checkpoints_of_the_course_load(module, keys, tmp_path):
    assert {name: tuple(value.shape) for name, value in module.state_dict().items()} == keys
    made = {name: 0.5 + torch.rand(shape) for name, shape in keys.items()}
    if "encoder.embedding_layer.embedding.weight" in made:
        shared = made["encoder.embedding_layer.embedding.weight"]
        made |= {name: shared for name in made if name.endswith("embedding.weight")}
    torch.save(made, tmp_path / "checkpoint.pt")
    module.load_state_dict(torch.load(tmp_path / "checkpoint.pt", weights_only=True))
    for name, value in module.state_dict().items():
        assert torch.equal(value, made[name])


def test_the_three_embeddings_are_one():
    net = model()
    assert (net.encoder.embedding_layer.embedding is net.decoder.embedding_layer.embedding
            is net.decoder.output_layer.embedding)
    assert net.encoder.encoding_stack == [net.encoder.encoder0, net.encoder.encoder1, net.encoder.encoder2]
    assert net.decoder.decoding_stack[2] is net.decoder.decoder2
    twin = copy.deepcopy(net)
    assert twin.decoder.output_layer.embedding.weight is twin.encoder.embedding_layer.embedding.weight
    assert torch.equal(twin(SOURCE, TARGET), net(SOURCE, TARGET))


# ---------------------------------------------------------------- against PyTorch

def copy_norm(theirs, ours):
    theirs.load_state_dict(ours.state_dict())


def copy_attention(theirs, ours):
    """Copy weights into nn.MultiheadAttention; its biases become zero, ours has none."""
    names = ("query_layer", "key_layer", "value_layer")
    theirs.in_proj_weight.copy_(torch.cat([getattr(ours, name).weight for name in names]))
    theirs.out_proj.weight.copy_(ours.output_layer.weight)
    theirs.in_proj_bias.zero_()
    theirs.out_proj.bias.zero_()


def copy_feed_forward(theirs, ours):
    theirs.linear1.load_state_dict(ours.feed_forward[0].state_dict())
    theirs.linear2.load_state_dict(ours.feed_forward[2].state_dict())


SIZES = dict(dim_feedforward=FILTER, dropout=0.0, batch_first=True, dtype=torch.float64)


@torch.no_grad()
def torch_encoder_layer(ours):
    theirs = nn.TransformerEncoderLayer(D, HEADS, norm_first=ours.pre, **SIZES).train()
    copy_norm(theirs.norm1, ours.norm)
    copy_norm(theirs.norm2, ours.feed_forward.norm)
    copy_attention(theirs.self_attn, ours.self_attention)
    copy_feed_forward(theirs, ours.feed_forward)
    return theirs


@torch.no_grad()
def torch_decoder_layer(ours):
    theirs = nn.TransformerDecoderLayer(D, HEADS, norm_first=ours.pre, **SIZES).train()
    for norm, name in ((theirs.norm1, "self_norm"), (theirs.norm2, "cross_norm_target")):
        copy_norm(norm, getattr(ours, name))
    copy_norm(theirs.norm3, ours.feed_forward.norm)
    copy_attention(theirs.self_attn, ours.self_attention)
    copy_attention(theirs.multihead_attn, ours.cross_attention)
    copy_feed_forward(theirs, ours.feed_forward)
    return theirs


@pytest.mark.parametrize("attention", ["readable", "fast"])
@pytest.mark.parametrize("norm", ["pre", "post"])
def test_encoder_block_equals_torch(norm, attention):
    ours = stir(TransformerEncoderBlock(D, HEADS, FILTER, D, norm=norm, attention=attention).double())
    x, real = draw(B, S, D).requires_grad_(), SOURCE != 0
    expected = torch_encoder_layer(ours)(x, src_key_padding_mask=~real)
    got = ours(x, real[:, None].expand(-1, S, -1))
    torch.testing.assert_close(got, expected)
    weights = draw(B, S, D)
    torch.testing.assert_close(*(torch.autograd.grad((y * weights).sum(), x)[0] for y in (got, expected)))


@pytest.mark.parametrize("attention", ["readable", "fast"])
@pytest.mark.parametrize("norm", ["pre", "post"])
def test_decoder_block_equals_torch(norm, attention):
    ours = stir(TransformerDecoderBlock(D, HEADS, FILTER, D, norm=norm, attention=attention).double())
    x, memory, real = draw(B, T, D).requires_grad_(), draw(B, S, D).requires_grad_(), SOURCE != 0
    past = torch.ones(T, T, dtype=torch.bool).tril()
    expected = torch_decoder_layer(ours)(x, ours.cross_norm_source(memory), tgt_mask=~past,
                                         memory_key_padding_mask=~real)
    got = ours(x, memory, past.expand(B, -1, -1), real[:, None].expand(-1, T, -1))
    torch.testing.assert_close(got, expected)
    again, seen = ours(x, memory, past.expand(B, -1, -1), real[:, None].expand(-1, T, -1), return_weights=True)
    torch.testing.assert_close(again, got)
    assert (seen[1, :, :, 3:] == 0).all() and seen.shape == (B, HEADS, T, S)
    weights = draw(B, T, D)
    for ours_grad, theirs in zip(*(torch.autograd.grad((y * weights).sum(), (x, memory)) for y in (got, expected))):
        torch.testing.assert_close(ours_grad, theirs)


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_whole_model_equals_torchs_layers_in_turn(norm):
    net = stir(model(norm=norm))
    position = net.encoder.embedding_layer
    x, real = position(SOURCE), SOURCE != 0
    for block in net.encoder.blocks:
        x = torch_encoder_layer(block)(x, src_key_padding_mask=~real)
    shifted = torch.tensor([[0, 1, 2, 3, 4], [0, 9, 8, 7, 0], [0, 10, 6, 5, 2]])
    y, future = position(shifted), torch.ones(T, T, dtype=torch.bool).triu(1)
    for block in net.decoder.blocks:
        y = torch_decoder_layer(block)(y, block.cross_norm_source(x), tgt_mask=future, memory_key_padding_mask=~real)
    torch.testing.assert_close(net(SOURCE, TARGET, real, None), y @ position.embedding.weight.T)


# ---------------------------------------------------------------- positions and embeddings

def test_positions_are_the_closed_form():
    code = PositionEmbedding(6)(torch.zeros(2, 4, 6, dtype=torch.float64), start=3)
    for t in range(4):
        for i in range(3):
            angle = (t + 3) / 10000 ** (2 * i / 6)
            assert code[1, t, 2 * i].item() == pytest.approx(math.sin(angle))
            assert code[1, t, 2 * i + 1].item() == pytest.approx(math.cos(angle))
    first = PositionEmbedding(6)(torch.ones(1, 1, 6))[0, 0]
    assert first[:2].tolist() == pytest.approx([1 + math.sin(1), 1 + math.cos(1)])


def test_a_step_rotates_every_pair_by_the_same_angle_anywhere():
    code = PositionEmbedding(8)(torch.zeros(1, 50, 8, dtype=torch.float64))[0]
    dots = (code[:-3] * code[3:]).sum(dim=1)  # Σ cos(3 / divisor), whatever the position
    torch.testing.assert_close(dots, dots[:1].expand(47))


def test_learned_positions():
    embedding = LearnedPositionEmbedding(6, max_length=9)
    x = torch.randn(2, 4, 6)
    torch.testing.assert_close(embedding(x, start=3) - x, embedding.weight[2:6].expand(2, -1, -1))
    with pytest.raises(ValueError, match="the positions 7 to 10; make the model with a larger max_length"):
        embedding(x, start=7)


def test_input_embedding_adds_positions_after_dropout_without_scaling():
    embedding = TransformerInputEmbedding(6, 11, dropout=0.999999)
    assert set(dict(embedding.named_children())) == {"embedding", "position_encoding", "dropout"}
    code = PositionEmbedding(6)(torch.zeros(3, S, 6))
    torch.testing.assert_close(embedding.train()(SOURCE), code)  # everything is dropped but the positions
    torch.testing.assert_close(embedding.eval()(SOURCE), embedding.embedding.weight[SOURCE] + code)


def test_input_embedding_normalizes_over_the_batch():
    embedding = TransformerInputEmbedding(6, 11, batch_norm=True)
    x = embedding(SOURCE) - PositionEmbedding(6)(torch.zeros(1, S, 6))
    torch.testing.assert_close(x.mean(dim=(0, 1)), torch.zeros(6), atol=1e-5, rtol=0)
    torch.testing.assert_close(x.var(dim=(0, 1), unbiased=False), torch.ones(6), atol=1e-3, rtol=0)


@pytest.mark.parametrize("detach", [True, False])
def test_tied_output(detach):
    embedding = nn.Embedding(V, D)
    h = torch.randn(2, 3, D, requires_grad=True)
    logits = EmbeddingTranspose(embedding, detach)(h)
    torch.testing.assert_close(logits, h @ embedding.weight.T)
    logits.square().sum().backward()
    assert (embedding.weight.grad is None) == detach and h.grad is not None


def test_where_gradients_of_the_embedding_come_from():
    for switches, unseen in (({}, True), ({"detach_output": False}, False), ({"tied": False}, True)):
        net = model(**switches)
        net(SOURCE[:, :2], TARGET[:, :2]).square().sum().backward()
        gradient = net.encoder.embedding_layer.embedding.weight.grad
        read = set(SOURCE[:, :2].flatten().tolist() + TARGET[:, :1].flatten().tolist() + [0])
        others = [word for word in range(V) if word not in read]
        assert others and (gradient[others].abs().sum() == 0) == unseen


def test_initializer_and_vectors_instead_of_tokens():
    net = Transformer(V, 1, HEADS, D, FILTER, embedding_initializer=lambda weight: nn.init.constant_(weight, 0.25))
    assert (net.encoder.embedding_layer.embedding.weight == 0.25).all()
    net = Transformer(None, 1, HEADS, D, FILTER)
    assert net(torch.randn(B, S, D), torch.randn(B, T, D), torch.tensor([7, 3, 2])).shape == (B, T, D)
    assert not any("embedding" in name for name in net.state_dict())


# ---------------------------------------------------------------- what may be seen

@pytest.mark.parametrize("switches", SWITCHES)
def test_changing_a_future_token_changes_nothing_before(switches):
    net = model(**switches)
    before = net(SOURCE, TARGET)
    for t in range(T):
        other = TARGET.clone()
        other[:, t] = (other[:, t] + 3) % V
        change = (net(SOURCE, other) - before).abs().sum(dim=(0, 2))  # (B, T, V) -> (T,)
        assert (change[:t + 1] < 1e-9).all(), f"token {t} is seen too early"
        assert (change[t + 1:] > 1e-6).all(), f"token {t} is not seen after"


def test_without_the_shift_the_answer_is_seen_and_without_mask_all():
    net = model()
    other = TARGET.clone()
    other[:, 2] = (other[:, 2] + 3) % V

    def change(**kw):
        return (net(SOURCE, other, **kw) - net(SOURCE, TARGET, **kw)).abs().sum(dim=(0, 2)) > 1e-6

    assert change(shift_target_sequence_right=False).tolist() == [False, False, True, True, True]
    assert change(mask_future=False).all()


@pytest.mark.parametrize("switches", SWITCHES)
def test_padding_of_the_source_is_not_seen_in_any_form_of_mask(switches):
    net = model(**switches)
    garbage = torch.where(SOURCE == 0, torch.tensor(10), SOURCE)
    lengths = (SOURCE != 0).sum(dim=1)
    expected = net(SOURCE, TARGET, lengths, None)
    for mask in (lengths, SOURCE != 0, SOURCE, (SOURCE != 0)[:, None].repeat(1, S, 1)):
        torch.testing.assert_close(net(garbage, TARGET, mask, None), expected)
    alone = net(SOURCE[2:, :2], TARGET[2:], None, None)
    torch.testing.assert_close(alone[0], expected[2])


def test_padding_of_the_target_changes_nothing_at_real_places():
    net, real = model(), TARGET != 0
    torch.testing.assert_close(net(SOURCE, TARGET, SOURCE, TARGET)[real], net(SOURCE, TARGET, SOURCE, None)[real])


def test_cross_mask_of_both_sequences():
    decoder, x = model().decoder, torch.zeros(B, S, D)
    source, target = SOURCE != 0, TARGET != 0
    both = decoder.get_cross_attention_mask(x, TARGET, source, target)
    assert torch.equal(both, target[:, :, None] & source[:, None])
    assert torch.equal(decoder.get_cross_attention_mask(x, TARGET, None, target), target[:, :, None].expand(-1, -1, S))
    assert torch.equal(decoder.get_cross_attention_mask(x, TARGET, source, None), source[:, None].expand(-1, T, -1))
    assert decoder.get_cross_attention_mask(x, TARGET, None, None) is None
    causal = torch.ones(S, S, dtype=torch.bool).tril().expand(B, -1, -1)  # every source place is seen by a later one
    assert decoder.get_cross_attention_mask(x, TARGET, causal, None).all()


def test_self_mask_of_the_decoder():
    decoder = model().decoder
    past = torch.ones(T, T, dtype=torch.bool).tril()
    assert decoder.get_self_attention_mask(TARGET, None, False) is None
    assert torch.equal(decoder.get_self_attention_mask(TARGET, None, True), past.expand(B, -1, -1))
    assert torch.equal(decoder.get_self_attention_mask(TARGET, TARGET, True), past & (TARGET != 0)[:, None])
    assert torch.equal(decoder.get_future_mask(2, T), past.expand(2, -1, -1))


def test_encoder_block_without_positions_does_not_know_the_order():
    block, x = stir(TransformerEncoderBlock(D, HEADS, FILTER, D).double()), draw(B, S, D)
    order = torch.tensor([3, 0, 6, 2, 5, 1, 4])
    torch.testing.assert_close(block(x[:, order]), block(x)[:, order])
    net = model()
    assert not torch.allclose(net.encoder(SOURCE[:1, order]), net.encoder(SOURCE[:1])[:, order])


def test_shift_puts_zero_first():
    shifted = TransformerDecoder.shift_target_sequence_right(None, TARGET)
    assert shifted.tolist() == [[0, 1, 2, 3, 4], [0, 9, 8, 7, 0], [0, 10, 6, 5, 2]]


# ---------------------------------------------------------------- the cache

@pytest.mark.parametrize("switches", SWITCHES)
@pytest.mark.parametrize("mask", [None, SOURCE, torch.tensor([7, 3, 2])])
def test_steps_with_a_cache_equal_the_full_pass(switches, mask):
    net = stir(model(**switches))
    target = torch.randint(0, V, (B, 19), generator=torch.Generator().manual_seed(0))  # longer than the first rooms
    logits, states, weights = net(SOURCE, target, mask, None, return_states=True)
    cache, tokens = net.decoder.init_cache(net.encoder(SOURCE, mask), mask), torch.zeros(B, dtype=torch.long)
    for t in range(target.shape[1]):
        if t % 2:
            got = net.decoder.step(tokens, cache, return_states=True)
            for one, full in zip(got, (logits, states, weights)):
                torch.testing.assert_close(one, full[:, t])
        else:
            torch.testing.assert_close(net.decoder.step(tokens, cache), logits[:, t])
        tokens = target[:, t]


@pytest.mark.parametrize("mask", [None, SOURCE])
def test_selected_rows_go_on_as_their_own(mask):
    net = stir(model())
    logits = net(SOURCE, TARGET, mask, None)
    cache = net.decoder.init_cache(net.encoder(SOURCE, mask), mask)
    rows = torch.tensor([2, 0, 0, 1])  # reorder, repeat
    net.decoder.step(torch.zeros(B, dtype=torch.long), cache)
    net.decoder.step(TARGET[:, 0], cache)
    cache.select(rows)
    torch.testing.assert_close(net.decoder.step(TARGET[rows, 1], cache), logits[rows, 2])
    rows = rows[torch.tensor([3, 0])]  # drop
    cache.select(torch.tensor([3, 0]))
    torch.testing.assert_close(net.decoder.step(TARGET[rows, 2], cache), logits[rows, 3])


def test_weights_of_the_source_are_the_mean_of_the_last_blocks_heads():
    net, kept = stir(model()), []
    net.decoder.decoder2.cross_attention.attention_layer.attention_map.register_forward_hook(
        lambda module, inputs, output: kept.append(output[1]))
    _, states, weights = net(SOURCE, TARGET, SOURCE, None, return_states=True)
    torch.testing.assert_close(weights, kept[0].mean(dim=1))
    torch.testing.assert_close(weights.sum(dim=2), torch.ones(B, T, dtype=torch.float64))
    torch.testing.assert_close(net.decoder.output_layer(states), net(SOURCE, TARGET, SOURCE, None))


# ---------------------------------------------------------------- precision, training, bad input

@pytest.mark.parametrize("attention", ["readable", "fast"])
def test_low_precision_stays_near(attention):
    net = model(attention=attention)
    exact = net(SOURCE, TARGET, SOURCE, TARGET)
    torch.testing.assert_close(net.float()(SOURCE, TARGET, SOURCE, TARGET).double(), exact, rtol=1e-4, atol=1e-4)
    with torch.autocast("cpu", torch.bfloat16):
        near = net(SOURCE, TARGET, SOURCE, TARGET)
    assert torch.isfinite(near).all() and (near.double() - exact).abs().max() < 0.1 * exact.abs().max()
    half = net.to(torch.bfloat16)(SOURCE, TARGET, SOURCE, TARGET)
    assert half.dtype == torch.bfloat16 and torch.isfinite(half).all()


@pytest.mark.parametrize("switches", SWITCHES)
def test_every_parameter_gets_a_gradient(switches):
    net = model(**switches, detach_output=False)
    net(SOURCE, TARGET, SOURCE, TARGET).square().sum().backward()
    unmoved = [name for name, p in net.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert unmoved == []


def test_it_learns_to_copy():
    torch.manual_seed(1)
    net = Transformer(V, 1, 4, 32, 64, embedding_initializer=lambda w: nn.init.normal_(w, std=0.2), attention="fast")
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(250):
        words = torch.randint(1, V, (32, 6))
        loss = nn.functional.cross_entropy(net(words, words).transpose(1, 2), words)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.2 < math.log(V)


def test_dropout_is_off_unless_asked_for_and_only_in_training():
    torch.manual_seed(0)
    net = Transformer(V, 1, HEADS, D, FILTER, dropout=0.5).train()
    assert not torch.equal(net(SOURCE, TARGET), net(SOURCE, TARGET))
    assert torch.equal(net.eval()(SOURCE, TARGET), net(SOURCE, TARGET))
    quiet = Transformer(V, 1, HEADS, D, FILTER).train()
    assert torch.equal(quiet(SOURCE, TARGET), quiet(SOURCE, TARGET))


def test_bad_input_is_named():
    net = model()
    with pytest.raises(TypeError, match="tokens must be whole numbers, got torch.float64; make them with .long"):
        net(SOURCE.double(), TARGET)
    with pytest.raises(ValueError, match=r"tokens must have the shape \(B, T\), got \(7,\)"):
        net(SOURCE[0], TARGET)
    with pytest.raises(ValueError, match="every key needs a value, and every row its own"):
        net(SOURCE[:2], TARGET)
    with pytest.raises(ValueError, match="must be even"):
        PositionEmbedding(5)
    with pytest.raises(ValueError, match=r"inputs must have the shape \(any, any, 6\)"):
        PositionEmbedding(6)(torch.zeros(2, 3, 8))
    with pytest.raises(ValueError, match="norm must be one of 'pre', 'post'"):
        Transformer(V, 1, HEADS, D, FILTER, norm="first")
    with pytest.raises(ValueError, match="positions must be one of"):
        Transformer(V, 1, HEADS, D, FILTER, positions="none")
    with pytest.raises(ValueError, match="summed and must be equal, got 6 and 8"):
        TransformerFeedForward(6, 12, 8)
    with pytest.raises(ValueError, match="n_layers must be at least 1"):
        Transformer(V, 0, HEADS, D, FILTER)
