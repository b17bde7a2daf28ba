"""Feature maps beside the files of captioned pictures: numbers for each cell of a grid, for models with attention."""

from pathlib import Path

from cs182lib.data.coco import StoredRows
from cs182lib.data.coco_files import SPLITS, damaged, get_dataset, open_hdf5
from cs182lib.validation import require


def maps_file(split):
    """Return the file name of a split's feature maps, (pictures, cells, numbers)."""
    return f"{split}2014_maps.h5"


def load_feature_maps(base_dir=None):
    """Return the feature maps in place of the features: `{**data, **load_feature_maps()}` is data for attention.

    Parameters
    ----------
    base_dir : str or Path of a folder that `cs182 features` wrote; None means the scenes

    Returns
    -------
    maps : dict with train_features and val_features, StoredRows (pictures, cells, numbers) float32

    Raises
    ------
    ValueError : the folder holds no feature maps, or damaged ones
    """
    if base_dir is None:
        from cs182lib.data.standins.scenes import scenes_folder  # here, for it needs this module to write them

        base_dir = scenes_folder()
    maps = {}
    for split in SPLITS:
        path = Path(base_dir) / maps_file(split)
        require(path.is_file(), damaged(path, "is missing"))
        maps[f"{split}_features"] = StoredRows(get_dataset(open_hdf5(path), "features", "f", 3))
    return maps
