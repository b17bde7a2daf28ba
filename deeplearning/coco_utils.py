"""The captioned pictures of cs182lib.data."""

from cs182lib.data import decode_captions, load_coco_data, sample_coco_minibatch

__all__ = ["decode_captions", "load_coco_data", "sample_coco_minibatch"]
