#!/usr/bin/env python3
"""storm.py - N orphans for PID 1 end at once, while it gets a TERM that it has to send on.
SPDX-License-Identifier: Apache-2.0

    storm.py N FILE

To be run as PID 1's program. FILE gets "REAPED-MS TERM-MS": when the last was gone, when the TERM had come.
"""
import os
import signal
import sys
import time

n, began, term = int(sys.argv[1]), 0.0, 0.0


def on_term(number, frame):
    global term
    term = term or time.monotonic()


def processes():
    return sum(name.isdigit() for name in os.listdir("/proc"))


signal.signal(signal.SIGTERM, on_term)
known = processes()
ends = os.pipe()
parent = os.fork()
if parent == 0:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for _ in range(n):
        if os.fork() == 0:
            os.close(ends[1])
            os.read(ends[0], 1)
            os._exit(0)
    os._exit(0)
os.waitpid(parent, 0)
assert processes() == known + n, (processes(), known)
began = time.monotonic()
os.kill(os.getppid(), signal.SIGTERM)
os.close(ends[1])
while processes() > known:
    pass
reaped = time.monotonic()
while not term:
    time.sleep(0.001)
with open(sys.argv[2], "w") as out:
    out.write(f"{(reaped - began) * 1000:.0f} {(term - began) * 1000:.0f}\n")
