"""The cage in which a learner's notebook runs: Linux namespaces, without containers.

The process that all notebooks are forked from is walled in once (`build`): a root folder of its
own that holds Python, the package and the course's tables, all read-only, and nothing else; no
network; no user's rights. Each notebook's process then gets its own processes, memory between
processes and one small writable folder, and limits (`enter`). Nothing is half done: a step that the
machine refuses raises `Refused`.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: What can be written to in the cage: a name that no folder of Python's own lies in, which
#: /home and /tmp may be.
_ROOM = Path("/marking")
#: Where a notebook's files are, and passing ones.
FOLDER, _PASSING = _ROOM / "notebook", _ROOM / "tmp"

#: What a process in the cage, or beside it, may know of its surroundings.
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "HOME": str(FOLDER),
    "TMPDIR": str(_PASSING),
    "IPYTHONDIR": str(_PASSING / "ipython"),
    "MPLCONFIGDIR": str(_PASSING / "matplotlib"),
    "PYTHONDONTWRITEBYTECODE": "1",
    # The order of a set is then the same for every learner, and when marked again.
    "PYTHONHASHSEED": "0",
    # Forks of a process with threads are not sound, and each notebook has one processor.
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
}

_NEWNS, _NEWUTS, _NEWIPC, _NEWUSER = 0x00020000, 0x04000000, 0x08000000, 0x10000000
_NEWPID, _NEWNET = 0x20000000, 0x40000000
_MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_BIND, _MS_REC, _MS_PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
_MOUNT_SETATTR, _RECURSIVE, _DETACH = 442, 0x8000, 2
_PDEATHSIG, _DUMPABLE, _CAPBSET_DROP, _SUBREAPER, _NO_NEW_PRIVS, _AMBIENT = 1, 4, 24, 36, 38, 47
_NOBODY = 65534

_INSTEAD = (
    "Run the command with --without-a-cage if you trust everyone whose notebook you mark, or in "
    "the container that deploy/ describes."
)


class Refused(OSError):
    """The machine refused a part of the cage; the text says which."""


@dataclass(frozen=True)
class Limits:
    """What one notebook may use.

    Parameters
    ----------
    cell_seconds, seconds : float
        Wall seconds of one cell, and of the whole notebook with every fresh start.
    cpu_seconds : int
        Processor seconds of one process.
    memory_mb : int
        Megabytes a process may take, besides those of the libraries; and all together.
    processes : int
        Processes and threads at one time.
    output_kb, total_output_mb : int
        What is kept of a cell's output, and of all.
    file_mb : int
        Megabytes of files, all together in the cage.
    """

    cell_seconds: float = 30.0
    seconds: float = 180.0
    cpu_seconds: int = 120
    memory_mb: int = 1500
    processes: int = 64
    output_kb: int = 512
    total_output_mb: int = 10
    file_mb: int = 50


@dataclass(frozen=True)
class Cage:
    """Whether this machine can cage a notebook; if not, why, and what to do.

    Examples
    --------
    >>> bool(Cage("It is a toaster."))
    False
    """

    why_not: str = ""

    def __bool__(self) -> bool:
        return not self.why_not


@functools.cache
def available() -> Cage:
    """Try a whole cage, in a process of its own; the answer is remembered.

    Returns
    -------
    Cage
        True where there is a cage; otherwise its `why_not` is a sentence to print.
    """
    if not sys.platform.startswith("linux"):
        system = {"darwin": "macOS", "win32": "Windows"}.get(sys.platform, sys.platform)
        return Cage(f"Notebooks can be caged on Linux only, and this is {system}. {_INSTEAD}")
    command = [sys.executable, "-P", "-m", "eeic.grading.sandbox"]
    try:
        tried = subprocess.run(
            command, env=ENVIRONMENT, capture_output=True, text=True, timeout=60, cwd="/"
        )
        said = (tried.stdout + tried.stderr).strip().splitlines() or ["it ended without a word"]
    except (OSError, subprocess.TimeoutExpired) as problem:
        said = [str(problem)]
    if said[-1] == "caged":
        return Cage()
    return Cage(f"This machine does not let notebooks be caged ({said[-1]}). {_INSTEAD}")


# -- once, in the process that notebooks are forked from -----------------------------------------


def build() -> None:
    """Wall this process in, for good: to be called before anything starts a thread.

    Raises
    ------
    Refused
        If the machine refuses a part.
    """
    os.umask(0o022)
    user, group = os.geteuid(), os.getegid()
    privileged = user == 0
    walls = _NEWNS | _NEWNET | _NEWIPC | _NEWUTS
    if privileged:
        _unshare(walls)
    else:
        _unshare(_NEWUSER | walls)
        _map(user, group)
    if privileged:
        user = group = _NOBODY
    _leave_keys()
    _make_root(Path("/sys"), user, group)  # a folder that every Linux has and no notebook needs
    socket.sethostname("marking")
    owned = f"mode=0755,size=64m,uid={user},gid={group}"
    _mount("tmpfs", _ROOM, "tmpfs", _MS_NOSUID | _MS_NODEV, owned)
    if privileged:
        os.setgroups([])
        os.setresgid(group, group, group)
        os.setresuid(user, user, user)
        _prctl(_DUMPABLE, 1)  # or its own files in /proc would stay root's
        _unshare(_NEWUSER)
        _map(user, group)
    _PASSING.mkdir()
    os.chdir(_PASSING)


def _make_root(root: Path, user: int, group: int) -> None:
    """Make a root folder that holds what Python needs, and move into it."""
    _mount("none", "/", "", _MS_REC | _MS_PRIVATE)
    sources = [(source, os.path.realpath(source)) for source in _readable()]
    hidden = [path for path in _tables().iterdir() if "truth" in path.name]
    _mount("tmpfs", root, "tmpfs", _MS_NOSUID, "mode=0755,size=16m")
    for source, real in sources:
        inside = root / source.relative_to("/")
        if inside.exists():
            continue
        _bind(real, inside)
    for path in hidden:
        _bind("/dev/null", root / path.relative_to("/"))
    for link in map(Path, ("/bin", "/sbin", "/lib", "/lib64", "/lib32")):
        if link.is_symlink():
            (root / link.name).symlink_to(link.readlink())
    (root / "etc").mkdir(exist_ok=True)
    names = f"learner:x:{user}:{group}::{FOLDER}:/bin/false\n"
    (root / "etc" / "passwd").write_text(names, encoding="ascii")
    for folder in (_ROOM.name, "proc", "dev"):
        (root / folder).mkdir(exist_ok=True)
    if not (root / "tmp").exists():
        (root / "tmp").symlink_to(_PASSING)
    (root / "dev" / "shm").symlink_to(_PASSING)
    (root / "dev" / "fd").symlink_to("/proc/self/fd")
    devices = [root / "dev" / name for name in ("null", "zero", "full", "random", "urandom")]
    for device in devices:
        device.touch()
    _read_only(root)
    for device in devices:
        _bind(f"/dev/{device.name}", device)
    # Its own notebooks see another in its place: a new one may be mounted only where one is seen.
    _mount("/proc", root / "proc", "", _MS_BIND | _MS_REC)
    os.chdir(root)
    _check(_libc().pivot_root(b".", b"."), "changing the root folder")
    _check(_libc().umount2(b".", _DETACH), "leaving the old root folder")
    os.chdir("/")


def _readable() -> Iterator[Path]:
    """Give what notebooks may read, in the order in which it is put into the cage."""
    import eeic

    prefixes = [Path(sys.base_prefix), Path(sys.prefix)]
    if Path("/") in prefixes:
        raise Refused(f"Python's own folder {sys.prefix} holds everything")
    system = [Path(name) for name in ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32")]
    yield from (path for path in system if path.is_dir() and not path.is_symlink())
    yield from prefixes
    # Of what else is on Python's path only what packages are installed in, and this one: the
    # rest may be anybody's folder.
    for name in sys.path:
        if Path(name).name in ("site-packages", "dist-packages") and Path(name).is_dir():
            yield Path(name)
    yield Path(eeic.__file__).parent
    yield _tables()
    files = ("ld.so.cache", "localtime", "fonts", "alternatives", "mime.types")
    yield from (path for name in files if (path := Path("/etc", name)).exists())


def _tables() -> Path:
    from eeic import datasets

    return Path(str(datasets._folder()))


def _bind(source: str | Path, target: Path) -> None:
    """Show a file or folder at another place."""
    if Path(source).is_dir():
        target.mkdir(parents=True, exist_ok=True)
    elif not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    _mount(source, target, "", _MS_BIND | _MS_REC)


def _read_only(root: Path) -> None:
    """Make a folder and all that is mounted in it read-only."""

    class Attributes(ctypes.Structure):
        _fields_ = [(name, ctypes.c_uint64) for name in ("on", "off", "propagation", "user")]

    wanted = Attributes(1 | 2, 0, 0, 0)  # read-only, no set-uid programs
    done = _libc().syscall(
        _MOUNT_SETATTR,
        -100,  # the path is absolute
        os.fsencode(root),
        _RECURSIVE,
        ctypes.byref(wanted),
        ctypes.c_size_t(ctypes.sizeof(wanted)),
    )
    _check(done, "making folders read-only, which needs Linux 5.12")


def _leave_keys() -> None:
    """Take a new, empty session key ring: the user's may hold tickets and passwords."""
    number = {"x86_64": 250, "aarch64": 219}.get(os.uname().machine)
    if number is not None:  # where there are no key rings, it fails and nothing is lost
        _libc().syscall(number, 1, None)


def _map(user: int, group: int) -> None:
    """Keep this process's own user and group, and no other, in its new user namespace."""
    try:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    except OSError as problem:
        raise Refused(f"user namespaces are refused: {problem.strerror}") from None


# -- for each notebook ---------------------------------------------------------------------------


def part() -> None:
    """Give the next process that this one forks its own process numbers and queues."""
    _unshare(_NEWPID | _NEWIPC)


def enter(limits: Limits) -> None:
    """Put this process, forked after `part`, into its cage; it goes on in a child of its own.

    The process itself stays behind as the first one of the cage. When the notebook's process
    ends, it ends too, and with it every process that is left.

    Parameters
    ----------
    limits : Limits
        What the notebook may use.

    Raises
    ------
    Refused
        If the machine refuses a part.
    """
    die_with_parent()
    _unshare(_NEWNS)  # what is mounted now is not seen by the process that watches this one
    safe = _MS_NOSUID | _MS_NODEV
    try:
        _mount("proc", "/proc", "proc", safe | _MS_NOEXEC)
    except Refused:  # as in some containers; then there is none
        _mount("tmpfs", "/proc", "tmpfs", safe | _MS_NOEXEC, "mode=0555,size=0")
    room = f"mode=0755,size={limits.file_mb}m,nr_inodes=20k"
    _mount("tmpfs", _ROOM, "tmpfs", safe, room)
    FOLDER.mkdir()
    _PASSING.mkdir()
    os.chdir(FOLDER)
    child = os.fork()
    if child:
        _wait_for(child)
    _give_up_rights()
    limit(limits)
    resource.setrlimit(resource.RLIMIT_NPROC, (limits.processes, limits.processes))


def _wait_for(child: int) -> None:
    """Be the first process of the cage: take leave of every other, and end with the notebook's."""
    while True:
        ended, status = os.wait()
        if ended == child:
            os._exit(os.waitstatus_to_exitcode(status) % 256)


def _give_up_rights() -> None:
    """Drop every right that the new namespaces gave, and the way to new ones."""
    # Where /proc can't be mounted this fails; a namespace inside the cage is still caged.
    with contextlib.suppress(OSError):
        Path("/proc/sys/user/max_user_namespaces").write_text("0")
    for right in range(64):
        if _libc().prctl(_CAPBSET_DROP, right, 0, 0, 0):
            break
    _libc().prctl(_AMBIENT, 4, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    _check(_libc().capset(header, (ctypes.c_uint32 * 6)()), "dropping rights")
    _prctl(_NO_NEW_PRIVS, 1)


def limit(limits: Limits) -> None:
    """Set the limits that every system has; those on processes need the cage.

    Parameters
    ----------
    limits : Limits
        What the notebook may use.
    """
    held = 0
    try:
        held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        held = 1 << 30
    for name, most in (
        ("RLIMIT_AS", held + limits.memory_mb * 2**20),
        ("RLIMIT_CPU", limits.cpu_seconds),
        ("RLIMIT_FSIZE", limits.file_mb * 2**20),
        ("RLIMIT_NOFILE", 256),
        ("RLIMIT_CORE", 0),
    ):
        if sys.platform == "darwin" and name == "RLIMIT_AS":
            continue  # macOS refuses it
        # One more at the hard limit for processor seconds: the soft one has a signal of its own.
        resource.setrlimit(getattr(resource, name), (most, most + (name == "RLIMIT_CPU")))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a file that is too large is an OSError


# -- the system's calls --------------------------------------------------------------------------


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _check(result: int, step: str) -> None:
    if result < 0:
        raise Refused(f"{step} is refused: {os.strerror(ctypes.get_errno())}")


def _unshare(walls: int) -> None:
    _check(_libc().unshare(walls), "making namespaces")


def _prctl(option: int, value: int) -> None:
    _check(_libc().prctl(option, value, 0, 0, 0), f"process setting {option}")


def adopt_orphans() -> None:
    """Become the parent of every process that a child of this one leaves behind (Linux)."""
    if sys.platform.startswith("linux"):
        _prctl(_SUBREAPER, 1)


def die_with_parent() -> None:
    """End when the parent does (Linux)."""
    if sys.platform.startswith("linux"):
        _prctl(_PDEATHSIG, signal.SIGKILL)


def _mount(source: str | Path, target: str | Path, kind: str, flags: int, data: str = "") -> None:
    done = _libc().mount(
        os.fsencode(source),
        os.fsencode(target),
        kind.encode(),
        ctypes.c_ulong(flags),
        data.encode() or None,
    )
    _check(done, f"mounting {target}")


if __name__ == "__main__":  # asked by `available`
    try:
        build()
        import pandas  # noqa: F401  - what notebooks need is in the cage, and may be read

        part()
        if (first := os.fork()) == 0:
            enter(Limits())
            Path("tried").write_text("")
            os._exit(0)
        ended = os.waitstatus_to_exitcode(os.waitpid(first, 0)[1])
        print("caged" if ended == 0 else "a process in the cage ended at once")
    except (OSError, ImportError) as problem:
        print(problem)
