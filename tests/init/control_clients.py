#!/usr/bin/env python3
"""Clients of the control socket that do what no good client does. SOCKET CASE"""
import json
import os
import select
import socket
import sys
import time

path, case = sys.argv[1], sys.argv[2]
DEADLINE = float(os.environ.get("DEADLINE", "60"))


def connect():
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    s.settimeout(DEADLINE)
    return s


def lines(s):
    buffer = b""
    while True:
        part = s.recv(65536)
        if not part:
            return
        buffer += part
        *whole, buffer = buffer.split(b"\n")
        for line in whole:
            yield json.loads(line)


def ask(s, command, **properties):
    s.sendall(json.dumps({"id": 1, "command": command, "properties": properties}).encode() + b"\n")
    return next(lines(s))


def is_served():
    assert ask(connect(), "numwatchers")["status"] == "ok"


def many():
    """As many as there is room for work; one more is told, and room comes back."""
    peers = [connect() for _ in range(32)]
    for s in peers:
        assert ask(s, "list")["status"] == "ok"
    late = connect()
    reply = next(lines(late))
    assert reply["status"] == "error" and "too many clients" in reply["reason"], reply
    for s in peers[:5]:
        s.close()
    end = time.monotonic() + DEADLINE
    while True:
        try:
            is_served()
            return
        except (AssertionError, OSError):
            assert time.monotonic() < end
            time.sleep(0.05)


def megabyte():
    """A request of a megabyte is refused, and the next line of the same client is answered."""
    s = connect()
    big = b'{"command":"list","x":"' + b"y" * (1 << 20) + b'"}\n'
    s.setblocking(False)
    got = b""
    while big or got.count(b"\n") < 1:
        ready_in, ready_out, _ = select.select([s], [s] if big else [], [], DEADLINE)
        assert ready_in or ready_out
        if ready_in:
            got += s.recv(65536)
        if ready_out and big:
            big = big[s.send(big):]
    reply = json.loads(got.split(b"\n")[0])
    assert reply["errno"] == 1 and "longer than 65536 bytes" in reply["reason"], reply
    s.setblocking(True)
    s.settimeout(DEADLINE)
    assert ask(s, "list")["status"] == "ok"


def deaf():
    """Thousands of requests and no reading: memory stays bounded, others are served."""
    s = connect()
    s.setblocking(False)
    line = b'{"command":"status","properties":{"detail":true}}\n' * 100
    end = time.monotonic() + 2
    while time.monotonic() < end:
        try:
            s.send(line)
        except BlockingIOError:
            is_served()
            time.sleep(0.01)
    is_served()
    s.setblocking(True)
    s.settimeout(DEADLINE)
    assert next(lines(s))["status"] == "ok"


def deaf_listener():
    """A listener that takes nothing is dropped after ten seconds; supervision does not notice."""
    s = connect()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    assert ask(s, "listen")["status"] == "ok"
    other = connect()
    end = time.monotonic() + 40
    poll = select.poll()
    poll.register(s, select.POLLHUP)
    while not [e for _, e in poll.poll(0) if e & select.POLLHUP]:
        assert time.monotonic() < end, "never dropped"
        for verb in ("incr", "decr"):
            assert ask(other, verb, name="db")["status"] == "ok"
        time.sleep(0.002)
    text = b""
    while True:
        part = s.recv(1 << 20)
        if not part:
            break
        text += part
    assert text.count(b"\n") > 0


def pieces():
    """A request byte by byte, blank lines, two in one piece, an end without a newline."""
    s = connect()
    for byte in b'\n  \r\n{"id":"a","command":"numwatchers"}\n':
        s.sendall(bytes([byte]))
    replies = lines(s)
    assert next(replies)["id"] == "a"
    s.sendall(b'{"id":"b","command":"list"}\n{"id":"c","command":"list"}\n{"id":4,"command":"list"}')
    s.shutdown(socket.SHUT_WR)
    assert [reply["id"] for reply in replies] == ["b", "c", 4]


def cast():
    """Nobody wants an answer; a connection that is gone is heard all the same."""
    s = connect()
    s.sendall(b'{"command":"stop","msg_type":"cast","properties":{"name":"web"}}\n')
    s.close()
    end = time.monotonic() + DEADLINE
    while ask(connect(), "status", name="web")["status"] != "stopped":
        assert time.monotonic() < end
        time.sleep(0.02)


def faults():
    """What is wrong is told by the original's numbers."""
    cases = [
        (b"nothing", 1),
        (b'{"command":"list",}', 1),
        (b'{"command":"list","command":"quit"}', 1),
        (b'{"command":"\xff"}', 1),
        (b"[" * 5000, 1),
        (b"[1]", 3),
        (b"{}", 3),
        (b'{"command":7}', 3),
        (b'{"command":"ipython"}', 2),
        (b'{"command":"incr"}', 3),
        (b'{"command":"incr","properties":{"name":7}}', 3),
        (b'{"command":"incr","properties":{"name":"web","nb":1.5}}', 3),
        (b'{"command":"incr","properties":{"name":"web","nb":-1}}', 3),
        (b'{"command":"incr","properties":[]}', 3),
        (b'{"command":"get","properties":{"name":"web","keys":"cmd"}}', 3),
        (b'{"command":"set","properties":{"name":"web","options":[]}}', 3),
        (b'{"command":"set","properties":{"name":"web","options":{"numprocesses":[1]}}}', 3),
        (b'{"command":"set","properties":{"name":"web","options":{"stop_signal":"NO"}}}', 3),
        (b'{"command":"add","properties":{"name":"a/b","cmd":"x"}}', 3),
        (b'{"command":"add","properties":{"name":"x","cmd":""}}', 3),
        (b'{"command":"add","properties":{"name":"x","cmd":"y","options":{"nothing":1}}}', 3),
        (b'{"command":"kill","properties":{"name":"web","graceful_timeout":"long"}}', 3),
        (b'{"command":"signal","properties":{"name":"web","signum":65}}', 3),
        (b'{"command":"tail","properties":{"name":"web","lines":-1}}', 3),
        (b'{"command":"listen","properties":{"topics":"x"}}', 3),
        (b'{"command":"listen","properties":{"topics":["' + b"x" * 600 + b'"]}}', 3),
    ]
    s = connect()
    replies = lines(s)
    for line, fault in cases:
        s.sendall(line + b"\n")
        reply = next(replies)
        assert reply["status"] == "error" and reply["errno"] == fault, (line[:80], reply)
    is_served()


def garbage():
    """Random bytes in thousands of lines."""
    import random
    random.seed(4)
    s = connect()
    s.setblocking(False)
    end = time.monotonic() + 2
    while time.monotonic() < end:
        piece = bytes(random.choice(b'{}[]":,\\u09azE-+. \n\xff') for _ in range(random.randrange(1, 3000)))
        try:
            s.send(piece)
        except BlockingIOError:
            pass
        try:
            s.recv(1 << 16)
        except BlockingIOError:
            pass
    is_served()


def leaves_waiting():
    """Who asks to wait and goes away leaves nothing behind."""
    for _ in range(100):
        s = connect()
        s.sendall(b'{"command":"restart","properties":{"name":"slow","waiting":true}}\n')
        s.close()
    is_served()


globals()[case]()
print("ok")
