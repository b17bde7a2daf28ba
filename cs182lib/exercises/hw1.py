"""The exercises of Homework 1."""

from cs182lib.exercises.exercise import Exercise

_FULLY_CONNECTED = "hw1/01_fully_connected_nets"

EXERCISES = (
    Exercise("hw1/affine_forward", _FULLY_CONNECTED,
             "Flatten each example to a row, multiply by w, add b. The cache is what the backward pass needs.",
             ("Every example is one row of a matrix with D columns.",
              "Which axis of x must stay, and which may be merged? NumPy's reshape takes -1 for the rest.",
              "out = x.reshape(N, -1) @ w + b"),
             points=1, solution=("layers.dense:affine_forward",)),
    Exercise("hw1/affine_backward", _FULLY_CONNECTED,
             "Return the gradients of x, w and b, each in the shape of its array.",
             ("Ask of each shape: which product of dout (N, M), x (N, D) and w (D, M) gives it?",
              "b went into every row, so every row of dout comes back to it.",
              "dx = (dout @ w.T).reshape(x.shape), dw = x.reshape(N, -1).T @ dout, db = dout summed over the examples"),
             points=2, solution=("layers.dense:affine_backward",), needs=("hw1/affine_forward",)),
)
