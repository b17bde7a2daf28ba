"""Read one notebook from disk."""

import nbformat

from cs182lib.files import refusing


def read_notebook(path):
    """Return the notebook at `path` in the form of nbformat 4.

    Raises
    ------
    ValueError : it is no notebook; names the file
    FileNotFoundError : it is not there
    """
    with refusing(path, "take the file as it was committed, or save it again in JupyterLab"):
        with open(path, encoding="utf-8") as file:
            nb = nbformat.reads(file.read(), as_version=4)
        nbformat.validate(nb)
    return nb
