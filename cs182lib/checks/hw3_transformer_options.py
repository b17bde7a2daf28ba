"""What else the Transformer of this workbook is asked for: parts that other modules call, and norms that come last.

A module with the course's methods and parameters lacks them and is right without; where one is there, it must do what
it says.
"""

import inspect

import numpy as np

from cs182lib.checks import hw3_transformer_definitions as definitions
from cs182lib.checks.compare import Checker
from cs182lib.checks.inputs import scattered
from cs182lib.checks.modules import as_tensor, check_tensor, compare_module, filled, made


def check_parts_of_attention(module, queries, keys):
    """Check `similarity` of an AttentionQKV (`module`), of which a BERT takes its scores.

    queries are (..., nq, dk), keys (..., nkv, dk) floats.
    """
    if not hasattr(module, "similarity"):
        return
    check, product = Checker("AttentionQKV", dk=queries.shape[-1]), queries @ keys.swapaxes(-1, -2)
    got = check.run(module.similarity, as_tensor(queries), as_tensor(keys), label="similarity")
    check_tensor(check, got, "similarity")
    check.compare({"similarity": got.numpy()}, {"similarity": product / np.sqrt(queries.shape[-1])}, {"similarity": {
        "the similarities are not divided by √dk": product, "divided by dk: divide by its root":
            product / queries.shape[-1],
        "softmax belongs to forward: similarity is what comes before the mask":
            definitions.softmax(product / np.sqrt(queries.shape[-1]))}})


def check_parts_of_heads(module, x):
    """Check `_split_heads` and `_combine_heads`, which the key-value cache and BERT call, too.

    `module` is a MultiHeadProjection of definitions.HEADS heads, x (B, T, d) floats.
    """
    check, heads = Checker("MultiHeadProjection"), definitions.split_heads(x)
    for name, argument, right, wrong in (
            ("_split_heads", x, heads, {
                "a reshape alone: view as (B, T, heads, d / heads), then transpose":
                    definitions.split_heads(x, wrong="split by reshape"),
                "each head takes every third number: head i has the i-th part of each vector":
                    definitions.split_heads(x, wrong="heads interleaved"),
                "not transposed: (B, heads, T, d / heads)": heads.swapaxes(1, 2)}),
            ("_combine_heads", heads, x, {
                "a reshape alone: transpose back first": heads.reshape(x.shape),
                "not put together: (B, T, d)": heads.swapaxes(1, 2)})):
        if hasattr(module, name):
            got = check.run(getattr(module, name), as_tensor(argument), label=name)
            check_tensor(check, got, name)
            check.compare({name: got.numpy()}, {name: right}, {name: wrong})


def check_norm_last(name, module, sizes, keys, arrays, definition, before):
    """Check module(*sizes, norm="post"), the paper's way, where it knows this parameter.

    Parameters
    ----------
    name : str, the exercise
    module : class of the block
    sizes : tuple of ints, what the class is made with
    keys : dict, name -> shape, the state dict
    arrays : dict, name -> array, what the block is called with
    definition : function (p, *arrays) -> the output with norms last, p being the filled state dict
    before : the same with norms first
    """
    if "norm" not in inspect.signature(module).parameters:
        return
    check = Checker(name)
    block = made(check, lambda *sizes: module(*sizes, norm="post"), *sizes)
    p = filled(check, block, keys)
    table = {"first": "norm=\"post\" is ignored: norm(x + f(x))"}
    compare_module(check, block.eval(), ("out",), arrays, None, lambda *arguments, wrong="": (
        before if wrong else definition)(p, *arguments[:-1]), table, " with norm=\"post\"")


def check_parts_of_decoder_block(module, p, arrays, masks):
    """Check `combine`, around which the cached step is built, and the weights of the cross-attention.

    Parameters
    ----------
    module : TransformerDecoderBlock, filled
    p : dict, name -> array, its weights
    arrays : dict of the decoder's inputs (B, T, d) and the encoder's outputs (B, S, d), in this order
    masks : (B, T, T) and (B, T, S) bools: of the self-attention and of the cross-attention
    """
    check, (x, source) = Checker("TransformerDecoderBlock"), arrays.values()
    if hasattr(module, "combine"):
        normal = definitions.norm(p, "self_norm", x)
        right = x + 0.5 * normal
        right = right + definitions.norm(p, "cross_norm_target", right) ** 2
        missing = definitions.feed_forward(p, "feed_forward.", x + 0.5 * normal)
        got = check.run(module.combine, as_tensor(x), lambda x: 0.5 * x, lambda x: x**2, label="combine")
        check_tensor(check, got, "combine")
        check.compare({"combine": got.detach().numpy()}, {"combine": definitions.feed_forward(
            p, "feed_forward.", right)}, {"combine": {"no feed-forward layer": right, "no cross-attention": missing}})
    if "return_weights" in inspect.signature(module.forward).parameters:
        tensors = [as_tensor(array) for array in (x, source, *masks)]
        got = check.run(module, *tensors, return_weights=True, label="forward")
        check.true(isinstance(got, tuple) and len(got) == 2, "with return_weights=True it returned one thing, expected "
                   "the output and the weights", "weights")
        check.compare({"weights": got[1].detach().numpy()}, {"weights": definitions.cross_weights(
            p, x, source, *masks)}, context=" with return_weights=True")


def check_states(model, p, source, target, real):
    """Check what return_states gives: the states that the logits are made of, and where the last block looked.

    Parameters
    ----------
    model : Transformer of two layers, filled, in eval mode
    p : dict, name -> array, its weights
    source, target : (B, S) and (B, T) ints, tokens
    real : (B, S) bools, True where the source is no padding
    """
    if "return_states" not in inspect.signature(model.forward).parameters:
        return
    check, E, T = Checker("Transformer"), p["encoder.embedding_layer.embedding.weight"], target.shape[1]
    got = check.run(model, *(as_tensor(array) for array in (source, target, real)), return_states=True, label="forward")
    check.true(isinstance(got, tuple) and len(got) == 3, "with return_states=True it returned one thing, expected "
               "logits, states and weights", "states")
    logits, memory = definitions.transformer(p, source, target, real)
    own = np.broadcast_to(definitions.future(T), (len(target), T, T))
    seen = np.repeat(real[:, None], T, 1)
    y = definitions.embed(E, np.pad(target, ((0, 0), (1, 0)))[:, :T])
    y = definitions.decoder_block(p, y, memory, own, seen, at="decoder.decoder0.")
    heads = definitions.cross_weights(p, y, memory, own, seen, at="decoder.decoder1.")
    states = definitions.decoder_block(p, y, memory, own, seen, at="decoder.decoder1.")
    names = ("logits", "states", "weights")
    right = dict(zip(names, (logits, states, heads.mean(axis=1))))
    check.compare({name: value.detach().numpy() for name, value in zip(names, got)}, right, {"weights": {
        "the sum of the heads: the mean": heads.sum(axis=1), "of one head alone: the mean": heads[:, 0]}},
        " with return_states=True", atol=2e-6)


def check_embedding(model, p, tokens):
    """Check that the input embedding of a Transformer (`model`) goes on from another first position.

    p has its weights by name; tokens are (B, T) ints.
    """
    layer = model.encoder.embedding_layer
    if "start" not in inspect.signature(layer.forward).parameters:
        return
    check, E = Checker("Transformer"), p["encoder.embedding_layer.embedding.weight"]
    got = check.run(layer, as_tensor(tokens), 4, label="embedding_layer")
    right = E[tokens] + definitions.position_code(tokens.shape[1], E.shape[1], 4)
    check.compare({"embedded": got.detach().numpy()}, {"embedded": right}, {"embedded": {
        "start is not handed on: self.position_encoding(x, start=start)":
            E[tokens] + definitions.position_code(tokens.shape[1], E.shape[1], 1)}}, " from position 4", atol=2e-6)


def check_batch_norm(model, V, d):
    """Check an input embedding with batch norm, in eval mode: it comes before the code of the place.

    It is made anew, for V words of d numbers, of the class that `model`, a Transformer, has for it.
    """
    kind = type(model.encoder.embedding_layer)
    if "batch_norm" not in inspect.signature(kind).parameters:
        return
    check, words = Checker("Transformer"), np.array([[4, 1, 0], [2, 2, 3]])
    layer = made(check, lambda: kind(d, V, batch_norm=True)).eval()
    p = {}
    for k, (name, value) in enumerate(layer.state_dict().items()):
        if value.is_floating_point():
            p[name.rsplit(".")[-1] if "norm" in name else "E"] = scattered(tuple(value.shape), 0.5, 1.5, 31 * k)
            value.copy_(as_tensor(scattered(tuple(value.shape), 0.5, 1.5, 31 * k)))
    right = (p["E"][words] - p["running_mean"]) / np.sqrt(p["running_var"] + 1e-5) * p["weight"] + p["bias"]
    code = definitions.position_code(3, d)
    got = check.run(layer, as_tensor(words), label="embedding_layer").detach().numpy()
    check.compare({"embedded": got}, {"embedded": right + code}, {"embedded": {
        "batch norm is left out": p["E"][words] + code, "positions are missing": right}}, " with batch_norm", atol=2e-6)


def check_vectors(model, d):
    """Check an input embedding that is given vectors, and where it drops numbers: before the code is added.

    It is made anew, for vectors of d numbers, of the class that `model`, a Transformer, has for it.
    """
    kind = type(model.encoder.embedding_layer)
    if not {"vocab_size", "dropout"} <= inspect.signature(kind).parameters.keys():
        return
    check, x = Checker("Transformer"), scattered((2, 5, d), 0.5, 1.5)
    code = definitions.position_code(5, d)
    got = check.run(kind, d, None, 0.5, label="embedding_layer").double().eval()
    out = check.run(got, as_tensor(x), label="embedding_layer")
    check.compare({"embedded": out.detach().numpy()}, {"embedded": x + code}, {"embedded": {
        "positions are missing": x}}, " where vectors come in", atol=2e-6)
    dropped = check.run(got.train(), as_tensor(x), label="embedding_layer").detach().numpy() - code
    gone = np.isclose(dropped, 0, atol=1e-5)
    check.true(bool((gone | np.isclose(dropped, 2 * x, atol=1e-5)).all() and gone.any()), "embedded holds other "
               "numbers than code and code + 2 x in training with dropout=0.5, expected these two", "embedded",
               "dropout acts on the word's vector alone, before the code of its place is added")


def check_output_teaches(Transformer, sizes, source, target):
    """Check that with detach_output=False words that are only predicted get a gradient, too.

    The class Transformer is made with `sizes` and reads two columns of source (B, S) and target (B, T), which are ints.
    """
    if "detach_output" not in inspect.signature(Transformer).parameters:
        return
    check = Checker("Transformer")
    model = made(check, lambda *sizes: Transformer(*sizes, detach_output=False), *sizes)
    check.run(model, as_tensor(source[:, :2]), as_tensor(target[:, :2]), None, None).square().sum().backward()
    gradient = model.encoder.embedding_layer.embedding.weight.grad
    check.true(bool(gradient.any(dim=1).all()), "embedding.grad is 0 for words that are not read with "
               "detach_output=False, expected a gradient from the output", "embedding.grad",
               "detach_output is ignored: detach E only where it is True")
