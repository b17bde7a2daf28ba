"""The figures of a search: what they draw, read back from the figure."""

import matplotlib
import matplotlib.pyplot as plt
import optuna
import pytest
from matplotlib.colors import to_hex
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.trial import TrialState, create_trial

from cs182lib.plots.search import plot_intermediate_values, plot_optimization_history, plot_parallel_coordinates
from cs182lib.plots.style import GRAY, VERMILLION

matplotlib.use("Agg")
SPACE = {"lr": FloatDistribution(0.01, 100, log=True), "shift": FloatDistribution(0, 4)}


def trial(lr, shift, reports, state=TrialState.COMPLETE):
    return create_trial(params={"lr": lr, "shift": shift}, distributions=SPACE, state=state,
                        value=reports[-1] if state == TrialState.COMPLETE else None,
                        intermediate_values=dict(enumerate(reports, 1)))


@pytest.fixture
def study():
    """Five trials: 0.5, 0.7 (the best), pruned at 0.2, 0.6, and one that failed."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize")
    study.add_trials([trial(1, 2, [0.3, 0.5]), trial(10, 4, [0.4, 0.7]), trial(0.01, 0, [0.2], TrialState.PRUNED),
                      trial(100, 1, [0.35, 0.6]), trial(5, 3, [0.9], TrialState.FAIL)])
    return study


def test_history_shows_every_trial_and_the_best_so_far(study):
    complete, pruned, best = plot_optimization_history(study).lines
    assert complete.get_xydata().tolist() == [[0, 0.5], [1, 0.7], [3, 0.6]]
    assert pruned.get_xydata().tolist() == [[2, 0.2]]
    assert best.get_xydata().tolist() == [[0, 0.5], [1, 0.7], [3, 0.7]]


def test_intermediate_values_mark_the_best_and_the_pruned(study):
    lines = {line.get_xydata()[-1, 1]: line for line in plot_intermediate_values(study).lines}
    assert set(lines) == {0.5, 0.7, 0.2, 0.6}, "failed trials are not drawn"
    assert lines[0.7].get_xydata().tolist() == [[1, 0.4], [2, 0.7]]
    assert [value for value, line in lines.items() if to_hex(line.get_color()) == VERMILLION.lower()] == [0.7]
    assert [value for value, line in lines.items() if to_hex(line.get_color()) == GRAY.lower()] == [0.2]


def test_parallel_coordinates_place_settings_on_their_scale(study):
    lines = plot_parallel_coordinates(study).lines
    heights = [line.get_ydata().tolist() for line in lines]
    assert heights == [pytest.approx(h) for h in ([0.5, 0.5], [0.75, 1], [1, 0.25], [0, 0])]
    assert [line.get_linestyle() for line in lines] == ["-", "-", "-", "--"]
    assert lines[1].get_color() == plt.get_cmap("viridis_r")(1.0), "the best trial has the last color of the scale"


def test_reports_are_drawn_in_the_order_of_their_steps():
    study = optuna.create_study(direction="maximize")
    study.add_trial(create_trial(params={"lr": 1.0}, distributions={"lr": SPACE["lr"]}, value=0.4,
                                 intermediate_values={10: 0.4, 2: 0.1, 9: 0.3}))
    assert plot_intermediate_values(study).lines[0].get_xydata().tolist() == [[2, 0.1], [9, 0.3], [10, 0.4]]


@pytest.mark.parametrize("plot", [plot_optimization_history, plot_intermediate_values, plot_parallel_coordinates])
def test_a_study_without_complete_trials_is_refused(plot):
    with pytest.raises(ValueError, match="run the search first"):
        plot(optuna.create_study(direction="maximize"))


def test_settings_that_are_no_numbers_are_refused():
    study = optuna.create_study(direction="maximize")
    study.add_trial(create_trial(params={"rule": "sgd"}, value=1.0,
                                 distributions={"rule": CategoricalDistribution(("sgd", "adam"))}))
    with pytest.raises(ValueError, match="rule"):
        plot_parallel_coordinates(study)


def test_a_pruned_trial_that_reported_nothing_is_left_out(study):
    study.add_trial(create_trial(params={"lr": 1.0, "shift": 1.0}, distributions=SPACE, state=TrialState.PRUNED))
    assert len(plot_optimization_history(study).lines[1].get_xydata()) == 1
    assert len(plot_parallel_coordinates(study).lines) == 4
