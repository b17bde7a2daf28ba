"""The figures of distillation show the numbers they were given, and refuse what does not belong together."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from cs182lib.plots import plot_attention_pairs, plot_students, plot_switched_off


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


def test_students_have_a_bar_for_each_number():
    accuracy = {"teacher": 0.9, "student": 0.85}
    axes = plot_students(accuracy, {"teacher": 2000, "student": 300}, {"teacher": 8.0, "student": 1.25}, "three things")
    assert [bar.get_width() for bar in axes[0].patches] == [0.9, 0.85]
    assert [text.get_text() for text in axes[1].texts] == ["2,000", "300"]
    assert [text.get_text() for text in axes[2].texts] == ["8.0", "1.2"]
    assert axes[0].yaxis_inverted()
    with pytest.raises(ValueError, match="must name the same models"):
        plot_students(accuracy, {"teacher": 2000}, {"teacher": 8.0})


def test_switched_off_losses_stand_beside_the_whole():
    ax = plot_switched_off({"all": [0.9, 0.8], "no attention": [0.7, 0.7]}, "all")
    assert ax.lines[0].get_xdata().tolist() == [0.9, 0.8]
    assert ax.lines[-1].get_xdata()[0] == pytest.approx(0.85)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["all", "no attention"]
    with pytest.raises(ValueError, match="whole must be one of"):
        plot_switched_off({"all": [0.9]}, "everything")


def test_attention_pairs_have_a_panel_for_each_head():
    weights = np.arange(2 * 3 * 3).reshape(2, 3, 3) / 18
    axes = plot_attention_pairs(["a", "b", "c"], {"teacher": weights, "student": weights[::-1]}, [1, 0])
    assert axes.shape == (2, 2)
    assert np.array_equal(axes[0, 0].images[0].get_array(), weights[1])
    assert np.array_equal(axes[1, 0].images[0].get_array(), weights[0])
    assert axes[1, 1].get_title() == "student, head 1"
    with pytest.raises(ValueError, match=r"shape \(2, 3, 3\) for 2 pieces"):
        plot_attention_pairs(["a", "b"], {"teacher": weights}, [0])
