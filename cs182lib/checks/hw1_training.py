"""Checks of trainings with the Solver: on which pictures, for how long, of which network, and how well.

A solver is anything with the Solver's attributes. The goals and numbers of epochs are those of the notebook's budget.
"""

import numpy as np

from cs182lib.checks.compare import Checker

PARTS = ("model", "batch_size", "X_train", "y_train", "X_val", "y_val", "loss_history", "train_acc_history",
         "val_acc_history")
TOO_LARGE = "the numbers overflowed: lower the learning rate (optim_config) or the initial weights (weight_scale)"
OVERFITS = ("it knows the training pictures and not the others: penalize (reg), add dropout or mirrored pictures, or "
            "take fewer hidden units")
HARDLY_MOVED = ("the loss hardly fell: raise the learning rate; weights that start very small (weight_scale) learn "
                "slowly, too")
JUMPS = "the loss rose again: lower the learning rate, or let it fall during training (lr_decay, schedule)"
SLOW = ("training and validation accuracy are both low: try another learning rate or update rule, better initial "
        "weights or more hidden units")

NOT_YET = ("the loss fell, but not far enough in so few steps: try learning rates and weight scales up to a factor 3 "
           "larger and smaller")


def check_train_two_layer_net(two_layer_solver, data, goal, epochs):
    """Check that a two-layer net was trained on all training pictures within `epochs` and reaches `goal`.

    `two_layer_solver` is its Solver, `data` the dict with X_train, y_train, X_val, y_val, and `goal` a share of right
    answers on the validation pictures, from 0 to 1.
    """
    check = Checker("train_two_layer_net")
    check_run(check, two_layer_solver)
    check_layers(check, two_layer_solver.model, 2, data)
    _check_training(check, two_layer_solver, data, goal, epochs)


def check_train_good_model(good, data, goal, epochs):
    """Check that a fully connected net of any depth was trained on all training pictures and reaches `goal`.

    `good` is its Solver; data, goal and epochs are as in `check_train_two_layer_net`.
    """
    check = Checker("train_good_model")
    check_run(check, good)
    check_layers(check, good.model, None, data)
    _check_training(check, good, data, goal, epochs)


def _check_training(check, solver, data, goal, epochs):
    check_pictures(check, solver, data)
    check_length(check, solver, data, epochs)
    check_goal(check, solver, goal, epochs)
    check.passed()


def check_overfit_three_layers(three_layers, small_data):
    """Check that a three-layer net knows all of the few pictures within 20 epochs.

    `three_layers` is its Solver, and `small_data` the dict with these pictures.
    """
    _check_overfit("overfit_three_layers", three_layers, small_data, 3)


def check_overfit_five_layers(five_layers, small_data):
    """Check that a five-layer net knows all of the few pictures within 20 epochs.

    `five_layers` is its Solver, and `small_data` the dict with these pictures.
    """
    _check_overfit("overfit_five_layers", five_layers, small_data, 5)


def _check_overfit(name, solver, data, layers):
    check = Checker(name)
    check_run(check, solver)
    check_layers(check, solver.model, layers, data)
    check_pictures(check, solver, data)
    count, expected = len(solver.X_train), len(data["X_train"])
    check.true(count == expected, f"it was trained on {count} pictures, expected {expected}", "pictures",
               "this exercise is about few pictures: pass small_data")
    check_length(check, solver, data, 20)
    best = max(solver.train_acc_history)
    check.true(best == 1, f"the accuracy on the {count} training pictures is {best:.0%}, expected 100%", "accuracy",
               why_missed(solver, best, best, NOT_YET))
    check.passed()


def check_run(check, solver):
    """Fail the Checker `check` unless `solver` was trained to its end, with losses that are numbers."""
    missing = [part for part in PARTS if not hasattr(solver, part)]
    check.true(not missing, f"the solver is a {type(solver).__name__} and has no {', '.join(missing[:1])}",
               "solver", "pass the Solver itself: its train() returns nothing, and a model has no histories")
    losses, epochs = solver.loss_history, len(solver.val_acc_history) - 1
    check.true(epochs >= 0, "loss_history is empty, expected a loss for each step", "loss_history",
               "it was made and not trained: call train()")
    check.true(bool(np.isfinite(losses).all()), "loss_history holds NaN or infinity, expected numbers", "loss_history",
               TOO_LARGE)
    per_epoch = max(len(solver.X_train) // solver.batch_size, 1)
    rest = len(losses) - epochs * per_epoch  # as many as epochs, where a smaller last batch counts as well
    check.true(epochs and rest in (0, epochs), f"training broke off in epoch {epochs + 1}: loss_history "
               f"holds {len(losses)} losses, expected whole epochs of {per_epoch}", "loss_history", TOO_LARGE)


def check_layers(check, model, layers, data):
    """Check that the net is fully connected, from the data's pictures to its classes, and how many layers it has.

    The Checker `check` fails unless the weights of `model` are matrices, `layers` of them (any number for None), whose
    sizes suit `data`.
    """
    params = getattr(model, "params", {})
    # W10 after W9
    weights = [params[key] for key in sorted(params, key=lambda key: (len(key), key)) if key.startswith("W")]
    check.true(bool(weights), f"its model is a {type(model).__name__} without params: no layers, expected some",
               "layers", "the Solver was given something else than a TwoLayerNet or FullyConnectedNet")
    check.true(all(w.ndim == 2 for w in weights), "the layers are not all fully connected: expected a matrix for "
               "every weight", "layers", "convolutions have a notebook of their own: take FullyConnectedNet")
    check.true(layers in (None, len(weights)), f"the net has {len(weights)} layers, expected {layers}", "layers",
               "a net with n hidden sizes has n + 1 layers")
    size, classes = data["X_train"][0].size, int(data["y_train"].max()) + 1
    check.true(weights[-1].shape[1] >= classes, f"the layers give {weights[-1].shape[1]} scores, expected "
               f"{classes}", "layers", "num_classes is too small")
    check.true(layers is None or weights[0].shape[0] == size, f"the layers read {weights[0].shape[0]} numbers "
               f"of each picture, expected {size}", "layers", "input_dim is not that of the pictures")


def check_pictures(check, solver, data):
    """Check that the net was trained on all training pictures, none of the others, and judged by the right ones.

    The Checker `check` fails where `solver` has other y_val or fewer training pictures than the dict `data`, or where
    more than 2 % of its pictures are training and validation pictures at once.
    """
    if not np.array_equal(solver.y_val, data["y_val"]):
        test = "y_test" in data and np.array_equal(solver.y_val, data["y_test"])
        check.fail("X_val and y_val are not the validation pictures of the data, expected these", "pictures",
                   "these are the test pictures: they are used once, at the very end" if test else
                   "pass the data as they came, or with new training pictures only")
    common = _common(solver.X_train, solver.X_val)
    check.true(common <= 0.02 * min(len(solver.X_train), len(solver.X_val)), f"{common} of the training pictures are "
               "validation pictures as well, expected none", "pictures",
               "it was trained on validation pictures, so that its accuracy on them says nothing")
    count, whole = len(solver.X_train), len(data["X_train"])
    check.true(count >= whole, f"it was trained on {count} pictures, expected all {whole}", "pictures",
               "too few pictures: pass the whole data to the Solver")


def _common(one, other):
    """Count the rows of `one` that are rows of `other`, too."""
    known = {hash(row.tobytes()) for row in other}
    return sum(hash(row.tobytes()) in known for row in one)


def check_length(check, solver, data, epochs):
    """Check that training took no more steps than `epochs` passes over the data's training pictures.

    The Checker `check` fails where `solver` took more of them, or more epochs; `data` is the dict of pictures.
    """
    steps, allowed = len(solver.loss_history), epochs * -(-len(data["X_train"]) // solver.batch_size)
    done = len(solver.val_acc_history) - 1
    check.true(done <= epochs, f"it was trained for {done} epochs, expected at most {epochs}", "epochs",
               "more epochs than the budget has: raise the learning rate rather than num_epochs")
    check.true(steps <= allowed, f"it took {steps} steps of {solver.batch_size} pictures, expected at most {allowed}",
               "epochs", "its epochs are longer than the data: are there copies among the training pictures?")


def check_goal(check, solver, goal, epochs):
    """Check the accuracy on the validation pictures, measured here on the model as it is now.

    The Checker `check` fails where that of solver.model is below `goal`, a share from 0 to 1; how many of the allowed
    `epochs` were used decides what it names as the cause.
    """
    found, best = accuracy(solver.model, solver.X_val, solver.y_val), max(solver.val_acc_history)
    done = len(solver.val_acc_history) - 1
    slow = SLOW if done >= epochs else f"only {done} of {epochs} epochs were used: raise num_epochs"
    cause = why_missed(solver, found, max(solver.train_acc_history), slow)
    if best >= goal:
        cause = "the model was changed after its best epoch: keep the parameters that did best (solver.best_params)"
    check.true(found >= goal, f"the accuracy on the validation pictures is {found:.1%}, expected {goal:.0%} or more",
               "accuracy", cause)


def accuracy(model, X, y):
    """Return the model's share of right answers y (N,) for the pictures X (N, ...), a hundred at a time.

    What is asked is model.loss(X), the scores (N, C).
    """
    right = [model.loss(X[i:i + 100]).argmax(axis=1) == y[i:i + 100] for i in range(0, len(X), 100)]
    return float(np.concatenate(right).mean())


def why_missed(solver, reached, train_accuracy, slow=SLOW):
    """Guess from the histories why an accuracy was not reached, and return the cause as text.

    `reached` is the share of right answers that was found and train_accuracy the one on the training pictures of
    `solver`, both from 0 to 1; `slow` is said where the loss fell as it should.
    """
    trend = loss_trend(solver.loss_history)
    if trend == "rose":
        return JUMPS
    if trend == "stayed":
        return HARDLY_MOVED
    return OVERFITS if train_accuracy > reached + 0.25 else slow


def loss_trend(losses):
    """Say whether the losses of a training "rose", "stayed" or "fell", beyond the noise of minibatches."""
    losses = np.asarray(losses, float)
    parts = np.array([part.mean() for part in np.array_split(losses, min(10, len(losses)))])
    noise = 2 * np.diff(losses, prepend=losses[0]).std() * np.sqrt(len(parts) / len(losses))
    start, end = parts[0], parts[-1]
    if end > 1.2 * losses[0] or (end > 0.9 * start and end > parts.min() + 0.2 + noise):
        return "rose"
    return "stayed" if start - end < 0.03 * start + noise else "fell"
