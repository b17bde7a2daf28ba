"""Features of pictures for captioning: what a trained net sees in each part of a picture, in few numbers.

Picture -> activations of two layers of the backbone, an early one (which knows colors) and the last (which knows
things), averaged over the cells of a small grid, so that it survives where they are -> principal components.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from tqdm import tqdm

from cs182lib.validation import check_count, check_floats, check_shape, describe, require

GRID = 4  # cells along a side
MAP_DIM, DIM = 96, 512  # numbers kept for a cell and for a picture


def cell_activations(pictures, model, grid=GRID, batch_size=50, progress=False):
    """Return what the backbone sees in each cell of a grid over each picture.

    Parameters
    ----------
    pictures : (N, H, W, 3) uint8; H and W at least 32
    model : SqueezeNet as `load_squeezenet` returns it
    grid : int, cells along a side
    batch_size : int, pictures at a time
    progress : show a progress bar where the output is a terminal

    Returns
    -------
    cells : (N, grid^2, C) float32, row by row from the top left; C channels of two layers, in each picture scaled to
        the root mean square 1, so that neither drowns the other

    Raises
    ------
    TypeError, ValueError : pictures of another kind or shape, or a size that is no whole number above 0
    """
    pictures = check_pictures(pictures)
    check_count("grid", grid), check_count("batch_size", batch_size)
    cells = []
    with torch.inference_mode(), tqdm(total=len(pictures), disable=None if progress else True) as bar:
        for start in range(0, len(pictures), batch_size):
            X = to_input(pictures[start:start + batch_size], model)
            layers = [F.adaptive_avg_pool2d(x, grid).flatten(2).transpose(1, 2)  # (B, C, h, w) -> (B, L, C)
                      for x in two_layers(model, X)]
            scaled = [x / x.square().mean(dim=(1, 2), keepdim=True).sqrt().clamp_min(1e-12) for x in layers]
            cells.append(torch.cat(scaled, dim=2))  # (B, L, C1), (B, L, C2) -> (B, L, C1 + C2)
            bar.update(len(X))
    return torch.cat(cells).numpy()


def check_pictures(pictures):
    """Return the pictures as one uint8 array (N, H, W, 3); else ValueError."""
    pictures = np.asarray(pictures)
    require(pictures.dtype == np.uint8 and pictures.ndim == 4 and pictures.shape[-1] == 3, "pictures must be uint8 of "
            f"shape (N, H, W, 3), got {describe(pictures)}; see load_pictures")
    require(len(pictures) > 0 and min(pictures.shape[1:3]) >= 32, "pictures must be at least one, of at least 32 x 32 "
            f"pixels, got {describe(pictures)}")
    return pictures


def to_input(pictures, model):
    """Return the pictures as the model takes them, (B, 3, H, W) float32, in channels-last memory, which is faster."""
    X = torch.as_tensor(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float() / 255
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (model.mean, model.std))
    return ((X - mean) / std).contiguous(memory_format=torch.channels_last)


def two_layers(model, X):
    """Return the model's activations of X, (B, 3, H, W), before the second pooling and after the last of `features`."""
    pools = [i for i, layer in enumerate(model.features) if isinstance(layer, nn.MaxPool2d)]
    early = model.features[:pools[1]](X)
    return early, model.features[pools[1]:](early)


@dataclass(frozen=True)
class PCA:
    """The leading principal components of a data set: x -> ((x - mean) components) / scale.

    mean : (D,); components : (D, K) orthonormal columns; scale : (K,), the root of each component's standard
    deviation, times a number that makes the mean square of all results 1 on the data it was fitted to.
    """

    mean: np.ndarray
    components: np.ndarray
    scale: np.ndarray

    def __call__(self, X):
        """Project X (N, D) -> (N, K) float32."""
        return ((X - self.mean) @ self.components / self.scale).astype(np.float32)


def fit_pca(X, K):
    """Return the K leading principal components of X (N, D), or as many as there are: eigenvectors of X^T X.

    Dividing by the root of the standard deviation is halfway to whitening: small components, where colors are, become
    large enough to be learned from, yet those that are only noise stay small. Each sign is such that the component's
    largest entry is positive, for an eigenvector's sign is arbitrary.

    TypeError or ValueError where X is no float matrix, or K no whole number above 0.
    """
    check_floats("X", X, ndim=2)
    mean = X.mean(axis=0, dtype=np.float64).astype(X.dtype)
    variances, vectors = np.linalg.eigh(((X - mean).T @ (X - mean)).astype(np.float64) / len(X))  # ascending
    K = min(check_count("K", K), *X.shape)
    deviations, vectors = np.sqrt(np.maximum(variances[::-1][:K], 1e-12)), vectors[:, ::-1][:, :K]
    largest = vectors[np.abs(vectors).argmax(axis=0), np.arange(K)]
    scale = np.sqrt(deviations) * np.sqrt(deviations.mean())  # the mean of (deviation / scale)^2 is 1
    return PCA(mean, (vectors * np.where(largest < 0, -1, 1)).astype(X.dtype), scale.astype(X.dtype))


def caption_features(train, val, map_dim=MAP_DIM, dim=DIM):
    """Turn the cells of training and validation pictures into few numbers, fitted to the training pictures alone.

    Parameters
    ----------
    train, val : (N, L, C) float32, from `cell_activations`
    map_dim, dim : ints, numbers at most for a cell and for a picture

    Returns
    -------
    maps : two arrays (N, L, map_dim + 2 sqrt(L)) float32, for a model that looks at one cell after the other; the last
        numbers tell where the cell is, for its activations do not
    features : two arrays (N, dim) float32, for a model that is given the whole picture at once

    Raises
    ------
    ValueError : val has other cells or channels than train
    """
    check_shape("val", val, shape=(None, *train.shape[1:]))
    cell_pca = fit_pca(train.reshape(-1, train.shape[-1]), map_dim)  # (N, L, C) -> (N L, C)
    maps = [cell_pca(cells.reshape(-1, cells.shape[-1])).reshape(*cells.shape[:2], -1) for cells in (train, val)]
    pca = fit_pca(maps[0].reshape(len(train), -1), dim)  # (N, L, map_dim) -> (N, L map_dim)
    features = [pca(cells.reshape(len(cells), -1)) for cells in maps]
    return [with_places(cells) for cells in maps], features


def with_places(maps):
    """Return maps (N, L, D) with the row and the column of each cell behind it, each as sqrt(L) zeros with a one."""
    N, L, _ = maps.shape
    one_hot = np.eye(int(np.sqrt(L)), dtype=maps.dtype)
    places = np.concatenate([one_hot.repeat(len(one_hot), axis=0), np.tile(one_hot, (len(one_hot), 1))], axis=1)
    return np.concatenate([maps, np.broadcast_to(places, (N, *places.shape))], axis=2)
