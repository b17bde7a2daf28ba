"""One seed for every generator, the device to work on, and the precision that is fast there."""

import os
import random

import numpy as np
import torch

from cs182lib.validation import check_choice, check_count


def seed_everything(seed):
    """Seed Python, NumPy and PyTorch, and return a fresh `torch.Generator` with the same seed.

    Pass the generator on (data order, augmentation, initial values): what draws from its own generator
    does not change when somebody else draws one number more.

    Parameters
    ----------
    seed : int, at least 0 and below 2**32

    Returns
    -------
    generator : torch.Generator on the CPU

    Raises
    ------
    TypeError, ValueError : the seed is no whole number, or out of range
    """
    seed = check_count("seed", seed, low=0)
    if seed >= 2**32:
        raise ValueError(f"seed must be below 2**32, which is all that NumPy takes, got {seed}")
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 (libraries still draw from the old global generator)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


def pick_device(verbose=False):
    """Return the torch.device to work on: the CPU, unless the environment variable CS182_DEVICE asks for another.

    CS182_DEVICE is cpu (default), cuda, mps, or auto: the first of cuda, mps, cpu that is there. The CPU is the
    default because its answers are the ones the notebooks store.

    Parameters
    ----------
    verbose : bool, print which it is

    Raises
    ------
    ValueError : CS182_DEVICE is another word, or names a device that is not there
    """
    wanted = check_choice("CS182_DEVICE", os.environ.get("CS182_DEVICE", "cpu"), ("cpu", "cuda", "mps", "auto"))
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    name = next(name for name in there if there[name]) if wanted == "auto" else wanted
    if not there[name]:
        raise ValueError(f"CS182_DEVICE={name}, but PyTorch {torch.__version__} finds no such device here; "
                         "unset CS182_DEVICE to work on the CPU")
    if verbose:
        print(f"device: {name} (CS182_DEVICE={wanted})")
    return torch.device(name)


def fast_precision(device="cpu"):
    """Return "bf16" where the device multiplies bfloat16 numbers in hardware, else "no" (which means float32).

    On a CPU that is AVX512_BF16 or AMX, unless ATEN_CPU_CAPABILITY holds PyTorch below AVX512.
    """
    device = torch.device(device)
    if device.type == "cuda":
        return "bf16" if torch.cuda.get_device_capability(device) >= (8, 0) else "no"
    if device.type != "cpu" or not torch.backends.cpu.get_cpu_capability().startswith("AVX512"):
        return "no"
    known = getattr(torch.cpu, "get_capabilities", dict)()  # PyTorch before 2.10 cannot tell: stay with float32
    return "bf16" if known.get("avx512_bf16") or known.get("amx_bf16") else "no"
