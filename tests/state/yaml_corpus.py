#!/usr/bin/env python3
"""yaml_corpus.py - runs the YAML test suite's cases, as the reference reads them, against `hull-state yaml`.

Usage: yaml_corpus.py HULL_STATE CORPORA [-v]

CORPORA is a folder with yaml_suite_salt.json, which is no part of this project. A case passes when
the value is the reference's, or when both refuse it with the same words at the same place. Prints
what differs and a count; the exit status is 1 when something differs.
"""
import json
import os
import re
import subprocess
import sys


def read(program, text):
    return subprocess.run([program, "yaml", "-", "--out", "json"], input=text.encode(),
                          capture_output=True, check=False, timeout=20)


def phrases(error):
    """What the reference says, without its places and its own classes."""
    for line in error.split("\n"):
        if not line.startswith("  in "):
            yield re.sub(r"(found unacceptable key).*", r"\1", line)


def place(error):
    found = re.findall(r"line (\d+), column (\d+)", error)
    return "<stdin>:%s:%s: " % found[-1] if found else ""


def differs(program, case):
    done = read(program, case["yaml"])
    said = done.stderr.decode()
    if "salt_error" not in case:
        if done.returncode:
            return "expected %r, got %s" % (case["salt"], said)
        got = json.loads(done.stdout)
        return None if got == case["salt"] else "expected %r, got %r" % (case["salt"], got)
    if done.returncode != 1 or done.stdout:
        return "expected the error %r, got %r" % (case["salt_error"], done.stdout)
    for phrase in phrases(case["salt_error"]):
        if phrase not in said:
            return "expected %r, got %s" % (phrase, said)
    if place(case["salt_error"]) not in said and "[" not in case["salt_error"]:
        return "expected the place %r, got %s" % (place(case["salt_error"]), said)
    return None


def main():
    program, corpora = sys.argv[1:3]
    with open(os.path.join(corpora, "yaml_suite_salt.json"), encoding="utf-8") as file:
        cases = json.load(file)
    passed = 0
    for case in cases:
        why = differs(program, case)
        passed += why is None
        if why:
            print("%s/%s %s: %s" % (case["id"], case["n"], case["name"], why))
        elif "-v" in sys.argv:
            print("ok %s/%s %s" % (case["id"], case["n"], case["name"]))
    print("yaml suite: %d of %d" % (passed, len(cases)))
    return passed != len(cases)


if __name__ == "__main__":
    sys.exit(main())
