"""Does a map of what matters depend on what the network has learned? Take the learning away and look again.

Adebayo et al. 2018, "Sanity Checks for Saliency Maps", arXiv:1810.03292, section 4 and appendix A: layers are set back
to random numbers one after the other, from the scores down to the pixels. A map that explains the network must
change; one that stays is an edge detector.
"""

import copy
from itertools import chain

import numpy as np
import torch
from scipy.stats import rankdata
from skimage.metrics import structural_similarity
from torch import nn

from cs182lib.validation import check_count, check_shape, require
from cs182lib.vision.inputs import check_network


def randomized_models(model, seed=182):
    """Yield (name, net): copies of the model with more and more modules random, the one nearest to the scores first.

    Weights are drawn anew with the variance 2 / fan_in, which keeps the signals' size from layer to layer, and biases
    become zero: the start of a training.

    Parameters
    ----------
    model : nn.Module with its layers in the order in which the picture passes them; left as it is
    seed : int, of the new weights

    Yields
    ------
    name : str, of the module that has become random last, such as "features.12" (a Fire module as a whole)
    net : nn.Module; the next turn changes it further, so use it within its own

    Raises
    ------
    TypeError, ValueError : the model has no parameters, or the seed is no whole number of at least 0
    """
    net = copy.deepcopy(check_network(model))
    generator = torch.Generator().manual_seed(check_count("seed", seed, low=0))
    modules = {}
    for name, p in net.named_parameters():
        modules.setdefault(".".join(name.split(".")[:2]), []).append(p)
    require(modules, "model must have parameters to randomize, got none")
    for name in reversed(modules):
        for p in modules[name]:
            p.data = torch.zeros_like(p) if p.ndim < 2 else kaiming(p, generator)
        yield name, net


def kaiming(p, generator):
    """Return a tensor like p, drawn on the CPU by `generator` from N(0, 2 / fan_in)."""
    return nn.init.kaiming_normal_(torch.empty(p.shape, dtype=p.dtype), generator=generator).to(p.device)


def rank_correlation(a, b):
    """Return Spearman's rank correlation of two maps a and b, (H, W): the correlation of the ranks of their numbers.

    1 where both put the pixels in the same order, 0 where one order says nothing about the other; equal numbers share
    their mean rank. A map of one number only puts nothing in order: 0.
    """
    a, b = check_maps(a, b)
    ranks = np.stack([rankdata(a), rankdata(b)])  # (2, H·W), 1 for the smallest
    ranks -= ranks.mean(axis=1, keepdims=True)
    scale = np.sqrt((ranks**2).sum(axis=1).prod())
    return float(ranks[0] @ ranks[1] / scale) if scale > 0 else 0.0


def similarity(a, b):
    """Return SSIM of two maps a and b, (H, W), each stretched to 0..1: 1 for the same, about 0 for unrelated ones.

    Wang et al. 2004, "Image Quality Assessment: From Error Visibility to Structural Similarity", equation 13.
    """
    a, b = (stretch(values) for values in check_maps(a, b))
    return float(structural_similarity(a, b, data_range=1.0))


def stretch(values):
    """Return the map `values` with its smallest number as 0 and its largest as 1; all 0 where they are the same."""
    low, high = values.min(), values.max()
    return (values - low) / (high - low) if high > low else np.zeros_like(values)


def check_maps(a, b):
    """Return the maps a and b as float64 arrays; ValueError unless they are of one shape (H, W)."""
    a, b = (np.asarray(values, np.float64) for values in (a, b))
    check_shape("the map a", a, ndim=2)
    check_shape("the map b", b, shape=a.shape)
    return a, b


def sanity_check(X, y, model, methods, *, seed=182):
    """Compare maps of the trained net with maps of the same net as its layers become random, one after the other.

    A map of zeros is like nothing and would pass for one that changes: give the net by `open_scores`, whose scores
    have a slope everywhere.

    Parameters
    ----------
    X : float tensor (N, C, H, W), normalized
    y : int tensor (N,), the classes
    model : the trained net
    methods : dict name -> function (X, y, model) -> maps (N, H, W), such as {"gradient": compute_saliency_maps}
    seed : int, of the random layers

    Returns
    -------
    rows : dict name of the method -> list of dicts, one for the trained net and one for each randomized_models of it:
        layer (str: "trained", then the layer that became random last), rank and ssim (floats, means over the
        pictures of `rank_correlation` and `similarity` with the trained net's maps), maps (N, H, W) array

    Raises
    ------
    TypeError, ValueError : bad arguments
    """
    require(methods, "methods must hold at least one function, got none")
    rows, trained = {name: [] for name in methods}, {}
    for layer, net in chain([("trained", model)], randomized_models(model, seed)):
        for name, method in methods.items():
            maps = method(X, y, net).numpy(force=True)
            pairs = list(zip(trained.setdefault(name, maps), maps))
            rank, ssim = (float(np.mean([f(a, b) for a, b in pairs])) for f in (rank_correlation, similarity))
            rows[name].append({"layer": layer, "rank": rank, "ssim": ssim, "maps": maps})
    return rows
