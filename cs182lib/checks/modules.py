"""Compare a learner's nn.Module with a definition in NumPy: made, filled with fixed numbers, called, differentiated."""

import numpy as np

from cs182lib.checks.compare import KEPT
from cs182lib.checks.inputs import scattered

CUT = "the graph is cut: .detach(), .data, .item(), .numpy() or torch.no_grad()"
PARTLY_CUT = "the graph is cut on one of the ways to the output: .detach(), .data or torch.no_grad()"


def as_tensor(array):
    """Return a copy of the array as a tensor."""
    import torch

    return torch.from_numpy(np.array(array))


def made(check, module, *arguments):
    """Return module(*arguments) in float64; fail the Checker `check` where that raises or gives no nn.Module."""
    import torch

    net = check.run(module, *arguments, label="__init__")
    if not isinstance(net, torch.nn.Module):
        check.fail(f"it is a {type(net).__name__}, expected an nn.Module", "module")
    return net.double()


def filled(check, module, shapes):
    """Fill the module's state dict with fixed numbers and return them by name, as float64 arrays.

    `shapes` is a dict, name -> shape, of all that must be there, or the Checker `check` fails. All names that end in
    embedding.weight get the same numbers: they are shared.
    """
    got = {name: tuple(value.shape) for name, value in module.state_dict().items()}
    missing, extra = (", ".join(sorted(a.keys() - b.keys())) or "none" for a, b in ((shapes, got), (got, shapes)))
    check.true(got.keys() == shapes.keys(), f"the state dict misses {missing[:200]}; unexpected: {extra[:200]}",
               "state dict", "name the submodules as the course does")
    for name, shape in shapes.items():
        check.true(got[name] == shape, f"{name} has shape {got[name]}, expected {shape}", "state dict")
    p, shared = {}, [name for name in shapes if name.endswith("embedding.weight")]
    for start, (name, shape) in enumerate(shapes.items()):
        factor = name.endswith(("norm.weight", "source.weight", "target.weight", "weight_g"))
        p[name] = scattered(shape, *((0.5, 1.5) if factor else (-0.6, 0.7)), start=1 + 17 * start)
    p |= {name: p[shared[0]] for name in shared}
    module.load_state_dict({name: as_tensor(value) for name, value in p.items()})
    return p


def run_module(check, module, arrays, others=()):
    """Return the outputs of module(*tensors, *others) as a tuple; no argument may be changed.

    The tensors are copies of `arrays`, a dict by name, and require gradients; the Checker `check` fails where one has
    changed, or an output is no tensor. Of `others`, such as a mask, changes are not looked for.
    """
    tensors = [as_tensor(array).requires_grad_() for array in arrays.values()]
    outputs = check.run(module, *tensors, *others, label="forward")
    check.true(not (isinstance(outputs, tuple) and len(outputs) == 1), "it returned a tuple of one thing, expected the "
               "thing itself", "output", "there is a comma too many behind it")
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    for output in outputs:
        check_tensor(check, output, "output")
    for (name, before), tensor in zip(arrays.items(), tensors):
        if not np.array_equal(tensor.detach().numpy(), before):
            check.fail(f"{name} was changed; callers still need it", name, "an operation in place: name_(), +=, *=")
    check.note(KEPT)
    return outputs


def check_tensor(check, output, name):
    """Fail the Checker `check` unless `output`, which the message calls `name`, is a tensor."""
    import torch

    if output is None:
        check.fail(f"it returned None, expected {name}", name, "did you forget the return?")
    if not isinstance(output, torch.Tensor):
        check.fail(f"{name} is a {type(output).__name__}, expected a tensor", name)


def compare_module(check, module, names, arrays, mask, definition, wrong, context):
    """Compare what `module` returns for `arrays` with definition(*arrays, mask), and the gradients by each array.

    Parameters
    ----------
    check : Checker
    module : nn.Module, or function of tensors, of the learner
    names : names of its outputs; the gradients are those of the first
    arrays : dict, name -> float64 array, in the order of the arguments; each is moved a little, and back
    mask : array, or a tuple of them, that comes after the arrays; None for a module that gets none
    definition : (*arrays, mask, wrong="") -> the right output, or a tuple of them
    wrong : dict, mistake -> cause; definition(*arrays, mask, wrong=mistake) makes the mistake
    context : str, in which case this is, such as " with a mask"
    """
    def outputs(name=""):
        result = definition(*arrays.values(), mask, wrong=name)
        return result if isinstance(result, tuple) else (result,)

    others = () if mask is None else (tuple(map(as_tensor, mask)),) if isinstance(mask, tuple) else (as_tensor(mask),)
    got = run_module(check, module, arrays, others)
    count = "one thing" if len(got) == 1 else f"{len(got)} things"
    check.true(len(got) == len(names), f"it returned {count}, expected {len(names)}: {', '.join(names)}",
               names[0])
    right = dict(zip(names, outputs()))
    table = {name: {cause: (lambda i=i, key=key: outputs(key)[i]) for key, cause in wrong.items()}
             for i, name in enumerate(names)}
    check.compare({name: value.detach().numpy() for name, value in zip(names, got)}, right, table, context)
    _compare_gradients(check, module, arrays, others, outputs, context)


def _compare_gradients(check, module, arrays, others, outputs, context):
    """Compare Σ output · weights' derivative along one direction per array with a centered difference."""
    tensors = [as_tensor(array).requires_grad_() for array in arrays.values()]
    output = check.run(module, *tensors, *others, label="forward")
    output = output[0] if isinstance(output, tuple) else output
    weights = scattered(output.shape, 0.5, 1.5, 3)
    if not output.requires_grad:
        check.fail(f"no gradient leads back from the output{context}", "gradient", CUT)
    (output * as_tensor(weights)).sum().backward()
    for (name, array), tensor in zip(arrays.items(), tensors):
        if tensor.grad is None:
            check.fail(f"no gradient reaches {name}{context}", "gradient", CUT)
        direction, h = scattered(array.shape, -1, 1, 9), 1e-6
        sides = []
        for sign in (1, -1):
            array += sign * h * direction
            sides.append((outputs()[0] * weights).sum())
            array -= sign * h * direction
        slope = float((tensor.grad.numpy() * direction).sum())
        key = f"gradient by {name}"
        check.compare({key: slope}, {key: (sides[0] - sides[1]) / (2 * h)}, {key: {PARTLY_CUT: slope}}, context,
                      rtol=1e-5, atol=1e-6)
