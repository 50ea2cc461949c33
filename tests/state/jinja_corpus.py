#!/usr/bin/env python3
"""jinja_corpus.py - runs Jinja's reference answers against `hull-state render`.

Usage: jinja_corpus.py HULL_STATE CORPORA [-v]

CORPORA is a folder with jinja_suite_cases.json (Jinja's own suite) and
minijinja_inputs_jinja_expected.json (another engine's inputs with Jinja's answers); neither is
part of this project. Prints what differs and a count for each suite; the exit status is 1 when
something differs that IMPOSSIBLE does not name. The templates that those inputs import are looked
for in CORPORA/refs, or the folder that JINJA_INPUT_REFS names.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

# What cannot be the same, and why: by the name of the case, or by a part of its source.
IMPOSSIBLE = {
    "one_shot_iterator": "a Python iterator in the context",
    "ExampleExtension": "a Python extension of the test itself",
    "PreprocessorExtension": "a Python extension of the test itself",
    "MagicScopeExtension": "a Python extension of the test itself",
    "__class__": "a Python class",
    "|random }}": "a seeded random number generator of Python",
    "test_json_dump": "a JSON dumper in Python",
    "test_pass_context": "a Python function in the context",
    "loop_dictsort.txt": "the context is stored in another order than it was used in",
    "opfilters.txt": "the address of a Python generator",
    "err_bad_range.txt": "the sandbox's bound of ranges, which the suite runs without",
    "_undefined_name": "an attribute of Jinja's own Python class",
}

MODES = {
    "StrictUndefined": "strict",
    "ChainableUndefined": "chainable",
    "DebugUndefined": "debug",
    "LoggingUndefined": "default",  # logs, and otherwise is Undefined
    "strict": "strict",
    "chainable": "chainable",
    "lenient": "default",
}


def settings_of(env):
    settings = {"undefined": "default"}
    for name, value in env.items():
        if name in ("loader", "extensions"):
            continue
        if name == "undefined":
            value = MODES[value]
        if name == "autoescape" and not isinstance(value, bool):
            value = False  # a function of the name, and the templates have none
        settings[name] = value
    return settings


def render(program, case, folder):
    """The output, or None and what was said."""
    for name, text in case["others"].items():
        with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as file:
            file.write(text)
    template = os.path.join(folder, "template.under.test")
    with open(template, "w", encoding="utf-8", newline="") as file:
        file.write(case["source"])
    with open(os.path.join(folder, "settings.json"), "w", encoding="utf-8") as file:
        json.dump(case["settings"], file)
    with open(os.path.join(folder, "context.json"), "w", encoding="utf-8") as file:
        json.dump(case["context"], file)
    done = subprocess.run(
        [program, "render", template, "--settings", os.path.join(folder, "settings.json"),
         "--context", os.path.join(folder, "context.json")],
        capture_output=True, check=False, timeout=20)
    if done.returncode == 0:
        return done.stdout.decode("utf-8", "surrogateescape"), ""
    if done.stdout:
        return None, "printed before it failed: %r" % done.stdout
    if done.returncode != 1:
        return None, "exit status %d: %s" % (done.returncode, done.stderr.decode("utf-8", "replace"))
    return None, done.stderr.decode("utf-8", "replace")


def differs(program, case):
    """Why the case fails; None when it passes."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            out, said = render(program, case, folder)
        except subprocess.TimeoutExpired:
            return "took too long"
    if case["error"] is None:
        if out == case["out"]:
            return None
        return "expected %r, got %s" % (case["out"], repr(out) if out is not None else said)
    if out is not None:
        return "expected the error %r, got %r" % (case["error"], out)
    if case["error"] not in said:
        return "expected the error %r, got %s" % (case["error"], said)
    if case["line"] and ":%d:" % case["line"] not in said:
        return "expected line %d, got %s" % (case["line"], said)
    return None


def suite_cases(cases):
    for case in cases:
        yield {
            "name": case["test"], "source": case["source"], "context": case.get("ctx") or {},
            "settings": settings_of(case["env"]), "others": case["env"].get("loader", {}),
            "out": case.get("out"), "error": case["msg"] if "error" in case else None,
            "line": case.get("line"), "env": case["env"],
        }


# What the reference says in Python's words for its own calls and limits; ours say the same thing.
PHRASES = {
    "(output too large: err_repeat_string_too_large.txt)": "more than 8 MiB",
}


def input_cases(cases, refs):
    everything = {case["name"]: case["template"] for case in cases}
    if os.path.isdir(refs):
        for name in os.listdir(refs):
            with open(os.path.join(refs, name), encoding="utf-8") as file:
                everything[name] = file.read()
    for case in cases:
        error = case["error"]
        if error:
            error = error.split(": ", 1)[1] if not error.startswith("(") else error
            error = PHRASES.get(error, error)
        yield {
            "name": case["name"], "source": case["template"], "context": case["context"],
            "settings": settings_of({"autoescape": case["name"].endswith(".html"),
                                     **case["settings"]}),
            "others": everything, "out": case["out"],
            "error": error, "line": None, "env": {},
        }


def reason(case, why):
    missing = re.search(r"template '(.*?)' not found", why)
    if missing and missing.group(1) not in case["others"]:
        return "it uses '%s', which the corpus does not have" % missing.group(1)
    for word, why in IMPOSSIBLE.items():
        if word in case["name"] or word in case["source"] or word in json.dumps(case["env"]):
            return why
    return None


def run(program, name, cases, verbose):
    passed, failed, impossible = 0, 0, 0
    for case in cases:
        why = differs(program, case)
        if why is None:
            passed += 1
        elif reason(case, why):
            impossible += 1
            if verbose:
                print("  cannot be: %s: %s" % (case["name"], reason(case, why)))
        else:
            failed += 1
            print("  %s\n    source %r\n    %s" % (case["name"], case["source"], why))
    print("%s: %d of %d pass, %d differ, %d cannot be the same" %
          (name, passed, passed + failed + impossible, failed, impossible))
    return failed


def load(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        return json.load(file)


def main():
    program, folder = sys.argv[1:3]
    verbose = "-v" in sys.argv
    failed = run(program, "Jinja's suite", suite_cases(load(folder, "jinja_suite_cases.json")),
                 verbose)
    failed += run(program, "another engine's inputs",
                  input_cases(load(folder, "minijinja_inputs_jinja_expected.json"),
                              os.environ.get("JINJA_INPUT_REFS", os.path.join(folder, "refs"))),
                  verbose)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
