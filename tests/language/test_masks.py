"""Masks in each of their forms."""

import pytest
import torch

from cs182lib.language.masks import (
    convert_padding_mask_to_attention_mask,
    convert_sequence_length_to_sequence_mask,
    convert_to_attention_mask,
    future_mask,
    masked_everywhere_alike,
)

TOKENS = torch.tensor([[5, 3, 2, 0], [4, 0, 0, 0], [1, 2, 3, 4]])
LENGTHS = torch.tensor([3, 1, 4])
REAL = TOKENS != 0


def test_lengths():
    assert torch.equal(convert_sequence_length_to_sequence_mask(TOKENS, LENGTHS), REAL)
    assert torch.equal(convert_sequence_length_to_sequence_mask(torch.zeros(3, 4, 7), LENGTHS), REAL)


def test_all_forms_make_the_same_mask():
    expected = torch.stack([row.repeat(4, 1) for row in REAL])  # (B, T, T)
    for mask in (LENGTHS, REAL, REAL.float(), TOKENS, expected, expected.long()):
        got = convert_to_attention_mask(TOKENS, mask)
        assert got.dtype == torch.bool and torch.equal(got, expected)
    assert convert_to_attention_mask(TOKENS, None) is None


def test_padding_for_another_sequence():
    mask = convert_padding_mask_to_attention_mask(torch.zeros(3, 2, 9), REAL)
    assert mask.shape == (3, 2, 4) and torch.equal(mask[:, 1], REAL)


def test_the_future_is_what_comes_after():
    assert future_mask(3).tolist() == [[True, False, False], [True, True, False], [True, True, True]]


def test_repeated_rows_are_found():
    repeated = convert_padding_mask_to_attention_mask(TOKENS, REAL)
    assert torch.equal(masked_everywhere_alike(repeated), REAL[:, None])
    assert masked_everywhere_alike(future_mask(3)).shape == (3, 3)


def test_bad_masks_are_named():
    with pytest.raises(ValueError, match="one length for each of the 3 rows"):
        convert_sequence_length_to_sequence_mask(TOKENS, LENGTHS[:2])
    with pytest.raises(ValueError, match=r"padding_mask must have the shape \(3, any\)"):
        convert_padding_mask_to_attention_mask(TOKENS, REAL[:2])
    with pytest.raises(ValueError, match="one, two or three axes"):
        convert_to_attention_mask(TOKENS, torch.ones(3, 1, 4, 4))
    with pytest.raises(ValueError, match=r"must fit a sequence of shape \(3, 4\)"):
        convert_to_attention_mask(TOKENS, torch.ones(3, 5))
