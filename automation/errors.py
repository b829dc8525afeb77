"""What the tool refuses, as exceptions that a command turns into one sentence and an exit code."""


class UsageError(Exception):
    """Wrong usage or configuration: names the input, what is wrong, and what to write instead. Exit code 2."""


class EngineUnavailableError(Exception):
    """No Pulumi CLI could be found or made: says what was tried and what to do. Exit code 1."""


class RepairError(Exception):
    """A stack could not be put right: says what stands in the way. Exit code 1."""


class StackLockedError(Exception):
    """Somebody holds the stack: says who, and what to do. Nothing was changed; exit code 3."""


class PostingError(Exception):
    """GitHub did not take a comment: says what it answered, and what to do. Exit code 1."""
