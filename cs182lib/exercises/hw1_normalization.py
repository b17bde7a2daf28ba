"""The exercises on batch norm, layer norm and dropout."""

from cs182lib.exercises.exercise import Exercise

_BATCHNORM = "hw1/02_batch_normalization"
_DROPOUT = "hw1/03_dropout"
_NET = ("models.fully_connected:FullyConnectedNet", "models.fully_connected:l2_penalty")

EXERCISES = (
    Exercise("hw1/batchnorm_forward", _BATCHNORM,
             "Training: standardize each feature over the batch and move the running statistics in bn_param. Testing: "
             "use the running statistics and leave them alone. Then scale by gamma and shift by beta.",
             ("Write the training mode first: mean and variance of every column of x, over the batch.",
              "The running mean keeps a share momentum of its old value and takes 1 - momentum of the batch's; so does "
              "the running variance. Write both back into bn_param. The cache must say which mode it was.",
              "x̂ = (x - mean) / √(var + eps), var = mean of (x - mean)² over axis 0; out = gamma x̂ + beta"),
             points=3, solution=("layers.normalization:batchnorm_forward", "layers.normalization:update_running")),
    Exercise("hw1/batchnorm_backward", _BATCHNORM,
             "Go back along the graph, node by node, in training mode; in test mode mean and variance are constants.",
             ("Go from right to left and write one line for each node. Where a value was used twice, the gradients "
              "add.",
              "x - mean has two ways out: into x̂ and into the variance. What the batch shares collects a sum over the "
              "batch; a mean hands back 1/N to every example.",
              "dx̂ = dout gamma; dvar = -½ istd³ Σ dx̂ (x - mean); dxc = dx̂ istd + 2/N (x - mean) dvar; "
              "dx = dxc - mean of dxc"),
             points=4, solution=("layers.normalization:batchnorm_backward",), needs=("hw1/batchnorm_forward",)),
    Exercise("hw1/batchnorm_backward_alt", _BATCHNORM,
             "Return the same gradients by the simplified formula, from the same cache.",
             ("dgamma and dbeta come first, and dx can be made of them.",
              "Take out of dout its mean over the batch, and its part along x̂.",
              "dx = gamma istd (dout - dbeta / N - x̂ dgamma / N); in test mode gamma istd dout"),
             points=2, solution=("layers.normalization:batchnorm_backward_alt",), needs=("hw1/batchnorm_forward",)),
    Exercise("hw1/FullyConnectedNet_with_batchnorm", _BATCHNORM,
             "Put batch norm between the affine layer and the ReLU of every hidden block, with gamma and beta of its "
             "own, and the mode set before every forward pass.",
             ("Every hidden layer needs its own dict in self.bn_params: one shared dict would mix the running "
              "statistics.",
              "y None means test mode, in every bn_param. Backward, the norm comes after ReLU and before the affine "
              "layer.",
              'bn_param["mode"] = "test" if y is None else "train"; gamma{i} = ones, beta{i} = zeros, not for the last '
              "layer; no penalty on either"),
             points=2, solution=_NET),
    Exercise("hw1/layernorm_forward", _BATCHNORM,
             "Standardize each example over its own features; training and testing are the same.",
             ("The mean belongs to a row now, not to a column.",
              "axis=1, and keepdims=True so that one number for each row fits beside the row. gamma and beta still "
              "have one number for each feature.",
              "x̂ = (x - mean over axis 1) / √(var over axis 1 + eps); out = gamma x̂ + beta"),
             points=1, solution=("layers.normalization:layernorm_forward", "layers.normalization:standardize_rows")),
    Exercise("hw1/layernorm_backward", _BATCHNORM,
             "Return dx, dgamma and dbeta. gamma varies along the axis that is averaged over.",
             ("Take the short formula of batch norm and turn rows and columns around.",
              "Multiply dout by gamma before any mean is taken. dgamma and dbeta are still sums over the batch.",
              "dx̂ = dout gamma; dx = (dx̂ - mean of dx̂ - x̂ · mean of dx̂ x̂) / std, means over axis 1"),
             points=2, solution=("layers.normalization:layernorm_backward", "layers.normalization:unstandardize_rows"),
             needs=("hw1/layernorm_forward",)),
    Exercise("hw1/FullyConnectedNet_with_layernorm", _BATCHNORM,
             'With normalization="layer", put layer norm where batch norm stands.',
             ("Only the two calls differ from batch norm: which take which arguments?",
              "There are no running statistics and no mode; gamma and beta have the same names and start.",
              "out, cache = layernorm_forward(out, gamma, beta), and layernorm_backward(dout, cache) on the way back"),
             points=1, solution=_NET),
    Exercise("hw1/dropout_forward", _DROPOUT,
             "Training: set each number to zero with probability p and divide the rest by 1 - p. Testing: return x. A "
             "seed in dropout_param makes the mask repeatable. The cache is (dropout_param, mask); in testing the "
             "mask is None.",
             ("p is the probability of dropping. What must be done to the rest so that the mean stays?",
              "Draw one uniform number in [0, 1) for each number of x; it is kept where that is at least p. The mask "
              "is all that the backward pass needs.",
              "mask = (u >= p) / (1 - p), out = x * mask, in the dtype of x"),
             points=2, solution=("layers.dropout:dropout_forward",)),
    Exercise("hw1/dropout_backward", _DROPOUT,
             "Let the gradient pass where the forward pass of this cache let numbers pass, scaled alike.",
             ("Given the mask, dropout multiplies by a constant, number by number.",
              "Use the mask of the cache: a new one would be another function. In test mode nothing was done.",
              "dx = dout * mask in training, dout in testing"),
             points=1, solution=("layers.dropout:dropout_backward",), needs=("hw1/dropout_forward",)),
    Exercise("hw1/FullyConnectedNet_with_dropout", _DROPOUT,
             "Put dropout after every hidden ReLU, in training only, and go back through the same masks.",
             ("self.dropout_param holds p, mode and perhaps seed, and goes into every call of dropout_forward.",
              "Set its mode before each forward pass: test where y is None. Keep a cache for each layer. The scores "
              "are not dropped.",
              'dropout_param["mode"] = "test" if y is None else "train"; backward: dropout, ReLU, norm, affine'),
             points=2, solution=_NET),
)
