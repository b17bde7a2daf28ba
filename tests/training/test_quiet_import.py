"""A notebook that imports the training loop shows no complaint of a library about progress bars."""

import subprocess
import sys


def test_a_kernel_without_widgets_hears_no_warning():
    script = "import ipykernel.zmqshell, cs182lib.training.fit, tqdm.auto"  # the first is how tqdm knows a kernel
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert (run.returncode, run.stderr) == (0, "")
