"""The folder of the server's Unix socket: private, and short enough for a socket's address."""

import os
import re
import stat
import tempfile
from pathlib import Path

from daihou.storage.errors import LocalPostgresError
from daihou.storage.server_place import Place, hand_over, write_owned

PORT = 5432  # only the name of the socket file: no TCP port is opened
SOCKET_FILE = f".s.PGSQL.{PORT}"
SOCKET_NOTE = "SOCKET"
LONGEST_SOCKET_FOLDER = 107 - len(f"/{SOCKET_FILE}")
_SHORT_SOCKET_PARENT = Path("/tmp")
_PLAIN = re.compile(r"[\w./+-]+")


def socket_folder(place: Place) -> Path:
    """The folder of the server's Unix socket, as the last start chose it."""
    inside = place.folder / "socket"
    try:
        chosen, _, identity = (
            (place.folder / SOCKET_NOTE).read_text(encoding="utf-8").partition("\n")
        )
    except FileNotFoundError:
        return inside
    # the note of a copied home names the socket folder of the original
    return Path(chosen) if identity.strip() == _identity(place) else inside


def _identity(place: Place) -> str:
    return str(place.folder.stat().st_ino)


def prepare_socket_folder(place: Place) -> Path:
    """Make the socket folder, mode 0700 and the owner's; a long home gets a short one in /tmp.

    The name in /tmp is random and made by us (`mkdtemp`), so nobody can lay a trap under it; it is
    noted in the file `SOCKET` and kept over restarts, so that processes that know it reconnect.
    """
    inside = place.folder / "socket"
    chosen = socket_folder(place)
    if chosen == inside and not _fits(inside):
        return _note_socket_folder(place, _short_socket_folder(place))
    if chosen != inside and _fits(inside):  # the home was moved to a shorter path
        (place.folder / SOCKET_NOTE).unlink()
        chosen = inside
    if _make_private(chosen, place):
        return chosen
    if chosen == inside:
        raise LocalPostgresError(
            f"套接字目录 {inside} 不是本系统建立的。", "删除或移走它，然后重新运行。"
        )
    return _note_socket_folder(place, _short_socket_folder(place))


def _fits(folder: Path) -> bool:
    plain = _PLAIN.fullmatch(str(folder)) is not None  # the server splits its setting at commas
    return plain and len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER


def _make_private(folder: Path, place: Place) -> bool:
    """Make the folder or check the one that is there; False if it is not ours alone."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        status = folder.lstat()
        return (
            stat.S_ISDIR(status.st_mode)
            and status.st_uid == place.owner.uid
            and stat.S_IMODE(status.st_mode) == 0o700
        )
    hand_over(folder, place)
    return True


def _short_socket_folder(place: Place) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="daihou-", dir=_SHORT_SOCKET_PARENT))
    hand_over(folder, place)
    return folder


def _note_socket_folder(place: Place, folder: Path) -> Path:
    unfinished = place.folder / f"{SOCKET_NOTE}.{os.getpid()}"
    unfinished.unlink(missing_ok=True)
    write_owned(unfinished, f"{folder}\n{_identity(place)}\n", place)
    unfinished.rename(place.folder / SOCKET_NOTE)
    return folder
