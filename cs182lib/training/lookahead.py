"""Lookahead: slow weights that follow the fast ones, and pull them back."""

import torch

from cs182lib.validation import check_count, check_number


class Lookahead:
    """Every `every` steps move the slow weights towards the model's, then set the model to the slow weights.

    slow += (1 - decay) * (model - slow);  model = slow;  decay(step) = peak * (step / num_steps)^3

    The decay grows: early the model runs free, at the end it is an average of its last steps, which is as good as
    a smaller learning rate without the time that one costs. Running means and variances are averaged too. Pass the
    object to `fit(..., after_step=[lookahead])`.

    Parameters
    ----------
    model : nn.Module
    every : int, steps between two pulls
    peak : float in [0, 1), the decay at the last step

    Raises
    ------
    TypeError, ValueError : `every` is no whole number above 0, or the peak is out of range

    References
    ----------
    Zhang et al. 2019, arXiv:1907.08610, algorithm 1; the growing decay: Jordan 2024, arXiv:2404.00498, section 3.4.
    """

    def __init__(self, model, every=5, peak=0.95**5):
        self.every = check_count("every", every)
        self.peak = check_number("peak", peak, low=0, high=1, high_open=True)
        self.slow = {name: value.clone() for name, value in _float_state(model).items()}

    @torch.no_grad()
    def __call__(self, model, step, num_steps):
        """Do the pull where `step` (from 1) is a multiple of `every` or the last one of all."""
        if step % self.every and step != num_steps:
            return
        decay = 1.0 if step == num_steps else self.peak * (step / num_steps) ** 3
        for name, fast in _float_state(model).items():
            slow = self.slow[name] = self.slow[name].to(fast.device)
            slow.lerp_(fast, 1 - decay)
            fast.copy_(slow)

    def state_dict(self):
        """Return the slow weights, for a checkpoint."""
        return self.slow

    def load_state_dict(self, state):
        """Take up the slow weights in `state`, which `state_dict` returned."""
        self.slow = {name: value.clone() for name, value in state.items()}


def _float_state(model):
    return {name: value for name, value in model.state_dict().items() if value.is_floating_point()}
