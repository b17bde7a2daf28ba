"""Time two functions side by side: their ratio holds when the machine's speed drifts."""

import statistics
import time


def side_by_side(ours, peer, seconds=2.0, least=7):
    """Call both in turn for about `seconds`; return the median milliseconds of each and of the ratio ours / peer."""
    ours(), peer()  # the first call pays for buffers and thread pools
    rows, end = [], time.perf_counter() + seconds
    while len(rows) < least or time.perf_counter() < end:
        rows.append((milliseconds(ours), milliseconds(peer)))
    mine, theirs = zip(*rows)
    return statistics.median(mine), statistics.median(theirs), statistics.median(a / b for a, b in rows)


def milliseconds(function):
    start = time.perf_counter()
    function()
    return 1e3 * (time.perf_counter() - start)
