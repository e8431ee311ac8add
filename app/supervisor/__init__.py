"""Starts processes, watches them, restarts what dies, and leaves none behind."""

from app.supervisor.problems import StartupProblem
from app.supervisor.process import Account, Process, spawn

__all__ = ["Account", "Process", "StartupProblem", "spawn"]
