"""Right solutions of the distillation exercises that do it in another way, in the form (exercise, solution)."""

import torch
import torch.nn.functional as F
from torch import nn


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


class ProjectionInADict(nn.Module):
    """PyTorch's own loss, on rows."""

    def __init__(self, teacher_dim, student_dim):
        super().__init__()
        self.parts = nn.ModuleDict({"to_teacher": nn.Linear(student_dim, teacher_dim), "distance": nn.MSELoss()})

    def forward(self, teacher, student):
        rows = self.parts["to_teacher"](student.flatten(0, -2))
        return self.parts["distance"](rows, teacher.reshape(rows.shape))


class PredictionByDivergence(nn.Module):
    """The divergence of the two and the teacher's own entropy."""

    def forward(self, teacher_pred, student_pred, t=1):
        theirs, ours = ((z / t).flatten(0, -2).log_softmax(-1) for z in (teacher_pred, student_pred))
        entropy = torch.distributions.Categorical(logits=theirs).entropy().mean()
        return F.kl_div(ours, theirs, reduction="batchmean", log_target=True) + entropy


class LossesStacked(nn.Module):
    """Compares the attention of all blocks at once."""

    def __init__(self, teacher_embd_dim, student_embd_dim, teacher_hddn_dim, student_hddn_dim, layer_mapping):
        super().__init__()
        self.order = torch.tensor(layer_mapping)
        self.embedding_loss = ProjectionInADict(teacher_embd_dim, student_embd_dim)
        self.prediction_loss = PredictionByDivergence()
        for i in range(len(layer_mapping)):
            self.register_module(f"attention_loss{i}", AttentionByNorm())
            self.register_module(f"hidden_loss{i}", ProjectionInADict(teacher_hddn_dim, student_hddn_dim))

    def forward(self, teacher_out, student_out, penalize_prediction=False):
        theirs = torch.stack(list(teacher_out["attentions"]))[self.order]
        loss = len(self.order) * F.mse_loss(torch.stack(list(student_out["attentions"])), theirs)
        for i, state in enumerate(student_out["hidden_states"]):
            loss = loss + self.get_submodule(f"hidden_loss{i}")(teacher_out["hidden_states"][int(self.order[i])], state)
        if penalize_prediction:
            loss = loss + self.prediction_loss(teacher_out["logits"], student_out["logits"])
        return loss + self.embedding_loss(teacher_out["embeddings"], student_out["embeddings"])


UNUSUAL = [("AttentionLayerLoss", nn.MSELoss), ("AttentionLayerLoss", AttentionByNorm),
           ("HiddenLayerLoss", ProjectionByHand), ("HiddenLayerLoss", ProjectionInADict),
           ("EmbeddingLayerLoss", ProjectionByHand), ("EmbeddingLayerLoss", ProjectionInADict),
           ("PredictionLoss", PredictionByCrossEntropy), ("PredictionLoss", PredictionByDivergence),
           ("KnowledgeDistillationLoss", LossesInLists), ("KnowledgeDistillationLoss", LossesStacked)]
