"""Right but unusual captioners: gradients by PyTorch, steps in place of sequences, captions one by one or anew."""

import numpy as np
import plain_attention
import plain_captioning
import torch
import torch.nn.functional as F

from cs182lib.layers import (
    additive_attention_forward,
    affine_forward,
    gru_step_backward,
    gru_step_forward,
    lstm_step_backward,
    lstm_step_forward,
    rnn_step_backward,
    rnn_step_forward,
    softmax_loss,
)

STEPS = {"rnn": (rnn_step_forward, rnn_step_backward), "lstm": (lstm_step_forward, lstm_step_backward),
         "gru": (gru_step_forward, gru_step_backward)}


def torch_step(cell_type, x, h, c, p):
    """Take one step of any cell in PyTorch."""
    a, m = x @ p["Wx"] + p["b"], h @ p["Wh"]
    if cell_type == "rnn":
        return torch.tanh(a + m), c
    if cell_type == "lstm":
        i, f, o, g = (a + m).chunk(4, dim=1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c
    (r, z, n), (m_r, m_z, m_n) = a.chunk(3, dim=1), m.chunk(3, dim=1)
    return torch.lerp(torch.tanh(n + torch.sigmoid(r + m_r) * m_n), h, torch.sigmoid(z + m_z)), c


class ByAutograd(plain_captioning.CaptioningRNN):
    """Let PyTorch find the gradients, and keep to NumPy outside."""

    def loss(self, features, captions):
        p = {key: torch.from_numpy(value).requires_grad_() for key, value in self.params.items()}
        words, seen = torch.from_numpy(captions).long(), torch.from_numpy(features)
        h = self.first(seen, p)
        c, losses = torch.zeros_like(h), []
        for t in range(words.shape[1] - 1):
            h, c = self.next(F.embedding(words[:, t], p["W_embed"]), h, c, seen, p)
            losses.append(F.cross_entropy(h @ p["W_vocab"] + p["b_vocab"], words[:, t + 1], ignore_index=self._null,
                                          reduction="sum"))
        loss = sum(losses) / len(words)
        loss.backward()
        return loss.item(), {key: value.grad.numpy() for key, value in p.items()}

    def first(self, seen, p):
        return seen @ p["W_proj"] + p["b_proj"]

    def next(self, x, h, c, seen, p):
        return torch_step(self.cell_type, x, h, c, p)


class AttentionByAutograd(plain_attention.AttentionCaptioner):
    """The same with attention."""

    loss = ByAutograd.loss

    def first(self, seen, p):
        return seen.mean(dim=1) @ p["W_proj"] + p["b_proj"]

    def next(self, x, h, c, seen, p):
        weights = torch.softmax(torch.tanh((h @ p["Wq"])[:, None] + seen @ p["Wa"]) @ p["v"], dim=1)
        return torch_step("lstm", torch.cat((x, (weights[:, :, None] * seen).sum(dim=1)), dim=1), h, c, p)


class ByPictures(plain_captioning.CaptioningRNN):
    """Go through the captions one by one, each only as far as it goes, and step by step; add everything up."""

    def loss(self, features, captions):
        total, grads = 0.0, {key: np.zeros_like(value) for key, value in sorted(self.params.items())}
        for row, caption in zip(features, captions):
            total += self.one(row[None], caption[caption != self._null], grads) / len(captions)
        return np.float64(total), {key: value / len(captions) for key, value in grads.items()}

    def one(self, features, words, grads):
        p, (step, back) = self.params, STEPS[self.cell_type]
        h = features @ p["W_proj"] + p["b_proj"]
        state, caches, total = (h, 0 * h) if self.cell_type == "lstm" else (h,), [], 0.0
        for word in words[:-1]:
            *state, cache = step(p["W_embed"][word][None], *state, p["Wx"], p["Wh"], p["b"])
            caches.append((state[0], cache))
        dstate = tuple(np.zeros_like(part) for part in state)
        for t in range(len(words) - 2, -1, -1):
            h, cache = caches[t]
            loss, dscores = softmax_loss(h @ p["W_vocab"] + p["b_vocab"], words[t + 1:t + 2])
            total += loss
            dh = dscores @ p["W_vocab"].T + dstate[0]
            dx, *rest = back(dh, *dstate[1:], cache)
            dstate, (dWx, dWh, db) = tuple(rest[:-3]), rest[-3:]
            for key, g in {"W_vocab": h.T @ dscores, "b_vocab": dscores[0], "Wx": dWx, "Wh": dWh, "b": db}.items():
                grads[key] += g
            grads["W_embed"][words[t]] += dx[0]
        grads["W_proj"] += features.T @ dstate[0]
        grads["b_proj"] += dstate[0][0]
        return total


class WritesOneByOne(plain_captioning.CaptioningRNN):
    """Write one caption after the other as a list, end it at <END>, and fill up."""

    def sample(self, features, max_length=30):
        return np.array([self.write(row[None], max_length) for row in features])

    def write(self, features, max_length):
        p, words, caption = self.params, np.array([self._start]), []
        h, _ = affine_forward(features, p["W_proj"], p["b_proj"])
        state = [h] + [np.zeros_like(h)] * (self.cell_type == "lstm")
        while len(caption) < max_length and 3 not in caption:
            *state, _ = STEPS[self.cell_type][0](p["W_embed"][words], *state, p["Wx"], p["Wh"], p["b"])
            words = np.argmax(state[0] @ p["W_vocab"] + p["b_vocab"], axis=1)
            caption.append(int(words[0]))
        return caption + [self._null] * (max_length - len(caption))


class WritesAnew(plain_captioning.CaptioningRNN):
    """Keep no state: run over all words so far for every new one; the captions are a view."""

    def sample(self, features, max_length=30):
        p, N = self.params, len(features)
        captions = np.full((max_length + 1, N), self._null)
        captions[0] = self._start
        for t in range(max_length):
            h = features @ p["W_proj"] + p["b_proj"]
            state = [h] + [0 * h] * (self.cell_type == "lstm")
            for words in captions[:t + 1]:
                *state, _ = STEPS[self.cell_type][0](p["W_embed"][words], *state, p["Wx"], p["Wh"], p["b"])
            captions[t + 1] = (state[0] @ p["W_vocab"] + p["b_vocab"]).argsort(axis=1)[:, -1]
        return captions[1:].T


class AttentionTwice(plain_attention.AttentionCaptioner):
    """The loss is worked out on a doubled batch, each caption twice; the captions end at <END>."""

    def loss(self, features, captions):
        return super().loss(np.concatenate((features, features)), np.concatenate((captions, captions)))

    def sample(self, features, max_length=30, return_attention=False):
        p, captions, maps = self.params, [], []
        h = features.mean(axis=1) @ p["W_proj"] + p["b_proj"]
        state, words, ended = (h, np.zeros_like(h)), np.full(len(h), self._start), np.zeros(len(h), bool)
        for _ in range(max_length):
            z, weights, _ = additive_attention_forward(state[0], features, p["Wq"], p["Wa"], p["v"])
            *state, _ = lstm_step_forward(np.hstack((p["W_embed"][words], z)), *state, p["Wx"], p["Wh"], p["b"])
            words = (state[0] @ p["W_vocab"] + p["b_vocab"]).argmax(axis=1)
            captions.append(np.where(ended, self._null, words))
            maps.append(weights)
            ended |= words == 3
        captions = np.array(captions).T
        return (captions, np.array(maps).transpose(1, 0, 2)) if return_attention else captions


KINDS = "", "_with_lstm", "_with_gru"
SOLUTIONS = [(f"CaptioningRNN{kind}", solution) for kind in KINDS for solution in (ByAutograd, ByPictures)]
SOLUTIONS += [(f"CaptioningRNN_sample{kind}", solution) for kind in KINDS for solution in (WritesOneByOne, WritesAnew)]
SOLUTIONS += [("AttentionCaptioner", AttentionByAutograd), ("AttentionCaptioner", AttentionTwice)]
