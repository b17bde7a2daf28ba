"""The exercises on knowledge distillation: five losses, and the training of a student."""

from cs182lib.exercises.exercise import Exercise

_NOTEBOOK = "hw3/03_knowledge_distillation"
_LOSSES = "language.distillation"

EXERCISES = (
    Exercise("hw3/AttentionLayerLoss", _NOTEBOOK,
             "Return the mean squared difference of the attention of one block, head by head.",
             ("Both arrays have the same shape, (B, heads, T, T): nothing has to be brought in line.",
              "Subtract, square, mean over everything. Take the scores as they come: no softmax.",
              "((student_attn - teacher_attn) ** 2).mean()"),
             points=1, solution=(f"{_LOSSES}:AttentionLayerLoss",)),
    Exercise("hw3/HiddenLayerLoss", _NOTEBOOK,
             "Take the student's hidden states to the teacher's width with a linear layer `proj` that is learned, "
             "and return the mean squared difference.",
             ("The widths differ. Who has to be stretched, and by what, so that the loss can teach it?",
              "Make an nn.Linear in __init__, as an attribute, so that an optimizer finds it. It goes from the "
              "student's width to the teacher's.",
              "self.proj = nn.Linear(student_dim, teacher_dim); ((self.proj(student_hddn) - teacher_hddn) ** "
              "2).mean()"),
             points=2, solution=(f"{_LOSSES}:HiddenLayerLoss",)),
    Exercise("hw3/EmbeddingLayerLoss", _NOTEBOOK,
             "The same for the embeddings: a projection of their own, and the mean squared difference.",
             ("What is different from the loss of the hidden states? Only what comes in.",
              "A class of its own with a `proj` of its own: embeddings and hidden states lie in different spaces.",
              "self.proj = nn.Linear(student_dim, teacher_dim); ((self.proj(student_embd) - teacher_embd) ** "
              "2).mean()"),
             points=1, solution=(f"{_LOSSES}:EmbeddingLayerLoss",)),
    Exercise("hw3/PredictionLoss", _NOTEBOOK,
             "Return the cross-entropy of the student's probabilities under the teacher's, both at temperature t.",
             ("In a cross-entropy one side is the target and the other has a logarithm. Which is which here?",
              "Divide both logits by t. The target is the teacher's softmax; the student gets a log_softmax, which "
              "does not overflow. Sum over the classes (the last axis), mean over the rest.",
              "target = (teacher_pred / t).softmax(-1); -(target * (student_pred / t).log_softmax(-1)).sum(-1).mean()"),
             points=2, solution=(f"{_LOSSES}:PredictionLoss",)),
    Exercise("hw3/KnowledgeDistillationLoss", _NOTEBOOK,
             "Make the single losses as attributes (embedding_loss, attention_loss{i}, hidden_loss{i}, "
             "prediction_loss) and return their weighted sum: student block i learns from teacher block "
             "layer_mapping[i]. `terms` returns the terms that are switched on; `_term`, one of them, you may write "
             "or leave.",
             ("How many projections are there? One for the embeddings, and one for each block of the student.",
              'setattr(self, f"hidden_loss{i}", ...) registers a module under a numbered name, getattr finds it. A '
              "term whose weight is 0 is not computed, and the prediction only on request.",
              "self.layer_mapping, self.temperature, self.weights = {**dict.fromkeys(TERMS, 1.0), **(weights or "
              "{})}; embeddings: embedding_loss(teacher, student); attentions: sum(getattr(self, "
              'f"attention_loss{i}")(teacher[j], student[i]) for i, j in enumerate(self.layer_mapping)); '
              "hidden_states likewise; logits: prediction_loss(teacher, student, temperature); forward: "
              "sum(self.weights[name] * value for name, value in self.terms(...).items())"),
             points=3, solution=(f"{_LOSSES}:KnowledgeDistillationLoss.forward",
                                 f"{_LOSSES}:KnowledgeDistillationLoss.__init__",
                                 f"{_LOSSES}:KnowledgeDistillationLoss.terms",
                                 f"{_LOSSES}:KnowledgeDistillationLoss._term")),
    Exercise("hw3/distill_student", _NOTEBOOK,
             "Write `distilled(seed, layers=True, prediction=True, **weights)`: make new_student(seed); with "
             "`layers` let it imitate the layers of the teacher's encoder on `texts` (distill_layers with "
             "layers_loss(**weights)); with `prediction` let it learn teacher_logits (distill_prediction), else the "
             "few labels (train_classifier). Return the student.",
             ("Three functions are there, and each trains for you. Which texts, which labels, which epochs does each "
              "get?",
              'The layers are those of two encoders: teacher.encoder and student.encoder. `budget["epochs"]` has the '
              "epochs of the two halves. Every training gets a generator(seed), and steps of two or three "
              "thousandths.",
              "distill_layers(teacher.encoder, student.encoder, layers_loss(**weights), texts, generator(seed), "
              "epochs=layer_epochs, lr=3e-3, batch_size=16); distill_prediction(student, texts, teacher_logits, "
              "generator(seed), epochs=prediction_epochs, lr=2e-3, batch_size=16); train_classifier(student, "
              "[rows[i] for i in few], labels[few], generator(seed), epochs=40, lr=2e-3)"),
             points=3),
)
