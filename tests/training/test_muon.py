"""Muon against the singular value decomposition and PyTorch's SGD; memory that is kept."""

import platform

import pytest
import torch

from cs182lib.training.memory import keep_freed_memory
from cs182lib.training.muon import Muon, orthogonalized


@pytest.mark.parametrize("shape", [(5, 9), (9, 5), (6, 6), (1, 4)])
def test_orthogonalized_keeps_the_directions_and_evens_out_the_lengths(shape):
    G = torch.randn(shape, generator=torch.Generator().manual_seed(3)) * 50
    U, _, Vh = torch.linalg.svd(G, full_matrices=False)
    X = orthogonalized(G, steps=6)
    assert X.shape == G.shape and X.dtype == torch.float32
    inner = U.T @ X @ Vh.T  # (r, r); the singular values of X, if its directions are those of G
    torch.testing.assert_close(inner, inner.diag().diag(), atol=0.06, rtol=0)
    assert inner.diag().min() > 0.6 and inner.diag().max() < 1.3


def test_orthogonalized_refuses_a_filter():
    with pytest.raises(ValueError, match="G must be a matrix"):
        orthogonalized(torch.zeros(2, 3, 3, 3))


def test_plain_groups_are_nesterov_sgd():
    mine, theirs = (torch.nn.Parameter(torch.linspace(-1, 2, 6).reshape(2, 3)) for _ in range(2))
    kw = dict(lr=0.1, momentum=0.8, weight_decay=0.05)
    optimizers = [(mine, Muon([mine], **kw)), (theirs, torch.optim.SGD([theirs], nesterov=True, **kw))]
    for _ in range(4):
        for w, optimizer in optimizers:
            optimizer.zero_grad()
            (w**3).sum().backward()
            optimizer.step()
    torch.testing.assert_close(mine, theirs)


def test_orthogonal_step_has_a_fixed_size_whatever_the_gradient():
    for scale in (1e-6, 1.0, 1e6):
        w = torch.nn.Parameter(torch.randn(8, 3, 2, 2, generator=torch.Generator().manual_seed(1)))
        start = w.detach() * 8**0.5 / w.detach().norm()
        w.grad = scale * torch.randn(8, 3, 2, 2, generator=torch.Generator().manual_seed(2))
        Muon([w], lr=0.1, momentum=0.6, orthogonal=True).step()
        step = (start - w.detach()).flatten(1) / 0.1
        assert 0.5 * 8**0.5 < step.norm() < 1.3 * 8**0.5  # eight singular values near 1


def test_a_parameter_without_gradient_stays():
    w = torch.nn.Parameter(torch.ones(2, 2))
    Muon([w], orthogonal=True).step()
    assert torch.equal(w.detach(), torch.ones(2, 2))


@pytest.mark.parametrize("change", [{"lr": 0.0}, {"momentum": 1.0}, {"weight_decay": -1.0}])
def test_muon_names_bad_arguments(change):
    with pytest.raises(ValueError, match=f"{next(iter(change))} must"):
        Muon([torch.nn.Parameter(torch.ones(2))], **change)


def test_freed_memory_is_kept_where_the_c_library_can():
    assert keep_freed_memory() is (platform.libc_ver()[0] == "glibc")
