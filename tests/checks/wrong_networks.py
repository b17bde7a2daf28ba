"""Wrong networks, of NumPy and of PyTorch, in the form of `wrong_layers`."""

TWO_LAYER = [
    ("0.5 * self.reg", "self.reg", "loss", "0.5 of the penalty is missing"),
    ("loss += 0.5 * self.reg * (np.sum(p[\"W1\"]**2) + np.sum(p[\"W2\"]**2))", "pass", "loss", "penalty is missing"),
    ('np.sum(p["W1"]**2)', 'np.sum(p["W1"]**2) + np.sum(p["b1"]**2) + np.sum(p["b2"]**2)', "loss", "biases"),
    ("dW1 = dW1 + self.reg * p[\"W1\"]", "pass", "grads", "add reg * W"),
    ("dW2 + self.reg", "dW2 + 2 * self.reg", "grads", "not 2 * reg * W"),
    ("h, relu_cache = relu_forward(a)", "h, relu_cache = a, np.ones_like(a)", "scores", "no ReLU between"),
    ("da = relu_backward(dh, relu_cache)", "da = dh", "grads", None),
    ('"W1": weight_scale * rng', '"W1": rng', "params", "weight_scale is not used"),
    ("rng.standard_normal((", "rng.random((", "params", "uniform"),
    ('"b1": np.zeros(hidden_dim)', '"b1": np.ones(hidden_dim)', "params", None),
    ("(input_dim, hidden_dim)", "(hidden_dim, input_dim)", "params", "axes are swapped"),
    ("return loss, {", "return loss * len(y), {", "loss", "summed over the batch"),
    ("hidden_dim=100", "hidden_dim=10", "params", None),
    ("reg=0.0", "reg=1.0", "reg", None),
    ('"b1": db1, ', "", "grads", "keyed like params"),
    ("if y is None:", "if False:", "scores", None),
]

FULLY_CONNECTED = [
    ("0.5 * self.reg", "self.reg", "loss", "0.5 of the penalty is missing"),
    ("+ self.reg * p[f\"W{i}\"]", "", "grads", "add reg * W"),
    ("range(1, L + 1):", "range(1, L):", "loss", "last layer is not penalized"),
    ("out, caches[\"relu\", i] = relu_forward(out)", "caches['relu', i] = np.ones_like(out)", "scores",
     "no ReLU between"),
    ("dout = relu_backward(dout, caches[\"relu\", i])", "pass", "grads", None),
    ("value.astype(dtype)", "value", "dtype", "self.dtype"),
    ("X.astype(self.dtype)", "X", "dtype", "self.dtype"),
    ("weight_scale * rng", "weight_scale**2 * rng", "params", "multiplied in twice"),
    ("caches[\"relu\", i])", "caches['relu', 1])", "loss", None),
    ("range(L - 1, 0, -1)", "range(L - 1, 1, -1)", "loss", None),
    ("if mode == \"test\":\n            return scores", "pass", "scores", None),
]

BATCHNORM = [
    ('bn_param["mode"] = mode', "bn_param[mode] = mode", "scores", "with the quotes"),
    ("self.bn_params[i - 1])", "{'mode': 'train'})", "scores", None),
    ("i < self.num_layers:", "i <= self.num_layers:", "params", "neither gamma nor beta"),
    ("np.ones(dims[i]), np.zeros(dims[i])", "np.zeros(dims[i]), np.zeros(dims[i])", "params", None),
    ("backward(dout, caches[\"norm\", i])", "(dout, 0 * p[f'gamma{i}'], 0 * p[f'beta{i}'])", "grads", None),
    ("grads[f\"gamma{i}\"], grads[f\"beta{i}\"] = backward", "grads[f'beta{i}'], grads[f'gamma{i}'] = backward",
     "grads", None),
    ("for _ in hidden_dims]", "for _ in hidden_dims[1:]]", "loss", None),
    ("np.sum(p[f\"W{i}\"]**2)", "sum(np.sum(p[k]**2) for k in p) / L", "loss", "gamma, beta"),
]

LAYERNORM = [
    ("layernorm_forward(out, p[f\"gamma{i}\"], p[f\"beta{i}\"])",
     "batchnorm_forward(out, p[f'gamma{i}'], p[f'beta{i}'], {'mode': 'train'})", "scores", "batch norm"),
    ("layernorm_forward(out, p[f\"gamma{i}\"], p[f\"beta{i}\"])", "(out, None)", "scores", "layer norm is left out"),
    ("else layernorm_backward", "else batchnorm_backward", "loss", None),
    ("grads[f\"gamma{i}\"], grads[f\"beta{i}\"] = backward", "_, _ = backward", "grads", "keyed like params"),
    ("0.5 * self.reg", "self.reg", "loss", "0.5 of the penalty is missing"),
    ("if self.norm and i < self.num_layers", "if self.norm == 'batch' and i < self.num_layers", "params", None),
]

DROPOUT = [
    ('self.dropout_param["mode"] = mode', "pass", "scores", "mode never changes"),
    ("dout = dropout_backward(dout, caches[\"dropout\", i])", "pass", "grads", None),
    ("if self.use_dropout and seed is not None", "if False", "loss", "seed"),
    ('"p": dropout}', '"p": 1 - dropout}', "second mask", None),
    ("if self.use_dropout:", "if self.use_dropout and i == 1:", "second mask",
     "no dropout after the second"),
    ("if self.use_dropout:", "if self.use_dropout and i == L - 1:",
     "first mask", "no dropout after the first"),
    ("scores, last_cache = affine_forward(out,",
     "out = out * (0.5 if mode == 'train' else 1)\n        scores, last_cache = affine_forward(out,", "grads", None),
    ("out, caches[\"relu\", i] = relu_forward(out)",
     "out, caches['relu', i] = relu_forward(out)\n            out = out * (0.7 if mode == 'test' else 1)", "scores",
     None),
]

CONVNET = [
    ("0.5 * self.reg", "self.reg", "loss", "0.5 of the penalty is missing"),
    ("- 1) // 2", "- 1) // 2 - 1", "loss", None),
    ("h1, relu1_cache = relu_forward(a1)", "h1, relu1_cache = a1, np.ones_like(a1)", "scores",
     "no ReLU after the convolution"),
    ("h2, relu2_cache = relu_forward(a2)", "h2, relu2_cache = a2, np.ones_like(a2)", "scores",
     "no ReLU after the hidden"),
    ("da1 = relu_backward(dh1, relu1_cache)", "da1 = dh1", "grads", None),
    ("(num_filters * H * W // 4, hidden_dim)", "(num_filters * H * H // 4, hidden_dim)", "params", None),
    ("affine_forward(s1, p", "affine_forward(s1.swapaxes(2, 3), p", "scores", "height and width are swapped"),
    ("grads[key] += self.reg * p[key]", "pass", "grads", "add reg * W"),
    ("for key in (\"W1\", \"W2\", \"W3\")", "for key in (\"W2\", \"W3\")", "loss", None),
    ("return scores", "return relu_forward(scores)[0]", "scores", "ReLU after the last layer"),
]

RAW_CONVNET = [
    ("F.relu(F.conv2d(x, conv_w1, conv_b1, padding=2))", "F.conv2d(x, conv_w1, conv_b1, padding=2)", "scores",
     "no ReLU after the first"),
    ("F.relu(F.conv2d(h, conv_w2, conv_b2, padding=1))", "F.conv2d(h, conv_w2, conv_b2, padding=1)", "scores",
     "no ReLU after the second"),
    ("@ fc_w + fc_b", "@ fc_w", "scores", "fc_b is not added"),
    ("conv_w1, conv_b1, padding", "conv_w1, None, padding", "scores", "conv_b1 is not added"),
    ("padding=2", "padding=1", "three_layer_convnet", None),
    ("@ fc_w + fc_b", "@ fc_w.detach() + fc_b", "fc_w", "graph is cut"),
    ("return h.reshape", "h = h.detach()\n    return h.reshape", "conv_w1", "graph is cut"),
    ("@ fc_w + fc_b", "@ fc_w + fc_b - 1", "scores",
     "a constant"),
    ("    h = F.relu(F.conv2d(x", "    x += 1\n    h = F.relu(F.conv2d(x", "x", "in place"),
]

MODULE = [
    ("nn.init.kaiming_normal_(layer.weight)", "pass", "weight", "PyTorch's own start"),
    ("nn.ReLU(),\n", "nn.Identity(),\n", "scores", "no ReLU after the first"),
    ("5, padding=2", "3, padding=1", "parameters", None),
    ("padding=1), nn.ReLU()", "padding=1), nn.Identity()", "scores", "no ReLU after the second"),
    ("5, padding=2)", "5, padding=2, bias=False)", "parameters", None),
    ("return self.last(self.features(x).flatten(1))", "return F.softmax(self.last(self.features(x).flatten(1)), 1)",
     "scores", "softmax after the last layer"),
    ("self.features(x).flatten(1)", "self.features(x).detach().flatten(1)", "features", "graph is cut"),
    ("super().__init__()\n", "super().__init__()\n        self.extra = nn.Linear(3, 2)\n", "parameters", None),
]
