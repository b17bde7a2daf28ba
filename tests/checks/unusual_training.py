"""What right cells make, in more ways than the notebooks': small models and data, trained in a second."""

import functools
from types import SimpleNamespace

import torch
import torch.nn.functional as F

from cs182lib.language.batching import headline_batches
from cs182lib.language.bert import BertClassifier, BertConfig, BertEncoder
from cs182lib.language.distillation import KnowledgeDistillationLoss
from cs182lib.language.distillation_training import distill_layers, piece_batches, train_classifier
from cs182lib.language.language_model import LanguageModel, evaluate_loss, language_model_loss
from cs182lib.language.summarizer import Summarizer
from cs182lib.language.summarizer_training import pair_batches, summarizer_loss, train_summarizer
from cs182lib.language.vocabulary import SPECIAL, Vocabulary
from cs182lib.training.fit import fit


@functools.cache
def headlines():
    """Return 120 headlines of five words and an end: the first is one of four, each other follows from it."""
    rows = [[3 + (i + t) % 4 for t in range(5)] + [2, 2] for i in range(120)]
    return [{"title": "", "numerized": row, "mask": 6 * [True] + [False]} for row in rows]


def language_model(train):
    """Return the arguments of the check for a model that `train` (model) -> history has trained."""
    torch.manual_seed(0)
    model = LanguageModel(8, 12)
    return {"model": model, "history": train(model), "dataset": headlines()[:40], "goal": 0.8, "floor": 0.15}


def by_fit(model):
    """Train as the notebook does."""
    batches = headline_batches(headlines(), 20, torch.Generator().manual_seed(0))
    return fit(model, batches, torch.optim.Adam(model.parameters(), 0.03), language_model_loss, epochs=12,
               progress=False, evaluate=lambda model: {"val_loss": evaluate_loss(model, headlines()[:40])})


def by_loop(model):
    """Train with a loop of one's own, and keep a plain list of losses."""
    optimizer, losses = torch.optim.RMSprop(model.parameters(), 0.01), []
    for _ in range(15):
        for batch in headline_batches(headlines(), 20, torch.Generator().manual_seed(1)):
            optimizer.zero_grad()
            loss = language_model_loss(model, batch)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses


def by_whole_passes(model):
    """Train on all headlines at once, with momentum alone."""
    optimizer, losses = torch.optim.SGD(model.parameters(), 1.0, momentum=0.9), []
    batch = next(iter(headline_batches(headlines(), 120)))
    for _ in range(100):
        loss = language_model_loss(model, batch)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        losses.append(loss.item())
    return tuple(losses)


VOCABULARY = Vocabulary([*SPECIAL, *"the of buys sold met board wheat corn rises falls .".split()])


def story(i):
    """Return a story whose headline is the second half of its body."""
    words = [("wheat", "corn")[i % 2], ("rises", "falls")[i // 2 % 2], f"name{i % 7}"]
    return SimpleNamespace(title=" ".join(words), body="the board met . " + " ".join(words))


def summarizer(train):
    """Return the arguments of the check for a summarizer that `train` (summarizer, stories) -> history has trained."""
    torch.manual_seed(0)
    model = Summarizer(VOCABULARY, d_model=16, n_heads=2, d_filter=16, encoder_layers=1, decoder_layers=1, dropout=0.0,
                       output_length=6)
    history = train(model, [story(i) for i in range(160)])
    return {"summarizer": model, "history": history, "articles": [story(i) for i in range(40)], "goal": 1.5}


def by_train_summarizer(model, stories):
    """Train as the notebook does."""
    return train_summarizer(model, stories, epochs=6, batch_size=16, lr=1e-2, progress=False)


def summarizer_by_loop(model, stories):
    """Train with a loop of one's own, at one learning rate."""
    optimizer, losses = torch.optim.Adam(model.parameters(), 5e-3), []
    for _ in range(8):
        for batch in pair_batches(model, stories, 16, torch.Generator().manual_seed(3)):
            loss = summarizer_loss(model, batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.detach().item())
    return losses


ROWS = [[1, 3 + word, 20 + i % 5, 2] for word in range(12) for i in range(10)]  # the topic of word w is w mod 3
LABELS = torch.tensor([(row[1] - 3) % 3 for row in ROWS])


def classifier(width, blocks, seed):
    torch.manual_seed(seed)
    config = BertConfig(30, width, blocks, 2, 2 * width, 8, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    return BertClassifier(BertEncoder(config), 3, dropout=0.0)


@functools.cache
def teachers():
    """Return a teacher, who has all labels, and a student who has those of one word for each topic."""
    teacher, alone = classifier(16, 2, 0), classifier(8, 1, 1)
    for model, rows in ((teacher, range(120)), (alone, [0, 10, 20])):
        train_classifier(model, [ROWS[i] for i in rows], LABELS[list(rows)], torch.Generator().manual_seed(0),
                         epochs=12, lr=1e-2, progress=False)
    return teacher, alone


def student(train):
    """Return the arguments of the check for a student that `train` (student, teacher) has trained."""
    teacher, alone = teachers()
    model = classifier(8, 1, 2)
    train(model, teacher)
    return {"student": model, "teacher": teacher, "alone": alone, "rows": ROWS, "labels": LABELS}


def by_answers(model, teacher, epochs=25):
    """Learn the teacher's probabilities in a loop of one's own."""
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    for _ in range(epochs):
        for ids, mask in piece_batches(ROWS, batch_size=24, generator=torch.Generator().manual_seed(0)):
            with torch.no_grad():
                target = teacher(ids, mask).softmax(-1)
            loss = F.cross_entropy(model(ids, mask), target)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def by_layers_and_answers(model, teacher):
    """Learn the layers first."""
    loss = KnowledgeDistillationLoss(16, 8, 16, 8, [1], weights={"attentions": 0.1})
    distill_layers(teacher.encoder, model.encoder, loss, ROWS, torch.Generator().manual_seed(0), epochs=6, lr=5e-3,
                   progress=False)
    by_answers(model, teacher, 15)


MAKERS = {"train_language_model": language_model, "train_summarizer": summarizer, "distill_student": student}
UNUSUAL = [("train_language_model", by_fit), ("train_language_model", by_loop),
           ("train_language_model", by_whole_passes),
           ("train_summarizer", by_train_summarizer), ("train_summarizer", summarizer_by_loop),
           ("distill_student", by_answers), ("distill_student", by_layers_and_answers)]


@functools.cache
def made(name, train):
    """Return what a cell has made, the arguments of its check by name; a dict that nobody may change."""
    return MAKERS[name](train)
