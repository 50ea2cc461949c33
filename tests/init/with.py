#!/usr/bin/env python3
"""with.py - becomes a program after making its inheritance odd.
SPDX-License-Identifier: Apache-2.0

    with.py [--ignore SIG,…] [--block SIG,…] [--close FD,…] [--open FD,…] [--deny SYSCALL,…] [--listen FD] -- CMD…

--open leaves /dev/null open at FD; --listen says that descriptors from 3 to FD are passed to this process
(sd_listen_fds(3)); --deny makes system calls fail with EPERM, as the filters of container engines do.
"""
import ctypes
import os
import platform
import signal
import struct
import sys

SYSCALLS = {
    "x86_64": {"clone3": 435, "pidfd_open": 434, "pidfd_send_signal": 424, "close_range": 436, "prctl": 157,
               "setpgid": 109, "prlimit64": 302, "openat2": 437},
    "aarch64": {"clone3": 435, "pidfd_open": 434, "pidfd_send_signal": 424, "close_range": 436, "prctl": 167,
                "setpgid": 154, "prlimit64": 261, "openat2": 437},
}
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD_NUMBER, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
ERRNO_EPERM, ALLOW = 0x00050001, 0x7FFF0000


def deny(names):
    numbers = [SYSCALLS[platform.machine()][name] for name in names]
    code = struct.pack("HBBI", LOAD_NUMBER, 0, 0, 0)
    for i, number in enumerate(numbers):
        code += struct.pack("HBBI", JUMP_EQUAL, len(numbers) - i, 0, number)
    code += struct.pack("HBBI", RETURN, 0, 0, ALLOW) + struct.pack("HBBI", RETURN, 0, 0, ERRNO_EPERM)
    buf = ctypes.create_string_buffer(code, len(code))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buf)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0):
        sys.exit("with.py: no filters here")


def number(name):
    return int(name) if name.isdigit() else getattr(signal, "SIG" + name)


def main():
    words = sys.argv[1:]
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python's own doing
    if hasattr(signal, "SIGXFSZ"):
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    while words[0] != "--":
        option, values = words[0], words[1].split(",")
        words = words[2:]
        if option == "--ignore":
            for name in values:
                signal.signal(number(name), signal.SIG_IGN)
        elif option == "--block":
            signal.pthread_sigmask(signal.SIG_BLOCK, [number(name) for name in values])
        elif option == "--close":
            for fd in values:
                os.close(int(fd))
        elif option == "--open":
            for fd in values:
                os.dup2(os.open("/dev/null", os.O_RDONLY), int(fd), inheritable=True)
        elif option == "--deny":
            deny(values)
        elif option == "--listen":
            for fd in range(3, int(values[0]) + 1):
                os.dup2(os.open("/dev/null", os.O_RDONLY), fd, inheritable=True)
            os.environ["LISTEN_FDS"] = str(int(values[0]) - 2)
            os.environ["LISTEN_PID"] = str(os.getpid())
        else:
            sys.exit(f"with.py: no option '{option}'")
    os.execvp(words[1], words[1:])


main()
