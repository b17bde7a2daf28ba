"""Figures of language models show the numbers they were given."""

import matplotlib.pyplot as plt
import pytest

from cs182lib.plots import plot_language_loss, plot_surprise, plot_temperature


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


def test_losses_between_yardsticks_and_floor():
    ax = plot_language_loss([3.0, 2.5, 2.2, 2.1], ([2, 4], [2.7, 2.4]), {"unigram": 4.5, "trigram": 2.9},
                            floor=("exact floor", 2.0), title="Loss")
    training, validation, *marks = ax.lines
    assert list(training.get_ydata()) == pytest.approx([3.0, 2.5, 2.2, 2.1]) and len(training.get_xdata()) == 4
    assert list(validation.get_xdata()) == [2, 4] and list(validation.get_ydata()) == [2.7, 2.4]
    assert [line.get_ydata()[0] for line in marks] == [4.5, 2.9]
    assert [text.get_text().strip() for text in ax.texts] == ["unigram", "trigram", "exact floor"]
    assert ax.get_ylim()[0] == pytest.approx(2.0 - 0.1 * 2.5) and ax.get_xscale() == "log"
    assert len(plot_language_loss([1.0], ([1], [2.0]), {"b": 3.0}).texts) == 1


def test_surprise_of_each_word():
    axes = plot_surprise([(["acme", "falls"], [-1.5, -0.5]), (["a"], [-0.25])], "Surprise")
    assert [[bar.get_height() for bar in ax.patches] for ax in axes] == [[1.5, 0.5], [0.25]]
    assert [label.get_text() for label in axes[0].get_xticklabels()] == ["acme", "falls"]
    assert axes[0].get_title() == "2.0 nats, 1.00 per word"


def test_shares_by_temperature():
    ax = plot_temperature([0.5, 1.0], {"right": [1.0, 0.8]}, {"nucleus": (1.0, 0.9)}, "Temperature")
    assert list(ax.lines[0].get_ydata()) == [1.0, 0.8] and list(ax.lines[1].get_ydata()) == [0.9]


def test_lengths_must_fit():
    with pytest.raises(ValueError, match="validation has 1 losses for 2 steps"):
        plot_language_loss([1.0, 2.0], ([1, 2], [1.0]), {"b": 2.0})
    with pytest.raises(ValueError, match="2 words, but 1 log-probabilities"):
        plot_surprise([(["a", "b"], [-1.0])])
    with pytest.raises(ValueError, match="shares\\['a'\\] has 1 values for 2 temperatures"):
        plot_temperature([1, 2], {"a": [0.5]})
