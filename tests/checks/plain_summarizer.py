"""Plain right solutions of the summarizer's exercises, written as a learner would; `wrong_summarizer` breaks them."""

import torch
import torch.nn.functional as F


def shift_target_sequence_right(target_sequence):
    shifted = torch.zeros_like(target_sequence)
    shifted[:, 1:] = target_sequence[:, :-1]
    return shifted


def masked_loss(logits, target, mask):
    mask = mask.double()
    losses = F.cross_entropy(logits.transpose(1, 2), target, reduction="none")
    loss = (losses * mask).sum() / mask.sum()
    hits = (logits.argmax(dim=2) == target) * mask
    accuracy = hits.sum() / mask.sum()
    return loss, accuracy


def generate_summary(model, source_sequence, encoder_mask, output_length):
    summary = torch.zeros(len(source_sequence), output_length, dtype=torch.long)
    for t in range(output_length):
        logits = model(source_sequence, summary, encoder_mask, None)
        summary[:, t] = logits[:, t].argmax(dim=1)
    return summary


def pointer_mixture(p_vocab, attention, gate, source_extended, num_words):
    rows, length, size = p_vocab.shape
    nothing = torch.zeros(rows, length, num_words - size, dtype=p_vocab.dtype)
    p = torch.cat([gate * p_vocab, nothing], dim=2)
    index = source_extended[:, None, :].repeat(1, length, 1)
    return p.scatter_add(2, index, (1 - gate) * attention)


def length_penalty(length, alpha=0.6):
    return ((5 + length) / 6)**alpha
