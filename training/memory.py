"""Free memory goes back to the system now and then: with the thresholds that the Makefile sets, nothing else gives it back."""

import ctypes


def give_back():
    """Gives the system what the process no longer uses, where the C library can (glibc)."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim:
        trim(0)
