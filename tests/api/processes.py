"""Looking for the processes of solves."""

from __future__ import annotations

from pathlib import Path


def solve_pids(ancestor: int) -> list[int]:
    """Process ids of the solves that a server runs: its descendants that lead a group of their own."""
    pids = []
    for folder in Path("/proc").iterdir():
        pid = int(folder.name) if folder.name.isdigit() else 0
        try:
            if pid and pid != ancestor and _fields(pid)[2] == folder.name and _descends(pid, ancestor):
                pids.append(pid)
        except OSError:  # it has ended meanwhile
            continue
    return pids


def _fields(pid: int) -> list[str]:
    """State, parent, process group and the rest of ``/proc/PID/stat``."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _descends(pid: int, ancestor: int) -> bool:
    while pid > 1:
        pid = int(_fields(pid)[1])
        if pid == ancestor:
            return True
    return False
