"""Memory that a training step frees and needs again at once."""

import ctypes

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3  # names of mallopt, in glibc's malloc.h


def keep_freed_memory(megabytes=1024):
    """Ask the C library to keep freed blocks for the next step rather than give them back to the system.

    A layer's output of some tens of megabytes is otherwise mapped, cleared page by page and returned in every step,
    which took about a tenth of the time of a training step on two cores. The process then holds its largest size.

    Parameters
    ----------
    megabytes : int, the free memory that is kept

    Returns
    -------
    kept : bool, False where the C library is not glibc, which is then left as it is
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # macOS, Windows, musl
        return False
    size = min(megabytes << 20, 2**31 - 1)
    return all([mallopt(_MMAP_THRESHOLD, size), mallopt(_TRIM_THRESHOLD, 2**31 - 1), mallopt(_TOP_PAD, size // 4)])
