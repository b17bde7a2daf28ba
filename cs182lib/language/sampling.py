"""Choosing the next word from a model's logits: the best one, or a draw from the most probable ones."""

import torch

from cs182lib.validation import check_count, check_number, require

__all__ = ["next_word_probabilities", "sample_next"]


def next_word_probabilities(logits, temperature=1.0, top_k=None, top_p=None):
    """Turn logits into the probabilities that are drawn from.

    p = softmax(logits / temperature); then only the `top_k` most probable words stay, then only the nucleus, the
    fewest words whose probabilities together reach `top_p`; what stays is divided by its sum.

    Parameters
    ----------
    logits : (..., V) floats
    temperature : number > 0; 1 is what the model believes, less is more careful, more is wilder
    top_k : int or None, how many words stay
    top_p : number in (0, 1] or None

    Returns
    -------
    probabilities : (..., V) float64

    Raises
    ------
    TypeError, ValueError : temperature, top_k or top_p is no number or out of range

    References
    ----------
    Fan, Lewis and Dauphin, "Hierarchical Neural Story Generation", ACL 2018, section 5.4 (top k); Holtzman et al.,
    "The Curious Case of Neural Text Degeneration", ICLR 2020, section 3.1 (nucleus).
    """
    check_number("temperature", temperature, 0, low_open=True)
    p = (logits.double() / temperature).softmax(-1)  # float64: the same draw on every machine but for a hair's breadth
    if top_k is not None:
        p = _keep_largest(p, lambda ordered, rank: rank < check_count("top_k", top_k))
    if top_p is not None:
        check_number("top_p", top_p, 0, 1, low_open=True)
        p = _keep_largest(p, lambda ordered, rank: ordered.cumsum(-1) - ordered < top_p)  # what came before is short
    return p


def _keep_largest(p, keep):
    """Set to zero what `keep` (probabilities in falling order, their ranks) is False for; let the rest sum to one."""
    ordered, order = p.sort(dim=-1, descending=True, stable=True)
    rank = torch.arange(p.shape[-1], device=p.device)
    kept = torch.zeros_like(p).scatter(-1, order, ordered * keep(ordered, rank))
    return kept / kept.sum(-1, keepdim=True)


def sample_next(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    """Choose one word for each row of logits.

    Parameters
    ----------
    logits : (..., V) floats
    temperature : number >= 0; 0 takes the best word and needs no draw
    top_k, top_p : as `next_word_probabilities` takes them
    generator : torch.Generator on the CPU, or None for PyTorch's global one

    Returns
    -------
    words : (...) long, on the device of the logits

    Raises
    ------
    TypeError, ValueError : logits have no words, or temperature, top_k or top_p is out of range

    Notes
    -----
    The word is the first at which the running sum of the probabilities exceeds a uniform number. It is drawn on the
    CPU in float64, which not every device has, so that the same seed writes the same on all.
    """
    require(logits.ndim >= 1 and logits.shape[-1] > 0, f"logits must hold scores of V words along the last axis, got "
            f"shape {tuple(logits.shape)}")
    if check_number("temperature", temperature, 0) == 0:
        return logits.argmax(-1)
    running = next_word_probabilities(logits.cpu(), temperature, top_k, top_p).cumsum(-1)
    uniform = torch.rand(logits.shape[:-1], generator=generator, dtype=torch.float64)
    return (running > uniform[..., None] * running[..., -1:]).int().argmax(-1).to(logits.device)
