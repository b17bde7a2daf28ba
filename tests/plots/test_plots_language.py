"""Figures of language models show the numbers they were given."""

import pytest

from cs182lib.plots import plot_agreement, plot_guesses, plot_language_loss, plot_surprise, plot_temperature


def test_losses_between_yardsticks_and_floor():
    ax = plot_language_loss([3.0, 2.5, 2.2, 2.1], ([2, 4], [2.7, 2.4]), {"unigram": 4.5, "trigram": 2.9},
                            floor=("exact floor", 2.0), title="Loss")
    training, validation, *marks = ax.lines
    assert list(training.get_ydata()) == pytest.approx([3.0, 2.5, 2.2, 2.1]) and len(training.get_xdata()) == 4
    assert list(validation.get_xdata()) == [2, 4] and list(validation.get_ydata()) == [2.7, 2.4]
    assert [line.get_ydata()[0] for line in marks] == [4.5, 2.9]
    assert [text.get_text().strip() for text in ax.texts] == ["unigram: 4.50", "trigram: 2.90", "exact floor: 2.00"]
    assert ax.get_ylim()[0] == pytest.approx(2.0 - 0.1 * 2.5) and ax.get_xscale() == "log"
    assert len(plot_language_loss([1.0], ([1], [2.0]), {"b": 3.0}).texts) == 1


def test_surprise_of_each_word():
    axes = plot_surprise([(["acme", "falls"], [-1.5, -0.5]), (["a"], [-0.25])], "Surprise")
    assert [[bar.get_height() for bar in ax.patches] for ax in axes] == [[1.5, 0.5], [0.25]]
    assert [label.get_text() for label in axes[0].get_xticklabels()] == ["acme", "falls"]
    assert axes[0].get_title() == "2.0 nats, 1.00 per word"


def test_shares_by_temperature_and_by_way_of_writing():
    shares = {"right": [1.0, 0.8], "different": [0.3, 0.9]}
    curves, ways = plot_temperature([0.5, 1.0], shares, {"nucleus": [0.95, 0.7], "top 10": [0.9, 0.6]}, "Temperature")
    assert [list(line.get_ydata()) for line in curves.lines] == [[1.0, 0.8], [0.3, 0.9]]
    assert [list(line.get_ydata()) for line in ways.lines] == [[0.95, 0.9], [0.7, 0.6]]
    assert list(ways.lines[0].get_xdata()) == ["nucleus", "top 10"]
    assert ways.get_ylim()[0] < 0.6 and ways.get_ylim()[1] == 1 >= curves.get_ylim()[1] - 0.02
    assert len(plot_temperature([0.5, 1.0], shares)) == 1


def test_agreement_lies_on_the_diagonal_of_both():
    ax = plot_agreement([-3.0, -1.0], [-4.0, -2.0], "true", "found", "Agreement")
    diagonal, points = ax.lines
    assert list(diagonal.get_xdata()) == list(diagonal.get_ydata()) == [-4.0, -1.0]
    assert list(points.get_xdata()) == [-3.0, -1.0] and list(points.get_ydata()) == [-4.0, -2.0]


def test_guesses_color_the_word_that_came():
    ax = plot_guesses(["a", "b"], [[("a", 0.5), ("c", 0.25)], [("c", 1.0)]], "Guesses")
    assert [bar.get_width() for bar in ax.patches] == pytest.approx([0.46, 0.23, 0.92])
    hit, *missed = [bar.get_facecolor() for bar in ax.patches]
    assert hit != missed[0] == missed[1]
    assert [text.get_text() for text in ax.texts] == ["a", "a", "50%", "c", "25%", "b", "c", "100%"]


def test_lengths_must_fit():
    with pytest.raises(ValueError, match="validation has 1 losses for 2 steps"):
        plot_language_loss([1.0, 2.0], ([1, 2], [1.0]), {"b": 2.0})
    with pytest.raises(ValueError, match="2 words, but 1 log-probabilities"):
        plot_surprise([(["a", "b"], [-1.0])])
    with pytest.raises(ValueError, match="shares\\['a'\\] has 1 values for 2 temperatures"):
        plot_temperature([1, 2], {"a": [0.5]})
    with pytest.raises(ValueError, match="x has 1 numbers, y has 2"):
        plot_agreement([1.0], [1.0, 2.0], "x", "y")
    with pytest.raises(ValueError, match="1 words, but guesses at 2 places"):
        plot_guesses(["a"], [[("a", 1.0)], []])
