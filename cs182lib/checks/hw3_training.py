"""Checks of what cells of Homework 3 train: the language model, the summarizer, the student. torch is imported late.

They measure what was made by code of their own and say, where it is not good enough, what usually is the reason.
"""

import numpy as np

from cs182lib.checks.compare import Checker

FALL = 0.9  # in the end the training loss is at most this share of what it was at the beginning
START = 0  # the word that stands before the first


def check_train_language_model(model, history, dataset, goal, floor=None):
    """Check the trained language model.

    Parameters
    ----------
    model : the LanguageModel that was trained
    history : what `fit` returned
    dataset : records of the validation headlines
    goal : float, the loss that it must be below: that of the trigrams, on the same words
    floor : float or None, the entropy of a word, which no model can be below
    """
    check = Checker("train_language_model")
    _check_module(check, model, "model")
    losses = _check_history(check, history)
    loss, V = _headline_loss(check, model, dataset), model.output.out_features
    check.true(np.isfinite(loss), f"the validation loss is {loss}, expected a number", "model",
               "a weight is NaN: a lower learning rate, or grad_clip")
    check.true(loss < np.log(V) - 0.3, f"the validation loss is {loss:.2f}, expected far below ln V = {np.log(V):.2f}, "
               "what a model costs that knows nothing", "model", "this is not the model that was trained: it was made "
               "anew afterwards, or the optimizer has the parameters of another")
    check.true(floor is None or loss > 0.98 * floor, f"the validation loss is {loss:.3f}, expected not below the "
               f"entropy of the headlines, {floor or 0:.3f}", "model", "no model can do that: it has seen the word "
               "that it must predict, or the validation headlines")
    last = float(np.mean(losses[-max(1, len(losses) // 20):]))
    cause = ("it has learned the training headlines by heart: fewer epochs, more dropout, or a smaller model"
             if last < 0.8 * loss else "too few steps, or too small a learning rate: more epochs, about 5e-3 with Adam")
    check.true(loss < goal, f"the validation loss is {loss:.3f}, expected below {goal:.3f}, that of the trigrams",
               "model", cause)
    _check_written_down(check, history, loss)
    check.passed()


def _check_module(check, model, name):
    import torch

    check.true(isinstance(model, torch.nn.Module), f"{name} is a {type(model).__name__}, expected the model, an "
               "nn.Module", name, "fit changes the model in place and returns the history: pass the model itself"
               if hasattr(model, "loss") and hasattr(model, "epochs") else None)


def _check_history(check, history):
    """Return the losses of all steps, an array, once they fall."""
    check.true(history is not None, "history is None, expected what the training returns", "history",
               "keep what is returned: history = ...")
    losses = getattr(history, "loss", history)
    check.true(isinstance(losses, (list, tuple, np.ndarray)), f"history is a {type(history).__name__}, expected what "
               "the training returns, with the loss of every step in history.loss", "history")
    losses = np.asarray(losses, float)
    check.true(len(losses) >= 10, f"history has {len(losses)} steps, expected many", "history",
               "no pass was made over the batches: epochs, and is there a generator that is used up?")
    check.true(bool(np.isfinite(losses).all()), f"the loss in history is {losses[~np.isfinite(losses)][:1]} at step "
               f"{int(np.argmin(np.isfinite(losses)))}, expected numbers", "history",
               "the steps are too large: a lower learning rate, a warm-up, or grad_clip=1.0")
    few = max(1, len(losses) // 20)
    first, last = losses[:few].mean(), losses[-few:].mean()
    cause = ("the steps go up the gradient, or are too large: a lower learning rate" if last > 1.1 * first else
             "the steps do not reach the model: has the optimizer model.parameters(), and is the learning rate large "
             "enough?")
    check.true(last < FALL * first, f"the loss in history begins at {first:.3f} and ends at {last:.3f}, expected it "
               "to fall", "history", cause)
    return losses


def _headline_loss(check, model, dataset):
    """Return the mean loss of a word over a data set, with dropout off."""
    import torch

    target, mask = (torch.tensor([record[key] for record in dataset]) for key in ("numerized", "mask"))
    words = torch.nn.functional.pad(target, (1, 0), value=START)[:, :-1]
    total = 0.0
    training, device = model.training, next(model.parameters()).device
    model.eval()
    with torch.no_grad():
        for rows in torch.arange(len(target)).split(256):
            log_p = check.run(model, words[rows].to(device), label="model").log_softmax(-1).cpu()
            total -= (log_p.gather(-1, target[rows][..., None])[..., 0] * mask[rows]).sum().item()
    model.train(training)
    return total / mask.sum().item()


def _check_written_down(check, history, loss):
    """The last val_loss in the history, where there is one, must be that of the model."""
    epochs = [epoch for epoch in getattr(history, "epochs", ()) if "val_loss" in epoch]
    if not epochs:
        return
    said = epochs[-1]["val_loss"]
    cause = ("measured with dropout on: model.eval() before" if 1.002 * loss < said < 1.6 * loss else
             "measured on other headlines, or divided by something else than the number of words")
    check.true(abs(said - loss) < 2e-3 * loss, f"the last val_loss in the history is {said:.4f}, but the model's loss "
               f"on the validation headlines is {loss:.4f}, expected the same", "val_loss", cause)


def check_train_summarizer(summarizer, history, articles, goal):
    """Check the trained summarizer.

    Parameters
    ----------
    summarizer : the Summarizer that was trained
    history : what the training returned
    articles : validation stories
    goal : float, the loss of a word that it must be below
    """
    check = Checker("train_summarizer")
    _check_module(check, summarizer, "summarizer")
    losses = _check_history(check, history)
    loss = _article_loss(check, summarizer, articles)
    known = np.log(len(summarizer.vocabulary))
    check.true(np.isfinite(loss), f"the validation loss is {loss}, expected a number", "summarizer",
               "a weight is NaN: a lower learning rate, or grad_clip")
    check.true(loss < known - 0.5, f"the validation loss is {loss:.2f} a word, expected far below ln V = {known:.2f}, "
               "what a model costs that knows nothing", "summarizer", "this is not the summarizer that was trained: it "
               "was made anew afterwards, or the optimizer has the parameters of another")
    last = float(np.mean(losses[-max(1, len(losses) // 20):]))
    cause = ("it has learned the training stories by heart: fewer epochs, more dropout, or a smaller model"
             if last < 0.6 * loss else "too few steps, or too small a learning rate: more stories, more epochs, "
             "about 2e-3 with a warm-up")
    check.true(loss < goal, f"the validation loss is {loss:.3f} a word, expected below {goal:.2f}", "summarizer", cause)
    check.passed()


def _article_loss(check, summarizer, articles):
    import torch

    total = words = 0.0
    training = summarizer.training
    summarizer.eval()
    with torch.no_grad():
        for start in range(0, len(articles), 64):
            batch = summarizer.collate([summarizer.pair(article) for article in articles[start:start + 64]])
            log_p = summarizer.log_probs(check.run(summarizer, batch, label="summarizer"), batch)
            total -= (log_p * batch["decoder_mask"]).sum().item()
            words += batch["decoder_mask"].sum().item()
    summarizer.train(training)
    return total / words


def check_distill_student(student, teacher, alone, rows, labels):
    """Check the student that was shown what its teacher makes of texts.

    Parameters
    ----------
    student, teacher, alone : classifiers (ids, mask) -> logits; `alone` had a few labels and no teacher
    rows, labels : pieces and topics of validation stories
    """
    check = Checker("distill_student")
    _check_kind(check, student, teacher, alone)
    found = {name: _answers(check, model, rows, name) for name, model in (
        ("student", student), ("teacher", teacher), ("alone", alone))}
    labels = np.asarray(labels)
    share = {name: float((answers == labels).mean()) for name, answers in found.items()}
    check.true(share["teacher"] > share["alone"], f"the teacher's accuracy is {share['teacher']:.3f}, expected above "
               f"that of the student alone, {share['alone']:.3f}", "teacher", "the teacher was trained, too, or "
               "overwritten: only the student and the projections learn")
    check.true(len(np.unique(found["student"])) > 1, "the student gives one answer to every story, expected different "
               "ones", "student", "its answers were never trained, or it agrees with itself (the target is the "
               "teacher's logits, not its own), or the steps are too large")
    guess = np.bincount(labels).max() / len(labels)
    cause = ("its answers were never trained: after the layers come the teacher's logits, distill_prediction, or the "
             "few labels, train_classifier" if share["student"] > 0.5 * guess else "it answers as if to other stories: "
             "texts and teacher_logits, rows and labels, must be in one order")
    check.true(share["student"] > guess + 0.05, f"the student's accuracy is {share['student']:.3f}, expected more than "
               f"by guessing, {guess:.3f}", "student", cause)
    needed = max(share["alone"] + 0.02, 0.85 * share["teacher"])
    check.true(share["student"] > needed, f"the student's accuracy is {share['student']:.3f}, expected above "
               f"{needed:.3f}; alone it is {share['alone']:.3f}, the teacher's {share['teacher']:.3f}", "student",
               "too little of the teacher has arrived: first the layers (distill_layers, about 3e-3), then the answers "
               "(distill_prediction), each for enough epochs")
    check.passed()


def _check_kind(check, student, teacher, alone):
    """The student must be a module of its own, smaller than the teacher."""
    _check_module(check, student, "student")
    check.true(student is not teacher, "the student is the teacher itself, expected a smaller network", "student",
               "new_student(seed) makes one; the teacher only answers")
    check.true(student is not alone, "this is the student that had no teacher, expected another", "student",
               "new_student(seed) makes one for each run")
    sizes = [sum(p.numel() for p in model.parameters()) for model in (student, teacher)]
    check.true(sizes[0] < sizes[1], f"the student has {sizes[0]} parameters and its teacher {sizes[1]}, expected fewer",
               "student", "make it of `config`, not of the teacher's: new_student(seed)")


def _answers(check, model, rows, name):
    """Return the class that a model finds likeliest for each row, with dropout off."""
    import torch

    from cs182lib.language.wordpiece import pad_pieces

    answers, device = [], next(model.parameters()).device
    training = model.training
    model.eval()
    with torch.no_grad():
        for start in range(0, len(rows), 64):
            ids, mask = pad_pieces(rows[start:start + 64])
            logits = check.run(model, ids.to(device), mask.to(device), label=name)
            check.true(bool(torch.isfinite(logits).all()), f"the logits of the {name} are not finite, expected numbers",
                       name, "the steps were too large: a lower learning rate")
            answers.append(logits.argmax(dim=1).cpu().numpy())
    model.train(training)
    return np.concatenate(answers)
