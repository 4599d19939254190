"""Property tests without a time limit per example: the first one may wait for the compiler."""

from hypothesis import settings

settings.register_profile("loanmath", deadline=None)
settings.load_profile("loanmath")
