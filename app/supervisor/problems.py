"""What keeps an instance from starting, as a sentence for the person who started it."""


class StoppedEarlyError(Exception):
    """Whoever started the instance stopped it before it was ready."""


class StartupProblem(Exception):
    """Something outside the program is in the way of starting.

    `message` is a sentence or two: what is wrong, and what to do about it. The command line prints it without a
    traceback and exits with 2.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
