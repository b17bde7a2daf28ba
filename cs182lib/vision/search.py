"""Hyper-parameter search with Optuna: poor trials are stopped early, and one SQLite file keeps everything.

    python -m cs182lib.vision.search --study build/search.db --trials 20

Stop it and start it again: it goes on. Start it twice: both work on the same study, each on its own trial.

References
----------
Akiba et al. 2019, arXiv:1907.10902 (Optuna); Bergstra et al. 2011, "Algorithms for Hyper-Parameter Optimization",
section 4 (TPE); Golovin et al. 2017, "Google Vizier", section 3.2 (the median stopping rule).
"""

import argparse
import itertools
import json
import sys
import time
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import optuna
import torch.nn.functional as F
from optuna.trial import TrialState
from tqdm import tqdm

from cs182lib.data import load_cifar10_uint8
from cs182lib.files import reason
from cs182lib.training.fit import fit
from cs182lib.training.lookahead import Lookahead
from cs182lib.training.seeding import fast_precision, pick_device, seed_everything
from cs182lib.validation import check_count, describe, require
from cs182lib.vision.cifar_net import CifarNet, whitening_filters
from cs182lib.vision.cifar_recipes import Recipe, make_optimizer
from cs182lib.vision.images import ImageBatches, accuracy
from cs182lib.vision.trials import make_trial, taking_turns

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
SMALL = Recipe(widths=(16, 32, 64), epochs=3, batch_size=100)  # what the trials train, unless told otherwise


class SeededSampler(optuna.samplers.BaseSampler):
    """TPE whose k-th trial draws from a generator seeded by (seed, k), whichever process makes it.

    An ordinary sampler starts its random numbers anew when the program does: a resumed search would propose its first
    trials again, and two processes with one seed the same ones. A trial that failed is not counted, so the one that
    takes its place gets its numbers.

    Parameters
    ----------
    seed : int
    startup_trials : int, trials drawn at random before TPE looks at the results
    """

    def __init__(self, seed, startup_trials=5):
        self.seed, self.startup_trials = seed, startup_trials

    def before_trial(self, study, trial):
        """Make the sampler of this trial of the study."""
        earlier = study.get_trials(deepcopy=False)[: trial.number]
        k = sum(one.state != TrialState.FAIL for one in earlier)
        seed = int(np.random.SeedSequence((self.seed, k)).generate_state(1)[0])
        self.tpe = optuna.samplers.TPESampler(seed=seed, n_startup_trials=self.startup_trials)

    def infer_relative_search_space(self, study, trial):
        """Return what TPE returns for the study and the trial."""
        return self.tpe.infer_relative_search_space(study, trial)

    def sample_relative(self, study, trial, search_space):
        """Return what TPE returns for the study, the trial and the search_space."""
        return self.tpe.sample_relative(study, trial, search_space)

    def sample_independent(self, study, trial, param_name, param_distribution):
        """Return what TPE returns for the study, the trial, param_name and param_distribution."""
        return self.tpe.sample_independent(study, trial, param_name, param_distribution)


def open_study(path, shared=None, seed=182):
    """Open the study in the SQLite file `path`, or start one there; its trials are compared by their largest value.

    A trial is pruned when, after its second report or a later one, its best value so far is below the median of
    what the finished trials had reached by then (from the fourth finished trial on). A trial whose process was killed
    is marked as failed when the next one begins, on this machine, and made again.

    Parameters
    ----------
    path : file name; folders that are missing are made
    shared : dict that JSON can hold, or None; what all trials have in common (data, budget)
    seed : int, for the proposals

    Returns
    -------
    study : optuna.Study

    Raises
    ------
    TypeError, ValueError : a number out of range; the file is no study, or one with another `shared` or seed
    """
    shared = json.loads(json.dumps({**(shared or {}), "seed": check_count("seed", seed, low=0)}))  # tuples become lists
    path = Path(path)
    require(not path.is_dir(), f"path must name a file, got the folder {path}; add a name such as search.db")
    path.parent.mkdir(parents=True, exist_ok=True)
    with quiet():
        try:
            study = _open(path, seed)
            known, _ = study.user_attrs.get("shared"), study.get_trials(deepcopy=False)
        except Exception as error:  # damaged bytes make SQLite and Optuna raise nearly anything
            raise ValueError(f"path {path} cannot be opened as a study ({reason(getattr(error, 'orig', error))}); pass "
                             "another path") from error
    if known is None:
        study.set_user_attr("shared", shared)
    elif known != shared:
        raise ValueError(f"the study in {path} was made with {known}, not with {shared}: its values do not compare; "
                         "delete the file, or pass another path")
    return study


def _open(path, seed):
    """Return the study; the tables are made in turn, because SQLite lets two processes start making them."""
    with taking_turns(f"{path}.lock"):
        storage = optuna.storages.RDBStorage(f"sqlite:///{path}", engine_kwargs={"connect_args": {"timeout": 60}})
        study = optuna.create_study(storage=storage, study_name="search", direction="maximize", load_if_exists=True,
                                    sampler=SeededSampler(seed),
                                    pruner=optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=2))
    study.lock = f"{path}.lock"
    return study


@contextmanager
def quiet():
    """Keep Optuna from reporting every trial on stderr."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)


def search(study, objective, num_trials, progress=True):
    """Make trials until the study holds `num_trials` finished ones, those of other processes and earlier runs included.

    Parameters
    ----------
    study : of `open_study`
    objective : function (trial) -> float, the larger the better; it asks the trial for its settings
        (`trial.suggest_float(name, low, high)`) and may raise optuna.TrialPruned, see `report_each_epoch`
    num_trials : int, completed and pruned ones together; with several processes a few more may be made
    progress : bool, show a progress bar where somebody watches (a terminal)

    Returns
    -------
    study : the same, with best_params and best_value

    Raises
    ------
    TypeError, ValueError : objective is no function, or num_trials no whole number above 0
    whatever `objective` raises; the trial counts as failed, all earlier ones are kept
    """
    check_count("num_trials", num_trials)
    if not callable(objective):
        raise TypeError(f"objective must be a function (trial) -> float, got {describe(objective)}")
    with quiet(), tqdm(total=num_trials, unit="trial", disable=not (progress and sys.stderr.isatty())) as bar:
        while (done := count_finished(study)) < num_trials:
            bar.update(done - bar.n)
            make_trial(study, objective)
        bar.update(num_trials - bar.n)
    return study


def count_finished(study):
    """Return how many trials of the study ran to their end or were pruned."""
    return len(study.get_trials(deepcopy=False, states=FINISHED))


def report_each_epoch(trial, score, epochs):
    """Return a function for `fit(evaluate=...)` that reports score(model) and ends the trial if it is to be pruned.

    Parameters
    ----------
    trial : optuna.Trial
    score : function (model) -> float, the larger the better
    epochs : int, those of a whole trial; after the last there is nothing to save, and the trial counts as complete
    """
    so_far = itertools.count(1)

    def evaluate(model):
        """Score the model, report that as the end of an epoch, and end a trial that is to be pruned."""
        epoch, value = next(so_far), score(model)
        trial.report(value, epoch)
        if epoch < epochs and trial.should_prune():
            raise optuna.TrialPruned
        return {"val_acc": value}

    return evaluate


def suggest_recipe(trial, base=SMALL):
    """Return `base` with learning rate, weight decay, label smoothing and shift as the trial proposes them."""
    return replace(base,
                   lr=trial.suggest_float("lr", 0.3, 60, log=True),
                   weight_decay=trial.suggest_float("weight_decay", 1e-3, 0.3, log=True),
                   label_smoothing=trial.suggest_float("label_smoothing", 0.0, 0.4),
                   translate=trial.suggest_int("translate", 0, 4))


def recipe_objective(data, base=SMALL, num_training=3000, num_validation=1000, seed=182):
    """Return the objective (trial) -> validation accuracy of a small CIFAR net trained by the proposed recipe.

    All trials see the same images in the same order and start from the same weights: what differs is the recipe.

    Parameters
    ----------
    data : Dataset of `load_cifar10_uint8`
    base : Recipe, gives what is not searched
    num_training : int, the first images; num_validation : int, the last ones
    seed : int, of order and initial weights

    Raises
    ------
    TypeError, ValueError : a number of images that is no whole number above 0, or more than there are
    """
    X, y = data["X_train"], data["y_train"]
    check_count("num_validation", num_validation)
    if not base.batch_size <= check_count("num_training", num_training) <= len(X) - num_validation:
        raise ValueError(f"num_training must be at least one batch of {base.batch_size} and leave {num_validation} of "
                         f"the {len(X)} images for validation, got {num_training}")
    val = ImageBatches(X[-num_validation:], y[-num_validation:], 500)
    first = X[:num_training], y[:num_training]
    filters = whitening_filters(next(iter(ImageBatches(*first, num_training)))[0])

    def objective(trial):
        """Train the recipe that the trial proposes; return its validation accuracy."""
        recipe = suggest_recipe(trial, base)
        generator = seed_everything(seed)
        train = ImageBatches(*first, recipe.batch_size, generator, flip="alternating", translate=recipe.translate)
        return train_trial(trial, CifarNet(filters, recipe.widths, len(data.class_names)), recipe, train, val)

    return objective


def train_trial(trial, model, recipe, train, val):
    """Train `model` by `recipe` under the eyes of the pruner of `trial` and return its validation accuracy at the end.

    train and val are ImageBatches. optuna.TrialPruned where the pruner stops it, or the training breaks down.
    """
    device = pick_device()
    precision = fast_precision(device)

    def loss_fn(model, batch):
        X, y = batch
        return F.cross_entropy(model(X).float(), y, label_smoothing=recipe.label_smoothing)

    def score(model):
        return accuracy(model, val, precision=precision, device=device)

    optimizer, schedule = make_optimizer(model, recipe)
    try:
        history = fit(model, train, optimizer, loss_fn, epochs=recipe.epochs, schedule=schedule,
                      precision=precision, evaluate=report_each_epoch(trial, score, recipe.epochs),
                      after_step=[Lookahead(model)], progress=False)
    except FloatingPointError as error:  # a recipe that diverges is a poor one, no reason to end the search
        raise optuna.TrialPruned(str(error)) from error
    return history.epochs[-1]["val_acc"]


def main(argv=None):
    """Search by the command line `argv` (None: that of the process) and print the best recipe."""
    parser = argparse.ArgumentParser(description="Search for a better recipe of the CIFAR net. Resumes; may be "
                                                 "started several times at once.")
    parser.add_argument("--study", default="build/search.db", help="the SQLite file (default: %(default)s)")
    parser.add_argument("--trials", type=int, default=20, help="finished trials in all (default: %(default)s)")
    parser.add_argument("--images", type=int, default=9000, help="training images (default: %(default)s)")
    parser.add_argument("--epochs", type=int, default=4, help="epochs of a trial (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=182)
    args = parser.parse_args(argv)
    data, base, start = load_cifar10_uint8(), replace(SMALL, epochs=args.epochs), time.perf_counter()
    shared = {"fingerprint": data.fingerprint, "images": args.images, "base": asdict(base)}
    objective = recipe_objective(data, base, args.images, seed=args.seed)
    study = search(open_study(args.study, shared, args.seed), objective, args.trials)
    settings = ", ".join(f"{name}={value:.4g}" for name, value in study.best_params.items())
    print(f"best of {count_finished(study)} trials: validation accuracy {study.best_value:.4f} with {settings}, "
          f"on {data}, {time.perf_counter() - start:.0f} s here")


if __name__ == "__main__":
    main()
