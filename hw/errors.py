"""The one exception that says "the request is wrong"."""

__all__ = ["RequestError"]


class RequestError(ValueError):
    """A request that cannot be met, told in one sentence.

    The sentence names the value that was given, what is allowed and where it stands. The command
    line prints it without a traceback and exits with status 2.
    """
