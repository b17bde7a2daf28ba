"""The long captioning run, on a few captions: complete fields, resumed to the same figures."""

import numpy as np
import pytest

from cs182lib.data import load_coco_data, write_coco_files
from cs182lib.training import captioning_run
from tests.training.test_captioning_solver import WORDS, split


@pytest.fixture
def data(tmp_path):
    write_coco_files(tmp_path / "few", WORDS, split(60, 1), split(15, 2))
    return load_coco_data(tmp_path / "few")


def test_the_run_gives_a_complete_record(data, tmp_path, monkeypatch):
    monkeypatch.setattr(captioning_run, "MODEL", {**captioning_run.MODEL, "wordvec_dim": 5, "hidden_dim": 8})
    options = dict(num_epochs=30, batch_size=20, optim_config={"learning_rate": 1e-2}, verbose=False)
    fields = captioning_run.captioning_coco(tmp_path / "run", data, **options)
    assert set(fields) == {"title", "data", "seed", "figures", "curve", "config"} and fields["data"] is data
    figures = fields["figures"]
    assert set(figures) == {"best_val_loss", "bleu1", "bleu2", "bleu3", "bleu4", "bleu4_beam", "bleu4_shuffled"}
    assert figures["bleu1"] > 0.9 and all(np.isfinite(value) for value in figures.values())
    assert len(fields["curve"]["epoch"]) == len(fields["curve"]["val_loss"]) == 31
    assert (tmp_path / "run.npz").exists()
    assert captioning_run.captioning_coco(tmp_path / "run", data, **options)["figures"] == figures


def test_shuffled_rows_are_all_rows_in_another_order(data):
    rows = captioning_run.ShuffledRows(data["val_features"], rng=0)
    shuffled, own = rows[np.arange(15)], np.asarray(data["val_features"])
    assert (shuffled != own).any()
    np.testing.assert_array_equal(np.sort(shuffled, axis=0), np.sort(own, axis=0))
    np.testing.assert_array_equal(rows[np.array([4, 2])], shuffled[[4, 2]])
