"""Pictures from one half of the losses: from the features of one layer, or from a style alone.

References
----------
Mahendran and Vedaldi 2015, arXiv:1412.0035, section 3 (inversion); Gatys et al. 2015, arXiv:1505.07376 (textures).
"""

import numpy as np
import torch

from cs182lib.validation import check_count, check_number
from cs182lib.vision.pixels import preprocess
from cs182lib.vision.squeezenet import load_squeezenet
from cs182lib.vision.style_transfer import (
    content_loss,
    extract_features,
    gram_matrix,
    style_loss,
    style_transfer,
    tv_loss,
)


def loss_sizes(content_image, style_image, image_size, style_size, content_layer, style_layers, cnn=None):
    """Measure how large the losses are before any weight: features of two networks differ by powers of ten.

    Parameters
    ----------
    content_image, style_image, image_size, style_size, content_layer, style_layers, cnn : as for `style_transfer`

    Returns
    -------
    sizes : dict of "content", the content loss (weight 1) of an all-zero (gray) picture; "style", a list, the style
        loss of the content picture in each layer; "tv", the total variation of the content picture
    """
    cnn = load_squeezenet() if cnn is None else cnn
    content = preprocess(content_image, cnn, image_size)
    with torch.no_grad():
        feats, gray = extract_features(content, cnn), extract_features(torch.zeros_like(content), cnn)
        style = extract_features(preprocess(style_image, cnn, style_size), cnn)
        far = [style_loss(feats, [i], [gram_matrix(style[i])], [1]).item() for i in style_layers]
        return {"content": content_loss(1, feats[content_layer], gray[content_layer]).item(), "style": far,
                "tv": tv_loss(content, 1).item()}


def balanced_weights(content_image, style_image, image_size, style_size, content_layer, style_layers, content=1.0,
                     style=1.0, tv=0.1, cnn=None):
    """Return weights for `style_transfer` by which losses of any network and pictures have stated sizes.

    content_weight = content / size of the content loss, style_weights[l] = style / (L size of the style loss in l),
    tv_weight = tv / size of the total variation, with the sizes of `loss_sizes` and L style layers

    Parameters
    ----------
    content : number >= 0, the content loss of an all-gray picture
    style : number >= 0, the style loss of the content picture, to which every layer gives an equal part
    tv : number >= 0, the total variation loss of the content picture
    content_image, style_image, image_size, style_size, content_layer, style_layers, cnn : as for `style_transfer`

    Returns
    -------
    weights : dict of content_layer, content_weight, style_layers, style_weights, tv_weight

    Raises
    ------
    TypeError, ValueError : content, style or tv is no number, or below 0
    """
    sizes = loss_sizes(content_image, style_image, image_size, style_size, content_layer, style_layers, cnn)
    for name, value in (("content", content), ("style", style), ("tv", tv)):
        check_number(name, value, low=0)
    return {"content_layer": content_layer, "content_weight": content / sizes["content"], "style_layers": style_layers,
            "style_weights": [style / (len(style_layers) * size) for size in sizes["style"]],
            "tv_weight": tv / sizes["tv"]}


def invert_features(content_image, layer, image_size=128, tv=1e-3, *, cnn=None, **options):
    """Look for a picture that has the features of `content_image` in one layer: what that layer still knows of it.

    From noise on, by the content loss and total variation alone; sizes as for `balanced_weights`, so that one `tv`
    fits every layer.

    Parameters
    ----------
    content_image : file name, PIL image or uint8 array (H, W, 3); image_size : int, its shorter side in pixels
    layer : int, index of a module of `cnn.features`
    tv : number, how much smoothness counts beside the features
    options : optimizer, num_steps, seed, keep of `style_transfer`
    cnn : as for `style_transfer`

    Returns
    -------
    transfer : Transfer
    """
    weights = balanced_weights(content_image, content_image, image_size, image_size, layer, (), tv=tv, cnn=cnn)
    return style_transfer(content_image, None, image_size, image_size, **weights, init_random=True, cnn=cnn, **options)


def synthesize_texture(style_image, style_layers, image_size=192, style_size=192, tv=1e-3, *, cnn=None, **options):
    """Make a square picture of the style alone, from noise on: no content loss.

    The style loss of a gray picture counts 1, every layer an equal part of it.

    Parameters
    ----------
    style_image : file name, PIL image or uint8 array (H, W, 3); style_size : int, its shorter side in pixels
    style_layers : ints
    image_size : int, the sides of the new picture; tv : number, how much smoothness counts
    options : optimizer, num_steps, seed, keep of `style_transfer`
    cnn : as for `style_transfer`

    Returns
    -------
    transfer : Transfer

    Raises
    ------
    TypeError, ValueError : a size, layer or weight is of another kind or out of range
    """
    cnn = load_squeezenet() if cnn is None else cnn
    gray = np.full((check_count("image_size", image_size), image_size, 3), 128, np.uint8)
    sizes = loss_sizes(gray, style_image, image_size, style_size, 0, style_layers, cnn)
    weights = [1 / (len(style_layers) * size) for size in sizes["style"]]
    smooth = tv / tv_loss(preprocess(style_image, cnn, style_size), 1).item()
    return style_transfer(gray, style_image, image_size, style_size, 0, 0, style_layers, weights, smooth,
                          init_random=True, cnn=cnn, **options)
