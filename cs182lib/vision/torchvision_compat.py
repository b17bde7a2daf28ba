"""Import torchvision where its compiled operators cannot be loaded.

Beside a CPU-only PyTorch the package index's torchvision wheel, which was built for CUDA, does not find its library,
and `import torchvision` dies with "operator torchvision::nms does not exist". Only two operators are asked for while
importing; once their signatures are declared, models, transforms and datasets work. The operators themselves (box
suppression for detectors) stay without code: calling one raises NotImplementedError.
"""

import importlib
import sys

import torch

MISSING = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}
_libraries = []  # a declaration lives as long as its Library object


def import_torchvision():
    """Return the module `torchvision`, with the two operator signatures declared first if it cannot do without.

    Raises
    ------
    ImportError : torchvision is not installed
    """
    try:
        return importlib.import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::nms does not exist" not in str(error):
            raise
    _forget_half_import()
    _declare(MISSING)
    return importlib.import_module("torchvision")


def _declare(schemas):
    """Declare those operators of the namespace torchvision that are not declared yet."""
    library = torch.library.Library("torchvision", "FRAGMENT")
    _libraries.append(library)
    for name, schema in schemas.items():
        if not hasattr(torch.ops.torchvision, name):
            library.define(schema)


def _forget_half_import():
    """Drop what the failed import left in sys.modules, so that the next import starts from its first line."""
    for name in [name for name in sys.modules if name == "torchvision" or name.startswith("torchvision.")]:
        del sys.modules[name]
