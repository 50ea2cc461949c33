#!/usr/bin/env python3
"""free_port.py - prints a port of the loopback that nobody listens on; also a module: free_port().

SPDX-License-Identifier: Apache-2.0

It lies below the range that the kernel takes ports of outgoing connections from, so that none of
these comes between the question and the use.
"""
import random
import socket


def free_port():
    while True:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", random.randint(20000, 32000)))
            except OSError:
                continue
            return probe.getsockname()[1]


if __name__ == "__main__":
    print(free_port())
