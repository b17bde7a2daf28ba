"""Checks of the five distillation losses. torch is imported when one runs."""

import inspect

import numpy as np

from cs182lib.checks.compare import EXACT, KEPT, Checker
from cs182lib.checks.inputs import scattered
from cs182lib.checks.loss_modules import check_loss, check_registered, check_trains, check_value, set_projection

MAPPING = [1, 4, 2]  # out of order, and neither the first blocks nor the last
TEACHER_BLOCKS, B, T = 5, 2, 3
EMBD, HDDN = (6, 4), (7, 5)  # widths of teacher and student


def mse(a, b):
    """Return the mean of the squared differences of the arrays a and b, which have one shape: a number."""
    return ((a - b) ** 2).mean()


def linear(x, weight, bias):
    """Return x Wᵀ + b, (..., M), of x (..., D), weight W (M, D) and bias b, which is (M,) or 0."""
    return x @ weight.T + bias


def softmax(z):
    """Return e^z over its sum along the last axis."""
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def soft_cross_entropy(teacher, student, teacher_t=1.0, student_t=1.0):
    """Return -mean_b Σ_k softmax(z_T / t)_bk log softmax(z_S / t)_bk, a number, of logits (..., C).

    `teacher` is z_T and `student` z_S; teacher_t and student_t, above 0, are the t of each; only a mistake has two.
    """
    return -(softmax(teacher / teacher_t) * np.log(softmax(student / student_t))).sum(-1).mean()


def check_AttentionLayerLoss(AttentionLayerLoss):
    """Check the loss that the class AttentionLayerLoss gives for attention of several heads, and its gradient."""
    check = Checker("AttentionLayerLoss", B=2, heads=4, T=5)
    teacher, student = scattered((2, 4, 5, 5), -2, 3), scattered((2, 4, 5, 5), -1, 2, start=300)
    module = check.run(AttentionLayerLoss, label="__init__")
    right = mse(teacher, student)
    mistakes = {
        "a sum where the mean over everything is meant": right * student.size,
        "a sum over the heads: the loss is the mean": 4 * right,
        "a sum over the batch: the loss is the mean": 2 * right,
        "a softmax is taken: compare what comes, attention scores as they are": mse(softmax(teacher), softmax(student)),
        "absolute differences: square them": np.abs(teacher - student).mean(),
        "the root of the mean is taken": np.sqrt(right),
        "the heads are averaged before they are compared: compare head by head": mse(teacher.mean(1), student.mean(1)),
        "the student's attention is transposed: rows are queries in both": mse(teacher, student.swapaxes(2, 3)),
        "only the first head is compared": mse(teacher[:, 0], student[:, 0]),
    }
    check_loss(check, module, lambda: mse(teacher, student), (teacher, student), mistakes)
    check.passed()


def check_HiddenLayerLoss(HiddenLayerLoss):
    """Check the loss of the class HiddenLayerLoss, its gradient, and the projection that it trains."""
    _check_projected("HiddenLayerLoss", HiddenLayerLoss, *HDDN)


def check_EmbeddingLayerLoss(EmbeddingLayerLoss):
    """Check the loss of the class EmbeddingLayerLoss, its gradient, and the projection that it trains."""
    _check_projected("EmbeddingLayerLoss", EmbeddingLayerLoss, *EMBD)


def _check_projected(name, kind, teacher_dim, student_dim):
    check = Checker(name, B=B, T=T)
    module = check.run(kind, teacher_dim, student_dim, label="__init__")
    weight, bias = set_projection(check, module, teacher_dim, student_dim)
    teacher, student = scattered((B, T, teacher_dim), -2, 2), scattered((B, T, student_dim), -1, 2, start=90)
    ours = linear(student, weight, bias)
    right = mse(teacher, ours)
    mistakes = {
        "a sum where the mean over everything is meant": right * teacher.size,
        "a sum over the width: the loss is the mean": right * teacher_dim,
        "the bias of the projection is not added": mse(teacher, linear(student, weight, 0)),
        "absolute differences: square them": np.abs(teacher - ours).mean(), "the root of the mean is taken": right**0.5,
        "a nonlinearity after the projection": mse(teacher, np.maximum(ours, 0)),
        "tanh after the projection": mse(teacher, np.tanh(ours)),
        "the teacher is projected: take the student to the teacher's width": lambda: mse(
            (teacher - bias) @ weight, student),
        "rows are averaged before they are compared: compare piece by piece": mse(teacher.mean(1), ours.mean(1)),
        "the loss is halved": right / 2,
    }
    check_loss(check, module, lambda: mse(teacher, linear(student, weight, bias)), (teacher, student), mistakes)
    check_trains(check, module, teacher, student)
    check.passed()


def check_PredictionLoss(PredictionLoss):
    """Check the loss of the class PredictionLoss and its gradient, by temperature, for logits huge or (B, T, C)."""
    check = Checker("PredictionLoss", B=4, C=3)
    module = check.run(PredictionLoss, label="__init__")
    teacher, student = scattered((4, 3), -2, 3), scattered((4, 3), -1, 2, start=30)
    for t in (1, 2.5):
        check_loss(check, lambda a, b, t=t: module(a, b, t), lambda t=t: soft_cross_entropy(teacher, student, t, t),
               (teacher, student), lambda t=t: _prediction_mistakes(teacher, student, t), f" at temperature {t}")
    check_loss(check, lambda a, b: module(a, b), lambda: soft_cross_entropy(teacher, student), (teacher, student),
           {"the temperature is not 1 where none is given": soft_cross_entropy(teacher, student, 2, 2)},
           " without a temperature")
    places = scattered((2, 3, 5), -2, 3), scattered((2, 3, 5), -1, 2, start=60)
    check_loss(check, lambda a, b: module(a, b, t=2), lambda: soft_cross_entropy(*places, 2, 2), places,
           {"the classes are the last axis": lambda: soft_cross_entropy(*(x.swapaxes(1, 2) for x in places), 2, 2)},
           " for logits (B, T, C)")
    huge = 400 * teacher, 400 * student
    check_loss(check, module, lambda: -(softmax(huge[0]) * _log_softmax(huge[1])).sum(-1).mean(), huge, {},
           " for logits of some hundreds", gradient=False)
    check.passed()


def _log_softmax(z):
    z = z - z.max(-1, keepdims=True)
    return z - np.log(np.exp(z).sum(-1, keepdims=True))


def _prediction_mistakes(teacher, student, t):
    right, hard = soft_cross_entropy(teacher, student, t, t), np.eye(teacher.shape[-1])[teacher.argmax(-1)]
    entropy = soft_cross_entropy(teacher, teacher, t, t)
    return {
        "the cross-entropy of the student under itself: the teacher's probabilities are the target":
            soft_cross_entropy(student, student, t, t),
        "teacher and student are swapped: the teacher's probabilities are the target":
            soft_cross_entropy(student, teacher, t, t),
        "the temperature divides the student's logits alone": soft_cross_entropy(teacher, student, 1, t),
        "the temperature divides the teacher's logits alone": soft_cross_entropy(teacher, student, t, 1),
        "the temperature is not used": soft_cross_entropy(teacher, student),
        "the logits are multiplied by the temperature: divide": soft_cross_entropy(teacher, student, 1 / t, 1 / t),
        "a factor t squared, which this loss has not": t**2 * right,
        "only the teacher's first choice counts: its probabilities are the target": soft_cross_entropy(
            1e9 * hard, student, 1, t),
        "a sum over the batch: the loss is its mean": right * len(student),
        "a mean over the classes: the loss is their sum": right / student.shape[-1],
        "the sign is flipped": -right, "this is the KL divergence: the teacher's entropy is missing": right - entropy,
        "squared differences of logits": mse(teacher / t, student / t), "squared differences": mse(teacher, student),
        "the softmax goes over the batch: the classes are the last axis":
            soft_cross_entropy(teacher.T, student.T, t, t) * student.shape[1] / len(student),
        "the logarithm is missing": -(softmax(teacher / t) * softmax(student / t)).sum(-1).mean(),
    }


def check_KnowledgeDistillationLoss(KnowledgeDistillationLoss):
    """Check the sum that the class KnowledgeDistillationLoss gives, for a mapping that is out of order.

    With and without the prediction, with its gradient; then the options of this workbook's class, where it has them.
    """
    check = Checker("KnowledgeDistillationLoss", L=len(MAPPING), B=B)
    module = check.run(KnowledgeDistillationLoss, *EMBD, *HDDN, list(MAPPING), label="__init__")
    names = ["embedding_loss", *(f"{kind}_loss{i}" for i in range(3) for kind in ("attention", "hidden"))]
    missing = [name for name in (*names, "prediction_loss") if not hasattr(module, name)]
    check.true(not missing, f"it has no attribute {', '.join(missing[:3])}", "attribute",
               "setattr(self, f\"attention_loss{i}\", ...) for every i, numbered from 0")
    projections = [set_projection(check, getattr(module, name), *widths, start=i, of=name) for i, (name, widths) in
                   enumerate({"embedding_loss": EMBD, **{f"hidden_loss{i}": HDDN for i in range(3)}}.items())]
    check_registered(check, module, names)
    teacher, student = _outputs(TEACHER_BLOCKS, EMBD[0], HDDN[0], 1), _outputs(3, EMBD[1], HDDN[1], 400)
    for predict in (False, True):
        _check_total(check, module, teacher, student, projections, predict)
    _check_options(KnowledgeDistillationLoss, teacher, student)
    check.passed()


def _check_options(KnowledgeDistillationLoss, teacher, student):
    """Check weights, temperature and terms() of this workbook's loss; one with the course's parameters lacks them."""
    if not {"weights", "temperature"} <= inspect.signature(KnowledgeDistillationLoss).parameters.keys():
        return
    check, weights = Checker("KnowledgeDistillationLoss"), {"attentions": 0.1, "embeddings": 0}
    module = check.run(KnowledgeDistillationLoss, *EMBD, *HDDN, list(MAPPING), temperature=2.5, weights=weights,
                       label="__init__").double()
    projections = [set_projection(check, getattr(module, name), *widths, start=i, of=name) for i, (name, widths) in
                   enumerate({"embedding_loss": EMBD, **{f"hidden_loss{i}": HDDN for i in range(3)}}.items())]
    terms = _terms(teacher, student, projections)
    warm = {**terms, "pred": soft_cross_entropy(teacher["logits"], student["logits"], 2.5, 2.5)}
    mistakes = {"weights are not used": _total(warm, 1), "weights are not multiplied with": _total(warm, 1, 0),
                "temperature is not used": _total(terms, 1, 0, 0.1),
                "neither weights nor temperature is used": _total(terms, 1),
                "what weights does not name has a weight of 1": 0.1 * sum(terms["attn"])}
    outs = [_tensors(out, module.embedding_loss.proj.weight.dtype) for out in (teacher, student)]
    value = check.run(module, *outs, penalize_prediction=True, label="forward")
    check.true(hasattr(value, "detach"), f"loss is a {type(value).__name__}, expected a tensor", "loss")
    check.compare({"loss": value.detach().numpy()}, {"loss": _total(warm, 1, 0, 0.1)}, {"loss": mistakes},
                  f" for weights={weights}, temperature=2.5", **EXACT)
    for predict, names in ((False, {"attentions", "hidden_states"}), (True, {"attentions", "hidden_states", "logits"})):
        got = check.run(module.terms, *outs, predict, label="terms")
        check.true(isinstance(got, dict) and got.keys() == names, f"terms returned {sorted(got or ())}, expected "
                   f"{sorted(names)}, the embeddings having the weight 0, for penalize_prediction={predict}", "terms",
                   "the terms that are switched on, by the names of TERMS")
        right = {"attentions": sum(terms["attn"]), "hidden_states": sum(terms["hddn"]), "logits": warm["pred"]}
        got = {name: value.detach().numpy() for name, value in got.items()}
        check.compare(got, {name: right[name] for name in got}, context=" in terms, before the weights", **EXACT)


def _outputs(blocks, embd, hddn, start):
    """Return what a BERT of that many blocks gives, by the course's keys; no two arrays share a number."""
    return {"embeddings": scattered((B, T, embd), start=start),
            "attentions": [scattered((B, 2, T, T), -2, 2, start=start + 41 * i) for i in range(blocks)],
            "hidden_states": [scattered((B, T, hddn), start=start + 37 * i) for i in range(1, blocks + 1)],
            "logits": scattered((B, 4), -2, 2, start=start + 7)}


def _terms(teacher, student, projections, mapping=MAPPING):
    """Return each loss by name."""
    attention = [mse(teacher["attentions"][j], student["attentions"][i]) for i, j in enumerate(mapping)]
    hidden = [mse(teacher["hidden_states"][j], linear(student["hidden_states"][i], *projections[1 + i]))
              for i, j in enumerate(mapping)]
    return {"embd": mse(teacher["embeddings"], linear(student["embeddings"], *projections[0])), "attn": attention,
            "hddn": hidden, "pred": soft_cross_entropy(teacher["logits"], student["logits"])}


def _total(terms, predict, embd=1, attn=1, hddn=1):
    return embd * terms["embd"] + attn * sum(terms["attn"]) + hddn * sum(terms["hddn"]) + predict * terms["pred"]


def _total_mistakes(teacher, student, projections, predict):
    terms = _terms(teacher, student, projections)

    def mapped(mapping):
        return _total(_terms(teacher, student, projections, mapping), predict)

    return {
        "the embedding term is missing": _total(terms, predict, embd=0),
        "the attention terms are missing": _total(terms, predict, attn=0),
        "the terms of the hidden states are missing": _total(terms, predict, hddn=0),
        "penalize_prediction=False is ignored" if not predict else "the prediction is left out, or counted twice":
            _total(terms, 1 - predict), "the prediction counts twice": _total(terms, 1 + predict),
        "the mapping is shifted by one: block i learns from block layer_mapping[i]": mapped([j - 1 for j in MAPPING]),
        "the mapping is shifted by one, the other way: block i learns from block layer_mapping[i]":
            lambda: mapped([min(j + 1, 4) for j in MAPPING]),
        "the mapping is not used: block i learns from block layer_mapping[i]": mapped([0, 1, 2]),
        "the mapping is sorted: its order says who learns from whom": mapped(sorted(MAPPING)),
        "the last blocks are taken, not the mapped ones": mapped([2, 3, 4]),
        "the layers are averaged: the loss is their sum": _total(terms, predict, attn=1 / 3, hddn=1 / 3),
        "only the last layer counts: add (+=), do not overwrite":
            terms["embd"] + terms["attn"][-1] + terms["hddn"][-1] + predict * terms["pred"],
        "only the first layer counts: return after the loop":
            terms["embd"] + terms["attn"][0] + terms["hddn"][0] + predict * terms["pred"],
        "the embedding term is added once for each layer": _total(terms, predict, embd=3),
        "the terms are averaged: the loss is their sum": _total(terms, predict) / (3 + predict),
        "the prediction alone counts": terms["pred"],
    }


def _check_total(check, module, teacher, student, projections, predict):
    """Compare the sum, and its gradient in one of the student's hidden states."""
    moved = student["hidden_states"][1]

    def run(array):
        """Return the whole loss with `array` as that hidden state, and see that no argument was changed."""
        outs = [_tensors(out, array.dtype) for out in (teacher, student)]
        outs[1]["hidden_states"][1] = array
        before = _copy(outs)
        options = {"penalize_prediction": True} if predict else {}  # False is the default
        value = check.run(module.to(array.dtype), *outs, **options)
        if not _equal(before, outs):
            check.fail("an argument was changed; callers still need it", "an argument",
                       "an operation in place, or a list that is sorted, reversed or shortened")
        check.note(KEPT)
        return value

    check_value(check, run, lambda: _total(_terms(teacher, student, projections), predict), moved,
                 lambda: _total_mistakes(teacher, student, projections, predict),
                 f" for penalize_prediction={predict}")


def _tensors(out, dtype):
    import torch

    return {key: [torch.from_numpy(x).to(dtype) for x in value] if isinstance(value, list)
            else torch.from_numpy(value).to(dtype) for key, value in out.items()}


def _copy(outs):
    return [{key: list(value) if isinstance(value, list) else value.detach().clone() for key, value in out.items()}
            for out in outs]


def _equal(before, after):
    def same(a, b):
        if isinstance(a, list):
            return len(a) == len(b) and all(map(same, a, b))
        return bool((a == b).all())

    return all(old.keys() == new.keys() and all(same(old[key], new[key]) for key in old)
               for old, new in zip(before, after))
