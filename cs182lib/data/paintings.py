"""Pictures for style transfer: the course's photograph and paintings where they were fetched, else photographs.

The photographs come inside the scikit-image package: nothing is fetched.
"""

from pathlib import Path

import numpy as np
import skimage
from PIL import Image

from cs182lib.data.dataset import DataMissingError, Dataset, data_mode, datasets_folder, fingerprint
from cs182lib.validation import require

PAINTINGS = {name: f"{name}.jpg" for name in ("tubingen", "starry_night", "the_scream", "composition_vii")}
PHOTOGRAPHS = {"cat": "chelsea.png", "astronaut": "astronaut.png", "rocket": "rocket.jpg", "coffee": "coffee.png",
               "tissue": "ihc.png", "bricks": "brick.png", "gravel": "gravel.png", "retina": "retina.jpg"}


class Pictures(Dataset):
    """A Dataset of pictures of different sizes, by name."""

    def __str__(self):
        return f"Data: {self.source}, {len(self)} pictures ({', '.join(self)}), fingerprint {self.fingerprint}"


def load_paintings():
    """Load one photograph and three paintings from `images` in the data folder, or photographs of scikit-image.

    The latter where none of the four files of PAINTINGS is there, and always with CS182_DATA=embedded.

    Returns
    -------
    pictures : Pictures, name -> uint8 array (H, W, 3), with source, is_standin and fingerprint (of the files' bytes)

    Raises
    ------
    DataMissingError (a ValueError) : CS182_DATA=real and a picture is missing
    ValueError : some of the four are there, but not all; a file that is no picture
    """
    folder, mode = datasets_folder() / "images", data_mode()
    missing = [file for file in PAINTINGS.values() if not (folder / file).is_file()]
    if mode == "real" and missing:
        raise DataMissingError(f"CS182_DATA=real, but {folder} lacks {', '.join(missing)}; put them there")
    if mode == "embedded" or len(missing) == len(PAINTINGS):
        return _read(Path(skimage.__file__).parent / "data", PHOTOGRAPHS, "photographs of scikit-image (stand-in)")
    require(not missing, f"{folder} holds some of the pictures for style transfer, but lacks {', '.join(missing)}; put "
            "all four there, or set CS182_DATA=embedded to use the stand-in")
    return _read(folder, PAINTINGS, "a photograph and three paintings")


def _read(folder, files, source):
    arrays = {name: read_picture(folder / file) for name, file in files.items()}
    mark = fingerprint(*(np.fromfile(folder / file, np.uint8) for file in files.values()))
    return Pictures(arrays, source, files is PHOTOGRAPHS, mark, class_names=())


def read_picture(path):
    """Return the picture in the file `path` as a uint8 array (H, W, 3), gray ones with three equal channels.

    ValueError where it is none.
    """
    try:
        with Image.open(path) as opened:
            return np.asarray(opened.convert("RGB"))
    except Exception as error:  # damaged bytes make Pillow raise nearly anything
        raise ValueError(f"{path} cannot be read as a picture ({error}); pass another file, "
                         "or fetch it again") from error
