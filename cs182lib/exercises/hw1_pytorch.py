"""The exercises with PyTorch: a convnet at three levels, and the open-ended challenge."""

from cs182lib.exercises.exercise import Exercise

_NOTEBOOK = "hw1/05_pytorch_cifar10"

EXERCISES = (
    Exercise("hw1/three_layer_convnet", _NOTEBOOK,
             "Return the scores of conv 5x5 - ReLU - conv 3x3 - ReLU - affine for the six tensors in params.",
             ("F.conv2d takes images, filters and bias; F.relu and flatten do the rest.",
              "Choose the padding so that height and width stay: 2 for a 5x5 filter, 1 for a 3x3 one.",
              "h = F.relu(F.conv2d(x, conv_w1, conv_b1, padding=2)), the same with 1, then flatten(h) @ fc_w + fc_b"),
             points=1, solution=("vision.three_levels:three_layer_convnet",)),
    Exercise("hw1/raw_convnet_parameters", _NOTEBOOK,
             "Make `fresh`, the list of the six tensors of three_layer_convnet for 32x32 pictures: 32 filters of "
             "5x5, 16 of 3x3, ten classes; weights by random_weight, biases by zero_weight.",
             ("How many channels does the second convolution read, and how many numbers reach the last layer?",
              "A filter bank is (filters, channels, height, width). fc_w multiplies from the right: (inputs, classes).",
              "(32, 3, 5, 5), (32,), (16, 32, 3, 3), (16,), (16 · 32 · 32, 10), (10,)"),
             points=1),
    Exercise("hw1/ThreeLayerConvNet_module", _NOTEBOOK,
             "The same network as an nn.Module: layers as attributes, weights started by Kaiming's rule, scores in "
             "forward.",
             ("nn.Conv2d and nn.Linear hold weight and bias; call super().__init__() first.",
              "nn.init.kaiming_normal_ on each of the three weights. Images are 32x32 and keep that size.",
              "conv1 (in_channel, channel_1, 5, padding=2), conv2 (channel_1, channel_2, 3, padding=1), fc "
              "(channel_2 · 32 · 32, num_classes); forward returns scores, no softmax"),
             points=2, solution=("vision.three_levels:ThreeLayerConvNet",)),
    Exercise("hw1/train_module_convnet", _NOTEBOOK,
             "Make `module_convnet`, a ThreeLayerConvNet with 32 and 16 filters, and an optimizer, and train it for "
             'one pass with `module_history = train(name, module_convnet, optimizer)`; it must reach '
             'budget["module_goal"].',
             ("The optimizer is given the parameters of this very model: model.parameters().",
              "torch.optim.SGD with a small rate is enough; if the loss becomes NaN the rate is too large, if it "
              "hardly falls too small.",
              "torch.optim.SGD(module_convnet.parameters(), lr=3e-3)"),
             points=1),
    Exercise("hw1/train_sequential_convnet", _NOTEBOOK,
             "Write sequential_convnet(), the same network as an nn.Sequential, make `sequential_model` with it, and "
             "train it for one pass with Nesterov momentum: `sequential_history = train(name, sequential_model, "
             'optimizer)` must reach budget["sequential_goal"].',
             ("sequential_fc above shows the form; nn.Flatten stands before the last layer.",
              "torch.optim.SGD has momentum and nesterov. With momentum 0.9 a gradient acts ten times, so the rate is "
              "felt ten times.",
              'SGD(sequential_model.parameters(), lr=3e-3, momentum=0.9, nesterov=True), after '
              "kaiming(nn.Sequential(nn.Conv2d(3, 32, 5, padding=2), nn.ReLU(), ...))"),
             points=2),
    Exercise("hw1/challenge_net", _NOTEBOOK,
             "The best net you can train in at most ten epochs, at least 70 % right on the validation pictures. "
             "`result` is a dict: model, history (of train_part34 or fit), val_acc, test_acc and precision.",
             ("Start from your Sequential convnet and change one thing at a time, on few pictures, judged by "
              "validation accuracy. train_part34(model, optimizer, epochs=...) returns the history; "
              "check_accuracy_part34(loader_test, model) gives test_acc, once, at the end.",
              "Pool after every convolution or two, add batch norm, use more filters in deeper layers, let the "
              "learning rate fall at the end. Mirrored and shifted pictures help in longer runs.",
              "conv 3x3 (32) - norm - ReLU - pool - conv (64) - norm - ReLU - pool - conv (128) - norm - ReLU - pool - "
              "affine, SGD with Nesterov momentum 0.9; or a Recipe of your own for train_cifar_net"),
             points=5),
)
