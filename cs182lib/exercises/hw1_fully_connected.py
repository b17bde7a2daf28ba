"""The exercises on fully connected networks: layers, losses, networks, update rules and four trainings."""

from cs182lib.exercises.exercise import Exercise

_NOTEBOOK = "hw1/01_fully_connected_nets"

EXERCISES = (
    Exercise("hw1/affine_forward", _NOTEBOOK,
             "Flatten each example to a row, multiply by w, add b. The cache is what the backward pass needs.",
             ("Every example is one row of a matrix with D columns.",
              "Which axis of x must stay, and which may be merged? NumPy's reshape takes -1 for the rest.",
              "out = x.reshape(N, -1) @ w + b"),
             points=1, solution=("layers.dense:affine_forward",)),
    Exercise("hw1/affine_backward", _NOTEBOOK,
             "Return the gradients of x, w and b, each in the shape of its array.",
             ("Ask of each shape: which product of dout (N, M), x (N, D) and w (D, M) gives it?",
              "b went into every row, so every row of dout comes back to it.",
              "dx = (dout @ w.T).reshape(x.shape), dw = x.reshape(N, -1).T @ dout, db = dout summed over the examples"),
             points=2, solution=("layers.dense:affine_backward",), needs=("hw1/affine_forward",)),
    Exercise("hw1/relu_forward", _NOTEBOOK,
             "Keep what is positive and replace what is negative by 0, whatever the shape of x. x itself stays as it "
             "is.",
             ("Each number of the output depends on one number of the input.",
              "NumPy has a function that compares two arrays number by number and keeps the larger; one may be 0.",
              "out = np.maximum(x, 0), cache = x"),
             points=1, solution=("layers.dense:relu_forward",)),
    Exercise("hw1/relu_backward", _NOTEBOOK,
             "Let dout pass where x was positive, and stop it elsewhere.",
             ("What is the slope of max(0, x) left of 0, and what right of it?",
              "x > 0 is an array of True and False; in a product True counts as 1 and False as 0.",
              "dx = dout * (x > 0)"),
             points=1, solution=("layers.dense:relu_backward",), needs=("hw1/relu_forward",)),
    Exercise("hw1/softmax_loss", _NOTEBOOK,
             "Return the mean cross-entropy of softmax(x) and its gradient. It must hold for scores in the "
             "thousands, too.",
             ("Subtract each row's largest score first: the probabilities stay, and exp never sees a large number.",
              "With s = x - max: log p = s - log Σ exp(s). Take the logarithm of the sum, never of a probability, "
              "which may have become 0.",
              "loss = mean of -log p[n, y[n]]; dx = p, less 1 at [n, y[n]], all over N"),
             points=2, solution=("layers.losses:softmax_loss",)),
    Exercise("hw1/svm_loss", _NOTEBOOK,
             "Return the mean hinge loss with margin 1 and its gradient. The right class does not count itself.",
             ("For one example: by how much does each wrong class come closer to the right one than 1?",
              "x[np.arange(N), y] are the right scores; as a column they can be subtracted from every row of x. "
              "Set the margins of the right classes to 0 before you add up.",
              "margins = max(0, x - right + 1); dx is 1/N where a margin is positive, and at the right class "
              "minus the number of positive ones, over N"),
             points=2, solution=("layers.losses:svm_loss",)),
    Exercise("hw1/TwoLayerNet", _NOTEBOOK,
             "Write affine - ReLU - affine - softmax: initial parameters, scores, and the loss with the penalty and "
             "every gradient.",
             ("The layers are there already. __init__ fills self.params; loss calls the forward passes, keeps their "
              "caches, and calls the backward passes in the opposite order.",
              "initial_weight(shape, weight_scale, rng, dtype) draws weights, biases are 0. The penalty is on W1 and "
              "W2 alone.",
              "loss = softmax loss + 0.5 reg (Σ W1² + Σ W2²), and reg * W is added to the gradient of each W"),
             points=3, solution=("models.fully_connected:TwoLayerNet", "models.fully_connected:l2_penalty")),
    Exercise("hw1/train_two_layer_net", _NOTEBOOK,
             "Make a TwoLayerNet and train it on all training pictures with a Solver, for at most "
             'budget["two_layer_epochs"] epochs: `two_layer_solver` must reach budget["two_layer_goal"] on the '
             "validation pictures.",
             ("Train for one epoch with rates a factor 10 apart, and look at which the loss falls fastest.",
              "Pixels are large numbers here, up to 150: plain SGD wants a rate well below its default of 1e-2. Let "
              "the rate fall from epoch to epoch with lr_decay.",
              "a hundred hidden units, dtype np.float32, update_rule sgd with a learning_rate of about 1e-3, "
              "lr_decay about 0.9; then two_layer_solver.train()"),
             points=2),
    Exercise("hw1/FullyConnectedNet", _NOTEBOOK,
             "Write affine - [batch or layer norm] - ReLU - [dropout], as often as hidden_dims says, then affine - "
             "softmax. Begin without norm and dropout; later notebooks ask for them.",
             ("A loop over the layers forward, keeping one cache for each, and a loop backward. Keys are made by "
              'f"W{i}", with i from 1.',
              "All sizes in a row, [input_dim, *hidden_dims, num_classes]: layer i leads from one to the next. The "
              "last layer has no ReLU. Cast X and all parameters to self.dtype.",
              "loss += 0.5 reg Σ W² and grads[W] += reg W for every weight matrix; y None means scores, in test mode"),
             points=4, solution=("models.fully_connected:FullyConnectedNet", "models.fully_connected:l2_penalty")),
    Exercise("hw1/overfit_three_layers", _NOTEBOOK,
             "Find settings with which a three-layer net knows all 50 pictures within 20 epochs, and keep the Solver "
             "as `three_layers`: learn_by_heart([100] * 2, weight_scale=...).",
             ("Too small weights: the loss stays at log 10. Too large ones: it starts in the thousands. Print "
              "loss_history to see which it is.",
              "Try weight scales a factor 3 apart, and keep the learning rate where it is.",
              "the rule √(2 / H) with H = 100 hidden units gives 0.14; for this rate half of it or less will do"),
             points=1),
    Exercise("hw1/overfit_five_layers", _NOTEBOOK,
             "The same with five layers: `five_layers` = learn_by_heart([100] * 4, weight_scale=...), all 50 pictures "
             "within 20 epochs.",
             ("What worked for three layers need not work here: look whether the loss moves at all.",
              "A factor that each layer puts on the signal is taken to the power of five now. At which weight scale "
              "does a signal keep its size?",
              "a layer keeps the size where weight_scale is √(2 / H), H = 100; look around that"),
             points=1),
    Exercise("hw1/sgd_momentum", _NOTEBOOK,
             "Update the velocity in config, then step along it. config must remember the velocity for the next call.",
             ("The velocity is a running sum of gradients, in which old ones fade.",
              "First the new velocity, then the step with it. Write it back to the dict that was passed.",
              "v = momentum * v + dw; next_w = w - learning_rate * v"),
             points=1, solution=("training.optim:sgd_momentum",)),
    Exercise("hw1/rmsprop", _NOTEBOOK,
             "Update the running mean of dw² in config, and divide the step by its root.",
             ("Each weight's step is divided by the usual size of its own gradient.",
              "The cache is a weighted mean: decay_rate of the old and 1 - decay_rate of the new square. Update it "
              "first.",
              "c = ρ c + (1 - ρ) dw²; next_w = w - learning_rate * dw / (√c + epsilon)"),
             points=1, solution=("training.optim:rmsprop",)),
    Exercise("hw1/adam", _NOTEBOOK,
             "Update t, m and v in config, correct m and v for their start at zero, and step.",
             ("Momentum's mean of gradients over RMSProp's root mean square; both means start at 0 and so too small.",
              "Raise t before you use it. m and v go into config as they are; the corrected ones are only for this "
              "step.",
              "m̂ = m / (1 - β₁ᵗ), v̂ = v / (1 - β₂ᵗ), next_w = w - learning_rate * m̂ / (√v̂ + epsilon)"),
             points=2, solution=("training.optim:adam",)),
    Exercise("hw1/train_good_model", _NOTEBOOK,
             "Train the best fully connected network you can on all training pictures, in at most "
             'budget["good_epochs"] epochs: the Solver `good` must reach budget["good_goal"] on the validation '
             'pictures.',
             ("Change one thing at a time: rule, rate, width, depth, penalty. Training far ahead of validation asks "
              "for more regularization, both low for a larger net or a better rate.",
              'Adam with a rate that falls (schedule=cosine, or lr_decay), weight_scale="kaiming", mirrored pictures '
              "(augment=random_flip). Come back with batch norm and dropout after the next two notebooks.",
              'FullyConnectedNet([200, 200], normalization="batch", dropout=0.1, weight_scale="kaiming"), adam at '
              '2e-3'),
             points=4),
)
