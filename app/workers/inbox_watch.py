"""Looks how much waits in the inbox, so that requests needn't (`graph.backlog`): once a second in each process."""

from app.workers.rounds import Rounds
from graph.backlog import backlog

watch = Rounds(backlog.look, 1.0, at_once=True)
