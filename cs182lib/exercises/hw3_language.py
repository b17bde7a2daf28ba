"""The exercises on the language model: words and batches, counting, the LSTM, its loss, and writing."""

from cs182lib.exercises.exercise import Exercise

_NOTEBOOK = "hw3/01_language_modeling"
_MODEL = "language.language_model"

EXERCISES = (
    Exercise("hw3/numerized2text", _NOTEBOOK,
             "Turn a list of numbers back into a text: words with one blank between them, the padding left out.",
             ("Where does the vocabulary keep the word that belongs to a number?",
              "vocabulary.words is a list: index it with each number, but skip those that are padI. UNK and <START> "
              "are words like others here.",
              '" ".join(vocabulary.words[i] for i in numerized if i != padI)'),
             points=1, solution=("language.vocabulary:numerized2text",)),
    Exercise("hw3/build_batch", _NOTEBOOK,
             "Stack the records at `indices` into three arrays (B, T): what the model reads, what it must predict, "
             "and the mask of the words that count.",
             ("Place t must be predicted from the words before it. What stands before the first word?",
              "The target is the numbers as they are. The input is a column of startI with the target behind it, cut "
              "to T places.",
              "np.concatenate([np.full((B, 1), startI), target[:, :-1]], axis=1), target, mask"),
             points=2, solution=("language.vocabulary:build_batch",)),
    Exercise("hw3/KneserNey", _NOTEBOOK,
             "Count n-grams of every length (`adjusted_counts`), take the discounts off and see what they leave "
             "(`Level`), and mix from no context up to the longest (`prob`). The discounts are given.",
             ("Start with the counts: which of them are counted as they come, and which by the different words "
              "before them?",
              "Each level has a table {context: Counter of the words after it}. λ of a context is the sum of its "
              "discounts, divided by the sum of its counts. A context that was never seen leaves p as it is.",
              "p = 1 / V'; then for the contexts of 0, 1, 2 words, while they exist: p = (c - D(c)) / c(u) + λ(u) p, "
              "with c = c(u w), D(0) = 0 and λ(u) = Σ_w D(c(u w)) / c(u). Counts below the highest order: the number "
              "of n-grams one word longer that end in this one; but those that begin with <START> as often as they "
              "come"),
             points=5, solution=("language.ngrams:KneserNey.prob", "language.ngrams:adjusted_counts",
                                 "language.ngrams:Level")),
    Exercise("hw3/LanguageModel", _NOTEBOOK,
             "Make the layers `embedding`, `lstm` and `output`, and return the logits of every next word. `read` is "
             "the part before the output, from a state on. The options tied, locked and word_dropout are for small "
             "data: see the docstring; `LockedDropout` and `_embed` are given.",
             ("Three layers, one after the other: words to vectors, vectors to states, states to scores. Which of "
              "PyTorch's modules are these?",
              "nn.Embedding(V, H), nn.LSTM(H, H, num_layers, batch_first=True), nn.Linear(H, V). Drop before and "
              "after the LSTM. No softmax at the end: the loss takes care of it. tied means one Parameter for two "
              "layers.",
              "h, state = self.lstm(self.dropout(self._embed(x)), state); read returns self.dropout(h), state; "
              "forward returns self.output(h), or self.output(h[keep]). tied: self.output.weight = "
              "self.embedding.weight"),
             points=4, solution=(f"{_MODEL}:LanguageModel.__init__", f"{_MODEL}:LanguageModel.forward",
                                 f"{_MODEL}:LanguageModel.read")),
    Exercise("hw3/loss_fn", _NOTEBOOK,
             "Return the mean cross-entropy, in nats, of the words that the mask counts.",
             ("A mean over what? Padding must neither be paid for nor divide the sum.",
              'Ask for the loss of each place (reduction="none"), multiply by the mask, sum, divide by the sum of '
              "the mask. PyTorch wants (N, V) and (N,), or the classes on axis 1.",
              'losses = F.cross_entropy(pred.flatten(0, 1), target.flatten(), reduction="none"); (losses * '
              "mask.flatten()).sum() / mask.sum()"),
             points=2, solution=(f"{_MODEL}:loss_fn",)),
    Exercise("hw3/evaluate_loss", _NOTEBOOK,
             "Return the mean loss of a word over a whole data set, batch by batch, with dropout off; the model "
             "comes back in training mode.",
             ("Two batches of 100 and of 3 words: what does the mean of their means count?",
              "`evaluating(model)` switches dropout and gradients off and gives the device; `headline_batches` "
              "without a generator gives every record once. A batch's loss times its number of words is its sum.",
              "total += count * language_model_loss(model, batch).item(); words += count, with count = "
              "mask.sum().item(); at the end total / words"),
             points=2, solution=(f"{_MODEL}:evaluate_loss",)),
    Exercise("hw3/train_language_model", _NOTEBOOK,
             'Train `model` on data["train"] until it costs less a word on data["validation"] than the trigrams. '
             "Make `batches` with headline_batches, an `optimizer`, `history` with fit (evaluate= a function that "
             'returns {"val_loss": ...}), and `ours`, the last validation loss.',
             ("What does `fit` need? Read its docstring. `budget` holds settings that work.",
              "Adam or AdamW with a learning rate of some thousandths that rises and falls (one_cycle), gradients "
              "clipped at 1, a few epochs. The loss function of fit takes (model, batch): language_model_loss.",
              "history = fit(model, batches, optimizer, language_model_loss, epochs=4, schedule=one_cycle(0.1), "
              'grad_clip=1.0, evaluate=lambda model: {"val_loss": evaluate_loss(model, data["validation"])}), with '
              'batches = headline_batches(data["train"], 64, generator) and AdamW at 5e-3; ours = '
              'history.column("val_loss")[-1]'),
             points=3),
    Exercise("hw3/headline_log_probs", _NOTEBOOK,
             "Return the log-probability of each headline, (N,): the sum over its words, and over its end if asked.",
             ("The logits at place t speak of word t. Which of the V numbers is wanted?",
              "Make a batch (build_dataset, build_batch, batch_to_torch), take log_softmax over the last axis, pick "
              "the target's with gather, and sum what the mask counts. No dropout, no gradients.",
              "log_p = model(batch_input).log_softmax(-1); (log_p.gather(-1, target[..., None])[..., 0] * "
              "mask).sum(1)"),
             points=2, solution=(f"{_MODEL}:headline_log_probs",)),
    Exercise("hw3/next_word_probabilities", _NOTEBOOK,
             "Return the probabilities that the next word is drawn from: temperature, then top k, then the nucleus. "
             "Works on any number of rows; `_keep_largest` is a help that you may write or leave.",
             ("Sort the probabilities. Which ranks stay? And how do they get back to their words?",
              "Top k keeps the ranks below k. The nucleus keeps a word as long as the sum of those *before* it is "
              "below top_p, so the first always stays. After each cut divide by the sum.",
              "p = (logits / temperature).softmax(-1); ordered, order = p.sort(descending=True); keep = rank < "
              "top_k, or ordered.cumsum(-1) - ordered < top_p; torch.zeros_like(p).scatter(-1, order, ordered * "
              "keep), divided by its sum"),
             points=3, solution=("language.sampling:next_word_probabilities", "language.sampling:_keep_largest")),
    Exercise("hw3/sample_next", _NOTEBOOK,
             "Choose one word for each row of logits: the best one at temperature 0, else a draw.",
             ("At temperature 0 nothing is drawn, and nothing may be divided.",
              "next_word_probabilities says from what to draw. Hand the generator on, so that a seed gives the same "
              "words again.",
              "torch.multinomial(p, 1, generator=generator)[..., 0] for rows (N, V); or the first word at which the "
              "running sum exceeds a uniform number"),
             points=2, solution=("language.sampling:sample_next",)),
    Exercise("hw3/write_headlines", _NOTEBOOK,
             "Go on with B headlines word by word until they have `length` words: read what is unread, choose by "
             "sample_next, append. After its first PAD a headline is over, and all that follows is PAD.",
             ("What must the model have read before it can say the first word? And what of it must be read again for "
              "the second?",
              "model.read(words, state) gives the states of the words and the LSTM's state to go on from: each word "
              "is read once. Keep a boolean for each row that says whether it has ended.",
              "unread = <START> and the beginning; loop: h, state = model.read(unread, state); logits = "
              "model.output(h[:, -1]); logits[:, list(forbid)] = -inf; words = sample_next(logits, "
              "...).masked_fill(ended, padI); ended |= words == padI; append words, which are the next unread"),
             points=3, solution=(f"{_MODEL}:write_headlines",)),
    Exercise("hw3/generate_sentence", _NOTEBOOK,
             "Go on with one headline, given as a string, and return the whole of it as a string.",
             ("Everything is there: text to numbers, numbers on, numbers to text.",
              "word_tokenize and numerize_sequence make the beginning, a batch of one row; write_headlines goes on "
              "with it; numerized2text makes a string. An empty beginning is a row of no words, still of dtype long.",
              "starts = torch.tensor([numerize_sequence(word_tokenize(headline_starter), vocabulary)], "
              "dtype=torch.long); numerized2text(write_headlines(model, starts, length, temperature=temperature, "
              "**options)[0], vocabulary)"),
             points=1, solution=(f"{_MODEL}:generate_sentence",)),
)
