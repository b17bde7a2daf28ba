"""The checks of network visualization pass right solutions and fail wrong ones with the likely cause."""

import inspect

import plain_pictures
import pytest
import torch
from breaking import assert_explained, broken
from wrong_pictures import NORMALIZED, NORMALIZED_WRONG, WRONG

from cs182lib.checks import CheckFailed, hw2_visualization
from cs182lib.vision import visualization


def normalized_and(old, new):
    """Return the plain solution with the normalized step, and with every `old` in it replaced by `new`."""
    source = inspect.getsource(plain_pictures.update_class_visualization).replace(*NORMALIZED)
    assert old in source
    namespace = {"torch": torch}
    exec(source.replace(old, new), namespace)
    return namespace["update_class_visualization"]


def check(name, solution):
    getattr(hw2_visualization, f"check_{name}")(solution)


def failure(name, solution):
    with pytest.raises(CheckFailed) as caught:
        check(name, solution)
    return caught.value


def test_at_least_five_wrong_ones_for_each():
    assert all(len(table) >= 5 for table in WRONG.values())


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("module", [visualization, plain_pictures])
def test_right_solutions_pass(name, module, capsys):
    check(name, getattr(module, name))
    printed = capsys.readouterr().out
    assert printed.startswith(f"{name} is right: ") and printed.endswith("comparisons)\n") and printed.count("\n") == 1


def test_both_conventions_of_the_step_pass():
    check("update_class_visualization", broken(plain_pictures.update_class_visualization, *NORMALIZED))

    def normalized(*arguments):
        return visualization.update_class_visualization(*arguments, normalize=True)

    check("update_class_visualization", normalized)


def test_the_picture_may_be_changed_where_it_is_given_back():
    def in_place(model, target_y, l2_reg, learning_rate, img):
        x = img.clone().requires_grad_()
        (model(x)[0, target_y] - l2_reg * (x**2).sum()).backward()
        return img.add_(x.grad, alpha=learning_rate)

    check("update_class_visualization", in_place)


def maps_by_functional_gradient(X, y, model):
    rows = torch.arange(len(X), device=next(model.parameters()).device)
    return torch.func.grad(lambda X: model(X)[rows, y].sum())(X).abs().amax(dim=1)


def maps_one_by_one(X, y, model):
    model.zero_grad()
    pictures = [x[None].clone().requires_grad_() for x in X]
    for x, label in zip(pictures, y):
        model(x)[0, label].backward()
    return torch.cat([x.grad.abs().max(dim=1).values for x in pictures])


@pytest.mark.parametrize("solution", [maps_by_functional_gradient, maps_one_by_one])
def test_unusual_saliency_maps_pass(solution):
    check("compute_saliency_maps", solution)


def test_a_step_before_the_first_look_passes():
    def fool(X, target_y, model):
        X = X.clone()
        while True:
            X.requires_grad_()
            g, = torch.autograd.grad(model(X)[0, target_y], X)
            X = (X + g / g.norm()).detach()
            if model(X).argmax() == target_y:
                return X

    check("make_fooling_image", fool)


@pytest.mark.parametrize("name, old, new, output, cause",
                         [(name, *row) for name, table in WRONG.items() for row in table])
def test_wrong_solution_fails(name, old, new, output, cause):
    assert_explained(failure(name, broken(getattr(plain_pictures, name), old, new)), output, cause)


@pytest.mark.parametrize("old, new, output, cause", NORMALIZED_WRONG)
def test_wrong_normalized_step_fails(old, new, output, cause):
    assert_explained(failure("update_class_visualization", normalized_and(old, new)), output, cause)


@pytest.mark.parametrize("name", WRONG)
def test_stub_and_exception(name):
    def stub(*arguments):
        raise NotImplementedError("write it")

    assert "is not written yet: write it" in str(failure(name, stub))
    assert "raised KeyError" in str(failure(name, lambda *arguments: {}["grad"]))


def test_inputs_are_not_fooled_at_the_start_and_take_some_steps():
    scores = hw2_visualization.Scores(1.0, [3, 1, 0, -1, -14, 1, 2])
    x = hw2_visualization.scattered(hw2_visualization.SHAPE, start=3)
    path = [hw2_visualization._climb(scores, x, 4, steps=k) for k in range(12)]
    first = next(k for k, image in enumerate(path) if scores(image).argmax() == 4)
    assert 3 <= first <= 11
