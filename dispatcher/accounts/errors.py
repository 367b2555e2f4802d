"""What goes wrong with accounts, said so that people can act on it."""


class AccountError(Exception):
    """A change of users or tokens was refused; the message says what to do. Caught by commands and pages."""
