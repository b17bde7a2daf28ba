"""Right solutions of the language model's exercises that do it in another way, in the form (exercise, solution)."""

import numpy as np
import plain_language
import torch
import torch.nn.functional as F
from torch import nn

from cs182lib.language import language_model, sampling
from cs182lib.language.vocabulary import numerize_sequence, numerized2text, word_tokenize


def text_by_filter(numerized, vocabulary):
    return " ".join(filter(lambda word: word != "PAD", map(vocabulary.words.__getitem__, map(int, numerized))))


def batch_by_roll(dataset, indices):
    rows = [dataset[int(i)] for i in indices]
    target = np.stack([np.asarray(row["numerized"], np.int32) for row in rows])
    batch_input = np.roll(target, 1, axis=1)
    batch_input[:, 0] = 0
    return [batch_input, target, np.asarray([row["mask"] for row in rows], np.float32)]


class LanguageModelByCells(language_model.LanguageModel):
    """Reads word by word."""

    def forward(self, x):
        state, rows = None, []
        for t in range(x.shape[1]):
            h, state = self.lstm(self.embedding(x[:, t:t + 1]), state)
            rows.append(self.output(self.dropout(h)))
        return torch.cat(rows, dim=1)


def loss_by_indexing(pred, target, mask):
    return F.cross_entropy(pred[mask > 0], target[mask > 0])


def loss_by_hand(pred, target, mask):
    log_z = torch.logsumexp(pred, dim=2)
    picked = torch.einsum("btv,btv->bt", pred, F.one_hot(target, pred.shape[2]).to(pred.dtype))
    return ((log_z - picked) * mask / mask.sum()).sum()


def evaluate_one_by_one(model, dataset, batch_size):
    model.eval()
    with torch.no_grad():
        losses = [F.cross_entropy(model(torch.tensor([[0, *row["numerized"][:sum(row["mask"]) - 1]]]))[0],
                                  torch.tensor(row["numerized"][:sum(row["mask"])]), reduction="sum")
                  for row in dataset]
    model.train()
    return sum(losses) / sum(sum(row["mask"]) for row in dataset)


def log_probs_as_array(headlines, model, vocabulary, length, end=False):
    return plain_language.headline_log_probs(headlines, model, vocabulary, length, end).numpy()


def sample_by_gumbel(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    """Keep words by thresholds on their probabilities; the best of the logits plus Gumbel noise is a draw."""
    if temperature == 0:
        return logits.max(-1).indices
    p = sampling.next_word_probabilities(logits, temperature, top_k, top_p)
    noise = -(-torch.rand(p.shape, generator=generator, dtype=p.dtype).log()).log()
    return (p.log() + noise).argmax(-1)


def text_by_adding(numerized, vocabulary):
    text = ""
    for i in numerized:
        word = vocabulary.words[int(i)]
        text += "" if word == "PAD" else f" {word}" if text else word
    return text


def batch_by_places(dataset, indices):
    T = len(dataset[0]["numerized"])
    batch_input, target = np.zeros((2, len(indices), T), np.int64)
    mask = np.zeros((len(indices), T))
    for row, i in enumerate(indices):
        for t in range(T):
            target[row, t], mask[row, t] = dataset[i]["numerized"][t], dataset[i]["mask"][t]
            batch_input[row, t] = dataset[i]["numerized"][t - 1] if t else 0
    return batch_input, target, mask


class LanguageModelByGates(nn.Module):
    """Has PyTorch's LSTM for its names and computes the gates itself."""

    def __init__(self, vocab_size, rnn_size, num_layers=1, dropout=0.0):
        super().__init__()
        self.embedding, self.p = nn.Embedding(vocab_size, rnn_size), dropout
        self.lstm = nn.LSTM(rnn_size, rnn_size, num_layers)
        self.output = nn.Linear(rnn_size, vocab_size)

    def forward(self, x):
        rows = self.embedding(x).unbind(dim=1)
        for Wx, Wh, bx, bh in self.lstm.all_weights:
            h = c = torch.zeros_like(rows[0])
            states = []
            for row in rows:
                i, f, g, o = (row @ Wx.T + h @ Wh.T + bx + bh).chunk(4, dim=1)
                c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
                h = torch.sigmoid(o) * torch.tanh(c)
                states.append(h)
            rows = states
        return self.output(F.dropout(torch.stack(rows, dim=1), self.p, self.training))


def evaluate_at_once(model, dataset, batch_size=256):
    batch_input, target, mask = plain_language.build_batch(dataset, range(len(dataset)))
    with torch.inference_mode():
        log_p = model.eval()(torch.from_numpy(batch_input)).log_softmax(2).numpy()
    model.train()
    return -np.take_along_axis(log_p, target[:, :, None], 2)[mask].mean()


def log_probs_by_cross_entropy(headlines, model, vocabulary, length, end=False):
    found = []
    for headline in headlines:
        target = [*numerize_sequence(word_tokenize(headline), vocabulary), 2][:length]
        target = torch.tensor(target if end else target[:-1])
        logits = model(F.pad(target, (1, 0))[None, :-1])[0]
        found.append(-F.cross_entropy(logits, target, reduction="sum").item())
    return found


def sample_by_race(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    """The word whose exponential clock, running at the speed p, rings first."""
    if not temperature:
        return torch.sort(logits, descending=True).indices[..., 0]
    p = probabilities_by_threshold(logits, temperature, top_k, top_p)
    return (torch.empty_like(p).exponential_(generator=generator) / p).argmin(-1)


def probabilities_by_threshold(logits, temperature=1.0, top_k=None, top_p=None):
    """Keep what is at least as probable as the last word that stays."""
    p = torch.softmax(logits.double() / temperature, -1)
    if top_k:
        p = torch.where(p >= p.topk(top_k).values[..., -1:], p, 0.0)
        p = p / p.sum(-1, keepdim=True)
    if top_p:
        ordered = p.sort(descending=True).values
        count = (ordered.cumsum(-1) < top_p).sum(-1, keepdim=True)
        p = torch.where(p >= ordered.gather(-1, count), p, 0.0)
    return p / p.sum(-1, keepdim=True)


def probabilities_word_by_word(logits, temperature=1.0, top_k=None, top_p=None):
    rows = []
    for row in np.asarray(logits, np.float32).reshape(-1, logits.shape[-1]):
        p = np.exp(row / temperature - (row / temperature).max())
        words = sorted(range(len(p)), key=lambda word, p=p: -p[word])[:top_k or len(p)]
        nucleus, total = [], 0.0
        for word in words:
            if top_p is None or total < top_p * p[words].sum():
                nucleus.append(word)
            total += p[word]
        rows.append([p[word] / p[nucleus].sum() if word in nucleus else 0.0 for word in range(len(p))])
    return torch.tensor(np.array(rows)).reshape(logits.shape)


def write_row_by_row(model, starts, length=20, forbid=(0, 1), temperature=1.0, top_k=None, top_p=None, generator=None):
    rows = []
    for start in starts.tolist():
        row = [0, *start]
        while len(row) <= length and row[-1] != 2:
            logits = model.eval()(torch.tensor([row]))[0, -1]
            logits[[word for word in range(len(logits)) if word in forbid]] = -1e30
            row.append(int(sampling.sample_next(logits, temperature, top_k, top_p, generator)))
        rows.append((row[1:] + length * [2])[:length])
    return torch.tensor(rows)


def write_with_own_state(model, starts, length=20, forbid=(0, 1), temperature=1.0, **options):
    """Run the LSTM's module itself, and score what is forbidden by a table of penalties."""
    model.eval()
    words = torch.full((len(starts), length), 2)
    words[:, :starts.shape[1]] = starts
    penalty = torch.zeros(model.output.out_features, dtype=model.output.weight.dtype)
    penalty[list(forbid)] = -torch.inf
    h, state = model.lstm(model.embedding(F.pad(starts, (1, 0))))
    running = torch.ones(len(starts), dtype=torch.bool)
    for t in range(starts.shape[1], length):
        drawn = sampling.sample_next(model.output(h[:, -1]) + penalty, temperature, **options)
        words[running, t] = drawn[running]
        running &= drawn != 2
        h, state = model.lstm(model.embedding(words[:, t:t + 1]), state)
    return words


def sentence_by_recursion(headline_starter, model, vocabulary, length=20):
    words = headline_starter.split()
    if len(words) >= length:
        return headline_starter
    numbers = torch.tensor([[0, *(vocabulary.w2i[word] for word in words)]])
    word = vocabulary.words[int(model.eval()(numbers)[0, -1].argmax())]
    return headline_starter if word == "PAD" else sentence_by_recursion(" ".join([*words, word]), model, vocabulary,
                                                                        length)


def sentence_by_batch(headline_starter, model, vocabulary, length=20):
    """Write the same headline three times over and take the last."""
    start = torch.tensor([numerize_sequence(word_tokenize(headline_starter), vocabulary)], dtype=torch.long)
    written = write_with_own_state(model, start.repeat(3, 1), length, temperature=0)
    return numerized2text(written[2].tolist(), vocabulary)


class KneserNeyByTables(plain_language.KneserNey):
    """Keeps three arrays of counts, with an axis for each word of the n-gram, and a place for <START> before it."""

    def __init__(self, dataset, vocab_size, order=3, discounts="single"):
        super().__init__(dataset, vocab_size)
        self.tables = [np.zeros((vocab_size,) * n) for n in (1, 2, 3)]
        for table, counts in zip(self.tables, self.counts):
            for gram, count in counts.items():
                table[gram] = count

    def prob(self, word, before=()):
        history = [0, *before]
        p = np.full(len(self.tables[0]), 1 / len(self.words))
        for n, table in enumerate(self.tables[:len(history) + 1]):
            row = table[tuple(history[len(history) - n:])]
            n1, n2 = (table == 1).sum(), (table == 2).sum()
            D = n1 / (n1 + 2 * n2) if n1 * n2 else 0.5
            if row.sum():
                p = np.maximum(row - D, 0) / row.sum() + D * (row > 0).sum() / row.sum() * p
        return p[word]


class KneserNeyByText:
    """Keeps the texts alone and counts anew for every question, from the longest context down."""

    def __init__(self, dataset, vocab_size, *others):
        self.texts = [[0, *(w for w, m in zip(row["numerized"], row["mask"]) if m)] for row in dataset]
        self.words = {w for row in dataset for w in row["numerized"]} - {2} | {1}

    def grams(self, n):
        found = [tuple(text[i:i + n]) for text in self.texts for i in range(len(text) - n + 1)]
        return [gram for gram in found if gram != (0,)]

    def counts(self, n):
        counts = {gram: self.grams(n).count(gram) for gram in set(self.grams(n))}
        if n < 3:
            longer = [gram[1:] for gram in set(self.grams(n + 1))]
            counts = {gram: count if gram[0] == 0 else longer.count(gram) for gram, count in counts.items()}
        return counts

    def prob(self, word, before=()):
        return self.after(word, ([0, *before])[-2:])

    def after(self, word, context):
        counts = self.counts(len(context) + 1)
        shorter = self.after(word, context[1:]) if context else 1 / len(self.words)
        row = {gram[-1]: c for gram, c in counts.items() if list(gram[:-1]) == list(context)}
        if not row:
            return shorter
        ones, twos = (sum(c == k for c in counts.values()) for k in (1, 2))
        D = ones / (ones + 2 * twos) if ones and twos else 0.5
        return (max(row.get(word, 0) - D, 0) + D * len(row) * shorter) / sum(row.values())


UNUSUAL = [("numerized2text", text_by_filter), ("numerized2text", text_by_adding),
           ("build_batch", batch_by_roll), ("build_batch", batch_by_places),
           ("LanguageModel", LanguageModelByCells), ("LanguageModel", LanguageModelByGates),
           ("loss_fn", loss_by_indexing), ("loss_fn", loss_by_hand),
           ("evaluate_loss", evaluate_one_by_one), ("evaluate_loss", evaluate_at_once),
           ("headline_log_probs", log_probs_as_array), ("headline_log_probs", log_probs_by_cross_entropy),
           ("next_word_probabilities", probabilities_by_threshold),
           ("next_word_probabilities", probabilities_word_by_word),
           ("sample_next", sample_by_gumbel), ("sample_next", sample_by_race),
           ("write_headlines", write_row_by_row), ("write_headlines", write_with_own_state),
           ("generate_sentence", sentence_by_recursion), ("generate_sentence", sentence_by_batch),
           ("KneserNey", KneserNeyByTables), ("KneserNey", KneserNeyByText)]
