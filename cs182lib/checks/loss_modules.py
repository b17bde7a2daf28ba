"""What every check of a loss module asks: its value and gradient, its projection, and that it can be trained."""

import numpy as np

from cs182lib.checks.compare import EXACT, KEPT, NUMERIC
from cs182lib.checks.inputs import scattered
from cs182lib.checks.modules import PARTLY_CUT
from cs182lib.training.gradient_check import eval_numerical_gradient

CUT = "the graph is cut: .detach(), .data, .item(), float() or torch.no_grad()"


def set_projection(check, module, teacher_dim, student_dim, start=0, of=None):
    """Find the one linear layer of a module, make it float64 with known numbers, and return weight and bias.

    Parameters
    ----------
    check : Checker, which fails where there is no such layer, or it has another shape
    module : nn.Module of the learner
    teacher_dim, student_dim : ints, the widths that the layer must give and take
    start : int from 0 up; a layer of another start gets other numbers
    of : str or None, what messages call the module, where there are several

    Returns
    -------
    weight : floats (teacher_dim, student_dim)
    bias : floats (teacher_dim,), or 0.0 where the layer has none
    """
    from torch import nn

    label = f"proj[{of}]" if of else "proj"
    check.true(isinstance(module, nn.Module), "it is no nn.Module", label, "class ...(nn.Module)")
    layers = [layer for layer in module.modules() if isinstance(layer, nn.Linear)]
    check.true(len(layers) == 1, f"it has {len(layers)} linear layers, expected one, the projection", label,
               "self.proj = nn.Linear(student_dim, teacher_dim) in __init__: a layer made in forward, or kept in a "
               "plain list, is never trained")
    shape = tuple(layers[0].weight.shape)
    cause = "the projection is on the teacher's side, or its arguments are swapped: nn.Linear(student_dim, teacher_dim)"
    check.true(shape == (teacher_dim, student_dim), f"the weight of the projection has shape {shape}, expected "
               f"{(teacher_dim, student_dim)}", label, cause if shape == (student_dim, teacher_dim) else None)
    layer = layers[0].double()
    check.true(layer.weight.requires_grad, "no gradient would reach the projection", label, "leave requires_grad on")
    for first, parameter in zip((11, 46), layer.parameters()):
        parameter.data = parameter.new_tensor(scattered(parameter.shape, -0.7, 0.6, start=first + 50 * start))
    bias = layer.bias.detach().numpy() if layer.bias is not None else 0.0
    return layer.weight.detach().numpy(), bias


def check_registered(check, module, names):
    """Fail the Checker `check` unless module.parameters() holds those of all submodules in `names`.

    An optimizer is given module.parameters(), so that a projection which is not among them is never trained.
    """
    known = {id(parameter) for parameter in module.parameters()}
    lost = [name for name in names for p in getattr(module, name).parameters() if id(p) not in known]
    check.true(not lost, f"expected the parameters of {', '.join(lost[:1])} among module.parameters()", "parameters",
               "keep the losses as attributes of the module, not in a plain list or dict")


def check_trains(check, module, teacher, student):
    """Fail the Checker `check` unless the loss module(teacher, student) moves every parameter of its projection.

    teacher and student are float64 arrays, each with the width of its side as the last axis.
    """
    import torch

    module = module.double()
    module.zero_grad()
    loss = module(torch.from_numpy(teacher), torch.from_numpy(student))
    check.true(loss.requires_grad, "no gradient reaches the projection", "proj", CUT)
    loss.backward()
    for parameter in module.parameters():
        check.true(parameter.grad is not None and bool(parameter.grad.abs().sum() > 0),
                   "no gradient reaches the projection", "proj", CUT)


def check_loss(check, function, definition, arrays, mistakes, context="", gradient=True):
    """Compare `function` of two tensors, teacher's and student's, and its gradient in the student's.

    Parameters
    ----------
    check : Checker
    function : (teacher, student) -> loss, the learner's module or a function that calls it; must change neither tensor
    definition : () -> the right loss; reads the student's array, which is moved a little for the numeric gradient
    arrays : (teacher, student), float64
    mistakes : {cause: wrong loss}, or a function that returns such a dict
    context : str, in which case this is, such as " at temperature 2"
    gradient : bool, whether the gradient is compared, too
    """
    import torch

    teacher, student = arrays

    def run(moved):
        """Return the loss of the teacher's numbers and `moved`, and see that neither was changed."""
        if hasattr(function, "to"):
            function.to(moved.dtype)
        theirs = torch.from_numpy(teacher.copy()).to(moved.dtype)
        kept = [x.detach().clone() for x in (theirs, moved)]
        value = check.run(function, theirs, moved)
        if any((a != b).any() for a, b in zip(kept, (theirs, moved))):
            check.fail(f"an argument was changed{context}; callers still need it", "an argument",
                       "an operation in place: name_(), -=, +=, inplace=True")
        check.note(KEPT)
        return value

    check_value(check, run, definition, student, mistakes, context, gradient)


def check_value(check, run, definition, moved, mistakes, context, gradient=True):
    """Compare run(tensor) with definition() in float64 and float32, and its gradient with differences.

    Parameters
    ----------
    check, definition, mistakes, context, gradient : as for `check_loss`
    run : (tensor) -> loss
    moved : float64 array that `run` gets as a tensor; `definition` reads this very array, moved a little
    """
    import torch

    tensor = torch.from_numpy(moved.copy()).requires_grad_()
    value = run(tensor)
    check.true(value is not None, f"it returned None{context}, expected the loss", "loss", "did you forget the return?")
    check.true(isinstance(value, torch.Tensor), f"loss is a {type(value).__name__}{context}, expected a tensor", "loss",
               CUT)
    check.compare({"loss": value.detach().numpy()}, {"loss": definition()},
                  lambda: {"loss": mistakes() if callable(mistakes) else mistakes}, context, **EXACT)
    check.true(value.requires_grad, f"no gradient leads back from the loss{context}", "loss", CUT)
    if gradient:
        value.backward()
        check.true(tensor.grad is not None, f"no gradient reaches the student{context}", "gradient", CUT)
        numeric = eval_numerical_gradient(lambda _: float(definition()), moved)
        gradient = tensor.grad.numpy()
        check.compare({"gradient": gradient}, {"gradient": numeric}, {"gradient": {PARTLY_CUT: gradient}}, context,
                      **NUMERIC)
    value = run(torch.from_numpy(moved.astype(np.float32)).requires_grad_())
    check.single({"loss": value.detach().numpy()}, {"loss": definition()}, context)
