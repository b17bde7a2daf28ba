"""`transformers`, the independent BERT that ours is compared with; tests that need it are skipped where it is not."""

import pytest

from cs182lib.vision.torchvision_compat import import_torchvision


def import_transformers():
    """Return the module, or skip the test."""
    try:
        import_torchvision()  # transformers imports it, and fails beside a CPU-only PyTorch unless it is mended first
    except ImportError:
        pass
    transformers = pytest.importorskip("transformers")
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    return transformers
