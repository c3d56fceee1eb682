"""Who does the work: this process, several on this machine, threads, or a Dask cluster.

All are asked in the same way. A part that was finished is never lost: a worker that is killed is
replaced, and what it had not finished is given out again.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, as_completed, wait
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

#: How often a pool is started again after a worker was killed.
RESTARTS = 5
_PATIENCE = 10  # seconds until a scheduler must have answered
_LEAST_AHEAD = 64  # parts that a cluster is given at once, also before its workers are there


def run(
    make: Callable[[Task], Result],
    tasks: Iterable[Task],
    *,
    processes: int = 1,
    scheduler: str | None = None,
    say: Callable[[str], None] = lambda sentence: None,
) -> Iterator[Result]:
    """Have tasks done, and give each result when it is there.

    Parameters
    ----------
    make : callable
        Does one task. It must be importable by name, and doing a task twice must do no harm.
    tasks : iterable
        What to do; small, because it is sent to the workers.
    processes : int
        Processes on this machine. With one, it is this process.
    scheduler : str, optional
        Address of a Dask scheduler, whose workers are used instead.
    say : callable
        Told in a sentence when a worker was lost.

    Yields
    ------
    object
        Results, in the order in which they are finished.

    Raises
    ------
    RuntimeError
        If workers are killed again and again, or the library for the cluster is not installed.
    ValueError
        If no scheduler answers at the address.
    """
    if scheduler is not None:
        return _on_cluster(make, tasks, scheduler)
    if processes == 1:
        return map(make, tasks)
    return _in_processes(make, list(tasks), processes, say)


def _in_processes(
    make: Callable[[Task], Result],
    tasks: Sequence[Task],
    processes: int,
    say: Callable[[str], None],
) -> Iterator[Result]:
    # Not at the top: a browser's Python has no processes, and imports this module with the rest.
    from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor

    left = dict(enumerate(tasks))
    for attempt in range(RESTARTS + 1):
        if attempt:
            say(f"A worker was killed; starting again for the {len(left)} parts that are left.")
        # Started afresh instead of copied, which is the same on every system.
        pool = ProcessPoolExecutor(
            min(processes, len(left)), multiprocessing.get_context("spawn"), _in_a_worker
        )
        try:
            waiting = {pool.submit(make, task): number for number, task in left.items()}
            for future in as_completed(waiting):
                result = future.result()
                del left[waiting[future]]
                yield result
            return
        except BrokenProcessPool:
            pass
        finally:
            # Parts in work are finished, the others are not begun.
            pool.shutdown(wait=True, cancel_futures=True)
    raise RuntimeError(
        f"Workers were killed {RESTARTS + 1} times, most likely for want of memory; what is "
        "finished is kept: run the same command again with fewer --processes."
    )


def _in_a_worker() -> None:
    """Leave stopping to the parent, and do not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def follow() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


def in_threads(
    make: Callable[[Task], Result], tasks: Iterable[Task], threads: int
) -> Generator[Result, None, None]:
    """Have tasks done by threads, for work whose weight is carried by other programs.

    Parameters
    ----------
    make : callable
        Does one task.
    tasks : iterable
        What to do; taken up only a little ahead of the work.
    threads : int
        How many at a time.

    Yields
    ------
    object
        Results, in the order in which they are finished.
    """
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(threads)
    try:
        yield from _a_little_ahead(pool, make, tasks, 2 * threads)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _a_little_ahead(
    pool: Executor, make: Callable[[Task], Result], tasks: Iterable[Task], ahead: int
) -> Iterator[Result]:
    """Hand tasks out so that workers always have a next one, and memory holds few."""
    coming = iter(tasks)
    waiting: set[Future[Result]] = set()
    try:
        while True:
            for task in coming:
                waiting.add(pool.submit(make, task))
                if len(waiting) >= ahead:
                    break
            if not waiting:
                return
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()
    finally:
        for future in waiting:
            future.cancel()


def _on_cluster(
    make: Callable[[Task], Result], tasks: Iterable[Task], address: str
) -> Iterator[Result]:
    try:
        from distributed import Client, KilledWorker
    except ImportError:
        raise RuntimeError(needs("distributed", "A Dask cluster")) from None
    try:
        client = Client(address, timeout=_PATIENCE)
    except (OSError, ValueError) as error:
        raise ValueError(
            f"No Dask scheduler answers at {address!r} ({str(error).splitlines()[0]}); "
            "give an address such as tcp://127.0.0.1:8786."
        ) from None
    with client:
        # Pure work would be looked up by its content; parts are handed out as they are.
        pool = client.get_executor(pure=False)
        ahead = max(_LEAST_AHEAD, 4 * sum(client.nthreads().values()))
        try:
            yield from _a_little_ahead(pool, make, tasks, ahead)
        except KilledWorker as error:
            raise RuntimeError(
                f"The cluster gave up on a part whose workers were killed repeatedly ({error}); "
                "what is finished is kept: run the same command again with more memory for each."
            ) from None


def needs(library: str, what: str) -> str:
    """Say that a library of the extra ``scale`` is missing.

    Parameters
    ----------
    library, what : str
        What is missing, and what needs it.

    Returns
    -------
    str
        One sentence.
    """
    return f"{what} needs {library}, which is not installed: run pip install 'eeic[scale]'."
