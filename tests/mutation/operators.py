"""What can go wrong with one node of a syntax tree: each operator yields the nodes that may stand in its place.

An operator takes a node and its `Surroundings` and yields replacements, most of them shallow copies that share their
children with the original. None of them changes what it is given.
"""

import ast

from nodes import called, changed, number, swapped

ARITHMETIC = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
              ast.Mod: ast.Mult, ast.FloorDiv: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd}
COMPARISONS = {ast.Lt: (ast.LtE, ast.Gt), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.Lt),
               ast.GtE: (ast.Gt, ast.Lt), ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,),
               ast.IsNot: (ast.Is,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,)}
_PAIRS = (("mean", "sum"), ("max", "min"), ("maximum", "minimum"), ("argmax", "argmin"), ("zeros", "ones"),
          ("zeros_like", "ones_like"), ("amax", "amin"), ("any", "all"), ("sin", "cos"), ("tanh", "sigmoid"),
          ("floor", "ceil"), ("log_softmax", "softmax"), ("repeat", "tile"), ("triu", "tril"), ("hstack", "vstack"),
          ("append", "extend"), ("square", "sqrt"), ("exp", "log"), ("new_zeros", "new_ones"),
          ("clamp_min", "clamp_max"), ("multiply", "add"), ("randn", "rand"), ("train", "eval"))
FUNCTIONS = {"logsumexp": "sum"} | dict(_PAIRS) | {second: first for first, second in _PAIRS}
UNWRAPPED = frozenset("""
    exp log sqrt rsqrt square tanh sigmoid relu gelu abs softmax log_softmax reversed sorted clip clamp clone detach
    copy contiguous reshape transpose permute flatten view unsqueeze squeeze swapaxes max min maximum minimum sum mean
    cumsum dropout normalize masked_fill bool int astype to unfold flip pad requires_grad_ expand repeat
    """.split())
SYMMETRIC = {"maximum", "minimum", "max", "min", "add", "multiply", "array_equal", "isinstance", "getattr", "vdot",
             "hasattr", "setattr"}
AXES = {"axis", "dim"}
EMPTY = {"zeros", "zeros_like", "empty", "empty_like", "new_zeros", "new_empty"}  # twice nothing is nothing
SHAPING = {"reshape", "view"}  # any negative length is inferred


def arithmetic(node, around):
    """`+` for `-`, `*` for `/`, the operands of `@` swapped."""
    if not isinstance(node, (ast.BinOp, ast.AugAssign)):
        return
    if type(node.op) in ARITHMETIC:
        yield changed(node, op=ARITHMETIC[type(node.op)]())
    elif isinstance(node.op, ast.MatMult) and isinstance(node, ast.BinOp):
        yield changed(node, left=node.right, right=node.left)


def drop_term(node, around):
    """One term of a sum, one factor of a product, an exponent or a divisor left out; `x += y` made `x = y`."""
    if isinstance(node, ast.AugAssign):
        yield ast.Assign([node.target], node.value, lineno=node.lineno)
    if not isinstance(node, ast.BinOp):
        return
    yield node.left
    if isinstance(node.op, (ast.Add, ast.Mult, ast.MatMult)):
        yield node.right
    elif isinstance(node.op, ast.Sub):
        yield ast.UnaryOp(ast.USub(), node.right)


def sign(node, around):
    """The sign of a whole expression flipped, or a minus left out."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node.operand
    arithmetics = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.MatMult, ast.Pow)
    if isinstance(node, ast.BinOp) and isinstance(node.op, arithmetics) and not around.in_index \
            and not isinstance(around.parent, ast.BinOp) and called(around.parent) not in SHAPING:
        yield ast.UnaryOp(ast.USub(), node)


def scale(node, around):
    """What is returned or assigned, if no plain name, doubled, or its sign flipped."""
    returned = isinstance(around.parent, ast.Return) or (
        isinstance(around.parent, ast.Tuple) and isinstance(around.parent.ctx, ast.Load) and not around.in_index)
    assigned = isinstance(around.parent, ast.Assign) and not isinstance(around.parent.targets[0], ast.Tuple)
    if (returned or assigned) and isinstance(node, (ast.Call, ast.Subscript, ast.BinOp)) \
            and isinstance(getattr(node, "ctx", None), (ast.Load, type(None))) and not _empty(node):
        yield ast.BinOp(ast.Constant(2), ast.Mult(), node)
        if not isinstance(node, ast.BinOp):
            yield ast.UnaryOp(ast.USub(), node)


def _empty(node):
    """Return whether twice the node is nothing new: zeros, or an object of a class."""
    return called(node) is not None and (called(node) in EMPTY or called(node)[0].isupper())


def constant(node, around):
    """Another number, or True for False; defaults of arguments among them."""
    if not isinstance(node, ast.Constant) or isinstance(node.value, (str, bytes, type(None), type(...))):
        return
    if getattr(around.parent, "arg", None) in AXES:
        return
    value = node.value
    if isinstance(around.parent, ast.UnaryOp) and value == 1 and not around.in_index:
        return  # -1 in a shape: any negative number will do
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield ast.Constant(value + 1)
        if value > 0:
            yield ast.Constant(value - 1)
    else:
        yield ast.Constant(value * (2 if abs(value) >= 0.01 else 100) or 1.0)


def comparison(node, around):
    """`<` for `<=` or `>`, `==` for `!=`, `is` for `is not`, `in` for `not in`."""
    if isinstance(node, ast.Compare):
        for i, operator in enumerate(node.ops):
            for other in COMPARISONS[type(operator)]:
                yield changed(node, ops=[*node.ops[:i], other(), *node.ops[i + 1:]])


def boolean(node, around):
    """`and` for `or`, a part of it left out, `not` left out."""
    if isinstance(node, ast.BoolOp):
        yield changed(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        for i in range(len(node.values)):
            rest = node.values[:i] + node.values[i + 1:]
            yield rest[0] if len(rest) == 1 else changed(node, values=rest)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.Invert)):
        yield node.operand


def condition(node, around):
    """A condition negated, one branch for both, a filter left out."""
    if isinstance(node, (ast.If, ast.IfExp, ast.While)):
        yield changed(node, test=ast.UnaryOp(ast.Not(), node.test))
    if isinstance(node, ast.If) and node.orelse:
        yield changed(node, test=ast.Constant(True))
    if isinstance(node, ast.IfExp):
        yield node.body
        yield node.orelse
    if isinstance(node, (ast.ListComp, ast.GeneratorExp, ast.DictComp, ast.SetComp)):
        for i, turn in enumerate(node.generators):
            if turn.ifs:
                yield changed(node, generators=[*node.generators[:i], changed(turn, ifs=[]), *node.generators[i + 1:]])


def function(node, around):
    """Another function: mean for sum, max for min, zeros for ones and the like."""
    other = FUNCTIONS.get(called(node))
    if other:
        name = "attr" if isinstance(node.func, ast.Attribute) else "id"
        yield changed(node, func=changed(node.func, **{name: other}))


def drop_call(node, around):
    """A call left out: exp(x), x.clone() or self.norm(x) made x."""
    if not isinstance(node, ast.Call) or isinstance(around.parent, ast.Expr):
        return
    target = node.func.value if isinstance(node.func, ast.Attribute) else None
    is_module = isinstance(target, ast.Name) and target.id in ("np", "torch", "F", "math", "nn")
    own_layer = isinstance(target, ast.Name) and target.id == "self"
    if own_layer and node.args:
        yield node.args[0]
    elif called(node) in UNWRAPPED and not isinstance(target, ast.Call | ast.Constant):
        if target is not None and not is_module:
            yield target
        elif node.args and not isinstance(node.args[0], ast.Starred):
            yield node.args[0]


def axis(node, around):
    """axis=0 for axis=1, and for -1; keepdims turned over by `constant`, left out by `drop_keyword`."""
    if not isinstance(node, ast.keyword) or node.arg not in AXES:
        return
    try:
        value = ast.literal_eval(node.value)
    except ValueError:
        return
    if isinstance(value, int):
        yield changed(node, value=number({0: 1, 1: 0, -1: 0, -2: -1, 2: 1, 3: 2}.get(value, 0)))
        if value == -1:
            yield changed(node, value=number(-2))
    elif isinstance(value, tuple) and len(value) > 1:
        for i in range(len(value)):
            yield changed(node, value=changed(node.value, elts=node.value.elts[:i] + node.value.elts[i + 1:]))


def transpose(node, around):
    """`.T` left out, or put behind a factor of `@`."""
    if isinstance(node, ast.Attribute) and node.attr in ("T", "mT"):
        yield node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        for side in ("left", "right"):
            if getattr(getattr(node, side), "attr", None) not in ("T", "mT"):
                yield changed(node, **{side: ast.Attribute(getattr(node, side), "T", ast.Load())})


def swap_arguments(node, around):
    """Two arguments of a call swapped, axes of a transpose or permute among them."""
    if isinstance(node, ast.Call) and called(node) not in SYMMETRIC:
        for i, pair in enumerate(zip(node.args, node.args[1:])):
            if not any(isinstance(argument, ast.Starred) for argument in pair):
                yield changed(node, args=swapped(node.args, i))


def drop_keyword(node, around):
    """A keyword argument left out, so that its default counts."""
    if isinstance(node, ast.Call):
        for i, keyword in enumerate(node.keywords):
            if keyword.arg:
                yield changed(node, keywords=node.keywords[:i] + node.keywords[i + 1:])


def order(node, around):
    """Two neighbours of a tuple or list swapped: what is returned, what is unpacked, a shape, a list of layers."""
    if isinstance(node, (ast.Tuple, ast.List)):
        for i in range(len(node.elts) - 1):
            yield changed(node, elts=swapped(node.elts, i))


def cut(node, around):
    """A slice that starts or ends one too early or late, or not at all."""
    if not isinstance(node, ast.Slice):
        return
    one = ast.Constant(1)
    if node.lower is not None:
        yield changed(node, lower=None)
        if not isinstance(node.lower, ast.Constant):
            yield changed(node, lower=ast.BinOp(node.lower, ast.Add(), one))
    elif node.upper is not None:
        yield changed(node, lower=one)
    if node.upper is not None:
        yield changed(node, upper=None)
        if not isinstance(node.upper, ast.Constant):
            yield changed(node, upper=ast.BinOp(node.upper, ast.Sub(), one))
    elif node.lower is not None:
        yield changed(node, upper=number(-1))
    if node.step is not None:
        yield changed(node, step=None)


def count(node, around):
    """A range that is one turn shorter at either end; an index that is one off."""
    one = ast.Constant(1)
    if called(node) == "range" and node.args:
        if len(node.args) == 1:
            yield changed(node, args=[one, *node.args])
            yield changed(node, args=[ast.BinOp(node.args[0], ast.Sub(), one)])
        else:
            start, stop, *step = node.args
            yield changed(node, args=[ast.BinOp(start, ast.Add(), one), stop, *step])
            yield changed(node, args=[start, ast.BinOp(stop, ast.Sub(), one), *step])
    elif isinstance(node, ast.Name) and around.in_index and node.id in around.counters \
            and isinstance(around.parent, (ast.Subscript, ast.Tuple)):
        yield ast.BinOp(node, ast.Sub(), one)


def delete(node, around):
    """A statement left out whose lack is no mere NameError."""
    if isinstance(node, (ast.AugAssign, ast.For, ast.Continue, ast.Break)):
        yield ast.Pass()
    elif isinstance(node, ast.If) and not any(isinstance(child, (ast.If, ast.For)) for child in node.body):
        yield ast.Pass()
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield ast.Pass()
    elif isinstance(node, ast.Assign):
        names = {child.id for target in node.targets for child in ast.walk(target)
                 if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store)}
        if names <= around.bound:
            yield ast.Pass()
    elif isinstance(node, ast.With) and all(item.optional_vars is None for item in node.items):
        yield ast.If(ast.Constant(True), node.body, [])


OPERATORS = (arithmetic, drop_term, sign, scale, constant, comparison, boolean, condition, function, drop_call, axis,
             transpose, swap_arguments, drop_keyword, order, cut, count, delete)
