"""Learning-rate schedules: functions (t, num_iterations) -> factor, by which the learning rate is multiplied.

t counts steps from 0; the schedules with settings are made by calling them: `schedule=one_cycle(warmup=0.2)`.
"""

import math

from cs182lib.validation import check_count, check_number

__all__ = ["constant", "cosine", "linear", "one_cycle", "step_decay"]


def constant(t, num_iterations):
    """Keep the learning rate: 1."""
    return 1.0


def linear(t, num_iterations):
    """Fall in a straight line from 1 to 0: 1 - t / num_iterations."""
    return 1 - t / num_iterations


def cosine(t, num_iterations):
    """Fall along half a cosine wave from 1 to 0: (1 + cos(π t / num_iterations)) / 2.

    References
    ----------
    Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", ICLR 2017, eq. 5.
    """
    return 0.5 * (1 + math.cos(math.pi * t / num_iterations))


def step_decay(factor=0.1, every=0.33):
    """Multiply by `factor` each time another share `every` (in (0, 1]) of the iterations has passed."""
    check_number("factor", factor, 0, 1)
    check_number("every", every, 0, 1, low_open=True)
    return lambda t, num_iterations: factor ** int(t / (every * num_iterations))


def one_cycle(warmup=0.25):
    """Rise in a straight line from near 0 to 1 over the share `warmup` of the iterations, then fall as `cosine` does.

    References
    ----------
    Smith and Topin, "Super-Convergence", arXiv:1708.07120, section 3.
    """
    check_number("warmup", warmup, 0, 1, high_open=True)

    def factor(t, num_iterations):
        check_count("num_iterations", num_iterations)
        rise = warmup * num_iterations
        return (t + 1) / (rise + 1) if t < rise else cosine(t - rise, num_iterations - rise)

    return factor
