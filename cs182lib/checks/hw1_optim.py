"""Checks of the update rules: three steps of each, starting from given memory and from none.

A rule may change w in place, as the course's own do; dw it must leave alone.
"""

import copy

import numpy as np

from cs182lib.checks.compare import Checker
from cs182lib.checks.inputs import away_from_zero, scattered

SHAPE = (3, 4)
STEP = {"rtol": 1e-6, "atol": 1e-6}  # whether epsilon stands outside the root, inside it, or before the correction


def _momentum(w, dw, c):
    velocity = c["momentum"] * c["velocity"] + dw
    return {"next_w": w - c["learning_rate"] * velocity, "velocity": velocity}


def check_sgd_momentum(sgd_momentum):
    """Check v = momentum v + dw and w - learning_rate v of the rule `sgd_momentum`(w, dw, config)."""
    def mistakes(w, dw, c):
        """Return what each likely mistake would give: {output: {cause: value}}."""
        lr, mu, v = c["learning_rate"], c["momentum"], c["velocity"]
        new = mu * v + dw
        return {
            "next_w": {
                "momentum is ignored: step along the velocity, not dw": w - lr * dw,
                "the old velocity is used: update it first": w - lr * v,
                "the learning rate is missing from the step": w - new,
                "the step goes uphill: subtract it": w + lr * new,
                "this is Nesterov's step: plain momentum steps along v alone": w - lr * (dw + mu * new),
                "dw is scaled by 1 - momentum: v = momentum * v + dw": w - lr * (mu * v + (1 - mu) * dw),
                "the velocity already holds the learning rate: v = momentum * v + dw": w + (mu * v - lr * dw),
            },
            "velocity": {
                "the velocity holds the learning rate: v = momentum * v + dw": mu * v - lr * dw,
                "the velocity holds the learning rate: v = momentum * v + dw, and the rate comes after":
                    mu * v + lr * dw,
                "dw is scaled by 1 - momentum: v = momentum * v + dw": mu * v + (1 - mu) * dw,
                "the velocity is not written back to config": v,
                "momentum is missing: v = momentum * v + dw": v + dw,
                "dw is subtracted from the velocity": mu * v - dw,
            },
        }

    config = {"learning_rate": 0.1, "momentum": 0.7, "velocity": scattered(SHAPE, 0.6, 0.9, start=7)}
    _check_rule("sgd_momentum", sgd_momentum, _momentum, mistakes, config,
                {"learning_rate": 1e-2, "momentum": 0.9, "velocity": 0.0})


def _rmsprop(w, dw, c):
    cache = c["decay_rate"] * c["cache"] + (1 - c["decay_rate"]) * dw**2
    return {"next_w": w - c["learning_rate"] * dw / (np.sqrt(cache) + c["epsilon"]), "cache": cache}


def check_rmsprop(rmsprop):
    """Check cache = decay_rate cache + (1 - decay_rate) dw² and w - learning_rate dw / (√cache + epsilon).

    The rule is `rmsprop`(w, dw, config).
    """
    def mistakes(w, dw, c):
        """Return what each likely mistake would give: {output: {cause: value}}."""
        lr, rho, old = c["learning_rate"], c["decay_rate"], c["cache"]
        new = rho * old + (1 - rho) * dw**2
        return {
            "next_w": {
                "the old cache is used: update it first": w - lr * dw / np.sqrt(old + 1e-300),
                "the root is missing: divide by √cache": w - lr * dw / new,
                "the step is not divided by √cache": w - lr * dw,
                "the step goes uphill: subtract it": w + lr * dw / np.sqrt(new),
                "the learning rate is missing from the step": w - dw / np.sqrt(new),
            },
            "cache": {
                "decay_rate and 1 - decay_rate are swapped": (1 - rho) * old + rho * dw**2,
                "dw is not squared": rho * old + (1 - rho) * dw,
                "1 - decay_rate is missing: that is Adagrad's sum, or nearly": rho * old + dw**2,
                "nothing decays: cache + dw² is Adagrad": old + dw**2,
                "the cache is not written back to config": old,
            },
        }

    config = {"learning_rate": 0.05, "decay_rate": 0.8, "epsilon": 1e-8, "cache": scattered(SHAPE, 0.6, 0.9, start=7)}
    _check_rule("rmsprop", rmsprop, _rmsprop, mistakes, config,
                {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8, "cache": 0.0})


def _adam_step(w, c, m, v, t, t2=None):
    """Step with the moments m, v corrected for t (and t2) steps; None leaves a correction out."""
    m_hat = m if t is None else m / (1 - c["beta1"]**t)
    v_hat = v if t2 is None else v / (1 - c["beta2"]**t2)
    return w - c["learning_rate"] * m_hat / (np.sqrt(v_hat) + c["epsilon"])


def _moments(dw, c):
    return (c["beta1"] * c["m"] + (1 - c["beta1"]) * dw, c["beta2"] * c["v"] + (1 - c["beta2"]) * dw**2, c["t"] + 1)


def _adam(w, dw, c):
    m, v, t = _moments(dw, c)
    return {"next_w": _adam_step(w, c, m, v, t, t), "m": m, "v": v, "t": t}


def check_adam(adam):
    """Check both moments, the step count and the corrected step of the rule `adam`(w, dw, config)."""
    def mistakes(w, dw, c):
        """Return what each likely mistake would give: {output: {cause: value}}."""
        (m, v, t), beta1, beta2 = _moments(dw, c), c["beta1"], c["beta2"]
        return {
            "next_w": {
                "the bias correction is missing: m / (1 - beta1^t), v / (1 - beta2^t)": _adam_step(w, c, m, v, None),
                "t is raised after it is used: raise it first": lambda: _adam_step(w, c, m, v, t - 1, t - 1),
                "m is corrected with t - 1: raise t before both corrections": lambda: _adam_step(w, c, m, v, t - 1, t),
                "v is corrected with t - 1: raise t before both corrections": lambda: _adam_step(w, c, m, v, t, t - 1),
                "only m is corrected for its start at zero": _adam_step(w, c, m, v, t),
                "only v is corrected for its start at zero": _adam_step(w, c, m, v, None, t),
                "t stays at 1": lambda: _adam_step(w, c, m, v, 1, 1),
                "the gradient is used in place of its mean m": _adam_step(w, c, dw, v, None, t),
                "the root of v is missing": w - c["learning_rate"] * m / (1 - beta1**t) / (v / (1 - beta2**t)),
                "the step goes uphill: subtract it": 2 * w - _adam_step(w, c, m, v, t, t),
                "beta1 and beta2 are swapped in the correction": w - c["learning_rate"] * m / (1 - beta2**t)
                / np.sqrt(v / (1 - beta1**t)),
            },
            "m": {
                "beta1 and 1 - beta1 are swapped": (1 - beta1) * c["m"] + beta1 * dw,
                "beta2 is used for m": beta2 * c["m"] + (1 - beta2) * dw,
                "the factor 1 - beta1 is missing": beta1 * c["m"] + dw,
                "m is not written back to config": c["m"],
                "the corrected m is stored: store m itself": m / (1 - beta1**t),
            },
            "v": {
                "dw is not squared": beta2 * c["v"] + (1 - beta2) * dw,
                "beta1 is used for v": beta1 * c["v"] + (1 - beta1) * dw**2,
                "the factor 1 - beta2 is missing": beta2 * c["v"] + dw**2,
                "v is not written back to config": c["v"],
                "the corrected v is stored: store v itself": v / (1 - beta2**t),
            },
            "t": {"t is not raised: one call is one step": c["t"], "t is raised twice": c["t"] + 2},
        }

    config = {"learning_rate": 0.05, "beta1": 0.7, "beta2": 0.8, "epsilon": 1e-8, "t": 2,
              "m": scattered(SHAPE, 0.6, 0.9, start=7), "v": scattered(SHAPE, 0.5, 0.7, start=3)}
    defaults = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "m": 0.0, "v": 0.0, "t": 0}
    _check_rule("adam", adam, _adam, mistakes, config, defaults)


def _check_rule(name, rule, definition, mistakes, config, defaults):
    """Take three steps from `config`, then three from nothing, where the rule must fill in the defaults."""
    check = Checker(name)
    _take_steps(check, rule, definition, mistakes, copy.deepcopy(config), config, "")
    start = {key: np.zeros(SHAPE) if value == 0.0 and key != "t" else value for key, value in defaults.items()}
    usual = ", ".join(f"{key} {value or 'zeros' if key != 't' else 0}" for key, value in defaults.items())
    cause = f"a default is another: {usual}"
    _take_steps(check, rule, definition, mistakes, {}, start, ", from an empty config", cause)
    w, dw = scattered(SHAPE), away_from_zero(scattered(SHAPE, start=5), gap=0.5)
    got = check.call(rule, ("next_w", "config"), writes=("w", "config"), w=w.copy(), dw=dw, config=None)
    check.compare(got, {"next_w": definition(w, dw, start)["next_w"]}, context=" with config=None", **STEP)
    got = check.call(rule, ("next_w", "config"), writes=("w", "config"), w=w.copy(), dw=0 * dw, config={})
    check.compare(got, {"next_w": w}, context=" for a gradient of zero (epsilon keeps 0/0 away)")
    if "epsilon" in defaults:
        _check_epsilon(check, rule, dw, start["learning_rate"])
    single = check.call(rule, ("next_w", "config"), writes=("w", "config"), w=w.astype(np.float32),
                        dw=dw.astype(np.float32), config={})
    check.single(single, {"next_w": definition(w, dw, start)["next_w"]})
    check.passed()


def _check_epsilon(check, rule, dw, rate):
    """A huge epsilon must make the step tiny and leave its direction; where exactly it is added is free."""
    got = check.call(rule, ("next_w", "config"), writes=("w", "config"), w=np.zeros(SHAPE), dw=dw,
                     config={"epsilon": 1e6})
    size = -got["next_w"] / (rate * dw)
    check.true(((size > 0) & (size < 0.01)).all(), "next_w for epsilon = 1e6 is no tiny step downhill, as expected",
               "next_w", "epsilon is not read from config, or not added to the root in the denominator")


def _take_steps(check, rule, definition, mistakes, config, state, context, cause=None):
    """Take three steps; `cause` is what a wrong one must come from, where the known mistakes do not tell."""
    w = scattered(SHAPE, -0.4, 0.6)
    for step in range(3):
        dw = away_from_zero(scattered(SHAPE, -0.7, 0.9, start=20 + 12 * step), gap=0.5)  # far above epsilon
        expected = definition(w, dw, state)
        got = check.call(rule, ("next_w", "config"), writes=("w", "config"), w=w.copy(), dw=dw, config=config)
        check.true(isinstance(got["config"], dict), f"config comes back as {type(got['config']).__name__}", "config",
                   "return next_w, config")
        memory = [key for key in expected if key != "next_w"]
        for holder, words in ((got["config"], "the config that is returned"), (config, "the config that was passed")):
            missing = [key for key in memory if key not in holder]
            check.true(not missing, f"{words} holds no {', '.join(missing)}, expected there{context}", "config",
                       "the memory of the rule goes into the dict that was passed, also into an empty one, in whose "
                       "place `config or {}` puts another: config['...'] = ...")
        got = {"next_w": got["next_w"], **{key: config[key] for key in memory}}
        expected = {key: expected[key] for key in (*memory, "next_w")}  # what is remembered first: it may be the cause
        table = mistakes(w, dw, state)
        if cause:
            table = {name: {**table.get(name, {}), cause: got[name]} for name in expected}
        check.compare(got, expected, table, f" in step {step + 1}{context}", **STEP)
        w, state = expected["next_w"], {**state, **{key: expected[key] for key in memory}}
