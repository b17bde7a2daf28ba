"""The pages of pictures show the right pictures at the right places."""

import numpy as np
import pytest

from cs182lib.plots.images import (
    confident_mistakes,
    confusion_matrix,
    plot_confusion,
    plot_masks,
    plot_mistakes,
    plot_rows,
    plot_samples,
    plot_weights,
    to_pixels,
)

NAMES = ("ant", "bee", "cow")


def flat(*values, shape=(3, 4, 5)):
    """Return one picture of a single gray for each value."""
    return np.stack([np.full(shape, float(value)) for value in values])


def shown(ax):
    return np.asarray(ax.images[0].get_array())


def corners(ax, rows, columns, height=4, width=5, gap=2):
    """Return the value at the upper left pixel of each picture on a page, as (rows, columns)."""
    page = shown(ax)
    return np.array([[page[gap + i * (height + gap), gap + j * (width + gap), 0] for j in range(columns)]
                     for i in range(rows)])


def test_pixels_add_the_mean_round_clip_and_move_the_channels_last():
    X = np.arange(2 * 3 * 4 * 5, dtype=float).reshape(2, 3, 4, 5)
    pixels = to_pixels(X - 7, np.full((3, 4, 5), 7.4))
    assert (pixels.shape, pixels.dtype) == ((2, 4, 5, 3), np.uint8)
    assert pixels[1, 2, 3, 1] == X[1, 1, 2, 3]
    assert to_pixels(flat(-20, 300))[:, 0, 0, 0].tolist() == [0, 255]


def test_samples_has_one_class_in_each_row():
    y = np.array([2, 0, 1, 0, 2, 1, 0])
    ax = plot_samples(flat(*range(0, 70, 10)), y, NAMES, mean_image=np.ones((3, 4, 5)), per_class=2)
    assert corners(ax, 3, 2).tolist() == [[11, 31], [21, 51], [1, 41]]
    assert [label.get_text() for label in ax.get_yticklabels()] == list(NAMES)
    with pytest.raises(ValueError, match="fewer than 3 pictures of .*bee"):
        plot_samples(flat(*range(7)), y, NAMES, per_class=3)


def test_weights_become_one_picture_a_column_on_its_own_scale():
    W = np.zeros((60, 3))
    W[0, 0], W[:, 1], W[0, 2] = 2.0, -0.5, 1e-3
    ax = plot_weights(W, shape=(3, 4, 5), columns=3, labels=NAMES)
    assert corners(ax, 1, 3).tolist() == [[1.0, 0.0, 1.0]]
    assert shown(ax)[2 + 1, 2 + 1].tolist() == [0.5, 0.5, 0.5]  # a weight of zero is gray
    assert [label.get_text() for label in ax.get_xticklabels()] == list(NAMES)
    assert corners(plot_weights(W, shape=(3, 4, 5), columns=2, count=2), 1, 2).tolist() == [[1.0, 0.0]]
    with pytest.raises(ValueError, match="60 rows"):
        plot_weights(W[:-1], shape=(3, 4, 5))


def test_confusion_matrix_counts_true_class_by_row():
    counts = confusion_matrix(np.array([0, 0, 0, 2, 1]), np.array([0, 1, 1, 2, 0]), 3)
    assert counts.tolist() == [[1, 2, 0], [1, 0, 0], [0, 0, 1]]
    with pytest.raises(ValueError, match="predicted"):
        confusion_matrix(np.array([0, 1]), np.array([0, 3]), 3)


def test_confusion_is_drawn_in_percent_of_the_true_class():
    ax = plot_confusion(np.array([0, 0, 0, 0, 2]), np.array([0, 1, 1, 1, 2]), NAMES)
    np.testing.assert_allclose(shown(ax), [[25, 75, 0], [0, 0, 0], [0, 0, 100]])
    assert [text.get_text() for text in ax.texts] == ["25", "75", "0", "0", "0", "0", "0", "0", "100"]


SCORES = np.log([[0.5, 0.3, 0.2], [0.1, 0.8, 0.1], [0.6, 0.3, 0.1], [0.05, 0.05, 0.9]])
TRUTH = np.array([0, 2, 1, 0])


def test_mistakes_come_surest_first():
    wrong, probability = confident_mistakes(SCORES + 1000, TRUTH, 2)
    assert wrong.tolist() == [3, 1]
    np.testing.assert_allclose(probability, [0.9, 0.8])
    assert confident_mistakes(SCORES, TRUTH, 10)[0].tolist() == [3, 1, 2]


def test_mistakes_are_drawn_with_answer_and_truth():
    axes = plot_mistakes(flat(10, 20, 30, 40), SCORES, TRUTH, NAMES, columns=2)
    drawn = [ax for ax in axes.flat if ax.images]
    assert [int(shown(ax)[0, 0, 0]) for ax in drawn] == [40, 20, 30]
    assert [ax.get_title(loc="center") for ax in drawn] == ["cow (90%)", "bee (80%)", "ant (60%)"]
    assert [ax.texts[0].get_text() for ax in drawn] == ["is: ant", "is: cow", "is: bee"]
    with pytest.raises(ValueError, match="no mistakes"):
        plot_mistakes(flat(1), SCORES[:1], TRUTH[:1], NAMES)


def test_masks_are_rows_under_the_pictures():
    X = flat(10, 20)
    ax = plot_masks(X, {"p = 0.5": np.stack([np.zeros((3, 4, 5)), np.full((3, 4, 5), 2.0)])}, np.ones((3, 4, 5)))
    assert corners(ax, 2, 2).tolist() == [[11, 21], [1, 41]]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["as it is", "p = 0.5"]


def test_rows_are_named_and_may_be_floats():
    rows = {"first": np.full((2, 4, 5, 3), 0.25), "second": np.full((2, 4, 5, 3), 0.75)}
    ax = plot_rows(rows, "two rows")
    assert corners(ax, 2, 2).tolist() == [[0.25, 0.25], [0.75, 0.75]]
    assert shown(ax)[0, 0].tolist() == [1, 1, 1], "white between the pictures"
    assert [label.get_text() for label in ax.get_yticklabels()] == ["first", "second"]
    assert not any(spine.get_visible() for spine in ax.spines.values())
