"""The exercises on convolutional networks: convolution, pooling, a net of three layers, norms of images."""

from cs182lib.exercises.exercise import Exercise

_NOTEBOOK = "hw1/04_convolutional_networks"

EXERCISES = (
    Exercise("hw1/conv_forward_naive", _NOTEBOOK,
             "Slide every filter over every padded image, in loops: each output is a sum of products plus the filter's "
             "bias.",
             ("Pad with zeros first (np.pad, height and width only); then four loops: image, filter, row, column.",
              "The window of output (i, j) starts at row i * stride and column j * stride of the padded image and is "
              "as large as the filter, all channels.",
              "out[n, f, i, j] = Σ window * w[f] + b[f], H' = 1 + (H + 2 pad - HH) // stride"),
             points=3, solution=("layers.convolution:conv_forward_naive",)),
    Exercise("hw1/conv_backward_naive", _NOTEBOOK,
             "Hand each output's gradient to the window and to the filter that made it, and cut the padding off dx.",
             ("The same four loops. Each out[n, f, i, j] was Σ window * w[f] + b[f]: what is the gradient of each "
              "part?",
              "Windows overlap and filters are used again and again: start from zeros and add with +=.",
              "dxp[window] += dout[n,f,i,j] w[f]; dw[f] += dout[n,f,i,j] window; db = Σ of dout over n, i, j; "
              "dx = dxp[:, :, pad:pad + H, pad:pad + W]"),
             points=3, solution=("layers.convolution:conv_backward_naive",), needs=("hw1/conv_forward_naive",)),
    Exercise("hw1/max_pool_forward_naive", _NOTEBOOK,
             "Keep the largest number of each window, for each image and channel by itself.",
             ("Windows as for the convolution, without padding and without weights.",
              "The maximum of all images and channels can be taken at once: over the last two axes of the window.",
              "out[:, :, i, j] = x[:, :, i·stride:i·stride + HH, j·stride:j·stride + WW].max(axis=(2, 3))"),
             points=1, solution=("layers.pooling:max_pool_forward_naive",)),
    Exercise("hw1/max_pool_backward_naive", _NOTEBOOK,
             "Give each output's gradient to the number that was the largest of its window. Among equal ones, give "
             "it to one of them, or split it.",
             ("A small change to a number that is not the largest changes nothing.",
              "Find the place of the largest in each window again (argmax, np.unravel_index), and add there: windows "
              "may overlap.",
              "dx[n, c, i·stride + h, j·stride + v] += dout[n, c, i, j], with (h, v) the place of the window's "
              "maximum"),
             points=2, solution=("layers.pooling:max_pool_backward_naive",), needs=("hw1/max_pool_forward_naive",)),
    Exercise("hw1/ThreeLayerConvNet", _NOTEBOOK,
             "Write conv - ReLU - 2x2 max pool - affine - ReLU - affine - softmax: initial parameters, scores, loss "
             "with the penalty, and every gradient.",
             ("The sandwiches of layers do most of the work: conv_relu_pool_forward and affine_relu_forward.",
              "The convolution keeps height and width, the pooling halves both: count how many numbers of an image "
              "reach W2. Padding is (filter_size - 1) // 2.",
              "W1 (F, C, k, k), W2 (F · H/2 · W/2, hidden_dim), W3 (hidden_dim, num_classes); penalty on all three W"),
             points=3, solution=("models.convnet:ThreeLayerConvNet", "models.fully_connected:l2_penalty")),
    Exercise("hw1/spatial_batchnorm_forward", _NOTEBOOK,
             "Batch norm of images: one mean and one variance for each channel, over the batch and all pixels.",
             ("You have batch norm of (N, D) already. Which axis of the images takes the place of D?",
              "Move the channels to the end before you flatten, and move them back afterwards; a plain reshape mixes "
              "channels and pixels.",
              "rows = x.transpose(0, 2, 3, 1).reshape(-1, C), batchnorm_forward of them, then reshape to (N, H, W, C) "
              "and transpose(0, 3, 1, 2)"),
             points=2, solution=("layers.spatial_normalization:spatial_batchnorm_forward",
                                 "layers.normalization:update_running")),
    Exercise("hw1/spatial_batchnorm_backward", _NOTEBOOK,
             "Return dx (N, C, H, W), dgamma and dbeta (C,) for either mode.",
             ("What did the forward pass do to x? Do it to dout, and undo it on dx.",
              "dgamma and dbeta are sums over batch, rows and columns. With rows made as in the forward pass, the "
              "backward pass of batch norm gives all three.",
              "dx = gamma istd (dout - dbeta / M - x̂ dgamma / M) with M = N·H·W and sums over axes 0, 2, 3"),
             points=2, solution=("layers.spatial_normalization:spatial_batchnorm_backward",),
             needs=("hw1/spatial_batchnorm_forward",)),
    Exercise("hw1/groupnorm_forward", _NOTEBOOK,
             "Standardize each group of C / G neighboring channels of each image by itself; gamma and beta stay one "
             "for each channel.",
             ("G is the number of groups. How many numbers has a group?",
              "Reshape so that each group of each image is a row, and do what layer norm does to rows.",
              "x.reshape(N, G, -1), mean and variance over the last axis, back to x.shape, then gamma and beta as "
              "(1, C, 1, 1)"),
             points=2, solution=("layers.spatial_normalization:groupnorm_forward",
                                 "layers.normalization:standardize_rows")),
    Exercise("hw1/groupnorm_backward", _NOTEBOOK,
             "Return dx, dgamma and dbeta of group norm.",
             ("gamma and beta belong to channels, the means to groups: first the one, then the other.",
              "dx̂ = dout * gamma in the shape of x, then as (N, G, -1); from there it is layer norm's formula.",
              "dx = (dx̂ - mean of dx̂ - x̂ · mean of dx̂ x̂) / std over each group; dgamma = Σ dout x̂ over n, h, w"),
             points=2, solution=("layers.spatial_normalization:groupnorm_backward",
                                 "layers.normalization:unstandardize_rows"), needs=("hw1/groupnorm_forward",)),
)
