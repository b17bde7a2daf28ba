"""The CIFAR-10 loaders of cs182lib.data."""

from cs182lib.data import get_CIFAR10_data, load_CIFAR10, load_CIFAR_batch

__all__ = ["get_CIFAR10_data", "load_CIFAR10", "load_CIFAR_batch"]
