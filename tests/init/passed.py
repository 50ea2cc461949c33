#!/usr/bin/env python3
"""passed.py - writes down the sockets that it was passed, then says hello to each client of the first.
SPDX-License-Identifier: Apache-2.0

    passed.py [--fd N] FILE
"""
import os
import socket
import sys

if sys.argv[1] == "--fd":
    sock = socket.socket(fileno=int(sys.argv[2]))
    text = str(sock.getsockname())
else:
    count = int(os.environ["LISTEN_FDS"])
    socks = [socket.socket(fileno=3 + i) for i in range(count)]
    sock = socks[0]
    is_ours = int(os.environ["LISTEN_PID"]) == os.getpid()
    text = f"{count} {os.environ['LISTEN_FDNAMES']} {is_ours} " + " ".join(str(s.getsockname()) for s in socks)
with open(sys.argv[-1] + ".new", "w") as out:
    out.write(text + "\n")
os.rename(sys.argv[-1] + ".new", sys.argv[-1])
sock.setblocking(True)
while True:
    client, _ = sock.accept()
    client.sendall(b"hello")
    client.close()
