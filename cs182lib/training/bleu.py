"""BLEU: how many runs of one to four words a caption shares with those that people wrote of the same picture."""

from itertools import zip_longest

import numpy as np
from sacrebleu.metrics import BLEU

from cs182lib.data.coco import decode_captions
from cs182lib.data.coco_files import SPECIAL, SPLITS
from cs182lib.validation import check_choice, check_count, describe, require

__all__ = ["caption_bleu", "corpus_bleu", "plain_captions", "references_by_image"]


def corpus_bleu(references, hypotheses):
    """Compute BLEU-1 to BLEU-4 of a whole set of captions against several references each.

    BLEU-n = BP (p_1 ... p_n)^(1/n), where p_k is the share of all hypotheses' runs of k words that a reference of the
    same picture has too, and BP = min(1, exp(1 - r/c)) punishes c words in all where the closest references have r.

    Parameters
    ----------
    references : list of N lists of str, the right captions of each picture, one or more
    hypotheses : list of N str, one caption for each picture

    Returns
    -------
    scores : dict with bleu1, bleu2, bleu3, bleu4, floats from 0 to 1

    Raises
    ------
    TypeError, ValueError : not such lists, of different lengths, empty, or a picture without reference

    Notes
    -----
    Words are what stands between blanks: no tokenizer, no change of case, for the vocabulary has already done both.
    <NULL>, <START>, <END> and <UNK> do not count as words. The counts are added up over the whole set before anything
    is divided, so nothing is smoothed: where no run of four words is right, BLEU-4 is 0.

    References
    ----------
    Papineni et al., "BLEU: a Method for Automatic Evaluation of Machine Translation", ACL 2002, section 2.3. Computed
    by sacrebleu: Post, "A Call for Clarity in Reporting BLEU Scores", WMT 2018.
    """
    _check(references, hypotheses)
    hypotheses = [_without_special(text) for text in hypotheses]
    streams = list(zip_longest(*([_without_special(text) for text in texts] for texts in references)))  # None fills up
    scores = {}
    for n in range(1, 5):
        metric = BLEU(tokenize="none", smooth_method="none", max_ngram_order=n, force=True)
        scores[f"bleu{n}"] = metric.corpus_score(hypotheses, streams).score / 100
    return scores


def _check(references, hypotheses):
    if isinstance(hypotheses, str) or not all(isinstance(text, str) for text in hypotheses):
        raise TypeError(f"hypotheses must be a list of strings, got {describe(hypotheses)[:100]}; see decode_captions")
    require(len(references) == len(hypotheses) > 0, f"there must be as many lists of references as hypotheses, and at "
            f"least one, got {len(references)} and {len(hypotheses)}")
    for i, texts in enumerate(references):
        if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
            raise TypeError(f"references[{i}] must be a list of strings, got {describe(texts)[:100]}; for one "
                            "reference write [text]")
        require(len(texts) > 0, f"references[{i}] is empty; leave out pictures without captions")


def _without_special(text):
    return " ".join(word for word in text.split() if word not in SPECIAL)


def plain_captions(captions, idx_to_word):
    """Return captions (N, T) as N strings without <NULL>, <START>, <END> and <UNK>, each ending at its first <END>.

    idx_to_word : list of V words.
    """
    return [_without_special(text) for text in decode_captions(captions, idx_to_word)]


def references_by_image(data, split="val"):
    """Return {picture: list of its captions as strings}, in the order of the pictures.

    Parameters
    ----------
    data : what `load_coco_data` returns
    split : "train" or "val"

    Raises
    ------
    ValueError : split is another word
    """
    check_choice("split", split, SPLITS)
    found = {}
    texts = plain_captions(data[f"{split}_captions"], data["idx_to_word"])
    for image, text in zip(data[f"{split}_image_idxs"].tolist(), texts):
        found.setdefault(image, []).append(text)
    return dict(sorted(found.items()))


def caption_bleu(model, data, split="val", num_images=None, features=None, sample=None, batch_size=250):
    """Caption a fixed set of pictures and compute BLEU-1 to BLEU-4 against all captions of each.

    Parameters
    ----------
    model : has `sample(features)` -> (N, T) ints
    data : what `load_coco_data` returns
    split : "train" or "val"
    num_images : int or None; only the first so many pictures that have captions, always the same ones
    features : (pictures, ...) floats shown in place of the split's own, such as shuffled ones, or None
    sample : function (features) -> (N, T) ints in place of `model.sample`, such as a beam search, or None
    batch_size : int, pictures at a time, which bounds the memory

    Returns
    -------
    scores : dict of `corpus_bleu`

    Raises
    ------
    TypeError, ValueError : batch_size or num_images is no whole number above 0, or split is another word
    """
    references = references_by_image(data, split)
    images = np.array(list(references)[:num_images and check_count("num_images", num_images)])
    features = data[f"{split}_features"] if features is None else features
    hypotheses = []
    for start in range(0, len(images), check_count("batch_size", batch_size)):
        captions = (sample or model.sample)(features[images[start:start + batch_size]])
        hypotheses += plain_captions(captions, data["idx_to_word"])
    return corpus_bleu([references[image] for image in images.tolist()], hypotheses)
