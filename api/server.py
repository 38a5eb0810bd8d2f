"""Running the application with uvicorn."""

from __future__ import annotations

import socket

import uvicorn
from fastapi import FastAPI


def run(app: FastAPI, listening: socket.socket) -> None:
    """Serve `app` on a listening socket until the process is told to end."""
    config = uvicorn.Config(app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=5)
    uvicorn.Server(config).run(sockets=[listening])
