"""Checks of attention and the Transformer, module by module; torch is imported when one runs.

Each module gets fixed numbers under the names of the course's state dict and is compared, output and gradients, with
the same formula in NumPy.
"""

import numpy as np

from cs182lib.checks import hw3_transformer_definitions as definitions
from cs182lib.checks.compare import Checker
from cs182lib.checks.hw3_transformer_options import (
    check_batch_norm,
    check_embedding,
    check_norm_last,
    check_output_teaches,
    check_parts_of_attention,
    check_parts_of_decoder_block,
    check_parts_of_heads,
    check_states,
    check_vectors,
)
from cs182lib.checks.inputs import scattered
from cs182lib.checks.modules import CUT, as_tensor, check_tensor, compare_module, filled, made, run_module

B, NQ, NKV, DK, DV, D, FILTER, HEADS, V = 2, 4, 5, 6, 7, 12, 10, 3, 11
MASK = np.arange(NQ)[:, None] + np.arange(NKV) + np.arange(B)[:, None, None] * 2 < 5  # each query sees at least one key
MASK[1, 2:, 3] = True
BACK = np.tril(np.ones((NQ, NQ), bool))[None].repeat(B, 0)
MASK_MISTAKES = {
    "mask ignored": "the mask is not used", "mask inverted": "the mask is inverted: True means that a key may be seen",
    "masked to zero": "hidden similarities are set to 0: softmax gives them weight; set them to -1e9",
    "masked after softmax": "the mask comes after softmax: the weights no longer sum to 1",
    "masked after softmax by -1e9": "the mask comes after softmax: hide the similarities, not the weights",
}
SCALE_MISTAKES = {
    "no scale": "the similarities are not divided by √dk", "no root": "divided by dk: divide by its root",
    "root of keys": "divided by the root of the number of keys: dk is the length of a vector",
    "over queries": "softmax over the queries: take the last axis, the keys", "no softmax": "softmax is missing",
}


def check_AttentionQKV(AttentionQKV):
    """Check the class AttentionQKV: output, weights and gradients, with and without heads and masks.

    A query that sees nothing must give finite numbers.
    """
    check = Checker("AttentionQKV", dk=DK, nq=NQ, nkv=NKV)
    module = made(check, AttentionQKV)
    for heads in ((), (HEADS,)):
        arrays = {name: scattered((B, *heads, n, d), -1.5, 2, start) for name, n, d, start in (
            ("queries", NQ, DK, 1), ("keys", NKV, DK, 301), ("values", NKV, DV, 702))}
        for mask in (None, MASK):
            wrong = SCALE_MISTAKES | (MASK_MISTAKES if mask is not None else {})
            context = f" {'with' if heads else 'without'} heads, {'with' if mask is not None else 'without'} a mask"
            compare_module(check, module, ("output", "weights"), arrays, mask, definitions.attention, wrong, context)
    nothing = MASK.copy()
    nothing[0, 1] = False
    output = run_module(check, module, {name: array[:, 0] for name, array in arrays.items()}, (as_tensor(nothing),))[0]
    check.true(bool(np.isfinite(output.detach().numpy()).all()), "output is not finite where a query may see nothing, "
               "expected finite numbers", "output", "-inf at every key gives 0/0: set hidden similarities to -1e9")
    check_parts_of_attention(module, arrays["queries"], arrays["keys"])
    check.passed()


def check_MultiHeadProjection(MultiHeadProjection):
    """Check how the class MultiHeadProjection splits vectors over the heads and puts them together again.

    With and without a mask; the gradients, too.
    """
    check = Checker("MultiHeadProjection", heads=HEADS)
    module = made(check, MultiHeadProjection, HEADS, [D, D])
    arrays = {name: scattered((B, n, D), -1.5, 2, start) for name, n, start in (
        ("queries", NQ, 1), ("keys", NKV, 301), ("values", NKV, 702))}
    wrong = {
        "split by reshape": "heads are made by a reshape alone: view as (B, T, heads, d / heads), then transpose",
        "only split by reshape": "heads are made by a reshape alone; view as (B, T, heads, d / heads), then transpose",
        "combined by reshape": "heads are put together by a reshape alone: transpose back first",
        "heads interleaved": "each head takes every third number: head i has the i-th part of each vector",
        "one head": "the vectors are not split: every head attends on its own part",
        "root of all": "divided by the root of the whole length: each head has vectors of length d / heads",
    }
    for mask in (None, MASK):
        table = wrong | (MASK_MISTAKES if mask is not None else {})
        compare_module(check, lambda q, k, v, mask=None: module((q, k, v), mask), ("output",), arrays, mask,
                 definitions.multi_head, table, " with a mask" if mask is not None else " without a mask")
    check_parts_of_heads(module, arrays["queries"])
    check.passed()


def check_PositionEmbedding(PositionEmbedding):
    """Check the codes that the class PositionEmbedding adds, from the default start and from another."""
    check = Checker("PositionEmbedding")
    module, x = made(check, PositionEmbedding, 8), scattered((B, NKV, 8))
    causes = {
        "swapped": "sin and cos are exchanged: sin stands first", "base": "the base is 10000",
        "halves": "all sin, then all cos: interleave them", "i for 2i": "the exponent is 2i / d, not i / d",
        "i + 1": "i starts at 0: the first pair turns by 1 a step", "over pairs": "the exponent is 2i / d, not 4i / d"}
    for start in (1, 4):
        def table(start=start):
            """Return what each mistake gives, by its cause."""
            code = {cause: x + definitions.position_code(NKV, 8, start, name) for name, cause in causes.items()}
            right = definitions.position_code(NKV, 8, start)
            return code | {
                "positions start at 1: the default of start": x + definitions.position_code(NKV, 8, 0),
                "start is ignored": x + definitions.position_code(NKV, 8, 1),
                "one position late: the first is start": x + definitions.position_code(NKV, 8, start + 1),
                "the code itself is returned: add it to the input": np.broadcast_to(right, x.shape),
                "the code is multiplied, not added": x * right, "nothing is added": x}

        arguments = () if start == 1 else (start,)
        out = run_module(check, module, {"inputs": x}, arguments)[0]
        check.compare({"out": out.detach().numpy()}, {"out": x + definitions.position_code(NKV, 8, start)},
                      lambda table=table: {"out": table()}, f" from position {start}", rtol=1e-5, atol=2e-6)
        check.true(out.requires_grad, "no gradient leads back from out to inputs", "out", CUT)
    check.true(not list(module.state_dict()), "the state dict has entries, expected none", "state dict",
               "the codes are computed, not learned: keep them out of the state dict")
    check.passed()


def check_TransformerFeedForward(TransformerFeedForward):
    """Check the class TransformerFeedForward: x + drop(ff(norm(x))), its gradients, and where dropout acts."""
    check = Checker("TransformerFeedForward", d=D)
    module = made(check, TransformerFeedForward, D, FILTER, D, 0.25)
    p, x = filled(check, module, definitions.feed_forward_keys(D, FILTER)), scattered((B, NQ, D), -2, 3)
    causes = {
        "post-norm": "the norm comes last: it comes first, x + ff(norm(x))", "no norm": "the norm is missing",
        "no residual": "x is not added: x + ff(norm(x))", "no relu": "the ReLU is missing",
        "relu last": "the ReLU stands last, too: only between the two layers",
        "residual of norm": "norm(x) is added: add x itself"}
    compare_module(check, module.eval(), ("out",), {"inputs": x}, None,
                   lambda x, mask, wrong="": definitions.feed_forward(p, "", x, wrong), causes, " in eval mode")
    module = made(check, TransformerFeedForward, D, FILTER, D, 1.0).train()
    filled(check, module, definitions.feed_forward_keys(D, FILTER))
    out = run_module(check, module, {"inputs": x})[0]
    cause = "dropout acts on what ff returns, before x is added"
    check.compare({"out": out.detach().numpy()}, {"out": x}, {"out": {cause: out.detach().numpy()}},
                  " in training when everything is dropped")
    check_norm_last(check.name, TransformerFeedForward, (D, FILTER, D), definitions.feed_forward_keys(D, FILTER),
                    {"inputs": x}, lambda p, x: definitions.feed_forward(p, "", x, "post-norm"),
                    lambda p, x: definitions.feed_forward(p, "", x))
    check.passed()


def check_TransformerEncoderBlock(TransformerEncoderBlock):
    """Check the class TransformerEncoderBlock, with and without a mask, and its gradients.

    Its weights must have the course's names.
    """
    check = Checker("TransformerEncoderBlock", d=D)
    module = made(check, TransformerEncoderBlock, D, HEADS, FILTER, D)
    p = filled(check, module, definitions.encoder_block_keys(D, FILTER))
    causes = {
        "post-norm": "the norm comes last: it comes first, x + attention(norm(x))",
        "norm after the attention": "the norm stands after the attention: it comes first, x + attention(norm(x))",
        "no norm": "the norm before the attention is missing", "no residual": "x is not added after the attention",
        "memory not normed": "keys and values are made from x: make them from norm(x), as the queries",
        "residual of norm": "norm(x) is added: add x itself", "no feed-forward": "the feed-forward layer is missing"}
    for mask in (None, BACK):
        table = causes | ({"mask ignored": MASK_MISTAKES["mask ignored"]} if mask is not None else {})
        compare_module(check, module, ("out",), {"inputs": scattered((B, NQ, D), -2, 3)}, mask,
                 lambda x, mask, wrong="": definitions.encoder_block(p, x, mask, wrong=wrong), table,
                 " with a mask" if mask is not None else " without a mask")
    check_norm_last(check.name, TransformerEncoderBlock, (D, HEADS, FILTER, D), definitions.encoder_block_keys(
        D, FILTER), {"inputs": scattered((B, NQ, D), -2, 3)},
        lambda p, x: definitions.encoder_block(p, x, wrong="post-norm"), definitions.encoder_block)
    check.passed()


def check_TransformerDecoderBlock(TransformerDecoderBlock):
    """Check the class TransformerDecoderBlock, with and without masks, and its gradients.

    Its weights must have the course's names.
    """
    check = Checker("TransformerDecoderBlock", d=D)
    module = made(check, TransformerDecoderBlock, D, HEADS, FILTER, D)
    p = filled(check, module, definitions.decoder_block_keys(D, FILTER))
    causes = {
        "source by target norm": "the encoder's output passes cross_norm_target: its own is cross_norm_source",
        "source by self norm": "the encoder's output passes self_norm: its own is cross_norm_source",
        "source not normed": "the encoder's output is not normalized: cross_norm_source",
        "norms swapped": "cross_norm_source and cross_norm_target are exchanged",
        "target not normed": "what asks in the cross-attention is not normalized: cross_norm_target",
        "no self residual": "x is not added after the self-attention",
        "no cross residual": "x is not added after the cross-attention", "no cross-attention": "no cross-attention",
        "source first": "the source is looked at first: look back first", "no feed-forward": "no feed-forward layer"}
    arrays = {"decoder_inputs": scattered((B, NQ, D), -2, 3), "encoder_outputs": scattered((B, NKV, D), -2, 3, 500)}
    for masks in ((None, None), (BACK, MASK)):
        given = masks[0] is not None
        table = causes | ({"self mask ignored": "self_attention_mask is not used",
                           "cross mask ignored": "cross_attention_mask is not used"} if given else {})
        compare_module(check, lambda x, y, masks=None: module(x, y, *(masks or ())), ("out",), arrays,
                 masks if given else None, lambda x, y, masks, wrong="": definitions.decoder_block(
                     p, x, y, *(masks or ()), wrong=wrong), table, " with masks" if given else " without masks")
    check_parts_of_decoder_block(module, p, arrays, (BACK, MASK))
    keys = {name: shape for name, shape in definitions.decoder_block_keys(D, FILTER).items() if "source" not in name}
    check_norm_last(check.name, TransformerDecoderBlock, (D, HEADS, FILTER, D), keys, arrays,
                    lambda p, x, y: definitions.decoder_block(p, x, y, wrong="post-norm"),
                    lambda p, x, y: definitions.decoder_block(p, x, y, wrong="source not normed"))
    check.passed()


def check_Transformer(Transformer):
    """Check the class Transformer, the whole model: the shared embedding, masks of padding and future, the shift.

    The output must not teach the embedding. Then come the options of this workbook's class, where it has them.
    """
    check = Checker("Transformer", d=D)
    model = made(check, Transformer, V, 2, HEADS, D, FILTER).eval()
    p = filled(check, model, definitions.transformer_keys(V, D, FILTER, 2))
    source = np.array([[4, 9, 1, 7, 3, 3], [5, 2, 8, 6, 0, 0]])
    target, real = np.array([[1, 2, 3, 4, 10], [9, 8, 7, 6, 5]]), source != 0
    causes = {
        "no future mask": "a target place sees later ones: mask the future",
        "future off by one": "each target place sees one place too far: s <= t",
        "future inverted": "the future is seen and the past is masked: s <= t",
        "own place masked": "a target place does not see itself: s <= t", "padding seen": "encoder_mask is not used",
        "cross padding seen": "the cross-attention sees padding", "no positions": "positions are missing",
        "scaled embedding": "the embedding is multiplied by √d", "start at 0": "positions start at 1",
        "encoder skipped": "the decoder sees the embedded source: give it the encoder's output",
        "one decoder block": "only one decoder block is used", "softmax": "return logits, no softmax"}

    def logits(shift=1, mask_future=True, wrong=""):
        return definitions.transformer(p, source, target, real, shift=shift, mask_future=mask_future, wrong=wrong)[0]

    shifts = {"the target is not shifted: each place sees the token it is to predict": lambda: logits(0),
              "the target is shifted twice: each place misses the token before it": lambda: logits(2)}
    table = shifts | {cause: (lambda name=name: logits(wrong=name)) for name, cause in causes.items()}
    for mask, form in ((real, "booleans"), (real.sum(axis=1), "lengths"), (source, "token indices"),
                       (np.repeat(real[:, None], 6, 1), "(B, S, S)")):
        _compare_logits(check, model, (source, target, mask, None), {}, logits(), table, f" with a mask of {form}")
    for mask in (real, None):
        _check_decoder_mask(check, model, p, (source, target, mask))
    for shift, mask_future in ((0, False), (0, True), (1, False)):
        options = {"mask_future": mask_future, "shift_target_sequence_right": bool(shift)}
        ignored = {"mask_future=False is ignored": logits(shift, True), "shift_target_sequence_right=False is ignored":
                   logits(1, mask_future), "both options are ignored": logits(),
                   "the two options are exchanged": logits(int(mask_future), bool(shift))}
        _compare_logits(check, model, (source, target, real, None), options, logits(shift, mask_future), ignored,
                        f" with {', '.join(f'{name}={value}' for name, value in options.items())}")
    _check_output_gradient(check, model, source, target)
    check_states(model, p, source, target, real)
    check_embedding(model, p, target)
    check_vectors(model, D)
    check_batch_norm(model, V, D)
    check_output_teaches(Transformer, (V, 2, HEADS, D, FILTER), source, target)
    check.passed()


def _compare_logits(check, model, arrays, options, right, table, context):
    tensors = [None if array is None else as_tensor(array) for array in arrays]
    got = check.run(model, *tensors, **options)
    check_tensor(check, got, "logits")
    check.compare({"logits": got.detach().numpy()}, {"logits": right}, {"logits": table}, context, atol=2e-6)


def _check_decoder_mask(check, model, p, arrays):
    """A hole in the target is seen by no place after it; what stands at the hole itself is free."""
    there = np.array([[1, 1, 0, 1, 1], [1, 1, 1, 0, 1]], bool)
    got = check.run(model, *(None if array is None else as_tensor(array) for array in (*arrays, there)))
    check_tensor(check, got, "logits")

    def logits(**how):
        return definitions.transformer(p, *arrays, **how)[0][there]

    mistakes = {"decoder_mask is not used": logits, "decoder_mask is inverted": lambda: logits(real_target=~there),
                "the mask of the future is lost where there is a decoder_mask":
                    lambda: logits(real_target=there, mask_future=False)}
    check.compare({"logits": got.detach().numpy()[there]}, {"logits": logits(real_target=there)}, {"logits": mistakes},
                  " with a hole in decoder_mask", atol=2e-6)


def _check_output_gradient(check, model, source, target):
    """There is one embedding, and it learns as input only: words that are not read get no gradient."""
    shared = {id(model.get_parameter(f"{place}.embedding.weight")) for place in (
        "encoder.embedding_layer", "decoder.embedding_layer", "decoder.output_layer")}
    check.true(len(shared) == 1, f"there are {len(shared)} embeddings, expected one", "embedding",
               "encoder, decoder and output share one embedding")
    model.zero_grad()
    check.run(model, as_tensor(source[:, :2]), as_tensor(target[:, :2]), None, None).square().sum().backward()
    gradient = model.encoder.embedding_layer.embedding.weight.grad
    check.true(gradient is not None, "no gradient reaches the embedding", "embedding.grad", CUT)
    read = sorted({0, *source[:, :2].ravel(), *target[:, 0]})
    others = [word for word in range(V) if word not in read]
    check.true(not gradient[others].any(), "embedding.grad is not 0 for words that are not read, expected 0",
               "embedding.grad", "the output layer teaches the embedding: detach it there (detach_output)")
    check.true(bool(gradient[read].any(dim=1).all()), "a word that is read gets no gradient", "embedding.grad", CUT)
