"""Compiled loops over arrays; nothing else in the house knows the compiler."""

import os
from collections.abc import Callable
from typing import Any, TypeVar

from numba import config, njit

from exchange.clearing.kernels.cache import folder

# Threads that have ended their part wait asleep: awake they would take a busy machine's processors
# from the one that has not, and a small book took four times as long. Read with the first loop.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

F = TypeVar("F", bound=Callable[..., Any])
FOLDER = folder(config.CACHE_DIR)
# Where nothing can be kept, each process compiles for itself.
KEPT = FOLDER is not None
config.CACHE_DIR = str(FOLDER or "")


def loop(function: F) -> F:
    """Compile a loop that makes no arrays of its own.

    Nothing in it counts references: it would do so at every look at a field of the market, and
    that took more time than all the rest. A function that makes an array does not compile so.
    """
    return njit(cache=KEPT, error_model="numpy", _nrt=False)(function)


def inner(function: F) -> F:
    """Compile the same into each loop that calls it: to hand a market over takes long, too."""
    return njit(cache=KEPT, error_model="numpy", _nrt=False, forceinline=True)(function)
