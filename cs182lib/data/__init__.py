"""Data sets: real where they were fetched, else generated stand-ins. `str(data)` says which."""

from cs182lib.data.article import Article, News
from cs182lib.data.cifar10 import (
    CLASS_NAMES,
    get_CIFAR10_data,
    load_CIFAR10,
    load_cifar10_uint8,
    load_CIFAR_batch,
)
from cs182lib.data.coco import decode_captions, load_coco_data, sample_coco_minibatch
from cs182lib.data.coco_files import write_coco_files
from cs182lib.data.dataset import DataMissingError, Dataset, data_mode, datasets_folder
from cs182lib.data.news import load_news
from cs182lib.data.standins.doodles import make_doodles

__all__ = ["Article", "CLASS_NAMES", "DataMissingError", "Dataset", "News", "data_mode", "datasets_folder",
           "decode_captions", "get_CIFAR10_data", "load_CIFAR10", "load_CIFAR_batch", "load_cifar10_uint8",
           "load_coco_data", "load_news", "make_doodles", "sample_coco_minibatch", "write_coco_files"]
