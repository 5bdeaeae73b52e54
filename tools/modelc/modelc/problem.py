"""The one kind of error that a person can mend."""


class Problem(Exception):
    """Its message is the whole sentence that the person sees; the command then ends with exit code 2."""
