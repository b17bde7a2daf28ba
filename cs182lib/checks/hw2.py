"""Homework 2: one check for everything that a learner writes, in the order of the notebooks.

Each takes the implementation (a backward pass also the forward pass that makes its cache), prints one line where it is
right and raises CheckFailed where it is not.
"""

from cs182lib.checks.hw2_attention import check_additive_attention_backward, check_additive_attention_forward
from cs182lib.checks.hw2_attention_captioner import check_AttentionCaptioner
from cs182lib.checks.hw2_captioning import (
    check_CaptioningRNN,
    check_CaptioningRNN_with_gru,
    check_CaptioningRNN_with_lstm,
)
from cs182lib.checks.hw2_recurrent import (
    check_rnn_backward,
    check_rnn_forward,
    check_rnn_step_backward,
    check_rnn_step_forward,
)
from cs182lib.checks.hw2_recurrent_gru import (
    check_gru_backward,
    check_gru_forward,
    check_gru_step_backward,
    check_gru_step_forward,
)
from cs182lib.checks.hw2_recurrent_lstm import (
    check_lstm_backward,
    check_lstm_forward,
    check_lstm_step_backward,
    check_lstm_step_forward,
    check_sigmoid,
)
from cs182lib.checks.hw2_recurrent_words import (
    check_temporal_affine_backward,
    check_temporal_affine_forward,
    check_temporal_softmax_loss,
    check_word_embedding_backward,
    check_word_embedding_forward,
)
from cs182lib.checks.hw2_sampling import (
    check_CaptioningRNN_sample,
    check_CaptioningRNN_sample_with_gru,
    check_CaptioningRNN_sample_with_lstm,
)
from cs182lib.checks.hw2_style import (
    check_content_loss,
    check_extract_features,
    check_gram_matrix,
    check_style_loss,
    check_tv_loss,
)
from cs182lib.checks.hw2_training import check_train_captioner
from cs182lib.checks.hw2_visualization import (
    check_compute_saliency_maps,
    check_make_fooling_image,
    check_update_class_visualization,
)

_ALL = (
    check_rnn_step_forward, check_rnn_step_backward, check_rnn_forward, check_rnn_backward,
    check_word_embedding_forward, check_word_embedding_backward, check_temporal_affine_forward,
    check_temporal_affine_backward, check_temporal_softmax_loss, check_CaptioningRNN, check_CaptioningRNN_sample,
    check_sigmoid, check_lstm_step_forward, check_lstm_step_backward, check_lstm_forward, check_lstm_backward,
    check_gru_step_forward, check_gru_step_backward, check_gru_forward, check_gru_backward,
    check_CaptioningRNN_with_lstm, check_CaptioningRNN_with_gru, check_CaptioningRNN_sample_with_lstm,
    check_CaptioningRNN_sample_with_gru, check_train_captioner, check_additive_attention_forward,
    check_additive_attention_backward, check_AttentionCaptioner,
    check_compute_saliency_maps, check_make_fooling_image, check_update_class_visualization,
    check_extract_features, check_content_loss, check_gram_matrix, check_style_loss, check_tv_loss,
)
CHECKS = {f"hw2/{function.__name__.removeprefix('check_')}": function for function in _ALL}
__all__ = ["CHECKS", *(function.__name__ for function in _ALL)]
