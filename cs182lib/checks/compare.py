"""Call an implementation, compare what it returns with what is expected, and say what is wrong in one short message."""

import copy

import numpy as np

from cs182lib.checks.diagnose import exception_cause, likely_cause
from cs182lib.checks.frames import learner_frames, place_of
from cs182lib.checks.inputs import scattered, to_float32
from cs182lib.training.gradient_check import eval_numerical_gradient_array

EXACT = {"rtol": 1e-7, "atol": 1e-9}  # two float64 computations of one formula
NUMERIC = {"rtol": 1e-6, "atol": 1e-7}  # against centered differences
SINGLE = {"rtol": 1e-3, "atol": 1e-4}  # float32 against float64
KEPT = "arguments unchanged"
NOT_WRITTEN = "not written yet"
FLOAT64_CAUSE = ("float32 came in and float64 goes out: name the dtype where an array is made, "
                 "np.zeros(shape, x.dtype), and use Python's numbers; whole numbers, as of np.where(x > 0, 1, 0), and "
                 "random ones need .astype(x.dtype)")
FLOAT32_CAUSE = ("float64 came in and float32 goes out, so half of the digits are lost: name the dtype where an array "
                 "is made, np.zeros(shape, x.dtype)")


class CheckFailed(AssertionError):
    """An exercise is not right yet; `message` says what is wrong, and the likely cause where one is known.

    Attributes
    ----------
    output : str or None, what is wrong
    cause : str or None, the likely mistake, where known; NOT_WRITTEN for a stub
    frames : list of str or None, the learner's traceback where the check ran in another process
    details : dict; for an array shape and expected_shape, and where the shape is right worst (its index), got,
        expected, error, allowed there, and row: the numbers got and expected along the last axis through that place
    """

    def __init__(self, message, output=None, cause=None, details=None, frames=None):
        super().__init__(message)
        self.output, self.cause, self.details, self.frames = output, cause, details or {}, frames

    def _render_traceback_(self):
        """Show the message in a notebook, and of the traceback only what the learner wrote."""
        return [str(self), *(learner_frames(self.__cause__) if self.frames is None else self.frames)]


class Checker:
    """Carry one check through: its name, what has been compared, and the lengths that may turn up as factors.

    Parameters
    ----------
    name : str, the exercise
    sizes : lengths by name, such as N=5, which `diagnose` looks for as missing factors
    """

    def __init__(self, name, **sizes):
        self.name, self.sizes = name, sizes
        self.compared, self.count = {}, 0  # the dict is an ordered set of names

    def passed(self):
        """Print the one line of success."""
        names = [name for name in self.compared if "[" not in name]  # grads stands for grads['W1'] and the others
        names.sort(key=KEPT.__eq__)  # last
        print(f"{self.name} is right: {', '.join(names)} ({self.count} comparisons)")

    def fail(self, message, output=None, cause=None, details=None):
        """Raise CheckFailed for this exercise: `message` and the likely `cause`; `output` and `details` as there."""
        hint = f"\n  likely cause: {cause}" if cause else ""
        raise CheckFailed(f"{self.name}: {message}{hint}", output, cause, details)

    def note(self, name):
        """Count one comparison of the output `name`, for the line that reports success."""
        self.compared[name] = True
        self.count += 1

    def run(self, function, *arguments, label=None, **options):
        """Return function(*arguments, **options); what it raises becomes a CheckFailed that calls it `label`."""
        label = label or self.name
        try:
            with np.errstate(all="ignore"):  # the comparison finds NaN and overflow and explains them
                return function(*arguments, **options)
        except NotImplementedError as error:
            message = f"{label} is not written yet" + (f": {error}" if str(error) else "") + place_of(error)
            raise CheckFailed(f"{self.name}: {message}", label, NOT_WRITTEN) from error
        except Exception as error:
            cause = exception_cause(error)
            raise CheckFailed(f"{self.name}: {label}({_shapes(arguments)}) raised {type(error).__name__}: {error}"
                              + (f"\n  likely cause: {cause}" if cause else ""), label, cause) from error

    def call(self, function, returns, label=None, writes=(), **arguments):
        """Call the function with `arguments` by position; return what came as a dict keyed by `returns`.

        Fails where it raises, returns the wrong kind or number of things, or changes an argument not named in `writes`,
        except the cache. The messages call the function `label`, by default the exercise's name.
        """
        label = label or self.name
        kept = {name: copy.deepcopy(value) for name, value in arguments.items() if name not in (*writes, "cache")}
        values = self._unpack(self.run(function, *arguments.values(), label=label), returns, label)
        for name, before in kept.items():
            if not _unchanged(before, arguments[name]):
                self.fail(f"{label} changed its argument {name}; callers still need it", name,
                          f"{name} is changed in place (-=, *=, {name}[...] = ..., out=): work on a copy")
        self.note(KEPT)
        return values

    def _unpack(self, result, returns, label):
        wanted = ", ".join(returns)
        if result is None:
            self.fail(f"{label} returned None, expected {wanted}", returns[0], "did you forget the return?")
        if len(returns) == 1:
            if isinstance(result, (tuple, list)):
                self.fail(f"{label} returned {len(result)} things, expected {wanted} alone", wanted)
            return {wanted: result}
        if not isinstance(result, (tuple, list)):
            self.fail(f"{label} returned one {type(result).__name__}, expected {len(returns)} things: {wanted}", wanted)
        if len(result) != len(returns):
            self.fail(f"{label} returned {len(result)} things, expected {len(returns)}: {wanted}", wanted)
        return dict(zip(returns, result))

    def compare(self, got, expected, mistakes=None, context="", rtol=EXACT["rtol"], atol=EXACT["atol"]):
        """Compare each array of the dict `expected` with the one of that name in `got`.

        `mistakes` maps a name to {cause: wrong array}, or is a function that returns such a dict; `context` says in
        which case this is, such as "in test mode"; a number may be off by `rtol` times the expected one plus `atol`,
        which counts in units of the largest expected number or 1.
        """
        for name, right in expected.items():
            right, value = np.asarray(right), self._as_array(name, got[name], right, context)
            if value.shape == right.shape:
                allowed = atol * max(1.0, np.abs(right).max(initial=0)) + rtol * np.abs(right)
                excess = np.nan_to_num(np.abs(value - right) - allowed, nan=np.inf)
                if (excess <= 0).all():
                    self.note(name)
                    continue
            others = {other: array for other, array in expected.items() if other != name}
            with np.errstate(all="ignore"):  # a mistake may well divide by zero
                table = (mistakes() if callable(mistakes) else mistakes) or {}
                cause = likely_cause(value, right, table.get(name), self.sizes, others)
            shapes = {"shape": value.shape, "expected_shape": right.shape}
            if value.shape != right.shape:
                self.fail(f"{name} has shape {value.shape}, expected {right.shape}{context}", name, cause, shapes)
            worst = np.unravel_index(np.argmax(excess), right.shape)
            message = _difference(name, value, right, allowed, excess, worst, context)
            self.fail(message, name, cause, shapes | _details(value, right, allowed, worst))

    def _as_array(self, name, value, right, context):
        if value is None:
            self.fail(f"{name} is None{context}, expected an array of shape {np.shape(right)}", name,
                      "it is never assigned")
        if np.ndim(right) and not isinstance(value, np.ndarray):
            self.fail(f"{name} is a {type(value).__name__}{context}, expected a NumPy array of shape "
                      f"{np.shape(right)}", name, "is this the cache? It comes after out" if (
                          name == "out" and isinstance(value, (tuple, dict))) else None)
        try:
            return np.asarray(value, None if isinstance(value, np.ndarray) else float)
        except (TypeError, ValueError):
            self.fail(f"{name} is a {type(value).__name__}{context}, expected a number", name)

    def single(self, got, expected, context=""):
        """Compare what float32 arguments gave: the dtype must be float32, the numbers right to float32's precision.

        `got` and `expected` are dicts, name -> array, and `context` says in which case this is, as for `compare`.
        """
        for name in expected:
            if getattr(got[name], "dtype", np.float32) != np.float32:
                self.fail(f"{name} is {got[name].dtype} when the arguments are float32{context}, expected float32",
                          name, FLOAT64_CAUSE)
        self.compare(got, expected, context=f" in float32{context}", **SINGLE)
        self.note("float32")

    def double(self, got, expected, context=""):
        """Check that float64 arguments gave float64: float32 keeps too few digits for a numeric gradient.

        Looks at what `expected` names in the dict `got`, at no numbers; `context` is as for `compare`.
        """
        for name in expected:
            dtype = getattr(got[name], "dtype", np.float64)
            if dtype != np.float64:
                self.fail(f"{name} is {dtype} when the arguments are float64{context}, expected float64", name,
                          FLOAT32_CAUSE)

    def true(self, condition, message, output, cause=None):
        """Fail with `message` and `cause` unless `condition` holds; else count a comparison of `output`."""
        if not condition:
            self.fail(message, output, cause)
        self.note(output)


def check_forward(check, forward, definition, mistakes, context="", writes=(), returns=("out",), **arguments):
    """Check what a forward pass returns before its cache against its definition, in float64 and in float32.

    Parameters
    ----------
    check, context : the Checker, and in which case this is, such as " in test mode"
    forward, definition : (*arguments) -> (*returns, cache), the learner's, and (*arguments) -> what `returns` names
    mistakes : (*arguments) -> {cause: wrong array}, or with several `returns` {name: {cause: wrong array}}
    writes, returns : names of the arguments that it may change, and of its outputs
    arguments : what both functions take, in their order; float64 arrays become float32 for a second call
    """
    expected = _outputs(definition, arguments, returns)

    def table():
        wrong = mistakes(*arguments.values())
        return wrong if len(returns) > 1 else {returns[0]: wrong}

    got = check.call(forward, (*returns, "cache"), writes=writes, **copy.deepcopy(arguments))
    check.compare(got, expected, table, context)
    check.double(got, expected, context)
    arguments = {name: to_float32(value) for name, value in arguments.items()}
    check.single(check.call(forward, (*returns, "cache"), writes=writes, **arguments), expected, context)


def _outputs(definition, arguments, returns):
    """Return what the definition gives, one array or a tuple of them, as a dict keyed by `returns`."""
    result = definition(*arguments.values())
    return dict(zip(returns, result if isinstance(result, tuple) else (result,)))


def check_backward(check, backward, forward, definition, mistakes=None, context="", writes=(), returns=("out",),
                   **arguments):
    """Check a backward pass against the numeric gradient of a definition, on the cache that `forward` makes.

    Every float array among `arguments` has a gradient, named d + its name and returned in that order. The backward
    pass is called twice on one cache: a cache that it changes shows in the second answer.

    Parameters
    ----------
    check, context, writes, arguments : as for `check_forward`
    backward : (*douts, cache) -> the gradients, the learner's
    forward : (*arguments) -> (*returns, cache); the learner's own, so that any cache will do
    definition : (*arguments) -> what is named in `returns`, independent of both
    mistakes : function (*douts, *arguments) -> {gradient's name: {cause: wrong array}}
    returns : names of the outputs; the backward pass takes a gradient of each
    """
    outputs = _outputs(definition, arguments, returns)
    douts = {"d" + name: scattered(out.shape, -1.5, 1.0, start=40 + 13 * k)
             for k, (name, out) in enumerate(outputs.items())}
    expected = {"d" + name: sum(
        eval_numerical_gradient_array(lambda _, r=r: _outputs(definition, arguments, returns)[r], value, douts["d" + r])
        for r in returns) for name, value in arguments.items() if getattr(value, "dtype", None) == np.float64}
    table = mistakes and (lambda: mistakes(*douts.values(), *arguments.values()))
    cache = _cache(check, forward, outputs, context, writes, copy.deepcopy(arguments))
    got = check.call(backward, tuple(expected), **douts, cache=cache)
    check.compare(got, expected, table, context, **NUMERIC)
    check.double(got, expected, context)
    got = check.call(backward, tuple(expected), **douts, cache=cache)
    again = {name: {"the backward pass changed its cache in place: work on copies": got[name]} for name in expected}
    check.compare(got, expected, again, f" in the second call with the same cache{context}", **NUMERIC)
    arguments = {name: to_float32(value) for name, value in arguments.items()}
    cache = check.run(forward, *arguments.values(), label="the forward pass")[-1]
    got = check.call(backward, tuple(expected), **to_float32(douts), cache=cache)
    check.single(got, expected, context)


def _cache(check, forward, outputs, context, writes, arguments):
    """Return the cache of the forward pass, once its outputs are known to be right."""
    got = check.call(forward, (*outputs, "cache"), label="the forward pass", writes=writes, **arguments)
    wrong = "the forward pass that makes the cache is not right: check it first"
    for key, out in outputs.items():
        name = f"{key} of the forward pass"
        check.compare({name: got[key]}, {name: out}, {name: {wrong: got[key]}}, context)
    return got["cache"]


def _difference(name, got, right, allowed, excess, worst, context):
    """Say how an array of the right shape is wrong: the worst place, by how much, and how many numbers are."""
    place = f"{name}[{', '.join(str(i) for i in worst)}]" if right.ndim else name
    shape = f"shape {right.shape} is right, " if right.ndim else ""
    return (f"{name} is wrong{context}: {shape}{np.sum(excess > 0)} of {right.size} numbers are not\n"
            f"  worst: {place} = {float(got[worst]):.8g}, expected {float(right[worst]):.8g}\n"
            f"  error: {abs(float(got[worst]) - float(right[worst])):.2g}, allowed {float(allowed[worst]):.2g}")


def _details(got, right, allowed, worst):
    """Return the same as numbers, with the row through the worst place (at most 16 numbers of it)."""
    values = {"worst": [int(i) for i in worst], "got": float(got[worst]), "expected": float(right[worst]),
              "error": abs(float(got[worst]) - float(right[worst])), "allowed": float(allowed[worst])}
    if right.ndim:
        start = max(0, min(worst[-1] - 8, right.shape[-1] - 16))
        row = (*worst[:-1], slice(start, start + 16))
        values["row"] = {"start": int(start), "got": [float(x) for x in got[row]],
                         "expected": [float(x) for x in right[row]]}
    return values


def _shapes(arguments):
    """Describe arguments by their shapes."""
    kinds = [f"{a.dtype} {a.shape}" if isinstance(a, np.ndarray) else repr(a) if isinstance(a, (int, float, dict, str))
             else type(a).__name__ for a in arguments]
    return ", ".join(kinds)


def _unchanged(before, after):
    if isinstance(before, np.ndarray):
        return isinstance(after, np.ndarray) and np.array_equal(before, after)
    if isinstance(before, dict):
        return before.keys() == after.keys() and all(_unchanged(before[key], after[key]) for key in before)
    return bool(before == after)
