"""What the tool refuses, as exceptions that a command turns into one sentence and an exit code."""


class UsageError(Exception):
    """Wrong usage or configuration: names the input, what is wrong, and what to write instead. Exit code 2."""


class EngineUnavailableError(Exception):
    """No Pulumi CLI could be found or made: says what was tried and what to do. Exit code 1."""
