#!/usr/bin/env python3
"""openmetrics.py - fails unless stdin is OpenMetrics text, by the grammar and rules of its version 1.0.
SPDX-License-Identifier: Apache-2.0
"""
import re
import sys

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(rf"({NAME})(?:\{{((?:{LABEL})(?:,{LABEL})*)?\}})? (-?[0-9]+(?:\.[0-9]+)?)")
SUFFIXES = {"gauge": {""}, "counter": {"_total"}, "info": {"_info"}, "stateset": {""}}

text = sys.stdin.read()
assert text.endswith("\n# EOF\n"), "no # EOF at the end"
assert "\r" not in text
families, current, seen = {}, None, set()
for line in text[: -len("# EOF\n")].splitlines():
    meta = re.fullmatch(rf"# (TYPE|UNIT|HELP) ({NAME}) (.*)", line)
    if meta:
        kind, name, value = meta.groups()
        if name != current:
            assert name not in families, f"{name} stands in two places"
            families[name], current = {}, name
        assert kind not in families[name], f"two {kind} of {name}"
        families[name][kind] = value
        if kind == "UNIT":
            assert name.endswith("_" + value), f"{name} does not end with its unit"
        if kind == "TYPE":
            assert value in SUFFIXES, value
        continue
    sample = SAMPLE.fullmatch(line)
    assert sample, f"no sample: {line!r}"
    name, labels, value = sample.groups()
    kind = families[current]["TYPE"]
    assert name in {current + suffix for suffix in SUFFIXES[kind]}, f"{name} among {current}"
    assert (name, labels) not in seen, f"twice: {line}"
    seen.add((name, labels))
    if kind == "counter":
        assert float(value) >= 0
    if kind in ("stateset", "info"):
        assert value in ("0", "1")
    if kind == "stateset":
        assert f'{current}="' in labels
assert seen, "no samples"
