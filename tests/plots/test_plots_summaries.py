"""The figures of summarizers show the numbers they were given."""

import pytest

from cs182lib.plots import plot_learning, plot_scores, plot_trials


def test_trials_begin_and_end():
    starts = {"large": [60.0, 20.0, 9.0], "small": [8.0, 6.0, 5.0]}
    begin, end = plot_trials(starts, 7.0, {"large": 6.5, "small": 4.0, "own": 3.5}, "small", "Trials")
    assert [list(line.get_ydata()) for line in begin.lines] == [[60.0, 20.0, 9.0], [8.0, 6.0, 5.0], [7.0, 7.0]]
    *points, line = end.lines
    assert [point.get_xdata()[0] for point in points] == [6.5, 4.0, 3.5] and line.get_xdata()[0] == 4.0
    assert [text.get_text() for text in end.texts] == ["6.50", "4.00", "3.50"]
    assert [label.get_text() for label in end.get_yticklabels()] == ["large", "small", "own"]
    assert begin.get_yscale() == "log"
    with pytest.raises(ValueError, match="base must be one of"):
        plot_trials(starts, 7.0, {"large": 6.5}, "small")


def test_learning_has_loss_and_shares():
    loss, shares = plot_learning([4.0, 2.0, 1.0], {"ROUGE-L": ([1, 3], [0.1, 0.8]), "facts": ([1, 3], [0.0, 0.9])}, "L")
    assert list(loss.lines[0].get_ydata()) == [4.0, 2.0, 1.0]
    assert [list(line.get_ydata()) for line in shares.lines] == [[0.1, 0.8], [0.0, 0.9]]
    assert list(shares.lines[0].get_xdata()) == [1, 3] and shares.get_xscale() == "log"


def test_scores_have_a_mark_for_each_writer():
    scores = {"lead": {"R1": 0.2, "R2": 0.1}, "ours": {"R1": 0.9, "R2": 0.8}}
    ax = plot_scores(scores, "F1", "Scores")
    assert [list(line.get_xdata()) for line in ax.lines] == [[0.2, 0.1], [0.9, 0.8]]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["R1", "R2"] and ax.get_xlim() == (0, 1)
    with pytest.raises(ValueError, match="the first writer has"):
        plot_scores({"lead": {"R1": 0.2}, "ours": {"R2": 0.9}}, "F1")
