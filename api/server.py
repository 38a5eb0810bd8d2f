"""Running the application with uvicorn."""

from __future__ import annotations

import socket
import sys

import uvicorn
from fastapi import FastAPI

_SWITCH_S = 0.0005
"""A thread gives way to another after so long: a request that comes back from the database waits no longer for a thread
that makes a day ready, and it comes back from there a dozen times."""


def run(app: FastAPI, listening: socket.socket) -> None:
    """Serve `app` on a listening socket until the process is told to end."""
    sys.setswitchinterval(_SWITCH_S)
    config = uvicorn.Config(app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=5)
    uvicorn.Server(config).run(sockets=[listening])
