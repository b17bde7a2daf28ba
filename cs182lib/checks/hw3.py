"""Homework 3: one check for every class, function and cell that a learner writes, in the order of the notebooks.

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
from cs182lib.checks.hw3_ngrams import check_KneserNey
from cs182lib.checks.hw3_sampling import check_next_word_probabilities, check_sample_next
from cs182lib.checks.hw3_summarizer import (
    check_generate_summary,
    check_length_penalty,
    check_masked_loss,
    check_pointer_mixture,
    check_shift_target_sequence_right,
)
from cs182lib.checks.hw3_training import check_distill_student, check_train_language_model, check_train_summarizer
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
    check_write_headlines,
)

_ALL = (
    check_numerized2text, check_build_batch, check_KneserNey, check_LanguageModel, check_loss_fn, check_evaluate_loss,
    check_train_language_model, check_headline_log_probs, check_next_word_probabilities, check_sample_next,
    check_write_headlines, check_generate_sentence,
    check_AttentionQKV, check_MultiHeadProjection, check_PositionEmbedding, check_TransformerFeedForward,
    check_TransformerEncoderBlock, check_TransformerDecoderBlock, check_shift_target_sequence_right, check_Transformer,
    check_masked_loss, check_pointer_mixture, check_train_summarizer, check_generate_summary, check_length_penalty,
    check_AttentionLayerLoss, check_HiddenLayerLoss, check_EmbeddingLayerLoss, check_PredictionLoss,
    check_KnowledgeDistillationLoss, check_distill_student,
)
CHECKS = {f"hw3/{function.__name__.removeprefix('check_')}": function for function in _ALL}
__all__ = ["CHECKS", *(function.__name__ for function in _ALL)]
