"""Muon: momentum whose step is made orthogonal, so that no direction of a weight matrix is left behind."""

import torch

from cs182lib.validation import check_number


def orthogonalized(G, steps=3):
    """Return (nearly) the orthogonal matrix closest to G: U V^T of the singular value decomposition G = U S V^T.

    X <- G / ||G||;  repeat: A = X X^T,  X <- a X + (b A + c A A) X

    Each turn sends every singular value s to a s + b s^3 + c s^5, which drives it towards 1 and leaves U and V as
    they are. Three turns reach about 0.7 to 1.2, which is close enough for a step. Only products are needed, which
    bfloat16 hardware does fast.

    Parameters
    ----------
    G : float tensor (m, n)
    steps : int, turns

    Returns
    -------
    X : float32 tensor (m, n)

    Raises
    ------
    ValueError : G is no matrix

    References
    ----------
    Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks" (the coefficients);
    Bernstein and Newhouse 2024, arXiv:2409.20325, section 5 (why).
    """
    if G.ndim != 2:
        raise ValueError(f"G must be a matrix, got shape {tuple(G.shape)}; flatten a filter with W.flatten(1)")
    a, b, c = 3.4445, -4.7750, 2.0315
    X = G.bfloat16()
    X = X / (X.norm() + 1e-7)
    if wide := len(X) > X.shape[1]:
        X = X.T  # A is then the smaller of the two Gram matrices
    for _ in range(steps):
        A = X @ X.T
        X = a * X + (b * A + c * A @ A) @ X
    return (X.T if wide else X).float()


class Muon(torch.optim.Optimizer):
    """Nesterov momentum; in groups with `orthogonal=True` the step is orthogonalized and the weights keep their norm.

    v <- momentum * v + g;   step = g + momentum * v;   w <- w - lr * step                       (plain groups)
    w <- w * sqrt(F) / ||w||;   w <- w - lr * orthogonalized(step)                          (orthogonal groups)

    F is the number of rows (filters). Scaling the filters back costs nothing where a batch norm follows, whose output
    does not change with their size; it keeps `lr` an angle. Weight decay is added to the gradient of plain groups.

    Parameters
    ----------
    params : parameters or groups (dicts), as every PyTorch optimizer takes them
    lr : float above 0; momentum : float in [0, 1); weight_decay : float from 0
    orthogonal : bool, the default of the groups; filters (F, C, k, k) are taken as matrices (F, C*k*k)

    Raises
    ------
    TypeError, ValueError : a setting is no number or out of range

    References
    ----------
    Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks".
    """

    def __init__(self, params, lr=0.02, momentum=0.9, weight_decay=0.0, orthogonal=False):
        check_number("lr", lr, low=0, low_open=True)
        check_number("momentum", momentum, low=0, high=1, high_open=True)
        check_number("weight_decay", weight_decay, low=0)
        super().__init__(params, dict(lr=lr, momentum=momentum, weight_decay=weight_decay, orthogonal=orthogonal))

    @torch.no_grad()
    def step(self, closure=None):
        """Update every parameter that has a gradient; return the loss of `closure`, which is called first, or None."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for w in (w for w in group["params"] if w.grad is not None):
                self._update(w, group)
        return loss

    def _update(self, w, group):
        g = w.grad if group["orthogonal"] else w.grad.add(w, alpha=group["weight_decay"])
        v = self.state[w].setdefault("momentum", torch.zeros_like(g))
        v.mul_(group["momentum"]).add_(g)
        step = g.add(v, alpha=group["momentum"])
        if group["orthogonal"]:
            step = orthogonalized(step.flatten(1)).view(w.shape)  # (F, C*k*k) -> (F, C, k, k)
            w.mul_(len(w) ** 0.5 / w.norm())
        w.sub_(step, alpha=group["lr"])
