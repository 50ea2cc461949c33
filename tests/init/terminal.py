#!/usr/bin/env python3
"""terminal.py CASE - hull-init on a terminal of its own, with keys pressed on it.
SPDX-License-Identifier: Apache-2.0

Exits with 0 when the case holds; what is wrong is on stderr. CASE is the name of a function below.
"""
import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import termios
import time

INIT = os.environ["HULL_INIT"]
DEADLINE = int(os.environ.get("DEADLINE", "60"))
HERE = os.path.dirname(os.path.abspath(__file__))
CTRL_C, CTRL_Z, CTRL_D = b"\x03", b"\x1a", b"\x04"
AS_PID1 = ["unshare", "-pf", "--kill-child", "--mount-proc", "setsid", "-c"]


def until(what, condition):
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("not in time: " + what)


class Terminal:
    """A session of its own with `words` as its leader, or what the function `leads` does there."""

    def __init__(self, words=None, leads=None):
        self.output = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                if leads:
                    leads()
                    os._exit(0)
                os.execvp(words[0], words)
            except BaseException as error:  # nothing of the parent's is to run here
                os.write(2, f"leader: {error!r}\n".encode())
                os._exit(99)

    def press(self, keys):
        os.write(self.fd, keys)

    def read(self):
        while select.select([self.fd], [], [], 0)[0]:
            try:
                data = os.read(self.fd, 4096)
            except OSError:
                return
            if not data:
                return
            self.output += data

    def shows(self, text):
        def has():
            self.read()
            return text in self.output
        until(f"'{text}' on the terminal, which has {self.output!r}", has)

    def ends(self):
        result = []

        def has():
            self.read()
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                result.append(os.waitstatus_to_exitcode(status))
            return pid
        until(f"the end; the terminal has {self.output!r}", has)
        self.read()
        return result[0]


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(word) for word in file.read().split()]


def state(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rsplit(")", 1)[1].split()[0]


def lines(path):
    try:
        with open(path) as file:
            return file.read().split()
    except FileNotFoundError:
        return None


def told_program(path, last="15"):
    return ["python3", os.path.join(HERE, "told.py"), path, last]


def foreground():
    """The program reads from the terminal and is its foreground group."""
    terminal = Terminal([INIT, "--", "sh", "-c", "read line; echo got:$line; ps -o pgid= -o tpgid= -p $$"])
    terminal.press(b"hello\n")
    assert terminal.ends() == 0, terminal.output
    assert b"got:hello" in terminal.output
    group, foreground_group = terminal.output.split()[-2:]
    assert group == foreground_group, terminal.output


def ctrl_c_once(*options):
    with tempfile.TemporaryDirectory() as directory:
        path = directory + "/told"
        terminal = Terminal([INIT, *options, "--", *told_program(path, "15")])
        until("the program", lambda: lines(path) is not None)
        terminal.press(CTRL_C)
        until("its signal", lambda: lines(path))
        os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.ends() == 42, terminal.output
        assert lines(path) == ["2", "15"], lines(path)


def ctrl_c_single_child():
    ctrl_c_once("-c")


def ctrl_c_ends_it():
    terminal = Terminal([INIT, "--", "sh", "-c", "echo runs; exec sleep 1000"])
    terminal.shows(b"runs")
    terminal.press(CTRL_C)
    assert terminal.ends() == 130


def ctrl_z_as_pid1():
    """Nobody could continue it: neither PID 1 nor the program stays stopped."""
    terminal = Terminal([*AS_PID1, INIT, "--", "sh", "-c", "echo runs; cat; echo ended"])
    terminal.shows(b"runs")
    terminal.press(CTRL_Z)
    terminal.press(b"line\n")
    terminal.shows(b"line\r\nline")
    init = children(terminal.pid)[0]
    assert state(init) != "T"
    terminal.press(CTRL_D)
    terminal.shows(b"ended")
    assert terminal.ends() == 0


def ctrl_z_in_a_shell():
    """The job stops as a whole, and goes on with the terminal when the shell continues it."""
    def shell():
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        pid = os.fork()
        if pid == 0:
            os.setpgid(0, 0)
            os.tcsetpgrp(0, os.getpid())
            signal.signal(signal.SIGTTOU, signal.SIG_DFL)
            os.execvp(INIT, [INIT, "--", "sh", "-c", "echo runs; read line; echo got:$line; exit 7"])
        status = os.waitpid(pid, os.WUNTRACED)[1]
        assert os.WIFSTOPPED(status), status
        os.tcsetpgrp(0, os.getpgrp())
        os.write(1, b"stopped\n")
        os.read(0, 100)
        os.tcsetpgrp(0, pid)
        os.killpg(pid, signal.SIGCONT)
        status = os.waitpid(pid, 0)[1]
        assert os.waitstatus_to_exitcode(status) == 7, status
        assert os.tcgetpgrp(0) == pid, "the terminal is the job's again"
        os.tcsetpgrp(0, os.getpgrp())
        os.write(1, b"shell ends\n")
    terminal = Terminal(leads=shell)
    terminal.shows(b"runs")
    terminal.press(CTRL_Z)
    terminal.shows(b"stopped")
    terminal.press(b"fg\n")
    time.sleep(0.2)
    terminal.press(b"hello\n")
    terminal.shows(b"got:hello")
    terminal.shows(b"shell ends")
    assert terminal.ends() == 0


def in_the_background():
    """A background job takes no terminal away."""
    def shell():
        pid = os.fork()
        if pid == 0:
            os.setpgid(0, 0)
            os.execvp(INIT, [INIT, "--", "sh", "-c", "exit 3"])
        status = os.waitpid(pid, 0)[1]
        assert os.waitstatus_to_exitcode(status) == 3, status
        assert os.tcgetpgrp(0) == os.getpgrp()
        os.write(1, b"still ours\n")
    terminal = Terminal(leads=shell)
    terminal.shows(b"still ours")
    assert terminal.ends() == 0


def given_back():
    """The next command of a script reads from the terminal."""
    terminal = Terminal(["sh", "-c", f"'{INIT}' -- true; read line; echo got:$line"])
    terminal.press(b"hello\n")
    terminal.shows(b"got:hello")
    assert terminal.ends() == 0


def session():
    """-t: a session with the terminal; the HUP and CONT of the hand-over are not the program's."""
    with tempfile.TemporaryDirectory() as directory:
        path = directory + "/told"
        terminal = Terminal([INIT, "-t", "--", *told_program(path)])
        until("the program", lambda: lines(path) is not None)
        program = children(terminal.pid)[0]
        shown = subprocess.run(["ps", "-o", "sid=", "-o", "tpgid=", "-p", str(program)], capture_output=True, text=True,
                               check=True).stdout.split()
        assert shown == [str(program), str(program)], shown
        os.kill(terminal.pid, signal.SIGHUP)
        until("a HUP that is meant", lambda: lines(path))
        os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.ends() == 42
        assert lines(path) == ["1", "15"], lines(path)


def stop_by_output():
    """TOSTOP: what we say from the background does not stop us."""
    terminal = Terminal([INIT, "-vvv", "--", "sh", "-c", "stty tostop; echo runs; exec sleep 1000"])
    terminal.shows(b"runs")
    os.kill(terminal.pid, signal.SIGUSR2)
    terminal.shows(b"USR2 sent on")
    assert terminal.ends() == 128 + signal.SIGUSR2


def hang_up():
    """The terminal goes away: the program gets the HUP."""
    terminal = Terminal([INIT, "--", "sleep", "1000"])
    until("the program", lambda: children(terminal.pid) and state(children(terminal.pid)[0]) == "S")
    os.close(terminal.fd)
    until("the end", lambda: os.waitpid(terminal.pid, os.WNOHANG)[0])


def main():
    for number in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)  # a shell's background jobs inherit them as ignored
    globals()[sys.argv[1]]()


main()
