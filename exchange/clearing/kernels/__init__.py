"""Compiled loops over arrays; nothing else in the house knows the compiler."""

from hashlib import sha256
from pathlib import Path

from numba import config

# The compiler looks at each file alone: a loop that calls a changed one in another file would
# be taken from the cache as it was. So the cache stands under the hash of all of them.
_HERE = Path(__file__).parent
_SOURCES = b"".join(path.read_bytes() for path in sorted(_HERE.glob("*.py")))
config.CACHE_DIR = str(_HERE / "__pycache__" / sha256(_SOURCES).hexdigest()[:16])
