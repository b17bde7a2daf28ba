"""The course's settings of style transfer, and the run that measures them with ImageNet weights and real paintings."""

import time

from cs182lib.data.paintings import load_paintings
from cs182lib.validation import check_choice, require
from cs182lib.vision.inversion import balanced_weights, invert_features, loss_sizes
from cs182lib.vision.squeezenet import load_squeezenet
from cs182lib.vision.style_transfer import style_transfer

CONTENT_LAYER = 3  # the first Fire module
COURSE = {  # painting -> what the course passes to style_transfer, chosen for SqueezeNet 1.1 with ImageNet weights
    "composition_vii": dict(style_size=512, content_weight=5e-2, style_weights=(20000, 500, 12, 1), tv_weight=5e-2),
    "the_scream": dict(style_size=224, content_weight=3e-2, style_weights=(200000, 800, 12, 1), tv_weight=2e-2),
    "starry_night": dict(style_size=192, content_weight=6e-2, style_weights=(300000, 1000, 15, 3), tv_weight=2e-2),
}
IMAGE_SIZE = 192
INVERTED = 3, 5, 9  # layers
SHARES = dict(content=1.0, style=3.0, tv=0.1)  # sizes of the losses by which `balanced_weights` fits any network


def style_layers(cnn):
    """Return the four layers of cnn that the course compares: the first ReLU, and the ends of 128 and 256 channels.

    Version 1.1 counts (1, 4, 6, 7); 1.0 pools one module later, so there the same stages are (1, 4, 5, 7).
    """
    return (1, 4, 5, 7) if cnn.features[0].out_channels == 96 else (1, 4, 6, 7)


def course_settings(painting, cnn):
    """Return the keyword arguments that `style_transfer` gets, with `cnn`, for one of the course's three paintings.

    painting is its name in COURSE; ValueError where it is another.
    """
    settings = COURSE[check_choice("painting", painting, COURSE)]
    return dict(image_size=IMAGE_SIZE, content_layer=CONTENT_LAYER, style_layers=style_layers(cnn), **settings)


def outcome(content, style, transfer, settings, cnn):
    """Return how far a transfer got, apart from its weights.

    content and style are the pictures, transfer is what `style_transfer` returned for them with settings and cnn.

    Returns
    -------
    figures : dict of style_factor, by which the style loss of the content picture fell, and content_ratio, the content
        loss as a share of that of an all-gray picture (0: the content picture itself, 1: nothing left of it)
    """
    layers = settings["style_layers"]
    sizes = loss_sizes(content, style, settings["image_size"], settings["style_size"], CONTENT_LAYER, layers, cnn)
    before = sum(w * size for w, size in zip(settings["style_weights"], sizes["style"]))
    return {"style_factor": before / transfer.history["style"][-1],
            "content_ratio": transfer.history["content"][-1] / (settings["content_weight"] * sizes["content"])}


def real_style_transfer(checkpoint=None, num_steps=200, seed=182, save=lambda name, picture: None):
    """Paint the course's photograph like its three paintings, by its settings and by balanced ones; invert features.

    Parameters
    ----------
    checkpoint : not used; the long runs pass one
    num_steps : int, of every transfer; seed : int, of the noise
    save : function (name, picture) that is shown every picture

    Returns
    -------
    fields : dict of title, data, seed, figures and config for `cs182lib.workbook.results.record`

    Raises
    ------
    ValueError : the weights or the paintings are not the real ones
    """
    cnn, pictures = load_squeezenet(), load_paintings()
    require(cnn.source != "cifar10" and not pictures.is_standin, "this run needs ImageNet weights of SqueezeNet and "
            "the course's pictures in the data folder; see load_squeezenet and load_paintings")
    options, figures = dict(cnn=cnn, num_steps=num_steps, seed=seed), {}
    for name, content, style, settings in real_settings(pictures, cnn):
        for optimizer in ("adam", "lbfgs"):
            start = time.perf_counter()
            made = style_transfer(content, style, **settings, optimizer=optimizer, **options)
            measured = {"seconds": time.perf_counter() - start, **outcome(content, style, made, settings, cnn)}
            figures |= {f"{name}_{optimizer}_{key}": round(value, 4) for key, value in measured.items()}
            save(f"{name}_{optimizer}", made.picture)
    for layer in INVERTED:
        made = invert_features(pictures["tubingen"], layer, IMAGE_SIZE, optimizer="lbfgs", **options)
        figures[f"inversion_layer_{layer}_content_ratio"] = round(made.history["content"][-1], 4)
        save(f"inversion_{layer}", made.picture)
    return {"title": "Style transfer, ImageNet weights", "seed": seed, "figures": figures,
            "data": {"source": f"{pictures.source}; {cnn.file}", "fingerprint": pictures.fingerprint},
            "config": {"num_steps": num_steps, "style_layers": style_layers(cnn), "content_layer": CONTENT_LAYER,
                       "image_size": IMAGE_SIZE, "shares": SHARES, "weights": cnn.fingerprint}}


def real_settings(pictures, cnn):
    """Yield (name, content, style, settings) for the three paintings, by the course's weights and by balanced ones.

    pictures is {name: picture}, cnn the network.
    """
    content = pictures["tubingen"]
    for painting in COURSE:
        course = course_settings(painting, cnn)
        sizes = {key: course[key] for key in ("image_size", "style_size")}
        weights = balanced_weights(content, pictures[painting], **sizes, content_layer=CONTENT_LAYER,
                                   style_layers=course["style_layers"], **SHARES, cnn=cnn)
        yield f"{painting}_course", content, pictures[painting], course
        yield f"{painting}_balanced", content, pictures[painting], sizes | weights
