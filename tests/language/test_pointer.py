"""The mixture of writing and copying against sums word by word; its logarithm, its gradient, its extremes."""

import pytest
import torch

from cs182lib.language.pointer import Pointer, pointer_log_probs, pointer_mixture

B, T, S, V, N = 2, 3, 7, 5, 8  # rows, target words, source words, vocabulary, extended vocabulary
SOURCE = torch.tensor([[3, 5, 4, 3, 7, 5, 2], [6, 4, 4, 4, 1, 2, 2]])
TARGET = torch.tensor([[3, 7, 2], [4, 6, 0]])  # repeated, outside the vocabulary, not in the source


def draws(seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype)
            for shape in ((B, T, V), (B, T, S), (B, T, 1))]


def by_hand(p_vocab, attention, gate):
    p = torch.zeros(B, T, N, dtype=torch.float64)
    for b in range(B):
        for t in range(T):
            g = gate[b, t, 0]
            p[b, t, :V] += g * p_vocab[b, t]
            for s in range(S):
                p[b, t, SOURCE[b, s]] += (1 - g) * attention[b, t, s]
    return p


def test_mixture_by_hand():
    logits, scores, gate = draws()
    p_vocab, attention, gate = logits.softmax(-1), scores.softmax(-1), gate.sigmoid()
    p = pointer_mixture(p_vocab, attention, gate, SOURCE, N)
    assert torch.allclose(p, by_hand(p_vocab, attention, gate), rtol=1e-12)
    assert torch.allclose(p.sum(-1), torch.ones(B, T, dtype=torch.float64))


@pytest.mark.parametrize("dtype, rtol", [(torch.float64, 1e-12), (torch.float32, 1e-5)])
def test_log_probs_are_those_of_the_mixture(dtype, rtol):
    logits, scores, gate = draws(dtype=dtype)
    log_p = pointer_log_probs(logits, scores.softmax(-1), gate, SOURCE, TARGET)
    p = pointer_mixture(logits.softmax(-1), scores.softmax(-1), gate.sigmoid(), SOURCE, N)
    assert log_p.dtype == dtype
    assert torch.allclose(log_p, p.gather(2, TARGET[..., None]).squeeze(-1).log(), rtol=rtol)


def test_gradients():
    logits, scores, gate = (x.requires_grad_() for x in draws(1))
    assert torch.autograd.gradcheck(
        lambda logits, scores, gate: pointer_log_probs(logits, scores.softmax(-1), gate, SOURCE, TARGET),
        (logits, scores, gate))


def test_extremes_stay_finite_and_have_gradients():
    logits, scores, _ = draws(2, torch.float32)
    logits = (1000 * logits).requires_grad_()
    for sure in (-500.0, 500.0):
        gate = torch.full((B, T, 1), sure, requires_grad=True)
        log_p = pointer_log_probs(logits, (100 * scores).softmax(-1), gate, SOURCE, TARGET)
        log_p.sum().backward()
        assert log_p.isfinite().all() and gate.grad.isfinite().all() and logits.grad.isfinite().all()


def test_bfloat16_is_widened():
    logits, scores, gate = (x.bfloat16() for x in draws(3))
    assert pointer_log_probs(logits, scores.softmax(-1), gate, SOURCE, TARGET).dtype == torch.float32


def test_pointer_sees_the_source_only():
    torch.manual_seed(0)
    pointer, d = Pointer(6), 6
    hidden, encoded = torch.randn(B, T, d), torch.randn(B, S, d)
    mask = torch.arange(S) < torch.tensor([[4], [7]])
    attention, gate = pointer(hidden, *pointer.remember(encoded), mask)
    assert gate.shape == (B, T, 1) and attention.shape == (B, T, S)
    assert (attention[0, :, 4:] == 0).all() and torch.allclose(attention.sum(-1), torch.ones(B, T))
    changed = encoded.clone()
    changed[0, 4:] += 9  # what is masked does not matter
    _, again = pointer(hidden, *pointer.remember(changed), mask)
    assert torch.allclose(gate, again)
    assert pointer(hidden, *pointer.remember(encoded))[0].shape == (B, T, S)
