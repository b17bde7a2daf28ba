"""Right solutions of the summarizer's exercises that do it in another way, in the form (exercise, solution)."""

import numpy as np
import torch
import torch.nn.functional as F


def shift_by_roll(target_sequence):
    shifted = target_sequence.clone().roll(1, dims=1)
    shifted[:, 0] = 0
    return shifted


def loss_by_choosing(logits, target, mask):
    mask = mask > 0
    chosen, words = logits[mask], target[mask]
    return torch.nn.NLLLoss()(chosen.log_softmax(-1), words), (chosen.argmax(-1) == words).float().mean().item()


def summary_by_list(model, source_sequence, encoder_mask, output_length):
    rows = [[] for _ in source_sequence]
    while len(rows[0]) < output_length:
        target = torch.tensor([[*row, 5, 3] for row in rows])  # what stands after the summary does not matter
        logits = model(source_sequence, target, encoder_mask, torch.ones(target.shape))
        for row, best in zip(rows, logits[:, len(rows[0])].max(dim=-1).indices.tolist()):
            row.append(best)
    return torch.tensor(rows)


def mixture_by_one_hot(p_vocab, attention, gate, source_extended, num_words):
    copied = attention @ F.one_hot(source_extended, num_words).to(attention)
    return (1 - gate) * copied + gate * F.pad(p_vocab, (0, num_words - p_vocab.shape[2]))


def penalty_by_exp(length, alpha=0.6):
    return torch.exp(alpha * (torch.log(torch.as_tensor(5 + length).double()) - np.log(6)))


def shift_by_padding(target_sequence):
    return F.pad(target_sequence.movedim(1, -1), (1, -1)).movedim(-1, 1)


def loss_by_ignoring(logits, target, mask):
    """Padding gets the index that cross_entropy leaves out."""
    target = target.masked_fill(mask == 0, -100)
    guessed = (logits.argmax(2) == target).sum() / (target != -100).sum()
    return F.cross_entropy(logits.flatten(0, 1), target.flatten()), guessed


def summary_row_by_row(model, source_sequence, encoder_mask, output_length):
    rows = []
    for b in range(len(source_sequence)):
        words = torch.zeros(1, 1, dtype=torch.long)
        for t in range(output_length):
            scores = model(source_sequence[b:b + 1], words, encoder_mask[b:b + 1], None)[0, t]
            words[0, t] = torch.topk(scores, 1).indices[0]
            words = F.pad(words, (0, 1), value=4)
        rows.append(words[0, :output_length])
    return torch.stack(rows)


def mixture_word_by_word(p_vocab, attention, gate, source_extended, num_words):
    copied = torch.stack([(attention * (source_extended == word)[:, None]).sum(-1) for word in range(num_words)], -1)
    written = torch.cat([p_vocab, p_vocab.new_zeros(*p_vocab.shape[:2], num_words - p_vocab.shape[2])], -1)
    return copied + gate * (written - copied)


def penalty_by_quotient(length, alpha=0.6):
    return (torch.as_tensor(length, dtype=torch.float64) + 5).pow(alpha) / 6**alpha


UNUSUAL = [("shift_target_sequence_right", shift_by_roll), ("shift_target_sequence_right", shift_by_padding),
           ("masked_loss", loss_by_choosing), ("masked_loss", loss_by_ignoring),
           ("generate_summary", summary_by_list), ("generate_summary", summary_row_by_row),
           ("pointer_mixture", mixture_by_one_hot), ("pointer_mixture", mixture_word_by_word),
           ("length_penalty", penalty_by_exp), ("length_penalty", penalty_by_quotient)]
