"""Compiled loops over arrays; nothing else in the house knows the compiler."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from numba import config, njit

# The compiler looks at each file alone: a loop that calls a changed one in another file would
# be taken from the cache as it was. So the cache stands under the hash of all of them.
_HERE = Path(__file__).parent
_SOURCES = b"".join(path.read_bytes() for path in sorted(_HERE.glob("*.py")))
F = TypeVar("F", bound=Callable[..., Any])
config.CACHE_DIR = str(_HERE / "__pycache__" / sha256(_SOURCES).hexdigest()[:16])


def loop(function: F) -> F:
    """Compile a loop that makes no arrays of its own.

    Nothing in it counts references: it would do so at every look at a field of the market, and
    that took more time than all the rest. A function that makes an array does not compile so.
    """
    return njit(cache=True, error_model="numpy", _nrt=False)(function)


def inner(function: F) -> F:
    """Compile the same into each loop that calls it: to hand a market over takes long, too."""
    return njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)(function)
