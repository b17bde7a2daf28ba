"""Check of what a cell of Homework 2 makes: a captioner that was trained, by the captions that it writes."""

import numpy as np

from cs182lib.checks.compare import Checker

PICTURES = 500  # of the validation split, always the same ones
GOAL = 0.3  # BLEU-1, what the course asks for
LOOKS = 0.1  # how far BLEU-1 must fall when a picture's features are exchanged for another's


def check_train_captioner(model, data):
    """Check that the captions of validation pictures share words with the right ones, and are about the picture.

    Parameters
    ----------
    model : has `params` and `sample(features)` -> (N, T) ints
    data : what `load_coco_data` returns
    """
    from cs182lib.training.bleu import caption_bleu, plain_captions

    check = Checker("train_captioner")
    _check_model(check, model)
    V, written = len(data["idx_to_word"]), []

    def sample(features):
        """Return the model's captions, and remember their words."""
        captions = check.run(model.sample, features, label="sample")
        _check_captions(check, captions, len(features), V)
        written.extend(plain_captions(captions, data["idx_to_word"]))
        return captions

    def sample_another(features):
        return model.sample(np.roll(features, 1, axis=0))

    bleu, other = (caption_bleu(model, data, num_images=PICTURES, sample=function)["bleu1"]
                   for function in (sample, sample_another))
    check.true(bleu > GOAL, f"BLEU-1 is {bleu:.3f} on {len(written)} validation pictures, expected more than {GOAL}",
               "BLEU-1", _low(written, bleu))
    check.true(bleu > other + LOOKS, f"BLEU-1 is {bleu:.3f}, and BLEU-1 with another picture's features "
               f"still {other:.3f}, expected {LOOKS} less", "BLEU-1 with another picture", _blind(written))
    check.passed()


def _check_model(check, model):
    check.true(hasattr(model, "sample"), f"model is a {type(model).__name__}, expected a captioner with `sample`",
               "model", "this is the solver: the captioner is its attribute `model`"
               if hasattr(model, "model") else None)
    bad = [key for key, value in model.params.items() if not np.isfinite(value).all()]
    check.true(not bad, f"params[{', '.join(map(repr, bad))}] holds NaN or infinity, expected numbers", "params",
               "the training has diverged: take a smaller learning rate")


def _check_captions(check, captions, N, V):
    check.true(isinstance(captions, np.ndarray) and captions.ndim == 2 and len(captions) == N,
               f"captions has shape {np.shape(captions)}, expected a row for each of {N} pictures", "captions")
    inside = captions.dtype.kind in "iu" and captions.min() >= 0 and captions.max() < V
    check.true(inside, f"captions holds other things than words of the vocabulary, expected integers below {V}",
               "captions", "was it built with the vocabulary of these data, data['word_to_idx']?")


def _low(written, bleu):
    """Name the likely reason of a low BLEU-1."""
    lengths = [len(caption.split()) for caption in written]
    if np.mean(lengths) < 2:
        return "the captions are empty or nearly so: train longer"
    if np.mean(lengths) > 20:
        return "the captions do not end, so the network has not learned when to stop: train longer"
    if len(set(written)) == 1:
        return "every picture gets the same caption: train longer, or with a larger learning rate"
    if bleu < 0.15:
        return ("it writes like a network that was not trained: did train() run, and on this model? Is the learning "
                "rate far too small, or far too large?")
    return "it has learned something, not enough: look at the loss; more epochs, or another learning rate"


def _blind(written):
    """Name the likely reason why captions do not depend on the picture."""
    if len(set(written)) == 1:
        return "every picture gets the same caption: what is learned is the language alone, so train longer"
    if len(set(written)) <= max(10, len(written) // 8):
        return (f"{len(written)} pictures get only {len(set(written))} captions: learned by heart from a few, or not "
                "trained long enough; train on all of data")
    return "the captions hardly depend on the features: train longer, and see that the features reach the first state"
