"""The losses of style transfer of cs182lib.vision."""

from cs182lib.vision.style_transfer import content_loss, gram_matrix, style_loss, tv_loss  # noqa: F401
