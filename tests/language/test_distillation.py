"""The distillation losses are their formulas; padding is not imitated; mappings and bad input."""

import numpy as np
import pytest
import torch

from cs182lib.language.bert import BertClassifier, BertConfig, BertEncoder
from cs182lib.language.distillation import (
    AttentionLayerLoss,
    HiddenLayerLoss,
    KnowledgeDistillationLoss,
    PredictionLoss,
    distillation_outputs,
    uniform_mapping,
)

IDS = torch.tensor([[3, 7, 1, 5], [4, 8, 0, 0]])
MASK = IDS > 0


def encoder(width, blocks, seed):
    torch.manual_seed(seed)
    return BertEncoder(BertConfig(vocab_size=11, hidden_size=width, num_hidden_layers=blocks, num_attention_heads=2,
                                  intermediate_size=6, initializer_range=0.5)).eval()


def outputs(width, blocks, seed, ids=IDS, **options):
    model = BertClassifier(encoder(width, blocks, seed), num_classes=3).eval()
    out = model.encoder(ids, MASK, attentions=True)
    return distillation_outputs(out, MASK, model.logits(out, MASK), **options)


@pytest.fixture
def pair():
    return outputs(8, 4, seed=1), outputs(6, 2, seed=2)


def test_the_sum_is_that_of_its_terms(pair):
    torch.manual_seed(0)
    loss = KnowledgeDistillationLoss(8, 6, 8, 6, [1, 3], temperature=2.0)
    terms = loss.terms(*pair, penalize_prediction=True)
    assert list(terms) == ["embeddings", "attentions", "hidden_states", "logits"]
    torch.testing.assert_close(loss(*pair, penalize_prediction=True), sum(terms.values()))
    torch.testing.assert_close(loss(*pair), sum(terms.values()) - terms["logits"])
    teacher, student = pair
    right = sum(np.mean((teacher["attentions"][j] - student["attentions"][i]).detach().numpy() ** 2)
                for i, j in ((0, 1), (1, 3)))
    assert terms["attentions"].item() == pytest.approx(right, rel=1e-5)
    torch.testing.assert_close(terms["logits"], PredictionLoss()(teacher["logits"], student["logits"], 2.0))


@pytest.mark.parametrize("name", ["embeddings", "attentions", "hidden_states", "logits"])
def test_a_term_can_be_switched_off_and_is_not_looked_at_then(pair, name):
    torch.manual_seed(0)
    whole = KnowledgeDistillationLoss(8, 6, 8, 6, [1, 3])
    less = KnowledgeDistillationLoss(8, 6, 8, 6, [1, 3], weights={name: 0})
    less.load_state_dict(whole.state_dict())
    teacher, student = ({key: value for key, value in out.items() if key != name} for out in pair)
    right = whole(*pair, penalize_prediction=True) - whole.terms(*pair, penalize_prediction=True)[name]
    torch.testing.assert_close(less(teacher, student, penalize_prediction=True), right)


def test_weights_are_factors(pair):
    torch.manual_seed(0)
    loss = KnowledgeDistillationLoss(8, 6, 8, 6, [1, 3])
    before, terms = loss(*pair), loss.terms(*pair)
    loss.weights["hidden_states"] = 0.25
    torch.testing.assert_close(loss(*pair), before - 0.75 * terms["hidden_states"])


def test_a_student_that_is_its_teacher_has_nothing_left_to_learn():
    out = outputs(8, 2, seed=1)
    loss = KnowledgeDistillationLoss(8, 8, 8, 8, [0, 1])
    for layer in (loss.embedding_loss, loss.hidden_loss0, loss.hidden_loss1):
        torch.nn.init.eye_(layer.proj.weight)
        torch.nn.init.zeros_(layer.proj.bias)
    assert loss(out, out).item() == 0
    logits = out["logits"].detach().double().requires_grad_()
    PredictionLoss()(logits.detach(), logits).backward()
    torch.testing.assert_close(logits.grad, torch.zeros_like(logits))  # least at the teacher's own logits


def test_the_projections_are_parameters():
    loss = KnowledgeDistillationLoss(8, 6, 9, 5, [0, 2])
    shapes = {name: tuple(p.shape) for name, p in loss.named_parameters() if name.endswith("weight")}
    assert shapes == {"embedding_loss.proj.weight": (8, 6), "hidden_loss0.proj.weight": (9, 5),
                      "hidden_loss1.proj.weight": (9, 5)}


def test_what_stands_in_the_padding_does_not_count(pair):
    other = IDS.masked_fill(~MASK, 9)
    for key, value in outputs(8, 4, seed=1, ids=other).items():
        for a, b in zip(*((x if isinstance(x, list) else [x]) for x in (value, pair[0][key]))):
            torch.testing.assert_close(a, b)
    assert not pair[0]["hidden_states"][0][1, 2:].any() and pair[0]["hidden_states"][0][1, :2].all()
    scores = pair[0]["attentions"][0]
    assert not scores[1, :, 2:].any() and not scores[1, :, :, 2:].any() and scores[1, :, :2, :2].all()


def test_outputs_are_what_the_encoder_gives():
    model = encoder(8, 4, seed=1)
    out = model(IDS, attentions=True)
    found = distillation_outputs(out)
    assert set(found) == {"embeddings", "attentions", "hidden_states"}
    assert torch.equal(found["embeddings"], model.embeddings(IDS))
    assert torch.equal(found["hidden_states"][3], out.last_hidden_state) and len(found["hidden_states"]) == 4
    assert torch.equal(found["attentions"][2], out.scores[2])
    assert torch.equal(distillation_outputs(out, scores=False)["attentions"][2], out.attentions[2])


def test_uniform_mapping():
    assert uniform_mapping(4, 12) == [2, 5, 8, 11]
    assert uniform_mapping(2, 6) == [2, 5] and uniform_mapping(1, 3) == [2]
    with pytest.raises(ValueError, match="multiple of student_layers, got 6 and 4"):
        uniform_mapping(4, 6)


@pytest.mark.parametrize("call, message", [
    (lambda: AttentionLayerLoss()(torch.ones(2, 4, 3, 3), torch.ones(2, 2, 3, 3)), "same shape.*as many heads"),
    (lambda: HiddenLayerLoss(8, 6)(torch.ones(2, 3, 8), torch.ones(2, 3, 8)), "student_hddn must have the width 6"),
    (lambda: HiddenLayerLoss(8, 6)(torch.ones(2, 4, 8), torch.ones(2, 3, 6)), "teacher_hddn and student_hddn"),
    (lambda: PredictionLoss()(torch.ones(2, 3), torch.ones(2, 4)), "teacher_pred and student_pred"),
    (lambda: PredictionLoss()(torch.ones(2, 3), torch.ones(2, 3), t=0), "t must lie in"),
    (lambda: HiddenLayerLoss(8, 0), "student_dim must be at least 1"),
    (lambda: KnowledgeDistillationLoss(8, 6, 8, 6, [-1]), "layer_mapping must be at least 0"),
    (lambda: KnowledgeDistillationLoss(8, 6, 8, 6, [0], weights={"heads": 1}), "unknown terms .*heads"),
    (lambda: KnowledgeDistillationLoss(8, 6, 8, 6, [1])(outputs(8, 4, 1), outputs(6, 2, 2)), "names 1 blocks"),
    (lambda: KnowledgeDistillationLoss(8, 6, 8, 6, [1, 4])(outputs(8, 4, 1), outputs(6, 2, 2)), "the teacher has 4"),
])
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
