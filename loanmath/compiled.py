"""How the kernel's functions are compiled: by numba, without the interpreter lock, cached on disk.

`NUMBA_DISABLE_JIT=1` leaves them plain Python with the same results, for debugging.
"""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numba
from numba.core import config
from numba.core.caching import CompileResultCacheImpl, FunctionCache

P = ParamSpec("P")
R = TypeVar("R")


SETTINGS: Any = config
CACHE_FOLDERS: set[Path] = set()


def _source_digest() -> str:
    """One digest over every source file of the kernel."""
    digest = sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


KERNEL_VERSION = _source_digest()


class KernelCacheFiles(CompileResultCacheImpl):
    """Names the files of a compiled function after the version of the whole kernel.

    numba itself looks only at the file that holds the function, so that a change in a function it
    calls in another file would go unnoticed and yesterday's arithmetic would be used.
    """

    def get_filename_base(self, fullname: str, abiflags: str) -> str:
        """The beginning of the files' names."""
        base = super().get_filename_base(fullname, abiflags)  # type: ignore[no-untyped-call]
        return f"{base}.{KERNEL_VERSION}"


class KernelCache(FunctionCache):
    """numba's cache on disk, with such file names."""

    _impl_class = KernelCacheFiles


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
    if SETTINGS.DISABLE_JIT:
        return function
    options: Any = {"error_model": "numpy", "_nrt": False, "forceinline": inline}
    dispatcher: Any = numba.njit(nogil=True, **options)(function)
    dispatcher._cache = KernelCache(function)  # type: ignore[no-untyped-call]
    CACHE_FOLDERS.add(Path(dispatcher._cache.cache_path))
    return cast(Callable[P, R], dispatcher)


def remove_old_versions() -> int:
    """Delete what earlier versions of the kernel left in the cache; how many files."""
    old = [
        file
        for folder in CACHE_FOLDERS
        for file in (*folder.glob("*.nbi"), *folder.glob("*.nbc"))
        if KERNEL_VERSION not in file.name
    ]
    for file in old:
        file.unlink(missing_ok=True)
    return len(old)
