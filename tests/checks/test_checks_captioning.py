"""The checks of CaptioningRNN pass right ones, whatever they write after <END>, and fail wrong ones with the cause."""

import numpy as np
import plain_attention
import plain_captioning
import pytest
import wrong_attention
import wrong_captioning
from breaking import assert_explained, broken, failure
from unusual_captioning import SOLUTIONS

from cs182lib.checks import CheckFailed, hw2_attention_captioner, hw2_captioning, hw2_sampling
from cs182lib.checks.hw2 import CHECKS
from cs182lib.models import AttentionCaptioner, CaptioningRNN

WRONG = wrong_captioning.WRONG | wrong_attention.WRONG


def check_of(name):
    return CHECKS[f"hw2/{name}"]


def test_at_least_five_wrong_ones_for_each():
    assert all(len(table) >= 5 for table in WRONG.values()) and len(WRONG) == 7


@pytest.mark.parametrize("name, solution", [
    *((name, solution) for name in wrong_captioning.WRONG for solution in (CaptioningRNN,
                                                                           plain_captioning.CaptioningRNN)),
    ("AttentionCaptioner", AttentionCaptioner), ("AttentionCaptioner", plain_attention.AttentionCaptioner), *SOLUTIONS])
def test_right_captioners_pass(name, solution, capsys):
    check_of(name)(solution)
    printed = capsys.readouterr().out
    assert " is right: " in printed and printed.endswith("comparisons)\n") and printed.count("\n") == 1


@pytest.mark.parametrize("name, old, new, output, cause",
                         [(name, *row) for name, table in WRONG.items() for row in table])
def test_wrong_captioner_fails(name, old, new, output, cause):
    plain = plain_attention.AttentionCaptioner if "Attention" in name else plain_captioning.CaptioningRNN
    error = failure(f"hw2/{name}", broken(plain, old, new))
    assert_explained(error, output, cause)


@pytest.mark.parametrize("method, name", [("loss", "CaptioningRNN"), ("sample", "CaptioningRNN_sample_with_lstm")])
def test_a_stub_is_not_written_yet(method, name):
    def stub(*arguments, **options):
        raise NotImplementedError("write it")

    with pytest.raises(CheckFailed, match="is not written yet: write it"):
        check_of(name)(type("Mine", (CaptioningRNN,), {method: stub}))
    with pytest.raises(CheckFailed, match="returned None"):
        check_of(name)(type("Mine", (CaptioningRNN,), {method: lambda *arguments: None}))


@pytest.mark.parametrize("cell_type", hw2_captioning.BLOCKS)
def test_each_mistake_in_sampling_shows(cell_type):
    features, p = hw2_sampling.pictures(), hw2_sampling.telling(cell_type)
    right = hw2_sampling.until_end(hw2_sampling.greedy_captions(cell_type, features, p, 8))
    lengths = (right != 2).sum(axis=1)
    assert len(np.unique(right, axis=0)) >= 5 and len(np.unique(lengths)) >= 3 and lengths[0] < lengths.max() == 8
    for cause, captions in hw2_sampling.sample_mistakes(cell_type, features, p, 8).items():
        if "cell" not in cause or cell_type == "lstm":
            assert (hw2_sampling.until_end(captions) != right).any(), cause


def test_each_mistake_in_sampling_with_attention_shows():
    check, p = hw2_attention_captioner, hw2_attention_captioner.telling()
    right = hw2_sampling.until_end(check.greedy_captions(check.pictures(), p, 8)[0])
    assert len(np.unique(right, axis=0)) >= 7 and len(np.unique((right != 2).sum(axis=1))) >= 3
    wrong = [hw2_sampling.until_end(check.greedy_captions(check.pictures(), p, 8, mistake)[0])
             for mistake in check.SAMPLE_MISTAKES]
    assert all((captions != right).any() for captions in wrong)
    assert len({captions.tobytes() for captions in wrong}) == len(wrong)


def test_each_mistake_in_the_loss_with_attention_shows():
    model = AttentionCaptioner(hw2_captioning.WORDS, **hw2_attention_captioner.SIZES, dtype=np.float64, rng=0)
    losses = hw2_attention_captioner.loss_mistakes(
        {key: hw2_captioning.scattered(value.shape, start=k) for k, (key, value) in enumerate(model.params.items())})
    assert len(np.unique(np.round(list(losses.values()), 6))) == len(losses)


@pytest.mark.parametrize("wrong, cause", [
    (lambda self, features, max_length=30, temperature=0.0, rng=None: CaptioningRNN.sample(self, features, max_length),
     "temperature is not handed on"),
    (lambda self, features, max_length=30, temperature=0.0, rng=None: CaptioningRNN.sample(
        self, features, max_length, temperature, rng=7), "rng is not handed on"),
    (lambda self, features, max_length=30, temperature=0.0, rng=None: CaptioningRNN.sample(
        self, features, max_length, temperature, rng=np.random.default_rng()), "rng is not handed on"),
    (lambda self, features, max_length=30, temperature=0.0, rng=None: CaptioningRNN.sample(
        self, features, max_length, temperature and 5.0, rng), "drawn as at another temperature"),
])
def test_drawing_is_checked_where_it_is_offered(wrong, cause):
    with pytest.raises(CheckFailed) as caught:
        check_of("CaptioningRNN_sample")(type("Mine", (CaptioningRNN,), {"sample": wrong}))
    assert cause in caught.value.cause
