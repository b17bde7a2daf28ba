"""BERT's encoder, short enough to read at once, with the weights of any Hugging Face BERT folder.

    x = norm(word + position + type)
    x = norm(x + W_o attention(x)),   x = norm(x + W_2 gelu(W_1 x)),   once for every block

Unlike the Transformer of this package it is bidirectional (no mask of the future) and normalizes after the sum (post
norm). Dropout stands where the paper has it. There is no pooler: it belongs to the task of the next sentence.

Devlin et al. 2019, arXiv:1810.04805; Vaswani et al. 2017, arXiv:1706.03762, section 3.1 (the block).
"""

from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import nn

from cs182lib.language.attention import MultiHeadProjection
from cs182lib.validation import check_choice, check_count, check_number, require

ACTIVATIONS = {"gelu": F.gelu, "relu": F.relu, "gelu_new": lambda x: F.gelu(x, approximate="tanh"),
               "gelu_pytorch_tanh": lambda x: F.gelu(x, approximate="tanh")}
PAD = 0  # the piece that fills short rows in every BERT vocabulary


@dataclass
class BertConfig:
    """The sizes of a BERT, under the names of its config.json; the default is a BERT of toy size.

    Attributes
    ----------
    vocab_size, type_vocab_size, max_position_embeddings : int, the rows of the three tables
    hidden_size, intermediate_size : int, lengths of the vectors between the blocks, and inside their dense layers
    num_hidden_layers, num_attention_heads : int, blocks, and heads of each, which share hidden_size evenly
    hidden_act : a name in ACTIVATIONS
    layer_norm_eps, initializer_range : float in [0, 1]
    hidden_dropout_prob, attention_probs_dropout_prob : float in [0, 1)

    Raises
    ------
    TypeError, ValueError : a value that is none of these
    """

    vocab_size: int = 1000
    hidden_size: int = 48
    num_hidden_layers: int = 2
    num_attention_heads: int = 4
    intermediate_size: int = 192
    max_position_embeddings: int = 512
    type_vocab_size: int = 2
    hidden_act: str = "gelu"
    layer_norm_eps: float = 1e-12
    hidden_dropout_prob: float = 0.1
    attention_probs_dropout_prob: float = 0.1
    initializer_range: float = 0.02

    def __post_init__(self):
        for name in ("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
                     "max_position_embeddings", "type_vocab_size"):
            check_count(name, getattr(self, name))
        for name in ("hidden_dropout_prob", "attention_probs_dropout_prob"):
            check_number(name, getattr(self, name), 0, 1, high_open=True)
        for name in ("layer_norm_eps", "initializer_range"):
            check_number(name, getattr(self, name), 0, 1)
        check_choice("hidden_act", self.hidden_act, tuple(ACTIVATIONS))
        require(self.hidden_size % self.num_attention_heads == 0,
                f"hidden_size must be a multiple of num_attention_heads, got {self.hidden_size} and "
                f"{self.num_attention_heads}; every head takes an equal share")


@dataclass
class BertOutput:
    """What an encoder gives for a batch of B rows of T pieces.

    Attributes
    ----------
    hidden_states : list of (B, T, hidden_size): what enters the first block, then what each block gives
    attentions : list of (B, heads, T, T), one for each block, rows summing to one; empty unless asked for
    scores : list of (B, heads, T, T), q k / sqrt(d) before mask and softmax; empty unless asked for
    """

    hidden_states: list = field(default_factory=list)
    attentions: list = field(default_factory=list)
    scores: list = field(default_factory=list)

    @property
    def last_hidden_state(self):
        """Return what the last block gives, (B, T, hidden_size)."""
        return self.hidden_states[-1]


class BertSelfAttention(nn.Module):
    """Attention of every piece to every piece in several heads: (B, T, D) -> (B, T, D); config is a BertConfig."""

    def __init__(self, config):
        super().__init__()
        D = config.hidden_size
        self.split = MultiHeadProjection(config.num_attention_heads, [D])
        self.query, self.key, self.value, self.output = (nn.Linear(D, D) for _ in range(4))
        self.dropout = config.attention_probs_dropout_prob

    def forward(self, x, mask, keep=None):
        """Return W_o softmax(q k^T / sqrt(d)) v, with q, k and v projections of x, (B, T, D).

        `mask` is (B, 1, 1, T), True where a piece may be seen. PyTorch's fused attention never stores a (T, T) table;
        `keep` is a BertOutput that takes up the scores and the weights, which are computed for it alone.
        """
        q, k, v = (self.split._split_heads(layer(x)) for layer in (self.query, self.key, self.value))  # (B, h, T, d)
        out = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=self.dropout if self.training else 0.0)
        if keep is not None:
            keep.scores.append(self.split.attention_map.similarity(q, k))
            keep.attentions.append(self.split.attention_map(q, k, v, mask)[1])
        return self.output(self.split._combine_heads(out))  # (B, h, T, d) -> (B, T, D)


class BertBlock(nn.Module):
    """Attention and two dense layers, each with a way around it and a norm behind the sum; config is a BertConfig."""

    def __init__(self, config):
        super().__init__()
        D, filters = config.hidden_size, config.intermediate_size
        self.attention = BertSelfAttention(config)
        self.attention_norm = nn.LayerNorm(D, eps=config.layer_norm_eps)
        self.up, self.down = nn.Linear(D, filters), nn.Linear(filters, D)
        self.norm = nn.LayerNorm(D, eps=config.layer_norm_eps)
        self.activation = ACTIVATIONS[config.hidden_act]
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, x, mask, keep=None):
        """Return the hidden states x after this block, (B, T, D); mask and keep are those of `BertSelfAttention`."""
        x = self.attention_norm(x + self.dropout(self.attention(x, mask, keep)))
        return self.norm(x + self.dropout(self.down(self.activation(self.up(x)))))


class BertEmbeddings(nn.Module):
    """Sum of what a piece is, where it stands and which of two texts it belongs to; config is a BertConfig."""

    def __init__(self, config):
        super().__init__()
        D = config.hidden_size
        self.word = nn.Embedding(config.vocab_size, D, padding_idx=PAD)
        self.position = nn.Embedding(config.max_position_embeddings, D)
        self.segment = nn.Embedding(config.type_vocab_size, D)
        self.norm = nn.LayerNorm(D, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, ids, types=None):
        """Return the first hidden states (B, T, D) of ids and types, (B, T) long; types are 0 where they are None."""
        types = torch.zeros_like(ids) if types is None else types
        places = torch.arange(ids.shape[1], device=ids.device)  # (T,)
        return self.dropout(self.norm(self.word(ids) + self.position(places) + self.segment(types)))


class BertEncoder(nn.Module):
    """BERT without a head: pieces (B, T) -> BertOutput.

    Weights start as in the paper, normal with standard deviation initializer_range, biases at zero.

    Parameters
    ----------
    config : BertConfig
    """

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.embeddings = BertEmbeddings(config)
        self.blocks = nn.ModuleList(BertBlock(config) for _ in range(config.num_hidden_layers))
        self.apply(lambda layer: start_as_bert(layer, config.initializer_range))

    def forward(self, ids, mask=None, types=None, attentions=False):
        """Return the BertOutput of a batch.

        Parameters
        ----------
        ids : int64 (B, T), numbers of pieces
        mask : (B, T), True or 1 where there is a piece, False or 0 where the row is filled up; None: pieces everywhere
        types : int64 (B, T), 0 for the first text and 1 for the second; None: all 0
        attentions : bool, also keep attention weights and the scores they come from

        Raises
        ------
        ValueError : more pieces than positions, a piece outside the vocabulary, a mask of another shape
        """
        mask = self._check(ids, mask)
        keep = BertOutput()
        x = self.embeddings(ids, types)
        keep.hidden_states.append(x)
        for block in self.blocks:
            x = block(x, mask[:, None, None, :], keep if attentions else None)  # (B, T) -> (B, 1, 1, T)
            keep.hidden_states.append(x)
        return keep

    def _check(self, ids, mask):
        if ids.ndim != 2 or ids.is_floating_point():
            raise ValueError(f"ids must be whole numbers of shape (B, T), got {ids.dtype} of shape {tuple(ids.shape)}")
        longest, size = self.config.max_position_embeddings, self.config.vocab_size
        require(ids.shape[1] <= longest, f"ids has {ids.shape[1]} pieces a row, this BERT has {longest} positions; "
                                         f"cut the texts, encode(texts, max_length={longest})")
        low, high = (int(bound) for bound in ids.aminmax()) if ids.numel() else (0, 0)
        require(0 <= low and high < size, f"ids must lie in 0 to {size - 1}, got {low} to {high}; were they made with "
                                          "the vocabulary of this BERT?")
        if mask is None:
            return torch.ones_like(ids, dtype=torch.bool)
        if mask.shape != ids.shape:
            raise ValueError(f"mask must have the shape of ids, {tuple(ids.shape)}, got {tuple(mask.shape)}")
        return mask.bool()


class BertClassifier(nn.Module):
    """A BERT and a linear layer on the mean of its last hidden states: pieces (B, T) -> logits (B, classes).

    Parameters
    ----------
    encoder : BertEncoder
    num_classes : int, logits of each row
    pooling : "mean" (over the pieces that are there) or "cls" (the first piece, as in the paper)
    dropout : float in [0, 1], before the linear layer

    Raises
    ------
    TypeError, ValueError : pooling is another word, or num_classes is no whole number above 0
    """

    def __init__(self, encoder, num_classes, pooling="mean", dropout=0.1):
        super().__init__()
        self.encoder = encoder
        self.pooling = check_choice("pooling", pooling, ("mean", "cls"))
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(encoder.config.hidden_size, check_count("num_classes", num_classes))
        start_as_bert(self.classifier, encoder.config.initializer_range)

    def forward(self, ids, mask=None):
        """Return the logits (B, classes) of ids and mask, as `BertEncoder` takes them."""
        return self.logits(self.encoder(ids, mask), mask)

    def logits(self, output, mask=None):
        """Return the logits (B, classes) for an output of the encoder that is there already; mask is (B, T) or None."""
        x = output.last_hidden_state  # (B, T, D)
        pooled = x[:, 0] if self.pooling == "cls" else masked_mean(x, mask)
        return self.classifier(self.dropout(pooled))


class BertMaskedLM(nn.Module):
    """A BERT that guesses words: pieces (B, T), some of them [MASK] -> logits (B, T, vocab_size).

    logits = norm(gelu(W x)) E^T + b, with E the embedding of words: what goes in and what comes out share one table.

    Devlin et al. 2019, section 3.1, task 1.

    Parameters
    ----------
    encoder : BertEncoder
    """

    def __init__(self, encoder):
        super().__init__()
        D = encoder.config.hidden_size
        self.encoder = encoder
        self.transform, self.norm = nn.Linear(D, D), nn.LayerNorm(D, eps=encoder.config.layer_norm_eps)
        self.bias = nn.Parameter(torch.zeros(encoder.config.vocab_size))
        start_as_bert(self.transform, encoder.config.initializer_range)

    def forward(self, ids, mask=None):
        """Return the logits of every place (B, T, vocab_size) of ids and mask, as `BertEncoder` takes them."""
        return self.guess(self.encoder(ids, mask).last_hidden_state)

    def guess(self, x):
        """Return the logits (..., vocab_size) for hidden states (..., D)."""
        return F.linear(self.norm(F.gelu(self.transform(x))), self.encoder.embeddings.word.weight, self.bias)


def masked_mean(x, mask=None):
    """Return the mean over the pieces that are there: x (B, T, D), mask (B, T) -> (B, D)."""
    if mask is None:
        return x.mean(dim=1)
    weight = mask.unsqueeze(-1).to(x.dtype)  # (B, T) -> (B, T, 1)
    return (x * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1)


def start_as_bert(layer, std=0.02):
    """Give a linear or embedding layer normal weights of deviation std and no bias; leave other layers as they are."""
    if isinstance(layer, (nn.Linear, nn.Embedding)):
        nn.init.normal_(layer.weight, std=std)
    if isinstance(layer, nn.Linear):
        nn.init.zeros_(layer.bias)
    if isinstance(layer, nn.Embedding) and layer.padding_idx is not None:
        nn.init.zeros_(layer.weight[layer.padding_idx].unsqueeze(0))


def count_parameters(encoder):
    """Return how many numbers the BertEncoder `encoder` learns, as {"blocks": int, "embeddings": int}."""
    return {"blocks": sum(p.numel() for p in encoder.blocks.parameters()),
            "embeddings": sum(p.numel() for p in encoder.embeddings.parameters())}
