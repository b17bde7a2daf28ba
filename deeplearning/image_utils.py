"""The helpers for pictures of cs182lib.vision."""

from cs182lib.vision.image_utils import *  # noqa: F403
