#!/usr/bin/env python3
# kill.py - runs state files over and over, kills each run at a random moment, and looks at what is left.
# SPDX-License-Identifier: Apache-2.0
#
#	kill.py PROGRAM ROOT SLS accounts|files ROUNDS NAME NAME
import json
import pathlib
import random
import re
import subprocess
import sys
import time

program, root, sls, subject, rounds = sys.argv[1:6]
names = sys.argv[6:]
root = pathlib.Path(root)
USER = r"[a-z_][a-z0-9_-]*"
LINES = {
    "etc/passwd": rf"{USER}:x:\d+:\d+:[^:]*:/[^:]*:/[^:]*",
    "etc/group": rf"{USER}:x:\d+:[a-z0-9_,-]*",
    "etc/shadow": rf"{USER}:[^:]*:\d*:\d*:\d*:\d*:\d*:\d*:\d*",
    "etc/hosts": r"[0-9.]+\s+[a-z0-9. ]+",
    "var/spool/cron/crontabs/root": r"#.*|[0-9*]+ \* \* \* \* /bin/job\d+",
    "root/.ssh/authorized_keys": r"ssh-ed25519 AAAA[A-Za-z0-9+/=]+ k\d+",
}


def accounts():
    """What is read by lines has whole lines of its form, and no account twice."""
    for path, form in LINES.items():
        file = root / path
        if not file.exists():
            continue
        text = file.read_text()
        assert not text or text.endswith("\n"), path
        for line in text.splitlines():
            assert re.fullmatch(form, line), (path, line)
    for path in ("etc/passwd", "etc/group", "etc/shadow"):
        found = [line.split(":")[0] for line in (root / path).read_text().splitlines()]
        assert len(found) == len(set(found)) and "root" in found, (path, found)


def files():
    """Every file is that of one of the two state files."""
    srv = root / "srv"
    for n in "123456":
        text = (srv / f"managed{n}").read_text()
        assert text in [f"{name}-" * 20000 + "end\n" for name in names], n
        assert json.loads((srv / f"data{n}.json").read_text())["word"] in [name * 9000 for name in names], n
        assert (srv / f"link{n}").readlink().name in names, n
        lines = (srv / f"edited{n}").read_text().splitlines()
        assert len(lines) == 5001 and lines[-1] in [f"word = {name}" for name in names], n


def start(name):
    return subprocess.Popen(
        [program, "apply", "--sls", sls, "--chroot", root, "--no-sync", name],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def whole(name):
    """Nobody's lock is in the way: how long it took."""
    began = time.monotonic()
    assert start(name).wait(timeout=20) == 0, name
    return time.monotonic() - began


check = {"accounts": accounts, "files": files}[subject]
spans = [whole(name) for name in names]
killed = 0
for i in range(int(rounds)):
    which = i % 2
    wait = random.random() * spans[which] * 1.1
    child = start(names[which])
    time.sleep(wait)
    child.kill()
    killed += child.wait() < 0
    try:
        check()
    except AssertionError:
        print(f"{names[which]} was killed after {wait * 1000:.3f} ms")
        raise
    if i % 10 == 9:
        spans = [(span + whole(name)) / 2 for span, name in zip(spans, names)]
assert killed > int(rounds) / 4, f"only {killed} were killed"
