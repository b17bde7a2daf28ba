"""Checks of the convolution: every axis of another length, with and without padding, strides 1 to 3."""

import numpy as np

from cs182lib import layers
from cs182lib.checks.compare import Checker, check_backward, check_forward
from cs182lib.checks.definitions import conv
from cs182lib.checks.inputs import scattered

CASES = (  # x (N, C, H, W), w (F, C, HH, WW), stride, pad
    ((2, 3, 5, 6), (4, 3, 3, 2), 1, 0),
    ((2, 3, 6, 7), (4, 3, 4, 3), 2, 1),
    ((1, 2, 5, 7), (3, 2, 3, 2), 3, 2),
)


def _case(x_shape, w_shape, stride, pad):
    x, w = scattered(x_shape), scattered(w_shape, start=9)
    b = scattered(w_shape[:1], 0.5, 2.0, start=5)
    return {"x": x, "w": w, "b": b, "conv_param": {"stride": stride, "pad": pad}}


def _context(case):
    return f" for w {case['w'].shape}, stride {case['conv_param']['stride']}, pad {case['conv_param']['pad']}"


def check_conv_forward_naive(conv_forward_naive):
    """Check `conv_forward_naive`(x, w, b, conv_param) -> (out, cache) against the definition of the convolution."""
    check = Checker("conv_forward_naive", N=2, C=3)
    for case in (_case(*sizes) for sizes in CASES):
        check_forward(check, conv_forward_naive, conv, _conv_mistakes, _context(case), **case)
    check.passed()


def _conv_mistakes(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    bare, bias = conv(x, w, 0 * b, conv_param), b.reshape(1, -1, 1, 1)
    edges = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="edge")
    return {
        "the bias is not added": bare,
        "the bias is subtracted": bare - bias,
        "the bias is added once per number of the filter: add it to the sum": bare + bias * w[0].size,
        "the filter is turned by 180 degrees: layers do not flip it (cross-correlation)": bias + conv(
            x, w[:, :, ::-1, ::-1], 0 * b, conv_param),
        "the filter is turned upside down": bias + conv(x, w[:, :, ::-1], 0 * b, conv_param),
        "the filter is mirrored": bias + conv(x, w[:, :, :, ::-1], 0 * b, conv_param),
        "the channels are in reverse order": bias + conv(x, w[:, ::-1], 0 * b, conv_param),
        "only the first channel counts: sum over C": bias + conv(x[:, :1], w[:, :1], 0 * b, conv_param),
        "only the last channel counts: sum over C with +=": bias + conv(x[:, -1:], w[:, -1:], 0 * b, conv_param),
        "the padding repeats the border: pad with zeros": conv(edges, w, b, {"stride": stride, "pad": 0}),
        "pad is ignored": lambda: conv(x, w, b, {"stride": stride, "pad": 0}),
        "stride is ignored": lambda: conv(x, w, b, {"stride": 1, "pad": pad}),
        "pad is added on one side only: H' = 1 + (H + 2 pad - HH) / stride": lambda: conv(
            np.pad(x, ((0, 0), (0, 0), (0, pad), (0, pad))), w, b, {"stride": stride, "pad": 0}),
        "the stride sets the size of out, but the windows move by 1": lambda: conv(
            x, w, b, {"stride": 1, "pad": pad})[:, :, :bare.shape[2], :bare.shape[3]],
    }


def check_conv_backward_naive(conv_backward_naive, conv_forward_naive=layers.conv_forward_naive):
    """Check dx, dw and db of `conv_backward_naive`(dout, cache), on the cache of `conv_forward_naive`.

    They are compared with numeric gradients of the definition.
    """
    check = Checker("conv_backward_naive", N=2, C=3)
    for case in (_case(*sizes) for sizes in CASES):
        check_backward(check, conv_backward_naive, conv_forward_naive, conv, _conv_backward_mistakes, _context(case),
                       **case)
    check.passed()


def _conv_backward_mistakes(dout, x, w, b, conv_param):
    dx, dw = _conv_gradients(dout, x, w, conv_param)
    last_x, last_w = _conv_gradients(dout, x, w, conv_param, add=False)
    last_x_and_f = _conv_gradients(dout[:, -1:], x, w[-1:], conv_param, add=False)[0]
    last_w_and_n = _conv_gradients(dout[-1:], x[-1:], w, conv_param, add=False)[1]
    flipped = _conv_gradients(dout, x, w[:, :, ::-1, ::-1], conv_param)[0]
    return {
        "dx": {
            "windows overlap: add to dx with +=, do not overwrite": last_x,
            "windows and filters overlap: add to dx with +=, do not overwrite": last_x_and_f,
            "the filter is turned by 180 degrees": flipped,
            "the gradient of the padding is kept: cut `pad` off every side": lambda: _conv_gradients(
                dout, x, w, conv_param, cut=False)[0],
            "only the last filter counts: add over F with +=": lambda: _conv_gradients(
                dout[:, -1:], x, w[-1:], conv_param)[0],
            "only the first filter counts: add over F": lambda: _conv_gradients(dout[:, :1], x, w[:1], conv_param)[0],
        },
        "dw": {
            "every place of the window adds to dw: +=, do not overwrite": last_w,
            "every example and place of the window adds to dw: +=, do not overwrite": last_w_and_n,
            "dw is turned by 180 degrees": dw[:, :, ::-1, ::-1],
            "only the last example counts: add over the batch with +=": lambda: _conv_gradients(
                dout[-1:], x[-1:], w, conv_param)[1],
            "only the first example counts: add over the batch": lambda: _conv_gradients(
                dout[:1], x[:1], w, conv_param)[1],
            "dw is averaged over the batch: sum": dw / len(x),
        },
        "db": {
            "every example and pixel adds to db: +=, do not overwrite": dout[-1, :, -1, -1],
            "summed over the batch alone: sum over N, H' and W'": dout.sum(axis=0),
            "not summed over the batch: sum over N, H' and W'": dout.sum(axis=(2, 3)),
            "not summed over the pixels: sum over N, H' and W'": dout[:, :, 0, 0].sum(axis=0),
            "averaged: sum over N, H' and W'": dout.mean(axis=(0, 2, 3)),
            "averaged over the batch: sum over N, H' and W'": dout.sum(axis=(0, 2, 3)) / len(x),
            "only the last example counts: add over the batch with +=": dout[-1].sum(axis=(1, 2)),
        },
    }


def _conv_gradients(dout, x, w, conv_param, add=True, cut=True):
    """Return (dx, dw) in loops; add=False overwrites where it should add, cut=False leaves the padding on."""
    stride, pad = conv_param["stride"], conv_param["pad"]
    (HH, WW), (H_out, W_out) = w.shape[2:], dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(H_out):
        for j in range(W_out):
            at = np.s_[:, :, i * stride:i * stride + HH, j * stride:j * stride + WW]
            part_x = np.einsum("nf,fchv->nchv", dout[:, :, i, j], w)
            part_w = np.einsum("nf,nchv->fchv", dout[:, :, i, j], xp[at])
            dxp[at] = part_x + (dxp[at] if add else 0)
            dw = part_w + (dw if add else 0)
    inner = slice(pad, -pad if pad else None)
    return (dxp[:, :, inner, inner] if cut else dxp), dw
