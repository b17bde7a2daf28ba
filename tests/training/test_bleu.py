"""BLEU against its definition written out, against cases known by hand, and over a data set."""

import math
from collections import Counter

import numpy as np
import pytest

from cs182lib.training.bleu import caption_bleu, corpus_bleu, plain_captions, references_by_image

WORDS = ["<NULL>", "<START>", "<END>", "<UNK>", "a", "red", "cat", "dog"]


def runs(text, n):
    words = text.split()
    return Counter(tuple(words[i:i + n]) for i in range(len(words) - n + 1))


def by_definition(references, hypotheses, n):
    """Papineni et al.: clipped counts over the corpus, and the closest reference's length, the shorter of two."""
    precisions = []
    for k in range(1, n + 1):
        right = total = 0
        for texts, text in zip(references, hypotheses):
            most = Counter()
            for reference in texts:
                most |= runs(reference, k)
            right += sum((runs(text, k) & most).values())
            total += sum(runs(text, k).values())
        precisions.append(right / total)
    c = sum(len(text.split()) for text in hypotheses)
    r = sum(min((abs(len(t.split()) - len(h.split())), len(t.split())) for t in texts)[1]
            for texts, h in zip(references, hypotheses))
    return min(1, math.exp(1 - r / c)) * math.prod(precisions) ** (1 / n)


def random_text(rng, low=4):
    return " ".join(rng.choice(["a", "b", "c"], rng.integers(low, 9)))


@pytest.mark.parametrize("seed", range(4))
def test_it_is_the_definition(seed):
    rng = np.random.default_rng(seed)
    references = [[random_text(rng) for _ in range(rng.integers(1, 6))] for _ in range(12)]
    hypotheses = [random_text(rng) for _ in range(12)]
    scores = corpus_bleu(references, hypotheses)
    assert list(scores) == ["bleu1", "bleu2", "bleu3", "bleu4"] and scores["bleu4"] > 0
    for n in range(1, 5):
        assert scores[f"bleu{n}"] == pytest.approx(by_definition(references, hypotheses, n), rel=1e-9)


def test_cases_known_by_hand():
    right = corpus_bleu([["a cat on a mat", "x"]], ["a cat on a mat"])
    assert right == pytest.approx(dict(bleu1=1, bleu2=1, bleu3=1, bleu4=1))
    assert set(corpus_bleu([["a b"]], ["c d"]).values()) == {0.0}
    clipped = corpus_bleu([["the cat is on the mat"]], ["the the the the the the the"])
    assert clipped["bleu1"] == pytest.approx(2 / 7) and clipped["bleu2"] == 0
    assert corpus_bleu([["a b c d"]], ["a b"])["bleu1"] == pytest.approx(math.exp(-1))  # too short
    assert corpus_bleu([["a b"]], [""])["bleu1"] == 0


def test_special_words_do_not_count():
    plain = corpus_bleu([["a red cat", "a dog"], ["a cat"]], ["a cat", "a red dog"])
    marked = corpus_bleu([["<START> a red <UNK> cat <END>", "a dog <NULL>"], ["a cat"]],
                         ["<START> a cat <END>", "a red dog <UNK>"])
    assert plain == marked


def data():
    captions = np.array([[1, 4, 6, 2, 0], [1, 4, 5, 6, 2], [1, 4, 7, 2, 0], [1, 4, 5, 7, 2]])
    return {"val_captions": captions, "val_image_idxs": np.array([3, 0, 3, 0]), "idx_to_word": WORDS,
            "val_features": np.arange(5.0)[:, None]}


class Parrot:
    """Says the caption of picture 0 to every picture of an odd number, and `a dog` to the others."""

    def __init__(self):
        self.seen = []

    def sample(self, features):
        self.seen += features[:, 0].tolist()
        return np.array([[4, 5, 6, 2, 7] if x % 2 else [4, 7, 2, 0, 0] for x in features[:, 0]])


def test_all_captions_of_a_picture_are_its_references():
    assert references_by_image(data()) == {0: ["a red cat", "a red dog"], 3: ["a cat", "a dog"]}
    assert plain_captions(np.array([[1, 4, 5, 6, 2, 7]]), WORDS) == ["a red cat"]


@pytest.mark.parametrize("batch_size", [1, 2, 250])
def test_a_model_is_measured_on_the_pictures_that_have_captions(batch_size):
    parrot = Parrot()
    scores = caption_bleu(parrot, data(), batch_size=batch_size)
    assert parrot.seen == [0, 3]
    assert scores == corpus_bleu([["a red cat", "a red dog"], ["a cat", "a dog"]], ["a dog", "a red cat"])


def test_other_features_fewer_pictures_and_another_way_to_sample():
    parrot = Parrot()
    swapped = caption_bleu(parrot, data(), features=np.arange(5.0)[::-1, None] - 1)
    assert parrot.seen == [3, 0] and swapped["bleu3"] > caption_bleu(parrot, data())["bleu3"]
    assert caption_bleu(parrot, data(), num_images=1) == corpus_bleu([["a red cat", "a red dog"]], ["a dog"])
    nothing = caption_bleu(None, data(), sample=lambda features: np.full((len(features), 3), 2))
    assert set(nothing.values()) == {0.0}


@pytest.mark.parametrize("references, hypotheses, error, words", [
    ([["a"]], ["a", "b"], ValueError, "as many lists.*1 and 2"),
    ([], [], ValueError, "at least one"),
    ([["a"], []], ["a", "b"], ValueError, r"references\[1\] is empty"),
    (["a cat"], ["a cat"], TypeError, r"references\[0\] must be a list"),
    ([["a"]], "a", TypeError, "hypotheses must be a list"),
    ([["a"]], [7], TypeError, "hypotheses must be a list"),
    ([[7]], ["a"], TypeError, r"references\[0\]"),
])
def test_bad_input_is_refused(references, hypotheses, error, words):
    with pytest.raises(error, match=words):
        corpus_bleu(references, hypotheses)
