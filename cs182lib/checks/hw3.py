"""Homework 3: one check for every class and function that a learner writes.

Each takes the implementation, prints one line where it is right and raises CheckFailed where it is not.
"""

from cs182lib.checks.hw3_distillation import (
    check_AttentionLayerLoss,
    check_EmbeddingLayerLoss,
    check_HiddenLayerLoss,
    check_KnowledgeDistillationLoss,
    check_PredictionLoss,
)
from cs182lib.checks.hw3_language import (
    check_build_batch,
    check_LanguageModel,
    check_loss_fn,
    check_numerized2text,
)
from cs182lib.checks.hw3_summarizer import (
    check_generate_summary,
    check_length_penalty,
    check_masked_loss,
    check_pointer_mixture,
    check_shift_target_sequence_right,
)
from cs182lib.checks.hw3_transformer import (
    check_AttentionQKV,
    check_MultiHeadProjection,
    check_PositionEmbedding,
    check_Transformer,
    check_TransformerDecoderBlock,
    check_TransformerEncoderBlock,
    check_TransformerFeedForward,
)
from cs182lib.checks.hw3_writing import (
    check_evaluate_loss,
    check_generate_sentence,
    check_headline_log_probs,
    check_KneserNey,
    check_sample_next,
)

_ALL = (
    check_numerized2text, check_build_batch, check_LanguageModel, check_loss_fn, check_evaluate_loss,
    check_headline_log_probs, check_sample_next, check_generate_sentence, check_KneserNey,
    check_AttentionQKV, check_MultiHeadProjection, check_PositionEmbedding, check_TransformerFeedForward,
    check_TransformerEncoderBlock, check_TransformerDecoderBlock, check_Transformer,
    check_shift_target_sequence_right, check_masked_loss, check_generate_summary, check_pointer_mixture,
    check_length_penalty,
    check_AttentionLayerLoss, check_HiddenLayerLoss, check_EmbeddingLayerLoss, check_PredictionLoss,
    check_KnowledgeDistillationLoss,
)
CHECKS = {f"hw3/{function.__name__.removeprefix('check_')}": function for function in _ALL}
__all__ = ["CHECKS", *(function.__name__ for function in _ALL)]
