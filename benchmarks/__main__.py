"""Print how fast the layers are beside PyTorch: `make bench`, or `python -m benchmarks [WORD ...]` for some rows.

Both sides run in one process on two threads each, in turn; a ratio is the median of the ratios pair by pair.
"""

import argparse
import sys
from itertools import chain

import torch
from threadpoolctl import threadpool_info, threadpool_limits

from benchmarks.captioning import captioning_pairs
from benchmarks.coco import measure_coco
from benchmarks.generation import generation_pairs
from benchmarks.layers import layer_pairs
from benchmarks.loading import measure_loading
from benchmarks.networks import step_pairs
from benchmarks.recurrent import recurrent_pairs
from benchmarks.style import style_pairs
from benchmarks.timing import side_by_side
from benchmarks.transformer import transformer_pairs


def main(words):
    """Print the rows whose name holds one of `words`, all if there are none; return what the process exits with."""
    torch.set_num_threads(2)
    with threadpool_limits(2):
        blas = next(pool for pool in threadpool_info() if pool["user_api"] == "blas")
        print(f"BLAS {blas['internal_api']} {blas['version']} ({blas.get('architecture')}), torch {torch.__version__}, "
              "two threads each")
        print(f"{'forward + backward':58}{'ours':>9}{'peer':>9}{'ratio':>7}{'bound':>7}")
        missed, measured = [], 0
        pairs = chain(layer_pairs(), step_pairs(), recurrent_pairs(), captioning_pairs(), style_pairs(),
                      transformer_pairs(), generation_pairs())
        for name, ours, peer, bound in pairs:
            if words and not any(word in name for word in words):
                continue
            mine, theirs, ratio = side_by_side(ours, peer)
            measured += 1
            missed += [name] if ratio > bound else []
            over = '  over' if ratio > bound else ''
            print(f"{name:58}{mine:6.2f} ms{theirs:6.2f} ms{ratio:7.2f}{bound:7.2f}{over}", flush=True)
    if not measured:
        return f"no row holds {' or '.join(words)}"
    if not words:
        missed += measure_loading() + measure_coco()
    print(f"{len(missed)} over the bound" if missed else "all within the bounds")
    return bool(missed)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("words", nargs="*", metavar="WORD", help="only rows whose name holds one of the words")
    sys.exit(main(parser.parse_args().words))
