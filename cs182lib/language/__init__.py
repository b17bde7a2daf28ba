"""PyTorch on text: vocabulary, language models, attention, Transformer, summarizer, BERT, distillation."""

from cs182lib.language.attention import *  # noqa: F403
from cs182lib.language.decoder_cache import *  # noqa: F403
from cs182lib.language.masks import *  # noqa: F403
from cs182lib.language.transformer import *  # noqa: F403
from cs182lib.language.transformer_blocks import *  # noqa: F403
from cs182lib.language.transformer_embeddings import *  # noqa: F403
