"""What a Transformer is stacked from: feed-forward layers, and the blocks of encoder and decoder.

Vaswani et al., "Attention Is All You Need", NeurIPS 2017, sections 3.1 (blocks) and 3.3 (feed-forward layers).
The blocks normalize first (`norm="pre"`, the course's): x + f(norm(x)). The paper normalizes last ("post"):
norm(x + f(x)). With "pre" the sum runs through untouched, which is why it trains without a careful warm-up
(Xiong et al., "On Layer Normalization in the Transformer Architecture", ICML 2020).
"""

from torch import nn

from cs182lib.language.attention import MultiHeadAttention
from cs182lib.validation import check_choice, require

__all__ = ["TransformerDecoderBlock", "TransformerEncoderBlock", "TransformerFeedForward"]


def residual(x, f, norm, pre):
    """Return x + f(norm(x)), or with pre=False norm(x + f(x))."""
    return x + f(norm(x)) if pre else norm(x + f(x))


class TransformerFeedForward(nn.Module):
    """Two affine layers with a ReLU between, the same at each position, around them the sum: x + drop(ff(norm(x))).

    Parameters
    ----------
    input_size, filter_size, hidden_size : ints, lengths of the vectors: coming in, in the middle, going out
    dropout : float, the share of the output that is set to zero in training, or None
    norm : "pre" or "post"

    Raises
    ------
    ValueError : input_size and hidden_size differ, or norm is another word
    """

    def __init__(self, input_size, filter_size, hidden_size, dropout=None, norm="pre"):
        super().__init__()
        require(input_size == hidden_size, f"input_size and hidden_size are summed and must be equal, got {input_size} "
                                           f"and {hidden_size}")
        self.pre = check_choice("norm", norm, ("pre", "post")) == "pre"
        self.norm = nn.LayerNorm(input_size)
        self.feed_forward = nn.Sequential(nn.Linear(input_size, filter_size), nn.ReLU(),
                                          nn.Linear(filter_size, hidden_size))
        for layer in self.feed_forward[::2]:
            nn.init.xavier_uniform_(layer.weight)
        self.dropout = nn.Dropout(dropout or 0.0)

    def forward(self, inputs):
        """Return (B, T, d) from inputs (B, T, d)."""
        return residual(inputs, lambda x: self.dropout(self.feed_forward(x)), self.norm, self.pre)


class TransformerEncoderBlock(nn.Module):
    """Let each place look at all places of its own sequence, then think about what it saw.

    x = x + self_attention(norm(x));  x = x + feed_forward(norm(x)).

    Parameters
    ----------
    input_size, hidden_size : int, length of the vectors, equal
    n_heads, filter_size : ints
    dropout : float or None, in the feed-forward layer
    norm : "pre" or "post"
    attention : "readable" or "fast"

    Raises
    ------
    ValueError : norm is another word
    """

    def __init__(self, input_size, n_heads, filter_size, hidden_size, dropout=None, norm="pre", attention="readable"):
        super().__init__()
        self.pre = check_choice("norm", norm, ("pre", "post")) == "pre"
        self.norm = nn.LayerNorm(input_size)
        self.self_attention = MultiHeadAttention(n_heads, [input_size, input_size], attention)
        self.feed_forward = TransformerFeedForward(input_size, filter_size, hidden_size, dropout, norm)

    def forward(self, inputs, self_attention_mask=None):
        """Return (B, T, d) from inputs (B, T, d) and self_attention_mask (B, T, T) or None."""
        x = residual(inputs, lambda x: self.self_attention((x, x), self_attention_mask), self.norm, self.pre)
        return self.feed_forward(x)


class TransformerDecoderBlock(nn.Module):
    """Look at what is written so far, then at the source, then think.

    x = x + self_attention(self_norm(x))
    x = x + cross_attention(cross_norm_target(x), cross_norm_source(source))
    x = x + feed_forward(norm(x))

    With norm="pre" nothing normalizes the encoder's output but `cross_norm_source`, in every block; with "post" it
    comes out normalized and is taken as it is.

    Parameters
    ----------
    input_size, n_heads, filter_size, hidden_size, dropout, norm, attention : as for `TransformerEncoderBlock`

    Raises
    ------
    as for `TransformerEncoderBlock`
    """

    def __init__(self, input_size, n_heads, filter_size, hidden_size, dropout=None, norm="pre", attention="readable"):
        super().__init__()
        self.pre = check_choice("norm", norm, ("pre", "post")) == "pre"
        self.self_norm = nn.LayerNorm(input_size)
        self.self_attention = MultiHeadAttention(n_heads, [input_size, input_size], attention)
        self.cross_attention = MultiHeadAttention(n_heads, [input_size, input_size], attention)
        self.cross_norm_source = nn.LayerNorm(input_size) if self.pre else nn.Identity()
        self.cross_norm_target = nn.LayerNorm(input_size)
        self.feed_forward = TransformerFeedForward(input_size, filter_size, hidden_size, dropout, norm)

    def forward(self, decoder_inputs, encoder_outputs, self_attention_mask=None, cross_attention_mask=None,
                return_weights=False):
        """Return what comes out of the block.

        Parameters
        ----------
        decoder_inputs : (B, T, d) floats
        encoder_outputs : (B, S, d) floats
        self_attention_mask : None or (B, T, T), True where a target place may see another
        cross_attention_mask : None or (B, T, S), True where a target place may see a source place
        return_weights : bool

        Returns
        -------
        outputs : (B, T, d); with return_weights also the cross-attention's weights, (B, heads, T, S)
        """
        source, weights = self.cross_norm_source(encoder_outputs), []

        def look_at_source(x):
            seen = self.cross_attention((x, source), cross_attention_mask, return_weights)
            weights[:] = seen[1:] if return_weights else ()
            return seen[0] if return_weights else seen

        x = self.combine(decoder_inputs, lambda x: self.self_attention((x, x), self_attention_mask), look_at_source)
        return (x, *weights) if return_weights else x

    def combine(self, x, look_back, look_at_source):
        """Return (B, T, d): the three sums, around whatever computes the two attentions, anew or from a cache.

        Parameters
        ----------
        x : (B, T, d) floats
        look_back, look_at_source : functions (B, T, d) -> (B, T, d), the attention to the target and to the source
        """
        x = residual(x, look_back, self.self_norm, self.pre)
        x = residual(x, look_at_source, self.cross_norm_target, self.pre)
        return self.feed_forward(x)
