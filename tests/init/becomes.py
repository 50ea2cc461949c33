#!/usr/bin/env python3
"""becomes.py - a program that becomes ready, in one of the ways there are, when the file "go" is there.
SPDX-License-Identifier: Apache-2.0

    becomes.py [--now] [--extend USEC] [--feed MS] [--trigger] WAY

WAY is notify, fd:N, tcp:PORT, unix:PATH, file:PATH or http:PORT. It makes the file "waiting" first, and "opened" when it
is about to be ready. --now does not wait and ends unless there is a watchdog; --feed feeds that one.
"""
import argparse
import http.server
import os
import socket
import threading
import time

parser = argparse.ArgumentParser()
parser.add_argument("--now", action="store_true")
parser.add_argument("--extend")
parser.add_argument("--feed", type=int)
parser.add_argument("--trigger", action="store_true")
parser.add_argument("way")
args = parser.parse_args()
way, _, place = args.way.partition(":")
is_open = False


def notify(text):
    address = os.environ["NOTIFY_SOCKET"]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.sendto(text.encode(), "\0" + address[1:] if address[0] == "@" else address)


class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if is_open else 503)
        self.end_headers()

    def log_message(self, *_):
        pass


def listen(family, address):
    sock = socket.socket(family)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(address)
    sock.listen(16)
    return sock


if way == "http":
    server = http.server.HTTPServer(("127.0.0.1", int(place)), Health)
    threading.Thread(target=server.serve_forever, daemon=True).start()
if args.extend:
    notify("EXTEND_TIMEOUT_USEC=" + args.extend)
if not args.now:
    open("waiting", "w").close()
    while not os.path.exists("go"):
        time.sleep(0.02)
    open("opened", "w").close()

is_open = True
if way == "notify":
    notify("READY=1\nSTATUS=at work")
elif way == "fd":
    os.write(int(place), b"\n")
elif way == "tcp":
    kept = listen(socket.AF_INET, ("127.0.0.1", int(place)))
elif way == "unix":
    kept = listen(socket.AF_UNIX, place)
elif way == "file":
    open(place, "w").close()

if args.trigger:
    notify("WATCHDOG=trigger")
if args.now and "WATCHDOG_USEC" not in os.environ:
    raise SystemExit(0)
while True:
    time.sleep((args.feed or 1000000) / 1000)
    notify("WATCHDOG=1")
