"""Plain right solutions of the distillation exercises, written as a learner would; `wrong_distillation` breaks them."""

import torch
from torch import nn


class AttentionLayerLoss(nn.Module):
    def forward(self, teacher_attn, student_attn):
        return ((teacher_attn - student_attn)**2).mean()


class HiddenLayerLoss(nn.Module):
    def __init__(self, teacher_dim, student_dim):
        super().__init__()
        self.proj = nn.Linear(student_dim, teacher_dim)

    def forward(self, teacher_hddn, student_hddn):
        projected = self.proj(student_hddn)
        return ((teacher_hddn - projected)**2).mean()


class EmbeddingLayerLoss(nn.Module):
    def __init__(self, teacher_dim, student_dim):
        super().__init__()
        self.proj = nn.Linear(student_dim, teacher_dim)

    def forward(self, teacher_embd, student_embd):
        projected = self.proj(student_embd)
        return ((teacher_embd - projected)**2).mean()


class PredictionLoss(nn.Module):
    def forward(self, teacher_pred, student_pred, t=1):
        target = torch.softmax(teacher_pred / t, dim=-1)
        log_prob = torch.log_softmax(student_pred / t, dim=-1)
        return -(target * log_prob).sum(dim=-1).mean()


class KnowledgeDistillationLoss(nn.Module):
    def __init__(self, teacher_embd_dim, student_embd_dim, teacher_hddn_dim, student_hddn_dim, layer_mapping):
        super().__init__()
        self.layer_mapping = layer_mapping
        self.embedding_loss = EmbeddingLayerLoss(teacher_embd_dim, student_embd_dim)
        for i in range(len(layer_mapping)):
            setattr(self, f"attention_loss{i}", AttentionLayerLoss())
            setattr(self, f"hidden_loss{i}", HiddenLayerLoss(teacher_hddn_dim, student_hddn_dim))
        self.prediction_loss = PredictionLoss()

    def forward(self, teacher_out, student_out, penalize_prediction=False):
        loss = self.embedding_loss(teacher_out["embeddings"], student_out["embeddings"])
        for i, j in enumerate(self.layer_mapping):
            attention_loss, hidden_loss = getattr(self, f"attention_loss{i}"), getattr(self, f"hidden_loss{i}")
            loss = loss + attention_loss(teacher_out["attentions"][j], student_out["attentions"][i])
            loss = loss + hidden_loss(teacher_out["hidden_states"][j], student_out["hidden_states"][i])
        if penalize_prediction:
            loss = loss + self.prediction_loss(teacher_out["logits"], student_out["logits"])
        return loss
