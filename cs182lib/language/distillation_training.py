"""The training of a student: TinyBERT's two stages, and the student without a teacher to compare with.

General distillation shows the student, on texts without labels, how the teacher reads: embeddings, attention scores,
hidden states. Task distillation then shows it what the fine-tuned teacher answers.

Jiao et al. 2020, arXiv:1909.10351, section 3.2 and figure 1.
"""

import torch
import torch.nn.functional as F
from torch import nn

from cs182lib.language.batching import BucketBatches
from cs182lib.language.bert import BertClassifier
from cs182lib.language.distillation import PredictionLoss, distillation_outputs
from cs182lib.language.wordpiece import pad_pieces
from cs182lib.training.fit import fit
from cs182lib.training.schedules import one_cycle
from cs182lib.validation import require


class Distiller(nn.Module):
    """A student together with the projections of its loss, and a teacher that answers but does not learn.

    Its parameters are those of the student and of the projections: give all of them to the optimizer. The course gave
    it the student's alone, whose projections then stay what they were drawn as.

    Parameters
    ----------
    teacher, student : BertEncoder or BertClassifier
    loss : KnowledgeDistillationLoss
    penalize_prediction : bool, compare logits too; both must be classifiers then
    """

    def __init__(self, teacher, student, loss, penalize_prediction=False):
        super().__init__()
        self.student, self.loss = student, loss
        self.penalize_prediction = penalize_prediction
        self._teacher = [teacher.eval()]  # in a list, the module does not count it among its own

    def forward(self, ids, mask):
        """Return the loss of a batch of pieces, a scalar; ids and mask are (B, T)."""
        with torch.no_grad():
            teacher_out = self._outputs(self._teacher[0], ids, mask)
        return self.loss(teacher_out, self._outputs(self.student, ids, mask), self.penalize_prediction)

    def _outputs(self, model, ids, mask):
        classifies = isinstance(model, BertClassifier)
        out = (model.encoder if classifies else model)(ids, mask, attentions=True)
        return distillation_outputs(out, mask, model.logits(out, mask) if self.penalize_prediction else None)


@torch.no_grad()
def start_from_teacher(teacher, student):
    """Give the student the teacher's table of pieces in as few columns as it has, in place.

    Among all tables of that width and all linear ways back to the teacher's table E (V, D), the projection on its first
    principal directions has the least sum of squared differences: E P, where P (D, d) are the eigenvectors of E^T E
    with the largest eigenvalues (Eckart and Young 1936). So the embedding loss starts where its training would lead,
    also for pieces that no text at hand has.

    ValueError where the two have not the same number of pieces.
    """
    table, own = teacher.embeddings.word.weight, student.embeddings.word.weight
    require(len(table) == len(own), f"teacher and student must have the same pieces, got {len(table)} and {len(own)}")
    _, directions = torch.linalg.eigh(table.T.double() @ table.double())  # (D, D), columns, the largest last
    own.copy_((table.double() @ directions[:, -own.shape[1]:]).to(own.dtype))  # (V, D) x (D, d)


def piece_batches(rows, *columns, batch_size=32, generator=None):
    """Return batches (ids, mask, column, ...) of rows of like length.

    Parameters
    ----------
    rows : list of lists of int, pieces
    columns : arrays or tensors with an entry for each row, such as labels or a teacher's logits
    batch_size : int, rows of a batch
    generator : torch.Generator that orders the batches, or None: sorted by length, always the same
    """
    columns = [torch.as_tensor(column) for column in columns]

    def collate(numbers):
        ids, mask = pad_pieces([rows[i] for i in numbers])
        return (ids, mask, *(column[numbers] for column in columns))

    return BucketBatches(list(range(len(rows))), [len(row) for row in rows], batch_size, collate, generator)


def train_classifier(model, rows, labels, generator, *, epochs, lr, batch_size=16, **options):
    """Train a BertClassifier on labels, by cross-entropy.

    Parameters
    ----------
    model : BertClassifier, changed in place
    rows : list of N lists of int, pieces
    labels : (N,) int64
    generator : torch.Generator, for the order of the batches
    epochs, lr, batch_size : numbers above 0; lr is AdamW's learning rate
    options : of `fit`

    Returns
    -------
    history : History
    """
    def loss_fn(model, batch):
        ids, mask, y = batch
        return F.cross_entropy(model(ids, mask).float(), y)

    batches = piece_batches(rows, labels, batch_size=batch_size, generator=generator)
    return _fit(model, batches, loss_fn, epochs, lr, generator, options)


def distill_layers(teacher, student, loss, rows, generator, *, epochs, lr, batch_size=32, penalize_prediction=False,
                   **options):
    """Train a student, and the projections of `loss`, on what the teacher gives for rows without labels.

    With encoders this is the general stage. With classifiers, whose teacher is fine-tuned, it is the first half of the
    task stage.

    Parameters
    ----------
    teacher, student : two BertEncoders, or two BertClassifiers; the student is changed in place
    loss : KnowledgeDistillationLoss
    penalize_prediction : bool, with the prediction loss, which only classifiers have
    rows, generator, epochs, lr, batch_size, options : as for `train_classifier`

    Returns
    -------
    history : History
    """
    def loss_fn(distiller, batch):
        return distiller(*batch)

    batches = piece_batches(rows, batch_size=batch_size, generator=generator)
    distiller = Distiller(teacher, student, loss, penalize_prediction)
    return _fit(distiller, batches, loss_fn, epochs, lr, generator, options)


def distill_prediction(student, rows, teacher_logits, generator, *, epochs, lr, temperature=1.0, batch_size=32,
                       **options):
    """Train a BertClassifier on logits that the teacher gave once for all rows.

    The teacher's part is a table then, and costs nothing while the student learns.

    Parameters
    ----------
    student : BertClassifier, changed in place
    teacher_logits : (N, classes) floats
    temperature : number > 0, of the prediction loss
    rows, generator, epochs, lr, batch_size, options : as for `train_classifier`

    Returns
    -------
    history : History

    Raises
    ------
    ValueError : there are more or fewer logits than rows
    """
    require(len(rows) == len(teacher_logits), f"teacher_logits must have a row for each of the {len(rows)} texts, got "
                                              f"{len(teacher_logits)}; make them by classify(teacher, rows)")
    prediction_loss = PredictionLoss()

    def loss_fn(model, batch):
        ids, mask, target = batch
        return prediction_loss(target, model(ids, mask).float(), temperature)

    batches = piece_batches(rows, teacher_logits.float(), batch_size=batch_size, generator=generator)
    return _fit(student, batches, loss_fn, epochs, lr, generator, options)


def _fit(model, batches, loss_fn, epochs, lr, generator, options):
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0.01, fused=True)
    return fit(model, batches, optimizer, loss_fn, epochs=epochs, generators=[generator], grad_clip=1.0,
               **{"schedule": one_cycle(0.1), **options})


def classify(model, rows, batch_size=64, precision="no"):
    """Return the logits of a BertClassifier for all rows, float32 (N, classes), in eval mode and without gradients.

    Parameters
    ----------
    model : BertClassifier
    rows : list of N lists of int, pieces
    batch_size : int, rows at a time; those of like length go together
    precision : "no" (float32) or "bf16"
    """
    model.eval()
    device = next(model.parameters()).device
    found = []
    with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16"):
        for ids, mask, number in piece_batches(rows, torch.arange(len(rows)), batch_size=batch_size):
            found.append((number, model(ids.to(device), mask.to(device)).float().cpu()))
    numbers, logits = (torch.cat(parts) for parts in zip(*found))
    return logits[numbers.argsort()]


def accuracy(logits, labels):
    """Return the share of rows whose largest of the logits (N, classes) is that of the labels (N,)."""
    return (logits.argmax(dim=1) == torch.as_tensor(labels)).float().mean().item()
