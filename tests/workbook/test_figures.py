"""Key figures travel from a notebook to the report."""

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from cs182lib.data import get_CIFAR10_data
from cs182lib.workbook import key_figures
from cs182lib.workbook.figures import MIME, published_figures


@pytest.fixture
def shown(monkeypatch):
    outputs = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: outputs.append(data))
    return outputs


def test_values_are_plain_and_the_text_names_no_value(shown):
    key_figures(best_val_acc=np.float32(0.5), epochs=np.int64(3), optimizer="adam")
    assert shown[0][MIME] == {"best_val_acc": 0.5, "epochs": 3, "optimizer": "adam"}
    assert [type(value) for value in shown[0][MIME].values()] == [float, int, str]
    assert shown[0]["text/plain"] == "Key figures for the report: best_val_acc, epochs, optimizer"


@pytest.mark.parametrize("figures", [{}, {"losses": [1.0, 2.0]}, {"losses": np.zeros(3)}])
def test_what_is_no_figure_is_refused(shown, figures):
    with pytest.raises(TypeError, match="figure|losses"):
        key_figures(**figures)
    assert not shown


def test_figures_and_data_are_found_in_an_executed_notebook(shown):
    data = get_CIFAR10_data(num_training=20, num_validation=5, num_test=5)
    key_figures(loss=1.5)
    outputs = [new_output("stream", text=f"hello\n{data}\n"), new_output("display_data", data=shown[0])]
    nb = new_notebook(cells=[new_code_cell(outputs=[output]) for output in outputs])
    assert published_figures(nb) == {"figures": {"loss": 1.5},
                                     "data": {"source": data.source, "fingerprint": data.fingerprint}}


def test_a_notebook_that_publishes_nothing():
    assert published_figures(new_notebook(cells=[new_code_cell()])) == {"figures": {}, "data": None}
