#!/usr/bin/env python3
"""term_storm.py HULL_INIT DIR N - sends TERM at N random moments of a daemon's life; none may be lost.
SPDX-License-Identifier: Apache-2.0

The program of the daemon leaves a file when it runs and ends with status 5 when it is told QUIT. So
the status has to be 5, or 131 when QUIT came before its trap, or 0 and no file."""
import os
import random
import signal
import subprocess
import sys
import time

program, directory, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
started, there = os.path.join(directory, "started"), os.path.join(directory, "there")
semaphore = os.path.join(directory, "semaphore")
service = f"trap 'exit 5' QUIT; : >{started}; while :; do sleep 0.01; done"
words = [program, "daemon", "--signal", "QUIT", "--wait", f"file:{there}", "--init", "true",
         "--semaphore", semaphore, "--", "sh", "-c", service]
open(there, "w").close()
signal.signal(signal.SIGQUIT, signal.SIG_DFL)  # a shell's background jobs inherit it as ignored, and so would the service

seen = {}
for i in range(n):
    if os.path.exists(started):
        os.unlink(started)
    # Before its first instruction no process can know of signals: /dev/null is inherited, the mask is not.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    time.sleep(random.random() * random.choice([0.003, 0.01, 0.03]))
    process.send_signal(signal.SIGTERM)
    try:
        status = process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        sys.exit(f"run {i}: TERM was lost")
    ran = os.path.exists(started)
    if status not in (0, 5, 131) or (status == 0 and ran) or (status == 5 and not ran):
        sys.exit(f"run {i}: status {status}, the service {'ran' if ran else 'did not run'}")
    if os.path.exists(semaphore):
        sys.exit(f"run {i}: the semaphore stays")
    seen[status] = seen.get(status, 0) + 1
print(" ".join(f"status {status}: {count} times" for status, count in sorted(seen.items())))
