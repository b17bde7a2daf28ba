"""Neural style transfer: the content of one picture, the style of another, by gradient descent on the pixels.

What a picture shows is read from the features of one layer of a trained network, how it is painted from the
correlations of the features of several. The network stays as it is; the picture is what is learned.

References
----------
Gatys, Ecker and Bethge 2016, "Image Style Transfer Using Convolutional Neural Networks", CVPR, section 2; Mahendran
and Vedaldi 2015, arXiv:1412.0035, section 3 (total variation, feature inversion); Gatys et al. 2015, arXiv:1505.07376
(textures).
"""

import torch

from cs182lib.validation import check_choice, check_count, check_number, require
from cs182lib.vision.descent import OPTIMIZERS, minimize, noise
from cs182lib.vision.inputs import check_maps
from cs182lib.vision.pixels import describe_tensor, preprocess
from cs182lib.vision.squeezenet import load_squeezenet


def extract_features(x, cnn, depth=None):
    """Return the outputs of the modules of `cnn.features`, one after the other.

    Parameters
    ----------
    x : float tensor (N, 3, H, W), normalized as `preprocess` does
    cnn : a network with `features`, a sequence of modules, such as that of `load_squeezenet`
    depth : int or None, how many modules to go through (the later ones are not computed), None for all

    Returns
    -------
    features : list of tensors, features[i] (N, C_i, H_i, W_i) is what module i returns

    Raises
    ------
    TypeError, ValueError : x is no float tensor of four axes, or cnn has no `features`
    """
    check_maps("x", x)
    if not hasattr(cnn, "features"):
        raise TypeError(f"cnn must be a network with modules `features`, got {type(cnn).__name__}; see load_squeezenet")
    features = []
    for module in list(cnn.features)[:depth]:
        x = module(x)
        features.append(x)
    return features


def content_loss(content_weight, content_current, content_target):
    """Compare the features of two pictures place by place.

    loss = w_c Σ_ijk (F_ijk - P_ijk)²

    Parameters
    ----------
    content_weight : number w_c
    content_current, content_target : float tensors F and P (N, C, H, W), of the picture that is made and of the content

    Returns
    -------
    loss : tensor of no axes; its gradient reaches content_current

    Raises
    ------
    ValueError : the two tensors have different shapes
    """
    check_maps("content_current", content_current)
    _check_same_shape("content_target", content_target, content_current.shape)
    return content_weight * (content_current - content_target).square().sum()


def gram_matrix(features, normalize=True):
    """Multiply every channel with every other, summed over all places: which of them are active together.

    G_nkl = Σ_ij F_nkij F_nlij, and divided by H W C if `normalize`

    Parameters
    ----------
    features : float tensor F (N, C, H, W)
    normalize : bool, make Gram matrices of pictures of different sizes comparable

    Returns
    -------
    gram : tensor (N, C, C), symmetric

    Notes
    -----
    One matrix product per picture: with the places in a row, G = F Fᵀ.
    """
    check_maps("features", features)
    N, C, H, W = features.shape
    rows = features.reshape(N, C, H * W)  # (N, C, H, W) -> (N, C, H·W)
    gram = rows @ rows.transpose(1, 2)  # (N, C, H·W) x (N, H·W, C) -> (N, C, C)
    return gram / (H * W * C) if normalize else gram


def style_loss(feats, style_layers, style_targets, style_weights):
    """Compare Gram matrices in several layers.

    loss = Σ_l w_l Σ_kl (G^l_kl - A^l_kl)²

    Parameters
    ----------
    feats : list of float tensors (N, C_i, H_i, W_i), of all modules, as `extract_features` returns them
    style_layers : ints l, which of them to compare
    style_targets : tensors A^l (N, C_l, C_l), the Gram matrices of the style picture in those layers
    style_weights : numbers w_l

    Returns
    -------
    loss : tensor of no axes

    Raises
    ------
    TypeError, ValueError : a layer that is not in feats, or a target or weight too many, too few, or of another shape
    """
    _check_layers(len(feats), style_layers)
    _check_pairs("style_targets", style_targets, style_layers)
    _check_pairs("style_weights", style_weights, style_layers)
    loss = torch.zeros((), dtype=feats[0].dtype, device=feats[0].device)
    for layer, target, weight in zip(style_layers, style_targets, style_weights):
        gram = gram_matrix(feats[layer])
        _check_same_shape(f"style_targets, for layer {layer},", target, gram.shape)
        loss = loss + weight * (gram - target).square().sum()
    return loss


def tv_loss(img, tv_weight):
    """Add up the squared differences of neighboring pixels (total variation): what makes pictures smooth.

    loss = w_t Σ_nc ( Σ_ij (x_i+1,j - x_ij)² + Σ_ij (x_i,j+1 - x_ij)² )

    Parameters
    ----------
    img : float tensor (N, 3, H, W)
    tv_weight : number w_t

    Returns
    -------
    loss : tensor of no axes
    """
    check_maps("img", img)
    down = (img[:, :, 1:] - img[:, :, :-1]).square().sum()
    right = (img[:, :, :, 1:] - img[:, :, :, :-1]).square().sum()
    return tv_weight * (down + right)


def style_transfer(content_image, style_image, image_size, style_size, content_layer, content_weight, style_layers,
                   style_weights, tv_weight, init_random=False, *, cnn=None, optimizer="adam", num_steps=200, seed=0,
                   keep=()):
    """Paint the content of one picture in the style of another.

    loss = content_loss + style_loss + tv_loss, minimized over the pixels, from the content picture on.

    Parameters
    ----------
    content_image, style_image : file name, PIL image or uint8 array (H, W, 3)
    image_size, style_size : int, the shorter side of each, in pixels, at which the network sees them
    content_layer : int, index of a module of `cnn.features`; content_weight : number, at least 0
    style_layers : ints; style_weights : as many numbers, at least 0
    tv_weight : number, at least 0
    init_random : bool, start from uniform noise in [0, 1) instead of the content picture
    cnn : the network (default: that of `load_squeezenet`)
    optimizer : "adam", the course's schedule, or "lbfgs", which reaches lower losses in as many evaluations
    num_steps : int, evaluations of loss and gradient (a line search of lbfgs may add a few)
    seed : int, of the noise
    keep : ints, evaluations at which to keep the picture as well

    Returns
    -------
    transfer : Transfer (picture, history, kept); the same bits for the same arguments on one machine

    Raises
    ------
    TypeError, ValueError : an argument that is no picture, layer, weight or size
    """
    cnn = load_squeezenet() if cnn is None else cnn
    check_choice("optimizer", optimizer, OPTIMIZERS)
    check_count("num_steps", num_steps)
    content = preprocess(content_image, cnn, check_count("image_size", image_size, low=32))
    style = preprocess(style_image, cnn, check_count("style_size", style_size, low=32)) if len(style_layers) else None
    objective = Objective(cnn, content, style, content_layer, content_weight, style_layers, style_weights, tv_weight)
    start = noise(content, seed) if init_random else content.clone()
    return minimize(objective, start, optimizer, num_steps, keep)


class Objective:
    """The three losses of a picture: targets are computed once, and features only as far as they are needed.

    Parameters
    ----------
    content, style : normalized pictures (1, 3, H, W); style may be None where there are no style layers
    cnn, content_layer, content_weight, style_layers, style_weights, tv_weight : as for `style_transfer`

    Raises
    ------
    TypeError, ValueError : a layer or weight of another kind or out of range
    """

    def __init__(self, cnn, content, style, content_layer, content_weight, style_layers, style_weights, tv_weight):
        _check_layers(len(cnn.features), [content_layer, *style_layers], [content_weight, *style_weights, tv_weight])
        _check_pairs("style_weights", style_weights, style_layers)
        self.cnn, self.depth = cnn, 1 + max([content_layer, *style_layers])
        self.content_layer, self.content_weight = content_layer, content_weight
        self.style_layers, self.style_weights, self.tv_weight = style_layers, style_weights, tv_weight
        with torch.no_grad():  # targets are constants: no gradient may flow into them
            self.content_target = extract_features(content, cnn, self.depth)[content_layer]
            feats = extract_features(style, cnn, self.depth) if style_layers else []
            self.style_targets = [gram_matrix(feats[layer]) for layer in style_layers]

    def __call__(self, img):
        """Return {"content", "style", "tv"}, the weighted losses of the picture img (1, 3, H, W)."""
        feats = extract_features(img, self.cnn, self.depth)
        return {"content": content_loss(self.content_weight, feats[self.content_layer], self.content_target),
                "style": style_loss(feats, self.style_layers, self.style_targets, self.style_weights),
                "tv": tv_loss(img, self.tv_weight)}


def _check_same_shape(name, x, shape):
    if not isinstance(x, torch.Tensor) or x.shape != shape:
        raise ValueError(f"{name} must be a tensor of shape {tuple(shape)}, got {describe_tensor(x)}")


def _check_pairs(name, values, layers):
    require(len(values) == len(layers), f"{name} must hold one entry for each of the {len(layers)} style_layers, "
                                        f"got {len(values)}")


def _check_layers(count, layers, weights=()):
    for layer in layers:
        require(0 <= check_count("layer", layer, low=0) < count, f"layer {layer} is not one of the {count} modules; "
                                                                 f"pass 0 to {count - 1}")
    for weight in weights:
        check_number("weight", weight, low=0)
