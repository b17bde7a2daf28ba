"""Knowledge distillation of BERTs: what a student shall have from its teacher, layer by layer, and how it is trained.

A student with fewer and narrower blocks is shown the teacher's embeddings, attention scores, hidden states and class
probabilities. Student block i learns from teacher block layer_mapping[i]. Where the widths differ, a learned linear
layer takes the student's numbers to the teacher's width; it is thrown away after training.

TinyBERT: Jiao et al. 2020, arXiv:1909.10351, section 3. Hinton et al. 2015, arXiv:1503.02531 (soft targets).
"""

import torch
import torch.nn.functional as F
from torch import nn

from cs182lib.validation import check_count, check_number, require

TERMS = ("embeddings", "attentions", "hidden_states", "logits")


class AttentionLayerLoss(nn.Module):
    """The mean squared difference of the attention of one block: mean (A_T - A_S)^2.

    TinyBERT, eq. 7. The scores before the softmax are meant: they tell more, and the student learns faster from them.
    """

    def forward(self, teacher_attn, student_attn):
        """Return a scalar; teacher_attn and student_attn are (B, heads, T, T), else there is a ValueError."""
        _check_shapes("attn", teacher_attn.shape, student_attn.shape)
        return F.mse_loss(student_attn, teacher_attn)


class HiddenLayerLoss(nn.Module):
    """The mean squared difference of hidden states, the student's taken to the teacher's width: mean (H_T - H_S W)^2.

    TinyBERT, eq. 8. `proj` has a bias, as in the course; its parameters must be trained with the student's.

    Parameters
    ----------
    teacher_dim, student_dim : int, widths

    Raises
    ------
    TypeError, ValueError : a width is no whole number above 0
    """

    def __init__(self, teacher_dim, student_dim):
        super().__init__()
        self.proj = nn.Linear(check_count("student_dim", student_dim), check_count("teacher_dim", teacher_dim))

    def forward(self, teacher_hddn, student_hddn):
        """Return a scalar for teacher_hddn (..., teacher_dim) and student_hddn (..., student_dim).

        ValueError where a width is another, or the other axes are not alike.
        """
        _check_width("student_hddn", student_hddn, self.proj.in_features)
        projected = self.proj(student_hddn)  # (..., student_dim) -> (..., teacher_dim)
        _check_shapes("hddn", teacher_hddn.shape, projected.shape)
        return F.mse_loss(projected, teacher_hddn)


class EmbeddingLayerLoss(nn.Module):
    """The mean squared difference of the embeddings, the student's taken to the teacher's width: mean (E_T - E_S W)^2.

    TinyBERT, eq. 9.

    Parameters
    ----------
    teacher_dim, student_dim : int, widths

    Raises
    ------
    TypeError, ValueError : a width is no whole number above 0
    """

    def __init__(self, teacher_dim, student_dim):
        super().__init__()
        self.proj = nn.Linear(check_count("student_dim", student_dim), check_count("teacher_dim", teacher_dim))

    def forward(self, teacher_embd, student_embd):
        """Return a scalar for teacher_embd (..., teacher_dim) and student_embd (..., student_dim).

        ValueError where a width is another, or the other axes are not alike.
        """
        _check_width("student_embd", student_embd, self.proj.in_features)
        projected = self.proj(student_embd)  # (..., student_dim) -> (..., teacher_dim)
        _check_shapes("embd", teacher_embd.shape, projected.shape)
        return F.mse_loss(projected, teacher_embd)


class PredictionLoss(nn.Module):
    """The cross-entropy of the student's probabilities under the teacher's, both softened by one temperature t.

    -mean_b sum_k softmax(z_T / t)_bk log softmax(z_S / t)_bk

    TinyBERT, eq. 10. A temperature above 1 shows more of what the teacher holds possible beside its first choice. There
    is no factor t^2 here, which Hinton et al. use to keep the size of the gradient.
    """

    def forward(self, teacher_pred, student_pred, t=1):
        """Return a scalar for the logits teacher_pred and student_pred, (..., classes): the mean over all rows.

        t is the temperature, a number > 0. TypeError or ValueError where it is not, or the two shapes differ.
        """
        check_number("t", t, 0, low_open=True)
        _check_shapes("pred", teacher_pred.shape, student_pred.shape)
        target = (teacher_pred / t).softmax(dim=-1)
        return -(target * (student_pred / t).log_softmax(dim=-1)).sum(dim=-1).mean()


class KnowledgeDistillationLoss(nn.Module):
    """All losses together: embeddings, each pair of mapped blocks, and on request the prediction.

    L = L_embd + sum_i (L_attn_i + L_hddn_i) [+ L_pred]      (TinyBERT, eq. 6 and 11, every weight 1)

    Parameters
    ----------
    teacher_embd_dim, student_embd_dim, teacher_hddn_dim, student_hddn_dim : int, widths
    layer_mapping : list of int, for every block of the student the number (from 0) of the teacher's
    temperature : float > 0, of the prediction loss
    weights : dict, factors other than 1 by name of TERMS; 0 switches a term off

    Attributes
    ----------
    embedding_loss, attention_loss0, hidden_loss0, attention_loss1, ..., prediction_loss : the single losses. Their
        projections are parameters of this module: give them to the optimizer together with the student's.

    Raises
    ------
    TypeError, ValueError : a width, temperature or number of a layer out of range, or an unknown name in weights
    """

    def __init__(self, teacher_embd_dim, student_embd_dim, teacher_hddn_dim, student_hddn_dim, layer_mapping,
                 temperature=1.0, weights=None):
        super().__init__()
        unknown = set(weights or {}) - set(TERMS)
        require(not unknown, f"weights has the unknown terms {sorted(unknown)}; there are {', '.join(TERMS)}")
        self.layer_mapping = [check_count("layer_mapping", layer, low=0) for layer in layer_mapping]
        self.temperature = check_number("temperature", temperature, 0, low_open=True)
        self.weights = {**dict.fromkeys(TERMS, 1.0), **(weights or {})}
        self.embedding_loss = EmbeddingLayerLoss(teacher_embd_dim, student_embd_dim)
        for i in range(len(self.layer_mapping)):
            setattr(self, f"attention_loss{i}", AttentionLayerLoss())
            setattr(self, f"hidden_loss{i}", HiddenLayerLoss(teacher_hddn_dim, student_hddn_dim))
        self.prediction_loss = PredictionLoss()

    def forward(self, teacher_out, student_out, penalize_prediction=False):
        """Return the weighted sum, a scalar.

        Parameters
        ----------
        teacher_out, student_out : dicts as `distillation_outputs` makes them: embeddings (B, T, D), attentions (list of
            (B, heads, T, T)), hidden_states (list of (B, T, D)), logits (B, classes)
        penalize_prediction : bool, add the prediction loss

        Raises
        ------
        ValueError : the student has another number of blocks than layer_mapping, or the teacher lacks a mapped one
        """
        return sum(self.weights[name] * value
                   for name, value in self.terms(teacher_out, student_out, penalize_prediction).items())

    def terms(self, teacher_out, student_out, penalize_prediction=False):
        """Return the terms that are switched on, by name, before they are weighted and summed.

        The arguments teacher_out, student_out and penalize_prediction, and the ValueError where the two do not fit
        together, are those of `forward`.
        """
        on = [name for name in TERMS if self.weights[name] and (name != "logits" or penalize_prediction)]
        return {name: self._term(name, teacher_out[name], student_out[name]) for name in on}

    def _term(self, name, teacher, student):
        """Return one term; that of attentions and of hidden states is a sum over the student's blocks."""
        if name == "embeddings":
            return self.embedding_loss(teacher, student)
        if name == "logits":
            return self.prediction_loss(teacher, student, self.temperature)
        self._check_layers(teacher, student)
        kind = "attention_loss" if name == "attentions" else "hidden_loss"
        return sum(getattr(self, f"{kind}{i}")(teacher[layer], student[i])
                   for i, layer in enumerate(self.layer_mapping))

    def _check_layers(self, teacher, student):
        require(len(student) == len(self.layer_mapping), f"layer_mapping names {len(self.layer_mapping)} blocks, the "
                                                         f"student has {len(student)}; give one number for each")
        require(max(self.layer_mapping) < len(teacher), f"layer_mapping names block {max(self.layer_mapping)}, the "
                                                        f"teacher has {len(teacher)}, numbered from 0")


def distillation_outputs(output, mask=None, logits=None, scores=True):
    """Return what the losses compare, as a dict under the course's keys.

    Where the mask says that there is no piece, everything is set to zero, in the teacher's dict and in the student's:
    what a BERT computes for padding means nothing, and must not be imitated.

    Parameters
    ----------
    output : BertOutput of `encoder(ids, mask, attentions=True)`
    mask : bool (B, T) or None
    logits : (B, classes) or None, left out then
    scores : bool, take the attention before the softmax, as TinyBERT does, instead of the weights after it

    Returns
    -------
    dict : embeddings, what enters the first block; attentions and hidden_states, lists with one entry for each block;
        logits
    """
    first = output.hidden_states[0]  # (B, T, D)
    there = torch.ones(first.shape[:2], dtype=torch.bool, device=first.device) if mask is None else mask.bool()
    pieces, pairs = there[..., None], (there[:, None, :, None] & there[:, None, None, :])  # (B, T, 1), (B, 1, T, T)
    hidden = [torch.where(pieces, x, 0) for x in output.hidden_states]
    attentions = [torch.where(pairs, x, 0) for x in (output.scores if scores else output.attentions)]
    found = {"embeddings": hidden[0], "attentions": attentions, "hidden_states": hidden[1:]}
    return found if logits is None else {**found, "logits": logits}


def uniform_mapping(student_layers, teacher_layers):
    """Return for every block of the student the teacher's, at equal distances and with the last for the last.

    TinyBERT, section 4.2: student_layers 4 and teacher_layers 12 give [2, 5, 8, 11].

    TypeError or ValueError where one is no whole number above 0, or the teacher's is no multiple of the student's.
    """
    check_count("student_layers", student_layers)
    require(check_count("teacher_layers", teacher_layers) % student_layers == 0,
            f"teacher_layers must be a multiple of student_layers, got {teacher_layers} and {student_layers}; "
            "or name the blocks yourself")
    step = teacher_layers // student_layers
    return [step * (i + 1) - 1 for i in range(student_layers)]


def _check_shapes(name, teacher, student):
    if teacher != student:
        raise ValueError(f"teacher_{name} and student_{name} must have the same shape, got {tuple(teacher)} and "
                         f"{tuple(student)}; were both made from the same pieces, by as many heads?")


def _check_width(name, x, width):
    if x.shape[-1] != width:
        raise ValueError(f"{name} must have the width {width} on its last axis, got shape {tuple(x.shape)}; "
                         "student_dim comes second")
