"""Random layers, the two measures of likeness, and the sanity check on maps whose fate is known."""

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from small_nets import ConvNet, Linear, tensor

from cs182lib.checks.inputs import scattered
from cs182lib.vision.randomization import (
    randomized_models,
    rank_correlation,
    sanity_check,
    similarity,
)
from cs182lib.vision.squeezenet import SqueezeNet
from cs182lib.vision.visualization import compute_saliency_maps

A, B = scattered((12, 15)), np.random.default_rng(0).uniform(-1, 1, (12, 15))


def test_modules_become_random_from_the_scores_down():
    net = SqueezeNet("1_1", 10, stride=1)
    before = {name: p.clone() for name, p in net.named_parameters()}
    changed, names = set(), []
    for name, random in randomized_models(net):
        names.append(name)
        now = {n for n, p in random.named_parameters() if n.endswith("weight") and not torch.equal(p, before[n])}
        assert now - changed == {n for n in before if n.startswith(name + ".") and n.endswith("weight")}
        changed = now
    assert names == ["classifier.1", *(f"features.{i}" for i in (12, 11, 10, 9, 7, 6, 4, 3, 0))]
    for n, p in random.named_parameters():
        std = (2 / p[0].numel()) ** 0.5 if n.endswith("weight") else 0
        assert p.std(correction=0).item() == pytest.approx(std, rel=0.15)
    assert all(torch.equal(p, before[n]) for n, p in net.named_parameters())


def test_randomness_comes_from_the_seed():
    def last(seed):
        *_, (_, net) = randomized_models(ConvNet(), seed)
        return net.features[0].weight

    assert torch.equal(last(1), last(1)) and not torch.equal(last(1), last(2))


def test_rank_correlation_is_spearmans():
    assert rank_correlation(A, B) == pytest.approx(spearmanr(A.ravel(), B.ravel()).statistic, abs=1e-12)
    ties = np.maximum(A, 0.2), np.round(B, 1)
    assert rank_correlation(*ties) == pytest.approx(spearmanr(*(t.ravel() for t in ties)).statistic, abs=1e-12)


def test_rank_correlation_sees_order_only():
    assert rank_correlation(A, np.exp(3 * A)) == pytest.approx(1)
    assert rank_correlation(A, -A) == pytest.approx(-1)
    assert abs(rank_correlation(A, B)) < 0.2
    assert rank_correlation(A, np.zeros_like(A)) == 0


def test_similarity():
    assert similarity(A, 5 * A + 2) == pytest.approx(1)
    assert abs(similarity(A, B)) < 0.2
    assert similarity(A, A + 0.1 * B) > 0.9


def test_an_edge_detector_fails_and_a_gradient_passes():
    X, y = tensor((2, 3, 9, 10)), torch.tensor([1, 4])
    rows = sanity_check(X, y, Linear(7, 3, 9, 10), {"gradient": compute_saliency_maps,
                                                   "edges": lambda X, y, model: X.abs().amax(dim=1)})
    assert [row["layer"] for row in rows["edges"]] == ["trained", "b", "W"]
    assert [row["rank"] for row in rows["edges"]] == pytest.approx([1, 1, 1])
    assert [row["ssim"] for row in rows["edges"]] == pytest.approx([1, 1, 1])
    trained, bias, weight = rows["gradient"]
    assert trained["rank"] == pytest.approx(1) and bias["rank"] == pytest.approx(1)  # the bias is in no gradient
    assert abs(weight["rank"]) < 0.3 and weight["ssim"] < 0.3 and weight["maps"].shape == (2, 9, 10)


@pytest.mark.parametrize("call, error, words", [
    (lambda: rank_correlation(A, B[1:]), ValueError, "map b"),
    (lambda: similarity(A[0], B[0]), ValueError, "2 axes"),
    (lambda: list(randomized_models(torch.nn.ReLU())), ValueError, "parameters"),
    (lambda: list(randomized_models(ConvNet(), -1)), ValueError, "seed"),
    (lambda: sanity_check(None, None, ConvNet(), {}), ValueError, "methods"),
])
def test_bad_input(call, error, words):
    with pytest.raises(error, match=words):
        call()
