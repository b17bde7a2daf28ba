"""The trials of a search, made by several processes at once, of which each may be killed at any moment."""

import os
import platform
import sqlite3
from contextlib import contextmanager

import optuna
import psutil
from optuna.trial import TrialState

from cs182lib.validation import describe

OWNER = "owner"  # the user attribute of a trial that says which process makes it: machine, number, second of its start


@contextmanager
def taking_turns(path):
    """Let one process at a time into the block, by a lock on the SQLite file `path`, which ends with the process."""
    lock = sqlite3.connect(path, timeout=60, isolation_level=None)
    try:
        lock.execute("BEGIN EXCLUSIVE")
        yield
    finally:
        lock.close()


def make_trial(study, objective):
    """Make the next trial of a study of `open_study`; what `objective`(trial) returns or raises is kept, and raised.

    A trial and the name of its process are written while no other process begins one, so a running trial without a name
    is one of a process that was killed in between. TypeError where the study is another, which knows no turns.
    """
    if not hasattr(study, "lock"):
        raise TypeError(f"study must be what open_study returned, got {describe(study)}")
    with taking_turns(study.lock):
        give_up_dead(study)
        trial = study.ask()
        trial.set_user_attr(OWNER, [platform.node(), os.getpid(), psutil.Process().create_time()])
    try:
        value = objective(trial)
    except optuna.TrialPruned:
        study.tell(trial, state=TrialState.PRUNED)
    except BaseException:
        study.tell(trial, state=TrialState.FAIL)
        raise
    else:
        study.tell(trial, value)


def give_up_dead(study):
    """Mark the running trials of the study whose processes are gone as failed."""
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        if not _is_alive(trial.user_attrs.get(OWNER)):
            study.tell(trial.number, state=TrialState.FAIL)


def _is_alive(owner):
    """Say whether the process is still there; one of another machine is taken to be."""
    if owner is None:
        return False
    machine, number, start = owner
    try:
        process = psutil.Process(number)
        same = abs(process.create_time() - start) < 1 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        same = False
    return same or machine != platform.node()
