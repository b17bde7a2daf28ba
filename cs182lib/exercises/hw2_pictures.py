"""The exercises on what a network sees in pictures, and on painting with it."""

from cs182lib.exercises.exercise import Exercise

_LOOK, _PAINT = "hw2/03_network_visualization", "hw2/04_style_transfer"
_VISUALIZATION, _STYLE = "vision.visualization", "vision.style_transfer"

EXERCISES = (
    Exercise("hw2/compute_saliency_maps", _LOOK,
             "Write `score_gradient`, the gradient of each picture's score of its own class by the picture, from one "
             "backward pass for the whole batch; `saliency_of`, the largest size over the channels; and from both the "
             "maps (N, H, W). X stays as it is.",
             ("Which number must the backward pass start from, and which tensor must want a gradient?",
              "Work on X.detach().clone().requires_grad_(), the model in eval mode. Pick scores[n, y[n]] by gather "
              "and add them up: the pictures do not meet inside the network. The map is the largest absolute value "
              "over the channels.",
              "chosen = model(X).gather(1, y[:, None]); g, = torch.autograd.grad(chosen.sum(), X); "
              "saliency = g.abs().amax(dim=1)"),
             points=2, solution=tuple(f"{_VISUALIZATION}:{name}" for name in (
                 "compute_saliency_maps", "score_gradient", "saliency_of"))),
    Exercise("hw2/make_fooling_image", _LOOK,
             "Write `fooling_path`, which yields the pictures on the way, X first and the one that fools last, and "
             "`make_fooling_image`, which returns the last. `climb` gives the direction of a step: the gradient of the "
             "target's score, or where that is zero everywhere, minus the gradient of the score on top. `unit` divides "
             "it by its norm.",
             ("Look at the scores before each step: when the target is on top, it is done.",
              "Work on a detached copy; each step has a gradient of its own, of the score itself, and is learning_rate "
              "long. Give up with a RuntimeError after max_iterations.",
              "while scores.argmax() != target_y: g, = torch.autograd.grad(scores[0, target_y], X); "
              "X = X.detach() + learning_rate * g / g.norm()"),
             points=3, solution=tuple(f"{_VISUALIZATION}:{name}" for name in (
                 "make_fooling_image", "fooling_path", "climb", "unit"))),
    Exercise("hw2/update_class_visualization", _LOOK,
             "Return the picture after one step of gradient ascent on scores[target_y] - l2_reg ‖img‖², detached. "
             "With normalize=True the gradient is divided by its norm.",
             ("We climb: which sign has the step, and which the penalty?",
              "Let autograd do both parts at once: make the objective a number, and take its gradient by a copy of img "
              "that wants one. The penalty is the sum of squares, not its root and not the mean.",
              "objective = model(img)[0, target_y] - l2_reg * img.square().sum(); "
              "g, = torch.autograd.grad(objective, img); img.detach() + learning_rate * g"),
             points=2, solution=(f"{_VISUALIZATION}:update_class_visualization",)),
    Exercise("hw2/extract_features", _PAINT,
             "Return the list of what each module of cnn.features gives, the first `depth` of them or all.",
             ("The modules are a chain: the input of one is the output of the one before.",
              "Loop over cnn.features, and keep every output; the graph must reach from each of them back to x.",
              "for module in list(cnn.features)[:depth]: x = module(x); features.append(x)"),
             points=1, solution=(f"{_STYLE}:extract_features",)),
    Exercise("hw2/content_loss", _PAINT,
             "Return content_weight times the sum of the squared differences of the features, as a tensor.",
             ("Compare place by place, channel by channel.",
              "A sum, not a mean, without a factor one half; stay in PyTorch, so that the gradient finds its way back.",
              "content_weight * (content_current - content_target).square().sum()"),
             points=1, solution=(f"{_STYLE}:content_loss",)),
    Exercise("hw2/gram_matrix", _PAINT,
             "Return the Gram matrices (N, C, C) of features (N, C, H, W), divided by H W C if `normalize`.",
             ("Put the places in one row: then it is one matrix product for each picture.",
              "rows (N, C, H·W), multiplied by itself with its last two axes swapped.",
              "rows = features.reshape(N, C, H * W); gram = rows @ rows.transpose(1, 2); gram / (H * W * C)"),
             points=2, solution=(f"{_STYLE}:gram_matrix",)),
    Exercise("hw2/style_loss", _PAINT,
             "Add up, over the style layers, the weight times the sum of the squared differences of the features' Gram "
             "matrix and the target.",
             ("style_layers says which features to take; targets and weights come in the same order.",
              "Walk through layers, targets and weights together, and add to one loss.",
              "loss = Σ weight * (gram_matrix(feats[layer]) - target).square().sum(), over zip(style_layers, "
              "style_targets, style_weights)"),
             points=2, solution=(f"{_STYLE}:style_loss",)),
    Exercise("hw2/tv_loss", _PAINT,
             "Return tv_weight times the sum of the squared differences of all pixels that lie side by side or one "
             "above the other.",
             ("Two sums: along the height and along the width. A pixel at the border has one neighbor less.",
              "Subtract a picture from itself moved by one: slices 1: and :-1 of axis 2, and then of axis 3.",
              "down = (img[:, :, 1:] - img[:, :, :-1]).square().sum(), right = (img[:, :, :, 1:] - "
              "img[:, :, :, :-1]).square().sum(); tv_weight * (down + right)"),
             points=2, solution=(f"{_STYLE}:tv_loss",)),
)
