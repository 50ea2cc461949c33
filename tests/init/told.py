#!/usr/bin/env python3
"""told.py - a program that writes down the signals it gets, as numbers, one a line.
SPDX-License-Identifier: Apache-2.0

    told.py FILE [LAST]

It is ready when FILE exists, and exits with 42 when the signal LAST (15) has come.
"""
import os
import signal
import sys

last = int(sys.argv[2]) if len(sys.argv) > 2 else signal.SIGTERM
caught = set(range(1, 65)) - {signal.SIGKILL, signal.SIGSTOP, 32, 33}
signal.pthread_sigmask(signal.SIG_BLOCK, caught)
with open(sys.argv[1], "a", buffering=1) as out:
    while True:
        number = int(signal.sigwait(caught))
        out.write(f"{number}\n")
        if number == last:
            os._exit(42)
