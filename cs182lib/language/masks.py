"""Masks of attention, where True means: may be seen. Padding, lengths and the future become (B, T, S) booleans."""

import torch

from cs182lib.validation import require

__all__ = ["convert_padding_mask_to_attention_mask", "convert_sequence_length_to_sequence_mask",
           "convert_to_attention_mask", "future_mask", "masked_everywhere_alike"]


def convert_sequence_length_to_sequence_mask(sequence, sequence_lengths):
    """Return a mask (B, T) that is True at the first sequence_lengths[b] places of row b.

    (The course's own version calls `torch.range` with one argument and fails.)

    Parameters
    ----------
    sequence : (B, T, ...) tensor
    sequence_lengths : (B,) whole numbers

    Returns
    -------
    mask : (B, T) bool

    Raises
    ------
    ValueError : not one length for each row
    """
    require(sequence_lengths.shape == sequence.shape[:1], f"sequence_lengths must hold one length for each of the "
            f"{len(sequence)} rows, got shape {tuple(sequence_lengths.shape)}")
    places = torch.arange(sequence.shape[1], device=sequence.device)
    return places < sequence_lengths.to(sequence.device)[:, None]  # (T,) < (B, 1) -> (B, T)


def convert_padding_mask_to_attention_mask(sequence, padding_mask):
    """Return a mask (B, T, S): each of the T places of `sequence` sees the places where `padding_mask` is True.

    The T rows are one row of memory, repeated without a copy.

    Parameters
    ----------
    sequence : (B, T, ...) tensor, what asks
    padding_mask : (B, S), True (or not zero) at the places that hold something

    Returns
    -------
    mask : (B, T, S) bool

    Raises
    ------
    ValueError : padding_mask has another number of axes or rows
    """
    require(padding_mask.ndim == 2 and len(padding_mask) == len(sequence),
            f"padding_mask must have the shape ({len(sequence)}, any), got {tuple(padding_mask.shape)}")
    return padding_mask.bool()[:, None].expand(-1, sequence.shape[1], -1)  # (B, S) -> (B, T, S)


def convert_to_attention_mask(sequence, mask):
    """Return the mask of a sequence's attention to itself, (B, T, T) bool, from any of the forms a mask may have.

    None stays None; (B,) are lengths; (B, T) is True at what holds something; (B, T, T) is taken as it is. Numbers
    become booleans, so zero means masked: a mask made of token indices hides the token 0.

    Parameters
    ----------
    sequence : (B, T, ...) tensor
    mask : None or a tensor of shape (B,), (B, T) or (B, T, T)

    Raises
    ------
    ValueError : another number of axes, rows or columns
    """
    if mask is None:
        return None
    require(1 <= mask.ndim <= 3, f"mask must have one, two or three axes, got shape {tuple(mask.shape)}")
    if mask.ndim == 1:
        mask = convert_sequence_length_to_sequence_mask(sequence, mask)
    if mask.ndim == 2:
        mask = convert_padding_mask_to_attention_mask(sequence, mask)
    B, T = sequence.shape[:2]
    require(mask.shape == (B, T, T), f"mask must fit a sequence of shape ({B}, {T}): ({B},), ({B}, {T}) or "
                                     f"({B}, {T}, {T}), got {tuple(mask.shape)}")
    return mask.bool()


def future_mask(length, device=None):
    """Return a mask (length, length) on `device` in which place t sees 0..t: itself and the past, not the future."""
    places = torch.arange(length, device=device)
    return places[:, None] >= places  # query t, key s: s <= t


def masked_everywhere_alike(mask):
    """Return mask (..., T, S) as (..., 1, S) where its T rows are one row repeated by `expand`, else as it is."""
    return mask[..., :1, :] if mask.stride(-2) == 0 else mask
