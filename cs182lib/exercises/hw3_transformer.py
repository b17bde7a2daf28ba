"""The exercises on attention and the Transformer."""

from cs182lib.exercises.exercise import Exercise

_NOTEBOOK = "hw3/02_summarization"
_BLOCKS, _WHOLE = "language.transformer_blocks", "language.transformer"

EXERCISES = (
    Exercise("hw3/AttentionQKV", _NOTEBOOK,
             "Compare every query with every key (`similarity`), hide what must not be seen, make weights of it, and "
             "average the values with them. Return output and weights. `self.apply_mask` is given.",
             ("How well a query fits a key is one number: their product. All of them at once are a matrix.",
              "Multiply by the keys with their last two axes swapped, divide by √dk, mask, softmax over the keys "
              "(the last axis), multiply by the values. Any axes in front, such as heads, take care of themselves.",
              "similarity = queries @ keys.transpose(-2, -1) / math.sqrt(dk); weights = self.apply_mask(similarity, "
              "mask).softmax(dim=-1); return weights @ values, weights"),
             points=3, solution=("language.attention:AttentionQKV.forward",
                                 "language.attention:AttentionQKV.similarity")),
    Exercise("hw3/MultiHeadProjection", _NOTEBOOK,
             "Cut vectors into heads (`_split_heads`), put them together again (`_combine_heads`), and let every "
             "head attend on its own part (`forward`; `attend` is given).",
             ("Which axis of (B, T, d) is cut? It becomes two. And where must the axis of heads stand for "
              "AttentionQKV?",
              "view as (B, T, heads, d / heads), then swap axes 1 and 2. The way back is the same in reverse order: "
              "first swap, then flatten the last two axes.",
              "split: x.view(B, T, h, d // h).transpose(1, 2); combine: x.transpose(1, 2).flatten(2); forward: split "
              "queries, keys and values, and return the first thing that self.attend(q, k, v, mask) gives"),
             points=2, solution=("language.attention:MultiHeadProjection.forward",
                                 "language.attention:MultiHeadProjection._split_heads",
                                 "language.attention:MultiHeadProjection._combine_heads")),
    Exercise("hw3/PositionEmbedding", _NOTEBOOK,
             "Add to each vector the code of its position: sines and cosines, interleaved; the first position is "
             "`start`.",
             ("Make the (T, d) codes first, without any input. Which numbers depend on the place, which on the pair?",
              "angles = position / 10000^(2i/d) is an outer quotient, (T, d/2). To interleave sin and cos, stack "
              "them on a new last axis and flatten it.",
              "positions = arange(start, start + T); divisor = 10000 ** (arange(0, d, 2) / d); angles = positions[:, "
              "None] / divisor; torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(1)"),
             points=2, solution=(f"{_WHOLE}_embeddings:PositionEmbedding.forward",)),
    Exercise("hw3/TransformerFeedForward", _NOTEBOOK,
             "Return x + dropout(feed_forward(norm(x))). `residual` is what all blocks share: x + f(norm(x)), or, "
             "with pre=False, norm(x + f(x)).",
             ("What is added at the end: x, or its normalized version?",
              "Write residual first; then forward is one call of it, whose f applies the two layers and drops.",
              "residual: x + f(norm(x)) if pre else norm(x + f(x)); forward: residual(inputs, lambda x: "
              "self.dropout(self.feed_forward(x)), self.norm, self.pre)"),
             points=1, solution=(f"{_BLOCKS}:TransformerFeedForward.forward", f"{_BLOCKS}:residual")),
    Exercise("hw3/TransformerEncoderBlock", _NOTEBOOK,
             "Let each place look at its own sequence, around it a sum and a norm, then the feed-forward layer, "
             "which has its own.",
             ("Who asks in self-attention, and what is looked at? Both are the same thing.",
              "MultiHeadAttention takes a pair (who asks, memory) and the mask. Normalize once, and use it for both.",
              "x = residual(inputs, lambda x: self.self_attention((x, x), self_attention_mask), self.norm, "
              "self.pre); return self.feed_forward(x)"),
             points=2, solution=(f"{_BLOCKS}:TransformerEncoderBlock.forward", f"{_BLOCKS}:residual")),
    Exercise("hw3/TransformerDecoderBlock", _NOTEBOOK,
             "Look back at the target, then at the source, then think: three sums. `combine` is the three sums "
             "around two functions, one for each attention; the cache of section 12 calls it, too.",
             ("In the cross-attention queries come from one text, keys and values from the other.",
              "The encoder's output passes cross_norm_source once, before all. Then residual with self_norm, "
              "residual with cross_norm_target, feed_forward. With return_weights the cross-attention returns two "
              "things.",
              "combine: x = residual(x, look_back, self.self_norm, self.pre); x = residual(x, look_at_source, "
              "self.cross_norm_target, self.pre); self.feed_forward(x). look_back is self_attention((x, x), mask), "
              "look_at_source is cross_attention((x, source), mask)"),
             points=3, solution=(f"{_BLOCKS}:TransformerDecoderBlock.forward",
                                 f"{_BLOCKS}:TransformerDecoderBlock.combine", f"{_BLOCKS}:residual")),
    Exercise("hw3/shift_target_sequence_right", _NOTEBOOK,
             "Put a 0 before each row of the target and drop its last token.",
             ("The length stays: what comes in at the front goes out at the end.",
              "A column of zeros of the same kind as the target, and the target without its last column.",
              "torch.cat((torch.zeros_like(target_sequence[:, :1]), target_sequence[:, :-1]), dim=1)"),
             points=1, solution=(f"{_WHOLE}:TransformerDecoder.shift_target_sequence_right",)),
    Exercise("hw3/Transformer", _NOTEBOOK,
             "Put it together: embed, encode, shift, mask, decode, score. The stacks of blocks are made for you; you "
             "write what runs through them, the masks of the decoder, and what goes in and comes out.",
             ("Follow one batch: tokens, vectors with places, n blocks, the other sequence, n blocks, scores. Write "
              "the small ones first: TransformerInputEmbedding, EmbeddingTranspose, future_mask.",
              "convert_to_attention_mask makes (B, T, T) of any mask. A target place sees what its padding mask and "
              "the future mask both allow. In the cross-attention all places of the target see the real places of "
              "the source. Every block of the decoder gets the output of the whole encoder.",
              "future: s <= t. own = future & mask (None where there is neither). encoder: x = "
              "embedding_layer(inputs), then x = block(x, mask). decoder: x = embedding_layer(shifted target), then "
              "x = block(x, encoder_output, own, source). logits = x Eᵀ with E = embedding.weight.detach()"),
             points=5, solution=(f"{_WHOLE}:Transformer.forward", f"{_WHOLE}:TransformerEncoder.forward",
                                 f"{_WHOLE}:TransformerDecoder.forward",
                                 f"{_WHOLE}:TransformerDecoder.get_future_mask",
                                 f"{_WHOLE}:TransformerDecoder.get_self_attention_mask",
                                 f"{_WHOLE}:TransformerDecoder.get_cross_attention_mask",
                                 "language.masks:future_mask",
                                 f"{_WHOLE}_embeddings:TransformerInputEmbedding.forward",
                                 f"{_WHOLE}_embeddings:EmbeddingTranspose.forward")),
)
