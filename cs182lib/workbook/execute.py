"""Execute a notebook in a fresh kernel of this same Python."""

import os
import sys
from pathlib import Path

from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

from cs182lib.files import scratch_folder


class ThisPython(KernelSpecManager):
    """Finds one kernel only, this interpreter: a `python3` kernel installed elsewhere cannot get in its place."""

    def get_kernel_spec(self, kernel_name):
        """Return the kernel that runs on this interpreter, whatever `kernel_name`, and no longer than this process."""
        argv = [sys.executable, str(Path(__file__).with_name("kernel.py")), "-f", "{connection_file}"]
        return KernelSpec(resource_dir=str(RESOURCES), **get_kernel_dict() | {"argv": argv})


class Client(NotebookClient):
    """nbclient that starts the kernel of ThisPython.

    Attributes
    ----------
    scratch : Path of a temporary folder for the file that tells the kernel its ports
    """

    def create_kernel_manager(self):
        """Return a kernel manager that knows ThisPython only."""
        return AsyncKernelManager(kernel_name="python3", kernel_spec_manager=ThisPython(),
                                  connection_file=str(self.scratch / "kernel.json"))


def execute_notebook(nb, folder, cell_timeout=None, on_cell=lambda number, count: None):
    """Execute the code cells of `nb` in order, in `folder`, writing the outputs into `nb`.

    Cell by cell rather than in nbclient's one call: that one installs signal handlers which turn Ctrl-C into an
    error of the running cell; here Ctrl-C ends the kernel and comes through as KeyboardInterrupt.

    Parameters
    ----------
    nb : NotebookNode, changed in place: it holds all outputs up to an error, and the error
    folder : the working folder of the kernel
    cell_timeout : seconds that one cell may take, None for no limit
    on_cell : called before each code cell with its number, from 1, and the number of code cells

    Raises
    ------
    nbclient.exceptions.CellExecutionError, CellTimeoutError, DeadKernelError : the first cell that fails
    """
    client = Client(nb, timeout=cell_timeout, extra_arguments=["--log-level=CRITICAL"], coalesce_streams=True)
    code = [(index, cell) for index, cell in enumerate(nb.cells) if cell.cell_type == "code"]
    for _, cell in code:
        cell.outputs, cell.execution_count = [], None
    environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}  # figures belong in nb
    with scratch_folder("kernel") as client.scratch, client.setup_kernel(cwd=str(folder), env=environment):
        for number, (index, cell) in enumerate(code, 1):
            on_cell(number, len(code))
            client.execute_cell(cell, index, execution_count=number)
