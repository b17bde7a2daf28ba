"""Stop a training as a user does who presses Ctrl-C."""

import pytest


def train_for(trainer, count):
    """Train for `count` epochs, then stop at the beginning of the next one."""
    epochs, train_epoch = [], trainer._train_epoch

    def stop_after(bar):
        if len(epochs) == count:
            raise KeyboardInterrupt
        epochs.append(train_epoch(bar))

    trainer._train_epoch = stop_after
    with pytest.raises(KeyboardInterrupt):
        trainer.train()
    assert len(epochs) == count
