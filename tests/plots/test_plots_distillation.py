"""The figures of distillation show the numbers they were given, and refuse what does not belong together."""

import numpy as np
import pytest

from cs182lib.plots import plot_attention_pairs, plot_softened, plot_students, plot_switched_off


def test_students_have_a_bar_for_each_number():
    accuracy = {"teacher": 0.9, "student": 0.85}
    axes = plot_students(accuracy, {"teacher": 2000, "student": 300}, {"teacher": 8.0, "student": 1.25}, "three things")
    assert [bar.get_width() for bar in axes[0].patches] == [0.9, 0.85]
    assert [text.get_text() for text in axes[1].texts] == ["2,000", "300"]
    assert [text.get_text() for text in axes[2].texts] == ["8.0", "1.2"]
    assert axes[0].yaxis_inverted() and list(axes[0].get_xticks()) == [0, 0.5, 1]
    assert axes[0].spines["bottom"].get_bounds() == (0, 1)
    with pytest.raises(ValueError, match="must name the same models"):
        plot_students(accuracy, {"teacher": 2000}, {"teacher": 8.0})


def test_switched_off_losses_stand_beside_the_whole():
    ax = plot_switched_off({"all": [0.9, 0.8], "no attention": [0.7, 0.7]}, "all")
    assert ax.lines[0].get_xdata().tolist() == [0.9, 0.8]
    assert ax.lines[-1].get_xdata()[0] == pytest.approx(0.85)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["all", "no attention"]
    assert plot_switched_off({"all": [1.0], "less": [0.2]}, "all").get_xlim()[1] == 1
    with pytest.raises(ValueError, match="whole must be one of"):
        plot_switched_off({"all": [0.9]}, "everything")


def test_attention_pairs_have_a_panel_for_each_head():
    weights = np.arange(2 * 3 * 3).reshape(2, 3, 3) / 18
    axes = plot_attention_pairs(["a", "b", "c"], {"teacher": weights, "student": weights[::-1]}, [1, 0])
    assert axes.shape == (2, 2)
    assert np.array_equal(axes[0, 0].images[0].get_array(), weights[1])
    assert np.array_equal(axes[0, 1].images[0].get_array(), weights[0])
    assert axes[1, 1].get_title() == "student, head 1"
    assert plot_attention_pairs(["a", "b", "c"], {"teacher": weights}, [0, 1]).shape == (2, 1)
    with pytest.raises(ValueError, match=r"shape \(2, 3, 3\) for 2 pieces"):
        plot_attention_pairs(["a", "b"], {"teacher": weights}, [0])


def test_softened_answers_keep_the_order_of_the_first():
    axes = plot_softened(["a", "b", "c"], {1: [0.1, 0.7, 0.2], 4: [0.3, 0.4, 0.3]}, most=2, title="Softened")
    assert [[bar.get_width() for bar in ax.patches] for ax in axes] == [[0.7, 0.2], [0.4, 0.3]]
    assert [label.get_text() for label in axes[0].get_yticklabels()] == ["b", "c"]
    assert [ax.get_title() for ax in axes] == ["temperature 1", "temperature 4"]
    with pytest.raises(ValueError, match="there are 1 names, and 2 numbers at 1"):
        plot_softened(["a"], {1: [0.5, 0.5]})
