"""Plain right solutions of the language model's exercises, written as a learner would; `wrong_language` breaks them."""

import numpy as np
import torch
from torch import nn

from cs182lib.language import sampling
from cs182lib.language.vocabulary import padI, startI, unkI, word_tokenize


def numerized2text(numerized, vocabulary):
    words = []
    for index in numerized:
        if index != padI:
            words.append(vocabulary.words[index])
    return " ".join(words)


def build_batch(dataset, indices):
    batch = [dataset[i] for i in indices]
    target = np.array([record["numerized"] for record in batch])
    mask = np.array([record["mask"] for record in batch])
    first = startI * np.ones((len(target), 1), dtype=int)
    return np.concatenate([first, target[:, :-1]], axis=1), target, mask


class LanguageModel(nn.Module):
    def __init__(self, vocab_size, rnn_size, num_layers=1, dropout=0):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, rnn_size)
        self.lstm = nn.LSTM(rnn_size, rnn_size, num_layers, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(rnn_size, vocab_size)

    def forward(self, x):
        h, _ = self.lstm(self.embedding(x))
        return self.output(self.dropout(h))


def loss_fn(pred, target, mask):
    losses = nn.CrossEntropyLoss(reduction="none")(pred.permute(0, 2, 1), target)
    return (losses * mask).sum() / mask.sum()


def evaluate_loss(model, dataset, batch_size=256):
    model.eval()
    total = count = 0
    with torch.no_grad():
        for start in range(0, len(dataset), batch_size):
            indices = range(start, min(start + batch_size, len(dataset)))
            batch_input, target, mask = map(torch.as_tensor, build_batch(dataset, indices))
            total += loss_fn(model(batch_input), target, mask).item() * mask.sum().item()
            count += mask.sum().item()
    model.train()
    return total / count


def headline_log_probs(headlines, model, vocabulary, length=20, end=False):
    log_probs = []
    for headline in headlines:
        words = word_tokenize(headline)
        numbers = [vocabulary.w2i.get(word, unkI) for word in words] + end * [padI]
        target = torch.tensor(numbers)
        x = torch.tensor([startI] + numbers[:-1])
        with torch.no_grad():
            log_p = model(x[None])[0].log_softmax(dim=1)
        log_probs.append(log_p[range(len(target)), target].sum())
    return torch.stack(log_probs)


def sample_next(logits, temperature=1.0, top_k=None, top_p=None, generator=None):
    if temperature == 0:
        return logits.argmax(dim=-1)
    p, words = (logits / temperature).softmax(-1).sort(descending=True)
    if top_k is not None:
        p = p[..., :top_k] / p[..., :top_k].sum(-1, keepdim=True)
    if top_p is not None:
        p = p * (p.cumsum(-1) - p < top_p)
    drawn = torch.multinomial(p, 1, generator=generator)
    return words.gather(-1, drawn)[..., 0]


def next_word_probabilities(logits, temperature=1.0, top_k=None, top_p=None):
    p, words = (logits / temperature).softmax(-1).sort(descending=True)
    if top_k is not None:
        p = p * (torch.arange(p.shape[-1]) < top_k)
        p = p / p.sum(-1, keepdim=True)
    if top_p is not None:
        before = p.cumsum(-1) - p
        p = p * (before < top_p)
        p = p / p.sum(-1, keepdim=True)
    return torch.zeros_like(p).scatter(-1, words, p)


def write_headlines(model, starts, length=20, forbid=(startI, unkI), temperature=1.0, top_k=None, top_p=None,
                    generator=None):
    headlines = starts.clone()
    model.eval()
    while headlines.shape[1] < length:
        start = torch.full((len(headlines), 1), startI)
        logits = model(torch.cat([start, headlines], dim=1))[:, -1]
        logits[:, list(forbid)] = float("-inf")
        words = sampling.sample_next(logits, temperature, top_k, top_p, generator)
        over = (headlines == padI).any(dim=1)
        words[over] = padI
        headlines = torch.cat([headlines, words[:, None]], dim=1)
    return headlines


def generate_sentence(headline_starter, model, vocabulary, length=20):
    numbers = [vocabulary.w2i[word] for word in headline_starter.split()]
    model.eval()
    while len(numbers) < length:
        logits = model(torch.tensor([[startI] + numbers]))[0, -1]
        word = logits.argmax().item()
        if word == padI:
            break
        numbers.append(word)
    return " ".join(vocabulary.words[i] for i in numbers)


class KneserNey:
    def __init__(self, dataset, vocab_size, order=3, discounts="single"):
        self.words = {w for row in dataset for w in row["numerized"]} - {padI} | {unkI}
        texts = [[startI] + [w for w, m in zip(row["numerized"], row["mask"]) if m] for row in dataset]
        raw = [{}, {}, {}]
        for text in texts:
            for n in range(1, 4):
                for i in range(len(text) - n + 1):
                    gram = tuple(text[i:i + n])
                    raw[n - 1][gram] = raw[n - 1].get(gram, 0) + 1
        del raw[0][startI,]
        self.counts = []
        for n in range(3):
            counts = dict(raw[n])
            for gram in counts:
                if n < 2 and gram[0] != startI:
                    counts[gram] = len([longer for longer in raw[n + 1] if longer[1:] == gram])
            self.counts.append(counts)

    def prob(self, word, before=()):
        history = (startI, *before)
        p = 1 / len(self.words)
        for n in range(min(3, len(history) + 1)):
            context = history[len(history) - n:]
            counts = self.counts[n]
            n1, n2 = list(counts.values()).count(1), list(counts.values()).count(2)
            D = n1 / (n1 + 2 * n2) if n1 and n2 else 0.5
            after = {gram[-1]: counts[gram] for gram in counts if gram[:-1] == context}
            if after:
                total = sum(after.values())
                p = max(after.get(word, 0) - D, 0) / total + D * len(after) / total * p
        return p
