"""Hypothesis without a stopwatch: a busy machine must not fail a test, and every run tries the same examples."""

from hypothesis import settings

settings.register_profile("book", deadline=None, derandomize=True)
settings.load_profile("book")
