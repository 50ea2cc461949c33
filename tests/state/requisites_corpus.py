#!/usr/bin/env python3
"""Runs the requisite scenarios of a corpus against hull-state and compares the results.

usage: requisites_corpus.py HULL_STATE CORPORA [NAME...]

CORPORA/requisites/*.json: {files, calls, reference: [{sls, kw, ret}]}, ret being what the reference
implementation answered. Prints one line for each scenario that differs, and the count.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

FAILED = "One or more requisite failed: "
# What the reference did not answer, and what is to be answered instead.
OWN = {
    # Two states that are each other's prereq: the reference ends without an answer.
    "test_requisites_prereq_simple_ordering_and_errors_10":
        ['A recursive requisite was found, SLS "requisite" ID "B" ID "A"'],
}


def plain(result):
    """What two runs of the same states have in common."""
    changes = dict(result.get("changes") or {})
    changes.pop("pid", None)
    comment = result.get("comment")
    if isinstance(comment, str) and comment.startswith(FAILED):
        comment = FAILED + ", ".join(sorted(comment[len(FAILED):].split(", ")))
    return {
        "result": result.get("result"),
        "comment": comment,
        "changes": changes,
        "run": result.get("__run_num__"),
        "ran": result.get("__state_ran__", True),
        "skip": result.get("skip_watch", False),
        "id": result.get("__id__"),
        "sls": result.get("__sls__"),
        "name": result.get("name"),
    }


def difference(ours, reference):
    if isinstance(reference, list):
        if not isinstance(ours, list):
            return f"compiled, and should not: {reference}"
        lost = [text for text in reference if not any(text in own for own in ours)]
        return f"not told: {lost}; but: {ours}" if lost else None
    if not isinstance(ours, dict):
        return f"did not compile: {ours}"
    if set(ours) != set(reference):
        return f"tags: {sorted(set(ours) ^ set(reference))}"
    for tag, theirs in reference.items():
        own, other = plain(ours[tag]), plain(theirs)
        if own != other:
            keys = [key for key in own if own[key] != other[key]]
            return f"{tag}: " + "; ".join(f"{k}: {own[k]!r} is not {other[k]!r}" for k in keys)
    return None


def run(program, scratch, call):
    words = [program, "apply", "--sls", str(scratch), "--out", "json"]
    if call["kw"].get("test"):
        words.append("--test")
    # Shells say "not found" in words of their own: the reference's was bash.
    done = subprocess.run(words + [call["sls"]], capture_output=True, text=True, timeout=60,
                          check=False, env=dict(os.environ, SHELL="/bin/bash"))
    try:
        return json.loads(done.stdout)["local"]
    except (ValueError, KeyError):
        return [f"status {done.returncode}: {done.stdout}{done.stderr}"]


def main():
    program, corpora = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2])
    passed, total = 0, 0
    for file in sorted((corpora / "requisites").glob("*.json")):
        if sys.argv[3:] and file.stem not in sys.argv[3:]:
            continue
        case = json.loads(file.read_text())
        with tempfile.TemporaryDirectory() as scratch:
            for name, text in case["files"].items():
                path = pathlib.Path(scratch) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            for call in case["reference"]:
                total += 1
                wanted = OWN.get(file.stem, call["ret"])
                differs = difference(run(program, scratch, call), wanted)
                passed += not differs
                if differs:
                    print(f"# {file.stem}: {differs}")
    print(f"requisites: {passed} of {total} as the reference")
    sys.exit(passed != total or not total)


if __name__ == "__main__":
    main()
