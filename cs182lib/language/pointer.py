"""Copy words from the article: a mixture of the vocabulary's distribution with the attention to the source."""

import torch
import torch.nn.functional as F
from torch import nn

from cs182lib.language.attention import AttentionQKV

NEVER = -1e4  # a log-probability that adds nothing, and whose gradient is 0 and not NaN as that of -inf


class Pointer(nn.Module):
    """Point at words of the source: attention weights a over them, and the gate g between writing and copying.

    a = softmax(q kᵀ / √d), q = W_q h, k = W_k m;  g = σ(w · [h, Σ_s a_s m_s] + b), the probability of writing.

    h are the decoder's last hidden states and m the encoder's outputs, both normalized first, as a pre-norm Transformer
    gives them as they are.

    Parameters
    ----------
    d_model : int, d, the size of both

    References
    ----------
    See, Liu and Manning, "Get To The Point: Summarization with Pointer-Generator Networks", ACL 2017, eq. 8.
    """

    def __init__(self, d_model):
        super().__init__()
        self.hidden_norm, self.memory_norm = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.query_layer, self.key_layer = (nn.Linear(d_model, d_model, bias=False) for _ in range(2))
        self.gate_layer = nn.Linear(2 * d_model, 1)
        self.attention_layer = AttentionQKV()

    def remember(self, encoder_output):
        """Return (keys, memory), each (B, S, d), of encoder_output, (B, S, d): the same for every step."""
        memory = self.memory_norm(encoder_output)
        return self.key_layer(memory), memory

    def forward(self, hidden, keys, memory, mask=None):
        """Return the attention and the gate's logit.

        Parameters
        ----------
        hidden : (B, T, d), the decoder's last hidden states
        keys, memory : (B, S, d), what `remember` gives
        mask : (B, S) bool, True where a source word is, or None

        Returns
        -------
        attention : (B, T, S), rows sum to 1
        gate : (B, T, 1), the logit of g
        """
        hidden = self.hidden_norm(hidden)
        mask = None if mask is None else mask[:, None, :].expand(-1, hidden.shape[1], -1)  # (B, S) -> (B, T, S)
        context, attention = self.attention_layer(self.query_layer(hidden), keys, memory, mask)
        return attention, self.gate_layer(torch.cat([hidden, context], dim=-1))


def widened(x):
    """Return x in float32 where it is in bfloat16, whose digits are too few for probabilities; else as it is."""
    return x.float() if x.dtype == torch.bfloat16 else x


def pointer_mixture(p_vocab, attention, gate, source_extended, num_words):
    """Compute the probability of every word of the extended vocabulary.

    p[y] = g p_vocab[y] + (1 - g) Σ_{s: source_extended[s] = y} a[s];  p_vocab[y] = 0 for y >= V

    Parameters
    ----------
    p_vocab : (B, T, V), rows sum to 1
    attention : (B, T, S), a, rows sum to 1
    gate : (B, T, 1), g in [0, 1]
    source_extended : (B, S) int64, the number of every source word, below num_words
    num_words : int, the size of the extended vocabulary, at least V

    Returns
    -------
    p : (B, T, num_words), rows sum to 1

    References
    ----------
    See, Liu and Manning 2017, eq. 9.
    """
    p = F.pad(gate * p_vocab, (0, num_words - p_vocab.shape[-1]))  # (B, T, V) -> (B, T, num_words)
    places = source_extended[:, None, :].expand(-1, p.shape[1], -1)  # (B, S) -> (B, T, S)
    return p.scatter_add(2, places, (1 - gate) * attention)


def pointer_log_probs(logits, attention, gate_logit, source_extended, target_extended):
    """Compute the logarithm of `pointer_mixture` at the targets alone, without making the whole distribution.

    log p[y] = logaddexp(log g + log p_vocab[y], log(1 - g) + log Σ_{s: source[s] = y} a[s])

    Parameters
    ----------
    logits : (B, T, V); attention : (B, T, S); gate_logit : (B, T, 1)
    source_extended : (B, S), target_extended : (B, T) int64

    Returns
    -------
    log_p : (B, T) float32 or float64

    Notes
    -----
    Everything stays in logarithms, so a gate that is sure of itself does no harm.
    """
    V = logits.shape[-1]
    log_vocab = _log_softmax_at(logits, target_extended.clamp(max=V - 1)).masked_fill(target_extended >= V, NEVER)
    found = source_extended[:, None, :] == target_extended[:, :, None]  # (B, T, S)
    copied = (widened(attention) * found).sum(dim=-1)  # (B, T)
    log_copied = torch.where(copied > 0, copied, 1).log().masked_fill(copied <= 0, NEVER)
    gate = widened(gate_logit).squeeze(-1)  # (B, T, 1) -> (B, T)
    return torch.logaddexp(F.logsigmoid(gate) + log_vocab, F.logsigmoid(-gate) + log_copied)


def _log_softmax_at(logits, y):
    logits = widened(logits)
    return logits.gather(-1, y[..., None]).squeeze(-1) - logits.logsumexp(dim=-1)  # (B, T, 1) -> (B, T)
