"""A summarizer reads, scores and writes the same with a cache as without, whatever is padded; it learns to copy."""

from types import SimpleNamespace

import pytest
import torch

from cs182lib.language.rouge import rouge_scores
from cs182lib.language.summarizer import Summarizer
from cs182lib.language.summarizer_training import (
    masked_mean,
    pair_batches,
    summarizer_loss,
    summarizer_losses,
    summarizer_rouge,
    train_summarizer,
)
from cs182lib.language.vocabulary import SPECIAL, Vocabulary, padI, startI, unkI
from cs182lib.language.writers import CachedWriter, RecomputingWriter, write_batch

VOCABULARY = Vocabulary([*SPECIAL, *"the of is sold to board met for . buys today said".split()])
NAMES = [f"name{i}" for i in range(60)]  # none is in the vocabulary


def article(title, body):
    return SimpleNamespace(title=title, body=body)


def story(i):
    """Return a story whose headline names two of three companies, none of which the vocabulary knows."""
    a, b, c = (NAMES[(i * k + k) % 60] for k in (7, 11, 13))
    return article(f"{a} buys {b} .", f"today the board of {a} met . {b} is sold . {c} said no .")


def small(seed=0, **options):
    torch.manual_seed(seed)
    return Summarizer(VOCABULARY, d_model=16, n_heads=2, d_filter=24, encoder_layers=1, dropout=0.0, output_length=9,
                      **options)


def a_batch(model, count=5):
    stories = [story(i) for i in range(count)]
    stories[1] = article("the board met today .", "the board met .")
    return model.collate([model.pair(one) for one in stories])


@pytest.mark.parametrize("options", [{}, {"pointer": False}, {"neighbors": 0}])
@pytest.mark.parametrize("method", ["greedy", "beam", "nucleus", "consensus"])
def test_same_words_with_the_cache_as_without(method, options):
    model = small(**options).double().eval()
    batch = a_batch(model)
    words = [write_batch(model, batch, method, max_length=8, beam_width=3, copies=4, writer=writer,
                         generator=torch.Generator().manual_seed(5)) for writer in (CachedWriter, RecomputingWriter)]
    assert torch.equal(*words) and len(words[0]) == (20 if method == "consensus" else 5)


def test_a_beam_reads_each_article_once():
    model, calls = small().eval(), []
    for part in (model.encoder, model.pointer.key_layer, model.decoder.blocks[1].cross_norm_source):
        part.register_forward_hook(lambda part, arguments, output: calls.append((part, len(output))))
    write_batch(model, a_batch(model), "beam", max_length=6, beam_width=3, end=None)
    assert [rows for _, rows in calls] == [5, 5, 5] and len({part for part, _ in calls}) == 3


@pytest.mark.parametrize("beams", [1, 3])
@pytest.mark.parametrize("dtype, tolerance", [(torch.float32, 1e-5), (torch.float64, 1e-12)])
def test_each_step_of_the_cache_is_the_whole_computation(beams, dtype, tolerance):
    model = small(neighbors=1).to(dtype).eval()
    batch = a_batch(model)
    writers = [writer(model, batch, beams) for writer in (CachedWriter, RecomputingWriter)]
    words = torch.full((5 * beams,), startI)
    rows = torch.arange(5 * beams).view(5, beams).flip(1).flatten()
    with torch.no_grad():
        for t in range(6):
            fast, slow = (writer.step(words) for writer in writers)
            p = fast.exp()
            assert (p - slow.exp()).abs().max() < tolerance and (fast.isfinite() == slow.isfinite()).all()
            assert (p[:, [startI, unkI]] == 0).all()
            words = (words * 5 + t + torch.arange(5 * beams)) % (len(VOCABULARY) + 3)
            for writer in writers:
                writer.select(rows)


def test_scores_of_whole_headlines_are_those_of_the_steps():
    model = small(neighbors=2).double().eval()
    batch = a_batch(model)
    target = batch["target_extended"]
    with torch.no_grad():
        prediction = model(batch)
        log_p, p = model.log_probs(prediction, batch), model.probabilities(prediction, batch)
        writer, words = CachedWriter(model, batch), torch.full((5,), startI)
        for t in range(target.shape[1]):
            step = writer.step(words)
            words = target[:, t]
            known = words != unkI
            assert torch.allclose(step[known].gather(1, words[known, None])[:, 0], log_p[known, t])
    assert torch.allclose(p.sum(-1), torch.ones_like(log_p))
    assert torch.allclose(p.gather(2, target[..., None])[..., 0].log(), log_p)


def test_padding_and_neighbors_in_a_batch_change_nothing():
    model = small(neighbors=2).double().eval()
    pairs = [model.pair(story(i)) for i in range(4)]
    together = model.collate(pairs, input_length=40, output_length=9)
    with torch.no_grad():
        for i, pair in enumerate(pairs):
            alone = model.collate([pair])
            T = len(pair.target)
            assert torch.allclose(model.log_probs(model(alone), alone)[0], model.log_probs(
                model(together), together)[i, :T], rtol=1e-10)


def test_no_target_word_sees_itself_or_a_later_one():
    model = small().double().eval()
    batch = a_batch(model)
    changed = {**batch, "target_extended": batch["target_extended"].clone()}
    changed["target_extended"][:, 3] = 5
    with torch.no_grad():
        before, after = (model(b).logits for b in (batch, changed))
    assert torch.equal(before[:, :4], after[:, :4]) and not torch.allclose(before[:, 4], after[:, 4])


def test_word_dropout_hides_words_in_training_only():
    model = small(word_dropout=0.5)
    words = torch.full((4, 500), 5)
    torch.manual_seed(0)
    hidden = (model.embed(words) == model.embed(torch.tensor(unkI))).all(-1).double().mean()
    assert 0.4 < hidden < 0.6
    special = torch.tensor([startI, unkI])
    assert torch.equal(model.embed(special), model.eval().embed(special))
    assert (model.embed(words) == model.embed(torch.tensor(5))).all()


def test_label_smoothing_by_hand():
    model = small().double().eval()
    batch = a_batch(model)
    prediction = model(batch)
    mask = batch["decoder_mask"]
    nll = -model.log_probs(prediction, batch)
    even = -prediction.logits.log_softmax(-1).mean(-1)
    expected = ((0.9 * nll + 0.1 * even) * mask).sum() / mask.sum()
    assert torch.allclose(summarizer_loss(model, batch, 0.1), expected)
    assert torch.allclose(summarizer_loss(model, batch), masked_mean(nll, mask))


def test_losses_on_both_scales():
    model, stories = small().double().eval(), [story(i) for i in range(7)]
    losses = summarizer_losses(model, stories, batch_size=3, padded_length=50)
    totals = [(-model.log_probs(model(b), b) * b["decoder_mask"]).sum().item() for b in pair_batches(model, stories, 1)]
    assert losses["masked_loss"] == pytest.approx(sum(totals) / (7 * 5))  # a buys b . and the end
    assert losses["unmasked_mean_loss"] == pytest.approx(sum(totals) / (7 * 50))
    assert 0 <= losses["word_acc"] <= 1


def test_it_learns_to_copy_names_it_has_never_seen():
    model = small(neighbors=1)
    history = train_summarizer(model, [story(i) for i in range(600)], epochs=3, batch_size=16, lr=1e-2)
    unseen = [article(f"{a} buys {b} .", f"today the board of {a} met . {b} is sold . {c} said no .")
              for a, b, c in (("kroll", "varn", "imp"), ("zed", "moot", "oak"), ("ulm", "pike", "gray"))]
    assert history.epochs[-1]["loss"] < 0.3 * history.epochs[0]["loss"]
    for method in ("greedy", "beam", "consensus"):
        assert model.generate(unseen, method) == [one.title for one in unseen]
    assert summarizer_rouge(model, unseen) == rouge_scores(["a"], ["a"]) | {"rouge2": 1.0}
    weights, words, written = model.attention(unseen[0], unseen[0].title)
    assert weights.shape == (5, len(words)) and written == ["kroll", "buys", "varn", ".", "<END>"]
    assert words[weights[0].argmax()] == "kroll" and words[weights[2].argmax()] == "varn"
    assert model.training  # left as it came


def test_a_resumed_training_ends_with_the_same_bits(tmp_path):
    stories = [story(i) for i in range(60)]

    def train(model, **options):
        return train_summarizer(model, stories, batch_size=8, progress=False, **options)

    whole, halves = small(word_dropout=0.1), small(word_dropout=0.1)
    torch.manual_seed(1)
    train(whole, epochs=3)

    class Stop(Exception):
        pass

    def stop(model):
        stop.calls += 1
        if stop.calls == 2:
            raise Stop
        return {}

    stop.calls = 0
    torch.manual_seed(1)
    with pytest.raises(Stop):
        train(halves, epochs=3, checkpoint=tmp_path / "run.pt", evaluate=stop)
    resumed = small(seed=9, word_dropout=0.1)
    train(resumed, epochs=3, checkpoint=tmp_path / "run.pt")
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name


def test_bfloat16_trains_close_to_float32():
    losses = [train_summarizer(small(), [story(i) for i in range(64)], batch_size=16, precision=precision).loss
              for precision in ("no", "bf16")]
    assert losses[0] == pytest.approx(losses[1], rel=0.03)


def test_bad_input():
    model = small()
    with pytest.raises(TypeError, match="articles must be a list"):
        model.generate("one text")
    with pytest.raises(ValueError, match="method must be one of"):
        model.generate(["one text"], "best")
    with pytest.raises(ValueError, match="source_words is empty"):
        model.generate([""])
    with pytest.raises(ValueError, match="word_dropout"):
        small(word_dropout=1.0)
    with pytest.raises(ValueError, match="has no pointer"):
        small(pointer=False).attention("the board met", "the board")
    assert model.text([startI, padI, 3, len(VOCABULARY)], ["kroll"]) == "the kroll"
