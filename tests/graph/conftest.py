"""How hypothesis runs here: the same examples every time, and no clock."""

from hypothesis import settings

settings.register_profile("graph", deadline=None, max_examples=100, derandomize=True, database=None)
settings.load_profile("graph")
