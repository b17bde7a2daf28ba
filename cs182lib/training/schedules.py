"""Learning-rate schedules: functions (t, num_iterations) -> factor, by which the learning rate is multiplied.

t counts steps from 0; the schedules with settings are made by calling them: `schedule=one_cycle(warmup=0.2)`.
"""

import math

from cs182lib.validation import check_count, check_number

__all__ = ["constant", "cosine", "linear", "one_cycle", "step_decay"]


def constant(t, num_iterations):
    """Keep the learning rate: return 1, whatever the step t of num_iterations."""
    return 1.0


def linear(t, num_iterations):
    """Fall in a straight line from 1 to 0: return 1 - t / num_iterations at step t from 0."""
    return 1 - t / num_iterations


def cosine(t, num_iterations):
    """Fall along half a cosine wave from 1 to 0: return (1 + cos(π t / num_iterations)) / 2 at step t from 0.

    References
    ----------
    Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", ICLR 2017, eq. 5.
    """
    return 0.5 * (1 + math.cos(math.pi * t / num_iterations))


def step_decay(factor=0.1, every=0.33):
    """Return a schedule that multiplies by `factor` each time another share `every` of the iterations has passed.

    Parameters
    ----------
    factor : number in [0, 1]
    every : number in (0, 1]

    Raises
    ------
    TypeError, ValueError : factor or every is no number or out of range
    """
    check_number("factor", factor, 0, 1)
    check_number("every", every, 0, 1, low_open=True)
    return lambda t, num_iterations: factor ** int(t / (every * num_iterations))


def one_cycle(warmup=0.25):
    """Return a schedule that rises in a straight line from near 0 to 1, then falls as `cosine` does.

    Parameters
    ----------
    warmup : number in [0, 1), the share of the iterations in which it rises

    Raises
    ------
    TypeError, ValueError : warmup is no number or out of range

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
