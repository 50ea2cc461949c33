#!/usr/bin/env python3
"""stress.py - random verbs, deaths and edits against hull-init as PID 1, and what must stay true.
SPDX-License-Identifier: Apache-2.0

    stress.py [--seed N] [--seconds N] [--program FILE]

Runs in a directory of its own and in a PID name space of its own (it needs the right to make one).
Checked: the control socket answers within 2 s (times --patience); when nothing is done any more, every
service that is wanted runs with its number of copies and no process is a zombie; descriptors and memory
do not grow; TERM ends everything within the bound and with status 0, and nobody is left behind.
"""
import argparse
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

NAMES = [f"s{i}" for i in range(8)]
STOP_BOUND = 4


class Stress:
    def __init__(self, options):
        self.options = options
        self.random = random.Random(options.seed)
        self.dir = tempfile.mkdtemp(prefix="hull-stress.")
        self.control = os.path.join(self.dir, "control.sock")
        self.file = os.path.join(self.dir, "init.ini")
        self.history = []
        self.namespace = None
        self.init = 0

    # ---- the file ----

    def section(self, name, earlier):
        rnd = self.random
        lines = [f"[service:{name}]"]
        body = rnd.choice([
            "sleep 1000",
            'sh -c "sleep 0.1; echo up; exec sleep 1000"',
            "sh -c \"trap 'exit 0' TERM; while :; do sleep 0.05; done\"",
            "sh -c \"trap '' TERM; sleep 0.4\"",
            'sh -c "sleep 0.2; exit 1"',
            'sh -c "sleep 1000 & setsid sleep 1000 >/dev/null 2>&1 & wait"',
            "/there/is/none",
        ])
        lines.append(f"command = {body}")
        lines.append(f"numprocesses = {rnd.randint(1, 3)}")
        lines.append(f"reload = {rnd.choice(['overlap', 'sequential', 'signal', 'restart'])}")
        lines.append("restart_delay = 20ms\nrestart_delay_max = 100ms\non_limit = keep\nrestart_limit = 0")
        lines.append(f"graceful_timeout = {rnd.choice(['100ms', '500ms', '1s'])}")
        lines.append(f"kill = {rnd.choice(['group', 'session', 'tree'])}")
        for hook in ("before_start", "after_start", "before_spawn", "after_spawn", "before_stop", "after_stop",
                     "before_signal", "after_reap"):
            if rnd.random() < 0.1:
                lines.append(f"hook_{hook} = {rnd.choice(['-false', 'sleep 0.05', 'true'])}")
        if rnd.random() < 0.3:
            lines.append(f"log = {self.dir}/{rnd.choice(['one', 'two'])}.log\nlog_max_size = 2k\nlog_keep = 2")
        if rnd.random() < 0.2:
            lines.append("health = command:true\nhealth_interval = 100ms")
        if rnd.random() < 0.1:
            lines.append("warmup_delay = 50ms")
        if rnd.random() < 0.1:
            lines.append("max_age = 300ms\nmax_age_variance = 0s")
        if earlier and rnd.random() < 0.3:
            lines.append(f"{rnd.choice(['needs', 'after'])} = {rnd.choice(earlier)}")
        return "\n".join(lines) + "\n"

    def write_file(self, safe=False):
        names = [name for name in NAMES if self.random.random() < 0.8] or NAMES[:1]
        text = f"[init]\ncontrol = {self.control}\nstop_timeout = {STOP_BOUND}s\nlog_level = error\n"
        if safe:
            text += "".join(f"[service:{name}]\ncommand = sleep 1000\nnumprocesses = 2\n" for name in NAMES)
        else:
            earlier = []
            for name in names:
                text += self.section(name, earlier)
                earlier.append(name)
            if self.random.random() < 0.3:
                text += "[cron:c0]\nschedule = * * * * *\ncommand = true\n"
            if self.init and self.random.random() < 0.05:
                text += "[service:broken\n"
        with open(self.file + ".new", "w") as out:
            out.write(text)
        os.rename(self.file + ".new", self.file)

    # ---- the socket ----

    def connect(self):
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(2 * self.options.patience)
        client.connect(self.control)
        return client

    def ask(self, command, **properties):
        with self.connect() as client:
            client.sendall(json.dumps({"id": "1", "command": command, "properties": properties}).encode() + b"\n")
            text = b""
            while not text.endswith(b"\n"):
                more = client.recv(65536)
                if not more:
                    raise AssertionError(f"hung up on {command}")
                text += more
            return json.loads(text)

    def tell(self, command, **properties):
        """Another client's wish whose answer nobody waits for."""
        with self.connect() as client:
            client.sendall(json.dumps({"id": "1", "command": command, "properties": properties}).encode() + b"\n")

    # ---- what is done to it ----

    def children(self):
        out = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.init)], capture_output=True, text=True).stdout
        return [int(word) for word in out.split()]

    def has_begun(self, pid):
        try:
            return os.readlink(f"/proc/{pid}/exe") != os.readlink(f"/proc/{self.init}/exe")
        except OSError:
            return False

    def step(self):
        rnd = self.random
        name = rnd.choice(NAMES)
        verb = rnd.choice(["start", "stop", "restart", "reload", "incr", "decr", "rm", "set", "kill", "signal",
                           "reloadconfig", "die", "edit", "edit", "hup", "status", "list", "add", "freeze"])
        self.history.append(f"{verb} {name}")
        if verb == "edit":
            self.write_file()
            self.ask("reloadconfig", waiting=False)
        elif verb == "hup":
            os.kill(self.init, signal.SIGHUP)
        elif verb in ("die", "freeze"):
            children = self.children()
            if verb == "freeze":  # between clone and exec PID 1 waits for its child, as posix_spawn(3) does
                children = [pid for pid in children if self.has_begun(pid)]
            if children:
                try:
                    os.kill(rnd.choice(children), signal.SIGKILL if verb == "die" else signal.SIGSTOP)
                except ProcessLookupError:
                    pass
        elif verb == "set":
            options = rnd.choice([{"numprocesses": rnd.randint(0, 4)}, {"graceful_timeout": 0.2},
                                  {"cmd": "sleep 999"}, {"hooks.before_start": "exec:/bin/true"}])
            self.ask("set", name=name, options=options, waiting=False)
        elif verb == "add":
            self.ask("add", name=name, cmd="sleep 998", start=True, waiting=False)
        elif verb == "signal":
            self.ask("signal", name=name, signum=rnd.choice(["HUP", "KILL", "STOP", "USR1"]))
        elif verb == "status":
            self.ask("status")
        elif verb == "list":
            self.ask("list")
        elif verb == "reloadconfig":
            self.tell("reloadconfig", waiting=True)
        elif rnd.random() < 0.3:
            self.tell(verb, name=name, waiting=True)
        else:
            self.ask(verb, name=name, waiting=False)

    # ---- what must be true ----

    def copies(self, name):
        answer = self.ask("list", name=name)
        return len(answer.get("pids", []))

    def is_quiet(self):
        statuses = self.ask("status")["statuses"]
        if sorted(statuses) != sorted(NAMES):
            return f"services are {sorted(statuses)}"
        for name in NAMES:
            if self.copies(name) != 2:
                return f"{name} has {self.copies(name)} copies, state {self.ask('status', name=name)}"
        zombies = [pid for pid in self.children() if self.state(pid) == "Z"]
        return f"zombies {zombies}" if zombies else None

    def state(self, pid):
        try:
            with open(f"/proc/{pid}/stat") as stat:
                return stat.read().rsplit(")", 1)[1].split()[0]
        except OSError:
            return "gone"

    def quiesce(self):
        """One file for all, and every service as that says."""
        self.write_file(safe=True)
        end = time.monotonic() + 20 * self.options.patience
        self.ask("reloadconfig", waiting=True)
        for name in NAMES:
            self.ask("set", name=name, options={"numprocesses": 2}, waiting=False)
            self.ask("restart", name=name, waiting=False)
        while (why := self.is_quiet()) and time.monotonic() < end:
            time.sleep(0.1)
        assert not why, why

    def usage(self):
        descriptors = len(os.listdir(f"/proc/{self.init}/fd"))
        with open(f"/proc/{self.init}/status") as status:
            rss = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
        return descriptors, rss

    def settled(self, n_descriptors):
        """What was removed is freed within a second, or when the last of its processes has ended."""
        end = time.monotonic() + 5 * self.options.patience
        time.sleep(1.5)
        while self.usage()[0] > n_descriptors and time.monotonic() < end:
            time.sleep(0.1)
        return self.usage()

    # ---- the whole ----

    def start(self):
        self.write_file()
        self.err = open(os.path.join(self.dir, "err"), "w")
        self.namespace = subprocess.Popen(
            ["unshare", "-pf", "--kill-child", "--mount-proc", self.options.program, "manage", self.file],
            cwd=self.dir, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.err)
        end = time.monotonic() + 20
        while not os.path.exists(self.control) and time.monotonic() < end:
            time.sleep(0.02)
        out = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.namespace.pid)], capture_output=True, text=True)
        self.init = int(out.stdout)
        self.pid_namespace = os.readlink(f"/proc/{self.init}/ns/pid")

    def stop(self):
        began = time.monotonic()
        os.kill(self.init, signal.SIGTERM)
        status = self.namespace.wait(timeout=60)
        took = time.monotonic() - began
        assert status == 0, f"exit status {status}"
        assert took < STOP_BOUND + 2 * self.options.patience, f"the stop took {took:.1f} s"
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                assert os.readlink(f"/proc/{pid}/ns/pid") != self.pid_namespace, f"{pid} is left"
            except OSError:
                pass

    def run(self):
        self.start()
        end = time.monotonic() + self.options.seconds
        self.quiesce()
        before = self.usage()
        steps = 0
        while time.monotonic() < end:
            for _ in range(self.random.randint(1, 60)):
                self.step()
                steps += 1
                if self.random.random() < 0.5:
                    time.sleep(self.random.random() * 0.05)
            self.quiesce()
        after = self.settled(before[0] + 6)
        assert after[0] <= before[0] + 6, f"descriptors: {before[0]} before, {after[0]} behind"
        assert after[1] <= before[1] + self.options.growth, f"memory: {before[1]} KB before, {after[1]} KB behind"
        with open(os.path.join(self.dir, "err")) as err:
            impossible = [line for line in err if "cannot happen" in line or "a fault of" in line]
        assert not impossible, impossible[:5]
        for _ in range(self.random.randint(0, 5)):
            self.step()
        self.stop()
        print(f"{steps} steps, descriptors {before[0]} {after[0]}, memory {before[1]} {after[1]} KB")

    def clean(self):
        if self.namespace and self.namespace.poll() is None:
            self.namespace.kill()
            self.namespace.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


def main():
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--patience", type=float, default=1)
    parser.add_argument("--growth", type=int, default=512, help="KB")
    parser.add_argument("--program", default=os.environ.get("HULL_INIT", top + "/build/cmd/hull-init/hull-init"))
    stress = Stress(parser.parse_args())
    print(f"seed {stress.options.seed}")
    try:
        stress.run()
    except (AssertionError, OSError, subprocess.TimeoutExpired) as failure:
        print(f"failed: {failure!r}\nlast steps: {stress.history[-40:]}")
        print(subprocess.run(["ps", "-o", "pid,ppid,stat,wchan:30,args", "--pid", str(stress.init), "--ppid",
                              str(stress.init)], capture_output=True, text=True).stdout)
        with open(os.path.join(stress.dir, "err")) as err:
            print("".join(err.readlines()[-40:]))
        sys.exit(1)
    finally:
        stress.clean()


main()
