"""Compare a NumPy layer with the same function in PyTorch: output and every gradient."""

import numpy as np
import torch

TOLERANCE = {np.float64: dict(rtol=1e-9, atol=1e-11), np.float32: dict(rtol=1e-3, atol=2e-4)}


def ramp(*shape, low=-0.7, high=0.9, dtype=np.float64):
    """A full, signed, aperiodic array without draws: a ramp visited with a stride prime to its size."""
    n = int(np.prod(shape))
    stride = next(k for k in range(max(2, int(0.618 * n)), 10 * n + 10) if np.gcd(k, n) == 1)
    return np.linspace(low, high, n)[np.arange(n) * stride % n].reshape(shape).astype(dtype)


def assert_same_as_torch(forward, backward, torch_function, *inputs):
    """Output and gradients of forward(*inputs) and backward(dout, cache) must equal torch's, in value and dtype."""
    dtype = inputs[0].dtype.type
    kept = [array.copy() for array in inputs]
    out, cache = forward(*inputs)
    tensors = [torch.tensor(array, requires_grad=True) for array in inputs]
    expected = torch_function(*tensors)
    dout = ramp(*out.shape, low=-1.1, high=1.3, dtype=dtype)
    expected.backward(torch.tensor(dout))
    gradients = backward(dout, cache)
    gradients = gradients if isinstance(gradients, tuple) else (gradients,)
    assert out.dtype == dtype and out.shape == tuple(expected.shape)
    np.testing.assert_allclose(out, expected.detach().numpy(), **TOLERANCE[dtype])
    for i, (gradient, tensor) in enumerate(zip(gradients, tensors, strict=True)):
        assert gradient.dtype == dtype, f"gradient {i} is {gradient.dtype}"
        np.testing.assert_allclose(gradient, tensor.grad.numpy(), **TOLERANCE[dtype], err_msg=f"gradient {i}")
    for array, before in zip(inputs, kept):
        np.testing.assert_array_equal(array, before, err_msg="an input was changed in place")
