"""Every check of the distillation losses passes right solutions and fails wrong ones with the likely cause."""

import inspect
import textwrap

import plain_distillation
import pytest
import torch
import torch.nn.functional as F
from breaking import assert_fails, assert_not_written_yet, assert_pass_alike
from torch import nn
from wrong_distillation import WRONG

from cs182lib.checks import CheckFailed, hw3_distillation
from cs182lib.language import distillation


def check(name):
    return getattr(hw3_distillation, f"check_{name}")


def broken(name, old, new):
    """Return the plain class of that name with `old` in its source replaced by `new`."""
    source = textwrap.dedent(inspect.getsource(getattr(plain_distillation, name)))
    assert old in source, f"{name} does not contain {old!r}"
    namespace = dict(vars(plain_distillation))
    exec(source.replace(old, new), namespace)
    return namespace[name]


class ProjectionByHand(nn.Module):
    def __init__(self, teacher_dim, student_dim):
        super().__init__()
        self.fit = nn.Sequential(nn.Linear(student_dim, teacher_dim, bias=False))

    def forward(self, teacher, student):
        return torch.mean((self.fit(student) - teacher.detach()).square(), dim=(0, 1, 2))


class AttentionByNorm(nn.Module):
    def forward(self, teacher_attn, student_attn):
        return torch.linalg.vector_norm(teacher_attn - student_attn) ** 2 / teacher_attn.numel()


class PredictionByCrossEntropy(nn.Module):
    def forward(self, teacher_pred, student_pred, t=1):
        C = student_pred.shape[-1]
        return F.cross_entropy((student_pred / t).reshape(-1, C), F.softmax(teacher_pred / t, -1).reshape(-1, C))


class LossesInLists(nn.Module):
    def __init__(self, teacher_embd_dim, student_embd_dim, teacher_hddn_dim, student_hddn_dim, layer_mapping):
        super().__init__()
        self.embedding_loss = ProjectionByHand(teacher_embd_dim, student_embd_dim)
        self.pairs = list(enumerate(layer_mapping))
        for i, _ in self.pairs:
            self.add_module(f"attention_loss{i}", nn.MSELoss())
            self.add_module(f"hidden_loss{i}", ProjectionByHand(teacher_hddn_dim, student_hddn_dim))
        self.prediction_loss = PredictionByCrossEntropy()

    def forward(self, teacher_out, student_out, penalize_prediction=False):
        losses = [self.embedding_loss(teacher_out["embeddings"], student_out["embeddings"])]
        for key, name in (("attentions", "attention"), ("hidden_states", "hidden")):
            losses += [getattr(self, f"{name}_loss{i}")(teacher_out[key][j], student_out[key][i])
                       for i, j in self.pairs]
        if penalize_prediction:
            losses.append(self.prediction_loss(teacher_out["logits"], student_out["logits"]))
        return torch.stack(losses).sum()


UNUSUAL = [("AttentionLayerLoss", nn.MSELoss), ("AttentionLayerLoss", AttentionByNorm),
           ("HiddenLayerLoss", ProjectionByHand), ("EmbeddingLayerLoss", ProjectionByHand),
           ("PredictionLoss", PredictionByCrossEntropy), ("KnowledgeDistillationLoss", LossesInLists)]


@pytest.mark.parametrize("name", WRONG)
def test_library_and_plain_solution_pass(name, capsys):
    assert_pass_alike(check(name), name, [getattr(distillation, name), getattr(plain_distillation, name)], capsys)
    assert len(WRONG[name]) >= 5


@pytest.mark.parametrize("name, solution", UNUSUAL)
def test_unusual_solution_passes(name, solution):
    check(name)(solution)


@pytest.mark.parametrize("name, old, new, output, cause",
                         [(name, *row) for name, table in WRONG.items() for row in table])
def test_wrong_solution_fails(name, old, new, output, cause):
    assert_fails(check(name), broken(name, old, new), output, cause)


@pytest.mark.parametrize("name", WRONG)
def test_stub_and_exception(name):
    def crash(*arguments):
        raise KeyError("layer")

    assert_not_written_yet(check(name), "language/distillation.py")
    with pytest.raises(CheckFailed, match="raised KeyError"):
        check(name)(crash)
