#!/usr/bin/env python3
"""format_corpus.py - runs configurations of real projects against `hull-state pillar`.

Usage: format_corpus.py HULL_STATE CORPORA [-v]

CORPORA is a folder with format_resolve.json ({project, data, cfg, resolved}), which is no part of
this project. Each case becomes a project whose PILLAR.sample holds data and cfg; it passes when the
configuration printed has the resolved data. Prints what differs and a count; the exit status is 1
when something differs.
"""
import json
import os
import subprocess
import sys
import tempfile


def configuration(program, case, folder):
    name = case["cfg"]["name"]
    salt = os.path.join(folder, name, "project", ".salt")
    os.makedirs(salt)
    sample = {"makina-projects.projectname": {**case["cfg"], "data": case["data"]}}
    with open(os.path.join(salt, "PILLAR.sample"), "w", encoding="utf-8") as file:
        file.write("{% raw %}" + json.dumps(sample, ensure_ascii=False) + "{% endraw %}\n")
    return subprocess.run([program, "pillar", "--root", folder, name, "--out", "json",
                           "--show-secrets"], capture_output=True, check=False, timeout=20)


def first_difference(wanted, got, path="data"):
    if isinstance(wanted, dict) and isinstance(got, dict) and wanted.keys() == got.keys():
        pairs = [(key, wanted[key], got[key]) for key in wanted]
    elif isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        pairs = [(i, *both) for i, both in enumerate(zip(wanted, got))]
    else:
        same = type(wanted) is type(got) and wanted == got
        return None if same else "%s: expected %r, got %r" % (path, wanted, got)
    for key, one, other in pairs:
        found = first_difference(one, other, "%s.%s" % (path, key))
        if found:
            return found
    return None


def differs(program, case):
    with tempfile.TemporaryDirectory() as folder:
        done = configuration(program, case, folder)
    if done.returncode:
        return done.stderr.decode()
    return first_difference(case["resolved"], json.loads(done.stdout)["data"])


def main():
    program, corpora = sys.argv[1:3]
    with open(os.path.join(corpora, "format_resolve.json"), encoding="utf-8") as file:
        cases = json.load(file)
    passed = 0
    for case in cases:
        why = differs(program, case)
        passed += why is None
        if why:
            print("%s: %s" % (case["project"], why))
        elif "-v" in sys.argv:
            print("ok %s" % case["project"])
    print("format_resolve: %d of %d" % (passed, len(cases)))
    return passed != len(cases)


if __name__ == "__main__":
    sys.exit(main())
