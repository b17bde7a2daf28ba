"""Columns against torch's unfold and fold, and as each other's transpose."""

import numpy as np
import pytest
import torch

from cs182lib.layers import col2im, im2col
from tests.parity import ramp

CASES = pytest.mark.parametrize("field, padding, stride, size", [
    ((3, 3), 1, 1, (5, 6)), ((2, 3), 0, 1, (4, 5)), ((3, 2), 1, 2, (5, 4)), ((1, 1), 0, 1, (2, 3))])


@CASES
def test_equal_to_torch(field, padding, stride, size):
    x = ramp(2, 3, *size)
    cols = im2col(x, *field, padding, stride)
    unfolded = torch.nn.functional.unfold(torch.tensor(x), field, padding=padding, stride=stride)  # (N, C·HH·WW, H'·W')
    np.testing.assert_array_equal(cols, unfolded.permute(1, 2, 0).reshape(len(cols), -1).numpy())
    folded = torch.nn.functional.fold(unfolded, size, field, padding=padding, stride=stride)
    np.testing.assert_allclose(col2im(cols, x.shape, *field, padding, stride), folded.numpy(), rtol=1e-12)


@CASES
def test_col2im_is_the_transpose_of_im2col(field, padding, stride, size):
    x = ramp(2, 3, *size)
    cols = im2col(x, *field, padding, stride)
    other = ramp(*cols.shape, low=-2)
    back = col2im(other, x.shape, *field, padding, stride)
    assert np.vdot(cols, other) == pytest.approx(np.vdot(x, back))


def test_bad_shapes_are_refused():
    with pytest.raises(ValueError, match="cols must have the shape .27, 60."):
        col2im(ramp(27, 59), (2, 3, 5, 6), 3, 3, 1, 1)
    with pytest.raises(ValueError, match="does not fit"):
        im2col(ramp(2, 3, 5, 6), 3, 3, 0, 2)
