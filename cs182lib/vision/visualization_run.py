"""Network visualization with ImageNet weights on ImageNet pictures, measured: a long run on real data."""

import numpy as np
import torch

from cs182lib.data.photographs import load_imagenet_val
from cs182lib.validation import require
from cs182lib.vision.attribution import guided_saliency
from cs182lib.vision.pixels import preprocess
from cs182lib.vision.randomization import sanity_check
from cs182lib.vision.squeezenet import load_squeezenet, open_scores
from cs182lib.vision.visualization import compute_saliency_maps, create_class_visualization, fooling_path

TARGETS = tuple(range(6, 1000, 40))  # one for each picture: stingray (the course's), gar, ...
CHECKED = 5  # pictures of the sanity check
DREAMS = {"tarantula": 76, "tick": 78, "Yorkshire terrier": 187, "oboe": 683, "gorilla": 366, "hourglass": 604}


def real_network_visualization(checkpoint=None, seed=182, save=lambda name, picture: None):
    """Measure accuracy, fooling, class visualization and the sanity check of saliency on the 25 pictures.

    Parameters
    ----------
    checkpoint : not used; the long runs pass one
    seed : int, of the noise and of the random layers
    save : function (name, picture) that is shown every picture (1, 3, H, W), and every map (H, W)

    Returns
    -------
    fields : dict of title, data, seed, figures and config for `cs182lib.workbook.results.record`

    Raises
    ------
    ValueError : the weights or the pictures are not the real ones
    RuntimeError : a picture does not fool the net within 100 steps
    """
    model, data = load_squeezenet(), load_imagenet_val()
    require(model.source != "cifar10", "this run needs ImageNet weights of SqueezeNet; see load_squeezenet")
    X, y = normalized(data["X"], model), torch.from_numpy(data["y"])
    for i, saliency in enumerate(compute_saliency_maps(X, y, model)):
        save(f"saliency_{i}", saliency)
    top1 = (model(X).argmax(dim=1) == y).double().mean().item()
    figures = {"top1_acc": top1, **fool_all(X, model, save), **dream(model, seed, save), **sanity(X, y, model, seed)}
    return {"title": "Network visualization, ImageNet weights", "seed": seed, "figures": figures,
            "data": {"source": f"{data.source}; {model.file}", "fingerprint": data.fingerprint},
            "config": {"targets": TARGETS, "classes": DREAMS, "weights": model.fingerprint}}


def normalized(pictures, model):
    """Return uint8 pictures (N, H, W, 3) of one size as the normalized tensor (N, 3, H, W) that the model takes."""
    return torch.cat([preprocess(picture, model, min(picture.shape[:2])) for picture in pictures])


def fool_all(X, model, save):
    """Fool the model with each picture of X, and return in how many steps and how far from the picture.

    save is a function (name, picture), called with each. ValueError where one is not taken for the class asked for.
    """
    steps, shares = [], []
    for i, (x, target) in enumerate(zip(X[:, None], TARGETS)):  # x is (1, 3, H, W)
        *path, fooled = fooling_path(x, target, model)
        require(model(fooled).argmax().item() == target, f"picture {i} is not taken for class {target}")
        steps.append(len(path))
        shares.append(((fooled - x).norm() / x.norm()).item())
        save(f"fooling_{i}", fooled)
    return {"fooled": len(steps) / len(X), "fooling_steps_mean": float(np.mean(steps)),
            "fooling_steps_max": max(steps), "fooling_change_mean": float(np.mean(shares)),
            "fooling_change_max": max(shares)}


def dream(model, seed, save):
    """Draw some classes from the seed on, hand them to `save`, and return how probable the model finds its drawings."""
    probabilities = []
    for name, target in DREAMS.items():
        img = create_class_visualization(target, model, seed=seed)
        probabilities.append(model(img).softmax(dim=1)[0, target].item())
        save(f"class_{name.replace(' ', '_')}", img)
    again = create_class_visualization(target, model, seed=seed)  # the last one once more
    return {"class_probability_min": min(probabilities), "class_repeats": float(torch.equal(img, again))}


def sanity(X, y, model, seed):
    """Return how alike the maps of pictures X, classes y stay as the model's layers, all or the last, become random.

    The new weights are drawn from the seed.
    """
    methods = {"gradient": compute_saliency_maps, "guided": guided_saliency}
    rows = sanity_check(X[:CHECKED], y[:CHECKED], open_scores(model), methods, seed=seed)
    return {f"{name}_{measure}_{when}_random": rows[name][place][measure] for name in rows
            for measure in ("rank", "ssim") for when, place in (("last_layer", 1), ("all", -1))}
