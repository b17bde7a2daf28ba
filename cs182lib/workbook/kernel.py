"""A Jupyter kernel that ends when the process that started it is gone: python kernel.py -f FILE.

ipykernel looks after its parent too, but where that is gone before the kernel has come up, it may stay for ever.
"""

import os
import sys

if __name__ == "__main__":
    if sys.path[0] == os.path.dirname(os.path.abspath(__file__)):
        del sys.path[0]  # what lies here hides no module

    from cs182lib.parent import end_with_parent

    if os.name != "nt":  # there it is no process number, and ipykernel waits for it from the first moment
        end_with_parent(int(os.environ["JPY_PARENT_PID"]))

    from ipykernel.kernelapp import launch_new_instance

    launch_new_instance()
