"""Every check of the summarizer's parts passes right solutions and fails wrong ones with the likely cause."""

import numpy as np
import plain_summarizer
import pytest
import torch
from breaking import assert_fails, assert_not_written_yet, assert_pass_alike, broken
from wrong_summarizer import WRONG

from cs182lib.checks import hw3_summarizer
from cs182lib.language import decoding, pointer, transformer_trainer
from cs182lib.language.transformer import TransformerDecoder

LIBRARY = {"masked_loss": transformer_trainer.masked_loss, "generate_summary": transformer_trainer.generate_summary,
           "shift_target_sequence_right": lambda x: TransformerDecoder.shift_target_sequence_right(None, x),
           "pointer_mixture": pointer.pointer_mixture, "length_penalty": decoding.length_penalty}


def check(name):
    return getattr(hw3_summarizer, f"check_{name}")


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
    copied = attention @ torch.nn.functional.one_hot(source_extended, num_words).to(attention)
    return (1 - gate) * copied + gate * torch.nn.functional.pad(p_vocab, (0, num_words - p_vocab.shape[2]))


def penalty_by_exp(length, alpha):
    return torch.exp(alpha * (torch.log(torch.as_tensor(5 + length).double()) - np.log(6)))


UNUSUAL = [("shift_target_sequence_right", shift_by_roll), ("masked_loss", loss_by_choosing),
           ("generate_summary", summary_by_list), ("pointer_mixture", mixture_by_one_hot),
           ("length_penalty", penalty_by_exp)]


@pytest.mark.parametrize("name", WRONG)
def test_library_and_plain_solution_pass(name, capsys):
    assert_pass_alike(check(name), name, [LIBRARY[name], getattr(plain_summarizer, name)], capsys)
    assert len(WRONG[name]) >= 5


@pytest.mark.parametrize("name, solution", UNUSUAL)
def test_unusual_solution_passes(name, solution):
    check(name)(solution)


@pytest.mark.parametrize("name, old, new, output, cause",
                         [(name, *row) for name, table in WRONG.items() for row in table])
def test_wrong_solution_fails(name, old, new, output, cause):
    assert_fails(check(name), broken(getattr(plain_summarizer, name), old, new), output, cause)


@pytest.mark.parametrize("name", WRONG)
def test_stub(name):
    assert_not_written_yet(check(name), "language/")


def test_each_mistake_in_writing_shows():
    model, scores = hw3_summarizer.small_model()
    mask = np.arange(5) < np.array([[5], [3], [4]])
    right = hw3_summarizer.written(scores, hw3_summarizer.SOURCE, mask, 7)
    wrong = [hw3_summarizer.written(scores, hw3_summarizer.SOURCE, mask, 7, **mistake)
             for mistake in ({"skip": 1}, {"stuck": True}, {"choose": np.argmin})]
    assert all((words != right).any() for words in wrong)
    assert len({tuple(row) for row in right.tolist()}) == 3 and len(np.unique(right)) >= 4
