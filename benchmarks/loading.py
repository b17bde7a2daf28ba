"""Time and peak memory of loading CIFAR-10 for training, in a process of its own."""

import json
import subprocess
import sys

BOUNDS = {"seconds": 5.0, "peak GB": 1.5}

SCRIPT = """
import json, time
import numpy as np
from benchmarks.memory import peak_memory
from cs182lib.data import get_CIFAR10_data
start = time.perf_counter()
data = get_CIFAR10_data(dtype=np.float32)
seconds = time.perf_counter() - start
print(json.dumps({"data": str(data), "seconds": seconds, "peak GB": peak_memory() / 1e9}))
"""


def measure_loading():
    """Print time and peak memory of the second of two loads (the first warms the disk cache); return what is over."""
    for _ in range(2):
        run = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    row = json.loads(run.stdout)
    print(f"load for training, float32: {row['seconds']:.2f} s, peak {row['peak GB']:.2f} GB "
          f"(bounds {BOUNDS['seconds']} s, {BOUNDS['peak GB']} GB). {row['data']}")
    return [f"load: {key}" for key, bound in BOUNDS.items() if row[key] > bound]
