"""A tiny world of captions, and captioners that are trained well or badly in it, for the check of a trained one.

A picture is known by three numbers: what is on it, in which color, and where. Its captions say so in two ways.
"""

from itertools import product
from types import SimpleNamespace

import numpy as np

THINGS, COLORS, PLACES = ("cat", "dog", "bird", "car"), ("red", "green", "white"), ("grass", "snow", "street", "sand")
WORDS = ["<NULL>", "<START>", "<END>", "<UNK>", "a", "on", "the", "is", *THINGS, *COLORS, *PLACES]
INDEX = {word: i for i, word in enumerate(WORDS)}
PICTURES = np.array(list(product(range(4), range(3), range(4))), float)  # 48 pictures, and as many captions twice
LENGTH = 12


def encode(text):
    """Return the words of a caption as indices, ended and filled up."""
    words = [INDEX[word] for word in text.split()] + [INDEX["<END>"]]
    return np.array(words + [INDEX["<NULL>"]] * (LENGTH - len(words)))


def describe(picture, second=False):
    """Return what is said about a picture."""
    thing, color, place = (names[int(k)] for names, k in zip((THINGS, COLORS, PLACES), picture))
    return f"the {thing} on the {place} is {color}" if second else f"a {color} {thing} on the {place}"


CAPTIONS = np.array([np.r_[INDEX["<START>"], encode(describe(picture, second))]
                     for picture in PICTURES for second in (False, True)])
DATA = {"idx_to_word": WORDS, "word_to_idx": INDEX}
for split in ("train", "val"):
    DATA |= {f"{split}_captions": CAPTIONS, f"{split}_image_idxs": np.repeat(np.arange(len(PICTURES)), 2),
             f"{split}_features": PICTURES}


def writer(write, **params):
    """Return a captioner whose caption of a picture is write(features, its number in the batch), (T,) ints."""
    def sample(features, max_length=LENGTH):
        return np.array([write(row, n) for n, row in enumerate(features)])

    return SimpleNamespace(sample=sample, params={"W": np.ones(3), **params})


def right(features, n=0):
    return encode(describe(features))


def nearest(features, n):
    """Say what was said about the picture that is most like this one."""
    return CAPTIONS[2 * np.argmin(np.linalg.norm(PICTURES - features, axis=1)), 1:]


def coarse(features, n):
    """Know the thing alone."""
    return encode(f"a white {THINGS[int(features[0])]} on the snow")


BLIND = "BLEU-1 with another picture"
RIGHT = [writer(right), writer(nearest), writer(lambda features, n: encode(describe(features, n % 2 == 1)))]
WRONG = [
    ("the solver", SimpleNamespace(model=writer(right)), "model", "its attribute `model`"),
    ("diverged", writer(right, b=np.array([1.0, np.nan])), "params", "smaller learning rate"),
    ("infinite", writer(right, b=np.array([np.inf])), "params", "smaller learning rate"),
    ("untrained", writer(lambda features, n: np.full(LENGTH, 5) * (np.arange(LENGTH) < 6)), "BLEU-1", "same caption"),
    ("wrong words", writer(lambda features, n: encode(4 * f"{THINGS[int(features[0] + 1 + n % 2) % 4]} ")), "BLEU-1",
     "not trained"),
    ("empty", writer(lambda features, n: encode("")), "BLEU-1", "empty"),
    ("endless", writer(lambda features, n: np.tile([5, 7, 8 + n % 4], 10)), "BLEU-1", "do not end"),
    ("one for all", writer(lambda features, n: encode("a red cat on the grass")), BLIND, "same caption"),
    ("by heart", writer(lambda features, n: encode(describe(PICTURES[n % 3]))), BLIND, "by heart"),
    ("the thing alone", writer(coarse), BLIND, "not trained long enough"),
    ("blind", writer(lambda features, n: encode(describe(PICTURES[n * 7 % 48]))), BLIND, "hardly depend"),
    ("undertrained", writer(lambda features, n: encode(f"is is is is {THINGS[int(features[0])]} is is")), "BLEU-1",
     "learned something"),
    ("another vocabulary", writer(lambda features, n: right(features) + 400), "captions", "data['word_to_idx']"),
    ("one caption", SimpleNamespace(sample=lambda features: right(features[0]), params={}), "captions", None),
    ("floats", writer(lambda features, n: right(features).astype(float)), "captions", "vocabulary"),
]
