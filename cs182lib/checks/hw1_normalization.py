"""Checks of batch norm and layer norm of feature vectors."""

import copy

import numpy as np

from cs182lib import layers
from cs182lib.checks import definitions
from cs182lib.checks.compare import Checker, check_backward, check_forward
from cs182lib.checks.inputs import scattered

CASES = (("train", {}), ("test", {}), ("train", {"eps": 0.5, "momentum": 0.6}), ("test", {"eps": 0.5}))
WRITES = ("bn_param",)  # batch norm keeps its running statistics there


def _features(N=6, D=4):
    """Return x (N, D) of unlike means and spreads, gamma and beta."""
    x = scattered((N, D), -2, 2) * np.arange(1, D + 1) + 3 * np.arange(D)
    return x, scattered((D,), 0.5, 2.0, start=3), scattered((D,), 1.0, 3.0, start=8)


def running(D, mode, **options):
    """Return a bn_param of `mode` with `options` and running statistics (D,) unlike those of any batch."""
    return {"mode": mode, "running_mean": scattered((D,), 0.5, 1.5), "running_var": scattered((D,), 2, 4), **options}


def check_batchnorm_forward(batchnorm_forward):
    """Check both modes of `batchnorm_forward`(x, gamma, beta, bn_param) -> (out, cache).

    Also what it makes of the running statistics, eps and momentum, and its defaults.
    """
    check = Checker("batchnorm_forward", N=6, D=4)
    x, gamma, beta = _features()
    for mode, options in CASES:
        param = running(4, mode, **options)
        context = f" in {mode} mode" + (f" with {options}" if options else "")
        check_forward(check, batchnorm_forward, definitions.batchnorm, batchnorm_mistakes, context, WRITES,
                      x=x, gamma=gamma, beta=beta, bn_param=param)
        statistics = x.mean(axis=0), x.var(axis=0)
        check_running(check, batchnorm_forward, param, (x, gamma, beta), statistics, len(x), context)
    bare = {"mode": "train"}
    got = check.call(batchnorm_forward, ("out", "cache"), writes=WRITES, x=x, gamma=gamma, beta=beta, bn_param=bare)
    check.compare(got, {"out": definitions.batchnorm(x, gamma, beta, bare)}, context=" without running statistics")
    check.true("running_mean" in bare and "running_var" in bare, "bn_param holds no running statistics after a call",
               "running_mean", "write running_mean and running_var back into bn_param")
    check.compare(bare, {"running_mean": 0.1 * x.mean(axis=0)}, context=" after the first call (it starts at 0)")
    check.passed()


def check_running(check, forward, param, arrays, statistics, count, context):
    """Check the running statistics after a call: moved towards (mean, var) in training, left alone in testing.

    Parameters
    ----------
    check : Checker
    forward : (x, gamma, beta, bn_param) -> (out, cache), the learner's
    param : dict, the bn_param before the call, with running statistics; a copy is passed on
    arrays : (x, gamma, beta)
    statistics : (mean, var) of the batch, one number for each feature or channel
    count : int, of how many numbers each mean is, at least 2
    context : str, in which case this is
    """
    after, momentum = copy.deepcopy(param), param.get("momentum", 0.9)
    check.run(forward, *copy.deepcopy(arrays), after)
    expected, mistakes = {}, {}
    for key, value in zip(("running_mean", "running_var"), statistics):
        old = param[key]
        expected[key] = old if param["mode"] == "test" else momentum * old + (1 - momentum) * value
        mistakes[key] = {
            "running statistics change in test mode: leave them alone": momentum * old + (1 - momentum) * value,
            "the running statistics are not updated, or not written back to bn_param": old,
            "momentum and 1 - momentum are swapped": (1 - momentum) * old + momentum * value,
            "the last batch replaces the running statistics: average with momentum": value,
            "the variance is unbiased (divided by N - 1): the course divides by N":
                momentum * old + (1 - momentum) * value * count / (count - 1),
            "the standard deviation is stored: store the variance":
                momentum * old + (1 - momentum) * np.sqrt(np.abs(value)),
            "eps is added to the running variance": momentum * old + (1 - momentum) * (value + param.get("eps", 1e-5)),
        }
    missing = [key for key in expected if key not in after]
    check.true(not missing, f"bn_param holds no {missing} after a call{context}", "running_mean", "write them back")
    check.compare(after, expected, mistakes, context)


def batchnorm_mistakes(x, gamma, beta, param):
    """Return cause -> out (or a function that returns it) for batch norm of x (N, D).

    gamma and beta are (D,), and `param` is the bn_param, with running statistics.
    """
    eps, mean, var = param.get("eps", 1e-5), param["running_mean"], param["running_var"]
    train = definitions.normalize(x, 0, eps)
    test = (x - mean) / np.sqrt(var + eps)
    right, other = (train, test) if param["mode"] == "train" else (test, train)
    own, spread = (x - x.mean(axis=0), x.var(axis=0)) if param["mode"] == "train" else (x - mean, var)
    keep = param.get("momentum", 0.9)
    moved = (keep * old + (1 - keep) * new for old, new in ((mean, x.mean(axis=0)), (var, x.var(axis=0))))
    return {
        "the mode is ignored: statistics of the batch in training, running ones in testing": gamma * other + beta,
        "the mode is ignored for the variance: the batch's in training, the running one in testing":
            gamma * own / np.sqrt((var if param["mode"] == "train" else x.var(axis=0)) + eps) + beta,
        "the running statistics are used in training: there the batch's own count": lambda: gamma * (
            x - next(moved)) / np.sqrt(next(moved) + eps) + beta,
        "the standard deviation is taken for the variance: divide by √(var + eps)": gamma * own / np.sqrt(
            np.sqrt(spread) + eps) + beta,
        "one mean and variance for everything: one for each feature, over the batch": gamma * (
            x - x.mean()) / np.sqrt(x.var() + eps) + beta,
        "beta is multiplied by gamma, too: gamma x̂ + beta": gamma * (right + beta),
        "gamma and beta are left out": right,
        "gamma is left out": right + beta,
        "beta is left out": gamma * right,
        "gamma and beta are swapped": beta * right + gamma,
        "eps is outside the root: divide by √(var + eps)": lambda: gamma * own / (np.sqrt(spread) + eps) + beta,
        "eps is left out, or not read from the options": gamma * own / np.sqrt(spread + 1e-5) + beta,
        "divided by the variance: divide by its root": lambda: gamma * own / (spread + eps) + beta,
        "the variance is unbiased (divided by N - 1): divide by N":
            gamma * definitions.normalize(x, 0, eps, ddof=1) + beta,
        "normalized over the features: a mean for each feature, over the batch": lambda: gamma * definitions.normalize(
            x, 1, eps) + beta,
        "the mean is not subtracted": gamma * x / np.sqrt(spread + eps) + beta,
        "the mean is subtracted, but nothing is divided by": gamma * own + beta,
        "the running variance is taken for a standard deviation": lambda: gamma * own / (var + eps) + beta,
    }


def check_batchnorm_backward(batchnorm_backward, batchnorm_forward=layers.batchnorm_forward):
    """Check dx, dgamma and dbeta of `batchnorm_backward`(dout, cache) against numeric gradients, in both modes.

    The cache is that of `batchnorm_forward`.
    """
    _check_batchnorm_backward("batchnorm_backward", batchnorm_backward, batchnorm_forward)


def check_batchnorm_backward_alt(batchnorm_backward_alt, batchnorm_forward=layers.batchnorm_forward):
    """Check the simplified `batchnorm_backward_alt` just as the one along the graph, with `batchnorm_forward`."""
    _check_batchnorm_backward("batchnorm_backward_alt", batchnorm_backward_alt, batchnorm_forward)


def _check_batchnorm_backward(name, backward, forward):
    check = Checker(name, N=6, D=4)
    x, gamma, beta = _features()
    for mode, options in (("train", {}), ("train", {"eps": 0.5}), ("test", {})):
        check_backward(check, backward, forward, definitions.batchnorm, normalization_mistakes,
                       f" in {mode} mode" + (f" with {options}" if options else ""), WRITES,
                       x=x, gamma=gamma, beta=beta, bn_param=running(4, mode, **options))
    check.passed()


def path_mistakes(dx, count, istd):
    """Return cause -> wrong dx, where dx(a, c) takes a times the part of the mean and c times that along x̂.

    `count` is how many numbers share a mean, and `istd` the array 1 / √(var + eps), which dx takes for c as well.
    """
    return {
        "the part along x̂ is half as large as it must be: the derivative of (x - mean)² is 2 (x - mean)": dx(1, 0.5),
        "the part along x̂ is twice as large as it must be: the derivative of v^(-1/2) is -1/2 v^(-3/2)": dx(1, 2),
        "istd has the wrong power: its derivative by the variance is -1/2 istd³": dx(1, 1 / istd),
        "istd has the wrong power, one too high: its derivative by the variance is -1/2 istd³": dx(1, istd),
        "the way back through the mean has the wrong sign": dx(-1, 1),
        "the way back through the mean is not divided by the count": dx(count, 1),
        "the way back through the variance is not divided by the count": dx(1, count),
    }


def normalization_mistakes(dout, x, gamma, beta, param):
    """Return the known mistakes of batch norm's backward pass: {gradient's name: {cause: wrong array}}.

    dout and x are (N, D), gamma and beta (D,), and `param` is the bn_param.
    """
    N, eps = len(x), param.get("eps", 1e-5)
    istd = 1 / np.sqrt(x.var(axis=0) + eps)
    x_hat = (x - x.mean(axis=0)) * istd
    if param["mode"] == "test":
        istd = 1 / np.sqrt(param["running_var"] + eps)
        x_hat = (x - param["running_mean"]) * istd
    dbeta, dgamma = dout.sum(axis=0), (dout * x_hat).sum(axis=0)
    train = gamma * istd * (dout - dbeta / N - x_hat * dgamma / N)
    paths = path_mistakes(lambda a, c: gamma * istd * (dout - a * dbeta / N - c * x_hat * dgamma / N), N, istd)
    return {
        "dx": {
            **(paths if param["mode"] == "train" else {}),
            "mean and variance are taken for constants, which they are in test mode alone": gamma * istd * dout,
            "the way back through mean and variance is taken in test mode, where they are constants": train,
            "the way back through the variance is missing": gamma * istd * (dout - dbeta / N),
            "the way back through the mean is missing": gamma * istd * (dout - x_hat * dgamma / N),
            "gamma is missing": train / gamma,
            "the division by the standard deviation is missing": train / istd,
            "a factor 1/N is missing: both sums over the batch are means": gamma * istd * (
                dout - dbeta - x_hat * dgamma),
            "the part along x̂ has the wrong sign": gamma * istd * (dout - dbeta / N + x_hat * dgamma / N),
        },
        "dgamma": {
            "dout * out is summed: use x̂": lambda: (dout * (gamma * x_hat + beta)).sum(axis=0),
            "dout * x is summed: use x̂, x after normalization": (dout * x).sum(axis=0),
            "dout * (x - mean) is summed: use x̂, divided by the standard deviation": lambda: (
                dout * (x - x.mean(axis=0))).sum(axis=0),
            "dgamma is not summed over the batch": dout * x_hat,
            "this is gamma times too much": gamma * dgamma,
            "dgamma is summed over the features: sum over the batch, axis=0": (dout * x_hat).sum(axis=1),
        },
        "dbeta": {
            "dbeta is not summed over the batch": dout,
            "dbeta is multiplied by gamma: out = gamma x̂ + beta, so its gradient is dout": gamma * dbeta,
            "dbeta is summed over the features: sum over the batch, axis=0": dout.sum(axis=1),
        },
    }


def check_layernorm_forward(layernorm_forward):
    """Check `layernorm_forward`(x, gamma, beta, ln_param): a mean and variance for each example, eps, its default."""
    check = Checker("layernorm_forward", N=6, D=4)
    x, gamma, beta = _features()
    for param in ({}, {"eps": 0.5}):
        check_forward(check, layernorm_forward, definitions.layernorm, _layernorm_mistakes,
                      f" with {param}" if param else "", x=x, gamma=gamma, beta=beta, ln_param=param)
    check.passed()


def _layernorm_mistakes(x, gamma, beta, param):
    eps = param.get("eps", 1e-5)
    own, var = x - x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
    right = own / np.sqrt(var + eps)
    return {
        "normalized over the batch: layer norm takes each example by itself, axis=1":
            gamma * definitions.normalize(x, 0, eps) + beta,
        "gamma and beta are left out": right,
        "gamma is left out": right + beta,
        "beta is left out": gamma * right,
        "beta is multiplied by gamma, too: gamma x̂ + beta": gamma * (right + beta),
        "gamma and beta are swapped": beta * right + gamma,
        "the standard deviation is taken for the variance: divide by √(var + eps)": gamma * own / np.sqrt(
            np.sqrt(var) + eps) + beta,
        "normalized over everything at once": gamma * definitions.normalize(x, (0, 1), eps) + beta,
        "the variance is unbiased (divided by D - 1): divide by D": gamma * definitions.normalize(x, 1, eps, 1) + beta,
        "eps is outside the root: divide by √(var + eps)": gamma * own / (np.sqrt(var) + eps) + beta,
        "eps is left out, or not read from the options": gamma * own / np.sqrt(var + 1e-5) + beta,
        "divided by the variance: divide by its root": gamma * own / (var + eps) + beta,
        "the mean is not subtracted": gamma * x / np.sqrt(var + eps) + beta,
    }


def check_layernorm_backward(layernorm_backward, layernorm_forward=layers.layernorm_forward):
    """Check dx, dgamma and dbeta of `layernorm_backward`(dout, cache) against numeric gradients.

    The cache is that of `layernorm_forward`.
    """
    check = Checker("layernorm_backward", N=6, D=4)
    x, gamma, beta = _features()
    for param in ({}, {"eps": 0.5}):
        check_backward(check, layernorm_backward, layernorm_forward, definitions.layernorm,
                       _layernorm_backward_mistakes, f" with {param}" if param else "",
                       x=x, gamma=gamma, beta=beta, ln_param=param)
    check.passed()


def _layernorm_backward_mistakes(dout, x, gamma, beta, param):
    eps = param.get("eps", 1e-5)
    istd = 1 / np.sqrt(x.var(axis=1, keepdims=True) + eps)
    x_hat, dx_hat = definitions.normalize(x, 1, eps), dout * gamma
    mean, along = dx_hat.mean(axis=1, keepdims=True), (dx_hat * x_hat).mean(axis=1, keepdims=True)
    without_gamma = istd * (
        dout - dout.mean(axis=1, keepdims=True) - x_hat * (dout * x_hat).mean(axis=1, keepdims=True))
    batch = normalization_mistakes(dout, x, gamma, beta, {"mode": "train", "eps": eps})
    over_batch = "this is batch norm's: an example shares nothing with the others"
    return {
        "dx": {
            **path_mistakes(lambda a, c: istd * (dx_hat - a * mean - c * x_hat * along), x.shape[1], istd),
            "mean and variance are taken for constants": dx_hat * istd,
            "the way back through the variance is missing": istd * (dx_hat - mean),
            "the way back through the mean is missing": istd * (dx_hat - x_hat * along),
            "gamma is missing: multiply dout by gamma first": without_gamma,
            "gamma comes too late: multiply dout by gamma before the means are taken": gamma * without_gamma,
            "the division by the standard deviation is missing": dx_hat - mean - x_hat * along,
            "the part along x̂ has the wrong sign": istd * (dx_hat - mean + x_hat * along),
            "means are taken over the batch: take them over the features, axis=1": istd * (
                dx_hat - dx_hat.mean(axis=0) - x_hat * (dx_hat * x_hat).mean(axis=0)),
            over_batch: batch["dx"]["mean and variance are taken for constants, which they are in test mode alone"],
        },
        "dgamma": {
            "dgamma is not summed over the batch": dout * x_hat,
            "dgamma is summed over the features: sum over the batch, axis=0": (dout * x_hat).sum(axis=1),
            "dout * x is summed: use x̂, x after normalization": (dout * x).sum(axis=0),
        },
        "dbeta": {
            "dbeta is not summed over the batch": dout,
            "dbeta is summed over the features: sum over the batch, axis=0": dout.sum(axis=1),
        },
    }
