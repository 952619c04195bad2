"""The one error that a person can mend: what was given is wrong, and the text says how."""


class InputError(Exception):
    """A recording, rig, bundle, message or device cannot be used.

    The text is one sentence that names the file and key, what was found and what is allowed.
    The command line prints it and exits with code 2; nothing else catches it.
    """
