"""The exercises on the summarizer: its loss, copying, its training, and writing."""

from cs182lib.exercises.exercise import Exercise

_NOTEBOOK = "hw3/02_summarization"

EXERCISES = (
    Exercise("hw3/masked_loss", _NOTEBOOK,
             "Return the mean cross-entropy of the words that count, and the share of them that is guessed right.",
             ("One of the two you have written already, in the notebook before.",
              "loss_fn is the loss. A guess is the largest logit; it is right where it is the target; count where "
              "the mask is.",
              "right = (logits.argmax(dim=-1) == target) * mask; return loss_fn(logits, target, mask), right.sum() / "
              "mask.sum()"),
             points=1, solution=("language.transformer_trainer:masked_loss",)),
    Exercise("hw3/pointer_mixture", _NOTEBOOK,
             "Mix two ways to say a word: written, with the probability g, and copied from wherever the attention "
             "looks.",
             ("A word that stands twice in the story is copied from either place. What becomes of the two attentions?",
              "Make room for num_words at the end of g p_vocab, then add (1 - g) a at the words of the source. "
              "scatter_add adds where two numbers meet; scatter and indexing keep one of them.",
              "p = F.pad(gate * p_vocab, (0, num_words - V)); p.scatter_add(2, source_extended[:, None, "
              ":].expand(-1, T, -1), (1 - gate) * attention)"),
             points=3, solution=("language.pointer:pointer_mixture",)),
    Exercise("hw3/train_summarizer", _NOTEBOOK,
             'Train `summarizer` on stories["train"][:budget["stories"]] with train_summarizer until a word of a '
             "validation headline costs less than `goal`, with after_step=[watch] and progress=False; keep what it "
             "returns as `history`.",
             ("train_summarizer has settings of its own: read its docstring. How many steps make one epoch?",
              "One pass over the stories is enough for the gazette if the steps are large enough: batches of some "
              "dozens, a learning rate of two or three thousandths with a warm-up. Reuters needs about ten passes at "
              "1e-3 and label smoothing.",
              'history = train_summarizer(summarizer, stories["train"][:budget["stories"]], epochs=1, batch_size=32, '
              'lr=2.5e-3, warmup=0.1, precision="no", after_step=[watch], progress=False)'),
             points=2),
    Exercise("hw3/generate_summary", _NOTEBOOK,
             "Write summaries greedily: give the model what is written so far, take the best word of the place that "
             "is next, append it.",
             ("The model shifts its target right itself. In which place of its output does it speak of word t?",
              "Place t of the logits is about word t and depends on the words before t only. So the target needs t + "
              "1 places, and it does not matter what stands in the last. Start from an empty summary.",
              "for each word: target = F.pad(summary, (0, 1)); logits = model(source_sequence, target, encoder_mask, "
              "None); summary = torch.cat([summary, logits[:, -1:].argmax(dim=-1)], dim=1)"),
             points=2, solution=("language.transformer_trainer:generate_summary",)),
    Exercise("hw3/length_penalty", _NOTEBOOK,
             "Return what beam search divides the log-probability of a headline of `length` words by.",
             ("Longer headlines have lower log-probabilities, which are negative: what must a divisor do to help "
              "them?",
              "Wu et al., eq. 14: a power of the length with a little added, so that one word has a penalty of 1.",
              "((5 + length) / 6) ** alpha"),
             points=1, solution=("language.decoding:length_penalty",)),
)
