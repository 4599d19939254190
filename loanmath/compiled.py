"""How the kernel's functions are compiled: by numba, without the interpreter lock, cached on disk.

`NUMBA_DISABLE_JIT=1` leaves them plain Python with the same results, for debugging.
"""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numba
from numba.core import config

P = ParamSpec("P")
R = TypeVar("R")


SETTINGS: Any = config


def _source_digest() -> str:
    """One digest over every source file of the kernel."""
    digest = sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()


KERNEL_VERSION = _source_digest()


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a kernel function; it keeps its signature and its meaning.

    Kernel functions make no arrays, so that numba's counting of references, which costs more than
    the arithmetic and sets threads against each other, is left out.
    """
    return _compile(function, inline=False)


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """As `compiled`, and put into its callers' code: for functions that take a whole book.

    To hand over a few dozen arrays costs more than most functions do with them.
    """
    return _compile(function, inline=True)


def _compile(function: Callable[P, R], inline: bool) -> Callable[P, R]:
    """Compile, and bind the cache to the digest of the whole package.

    numba's cache looks only at the file that holds the function, so that a change in a function it
    calls in another file would go unnoticed and yesterday's arithmetic would be used.
    """
    if SETTINGS.DISABLE_JIT:
        return function
    options: Any = {"error_model": "numpy", "_nrt": False, "forceinline": inline}
    dispatcher: Any = numba.njit(cache=True, nogil=True, **options)(function)
    cache_file = dispatcher._cache._cache_file
    cache_file._source_stamp = (cache_file._source_stamp, KERNEL_VERSION)
    return cast(Callable[P, R], dispatcher)
