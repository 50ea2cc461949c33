#!/usr/bin/env python3
# every.py - judges four runs of one state file: --test, apply, apply, --test.
# SPDX-License-Identifier: Apache-2.0
#
#	every.py DIRECTORY	holds test.json, apply.json, again.json and pending.json
import json
import pathlib
import sys

# They do what they do each time: commands, times, what is asked for by name.
ALWAYS = {
    "cmd.run", "cmd.script", "file.touch", "module.run", "environ.setenv",
    "test.succeed_with_changes", "test.fail_with_changes",
}
# They never have anything to do.
NEVER = {
    "cmd.wait", "cmd.wait_script", "cmd.watch", "file.accumulated", "file.exists", "file.missing",
    "grains.exists", "mc_proxy.hook", "module.wait", "module.watch", "test.check_pillar", "test.configurable_test_state",
    "test.nop", "test.show_notification", "test.succeed_without_changes",
}
# They ask, and cannot know the answer before.
ASK = {"http.query", "http.wait_for_successful_query"}
FAIL = {"test.fail_with_changes", "test.fail_without_changes"}
# Commands that say when there is nothing to do.
CONDITIONAL = {"run-once", "run-unless", "run-stateful"}


def results(folder, name):
    if not (folder / name).exists():
        return
    for tag, result in json.loads((folder / name).read_text())["local"].items():
        module, _, rest = tag.partition("_|-")
        function = module + "." + rest.rpartition("_|-")[2]
        yield result["__id__"], function, result


def judge(folder):
    wrong = []

    def expect(good, phase, id, function, result):
        if not good:
            wrong.append(f"{phase}: {id} ({function}): {result['result']} {result['comment']!r} {result['changes']}")

    for id, function, result in results(folder, "test.json"):
        told = True if function in NEVER else None
        good = result["result"] is told or function in FAIL
        expect(good, "test run first", id, function, result)
    for id, function, result in results(folder, "apply.json"):
        expect(result["result"] is (function not in FAIL), "apply", id, function, result)
        changes = function not in NEVER | ASK | {"test.fail_without_changes"}
        expect(bool(result["changes"]) == changes, "apply", id, function, result)
    for id, function, result in results(folder, "again.json"):
        expect(result["result"] is (function not in FAIL), "apply again", id, function, result)
        free = function in ALWAYS and id not in CONDITIONAL
        expect(free or not result["changes"], "apply again", id, function, result)
    for id, function, result in results(folder, "pending.json"):
        free = function in ALWAYS | FAIL | ASK
        expect(free or result["result"] is True, "test run last", id, function, result)
    return wrong


faults = judge(pathlib.Path(sys.argv[1]))
print(*faults, sep="\n")
sys.exit(1 if faults else 0)
