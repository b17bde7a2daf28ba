"""Files as large as COCO's, of random numbers: time and peak memory of reading minibatches, in a process of its own.

`python -m benchmarks.coco` measures this alone.
"""

import json
import subprocess
import sys
import tempfile

import numpy as np

from cs182lib.data import write_coco_files

SIZES = {"train": (400135, 82783), "val": (195954, 40504)}  # captions, pictures
T, V, D = 17, 1004, 512
BOUNDS = {"peak GB": 1.0}

SCRIPT = """
import json, sys, time
import numpy as np
from benchmarks.memory import peak_memory
from cs182lib.data import load_coco_data, sample_coco_minibatch
start = time.perf_counter()
data = load_coco_data(sys.argv[1])
loaded = time.perf_counter()
rng, shown, count = np.random.default_rng(0), 0.0, 500
for _ in range(count):
    captions, features, urls = sample_coco_minibatch(data, 100, rng=rng)
    shown += float(features.sum())
read = time.perf_counter()
print(json.dumps({"data": str(data), "seconds to load": loaded - start, "minibatches a second": count / (read - loaded),
                  "peak GB": peak_memory() / 1e9}))
"""


def write_random_files(folder):
    """Write files of COCO's size and layout: random captions of random pictures with random features."""
    rng, parts = np.random.default_rng(0), {}
    for split, (captions, pictures) in SIZES.items():
        parts[split] = {"captions": rng.integers(0, V, (captions, T), dtype=np.int32),
                        "image_idxs": rng.integers(0, pictures, captions, dtype=np.int32),
                        "features": rng.random((pictures, D), dtype=np.float32),
                        "urls": [f"http://example.org/{split}/{i:012d}.jpg" for i in range(pictures)]}
    words = ["<NULL>", "<START>", "<END>", "<UNK>", *(f"word{i}" for i in range(V - 4))]
    write_coco_files(folder, words, parts["train"], parts["val"])


def measure_coco():
    """Print how fast minibatches of 100 are read and the peak memory; return what is over the bounds."""
    with tempfile.TemporaryDirectory() as folder:
        write_random_files(folder)
        run = subprocess.run([sys.executable, "-c", SCRIPT, folder], capture_output=True, text=True, check=True)
    row = json.loads(run.stdout)
    print(f"captions as many as COCO's: loaded in {row['seconds to load']:.2f} s, then "
          f"{row['minibatches a second']:.0f} minibatches of 100 a second, peak {row['peak GB']:.2f} GB (bound "
          f"{BOUNDS['peak GB']} GB). {row['data']}")
    return [f"captions: {key}" for key, bound in BOUNDS.items() if row[key] > bound]


if __name__ == "__main__":
    sys.exit(bool(measure_coco()))
