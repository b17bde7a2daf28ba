"""The long captioning run: python -m cs182lib.training.captioning_run [CHECKPOINT] trains on COCO where it is there.

On the scenes it makes a short run of the same kind.
"""

import sys
from pathlib import Path

import numpy as np

from cs182lib.data import load_coco_data
from cs182lib.models import CaptioningRNN
from cs182lib.training.bleu import caption_bleu
from cs182lib.training.captioning_solver import CaptioningSolver
from cs182lib.training.schedules import cosine

SEED = 182
MODEL = dict(wordvec_dim=256, hidden_dim=512, cell_type="lstm", forget_bias=1.0)
BUDGETS = {  # is_standin -> the settings of the CaptioningSolver
    False: dict(num_epochs=10, batch_size=128, optim_config={"learning_rate": 1e-3}, num_val=5000),
    True: dict(num_epochs=10, batch_size=100, optim_config={"learning_rate": 2e-3}, num_val=1000),
}
MEASURED = 5000  # validation pictures, the first ones: BLEU is always measured on the same


def captioning_coco(checkpoint, data=None, **options):
    """Train an LSTM on all captions and measure it on the first validation pictures, beside shuffled ones.

    Parameters
    ----------
    checkpoint : Path; training goes on from it where it exists (its suffix becomes .npz)
    data : what `load_coco_data` returns, and loads by itself where nothing is given
    options : settings of the CaptioningSolver that take the place of the budget's

    Returns
    -------
    fields : dict with title, data, seed, figures, curve and config
    """
    data = load_coco_data() if data is None else data
    settings = dict(update_rule="adam", schedule=cosine, **BUDGETS[data.is_standin]) | options
    model = CaptioningRNN(data["word_to_idx"], input_dim=data["train_features"].shape[1], rng=SEED, **MODEL)
    solver = CaptioningSolver(model, data, checkpoint=Path(checkpoint).with_suffix(".npz"), rng=SEED, progress=True,
                              print_every=10**9, **settings)
    solver.train()
    figures = {"best_val_loss": float(solver.best_val_loss), **bleu_figures(model, data)}
    losses = [float(loss) for loss in solver.val_loss_history]
    config = {**MODEL, **{key: getattr(value, "__name__", value) for key, value in settings.items()}}
    return {"title": "LSTM captioner, NumPy", "data": data, "seed": SEED, "figures": figures, "config": config,
            "curve": {"epoch": list(range(len(losses))), "val_loss": losses}}


def bleu_figures(model, data):
    """Return BLEU-1 to 4 of the model's greedy captions of data (what `load_coco_data` returns), and two more BLEU-4.

    bleu4_beam is that of a beam search, bleu4_shuffled that of captions which see another picture's features.
    """
    def beam(features):
        return model.beam_search(features, beam_width=3)

    others = ShuffledRows(data["val_features"], rng=SEED)
    return {**caption_bleu(model, data, num_images=MEASURED),
            "bleu4_beam": caption_bleu(model, data, num_images=MEASURED, sample=beam)["bleu4"],
            "bleu4_shuffled": caption_bleu(model, data, num_images=MEASURED, features=others)["bleu4"]}


class ShuffledRows:
    """Rows in the place of others: `rows[i]` is a row of another picture, always the same one; `rng` is the seed."""

    def __init__(self, rows, rng):
        self.rows, self.order = rows, np.random.default_rng(rng).permutation(len(rows))

    def __getitem__(self, idxs):
        return self.rows[self.order[idxs]]


if __name__ == "__main__":
    fields = captioning_coco(Path(sys.argv[1] if len(sys.argv) > 1 else "build/full/captioning_coco"))
    print(fields["data"])
    print(", ".join(f"{name} {value:.3f}" for name, value in fields["figures"].items()))
