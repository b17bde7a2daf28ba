"""torchvision imports wherever PyTorch does, and importing the library imports neither."""

import subprocess
import sys

import pytest
import torch

from cs182lib.vision import torchvision_compat

USE_TORCHVISION = """
from cs182lib.vision.torchvision_compat import import_torchvision
torchvision = import_torchvision()
assert import_torchvision() is torchvision
import torch
from torchvision import datasets, models
from torchvision.transforms import v2
assert v2.RandomHorizontalFlip(1.0)(torch.arange(6).view(1, 2, 3)).tolist() == [[[2, 1, 0], [5, 4, 3]]]
assert models.squeezenet1_1(weights=None)(torch.zeros(1, 3, 64, 64)).shape == (1, 1000)
assert len(datasets.FakeData(size=3)) == 3
"""


def run(code):
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_models_transforms_and_datasets_work():
    run(USE_TORCHVISION)


def test_the_package_itself_imports_neither_torch_nor_torchvision():
    run("import sys, cs182lib; assert not {'torch', 'torchvision'} & set(sys.modules)")


def test_other_import_errors_are_passed_on(monkeypatch):
    def broken(name):
        raise RuntimeError("something else")

    monkeypatch.setattr(torchvision_compat.importlib, "import_module", broken)
    with pytest.raises(RuntimeError, match="something else"):
        torchvision_compat.import_torchvision()


def test_declared_operators_say_that_they_have_no_code():
    torchvision_compat.import_torchvision()
    torchvision_compat._declare({"cs182_probe": "cs182_probe(Tensor x) -> Tensor"})
    torchvision_compat._declare({"cs182_probe": "cs182_probe(Tensor x) -> Tensor"})  # a second time does no harm
    with pytest.raises(NotImplementedError):
        torch.ops.torchvision.cs182_probe(torch.zeros(2))
