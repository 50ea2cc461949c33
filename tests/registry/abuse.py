#!/usr/bin/env python3
"""Broken and forbidden requests from many connections at once, then: does the server live, and did anybody get anything?

    tests/registry/abuse.py DIRECTORY [SECONDS] [SEED]

Valid requests are mutated (method, path, query, fields, body, cut, slow pieces, wrong credentials, a chunk's framing in
pieces) and sent by strangers and by a user with few rights. Nothing that they may not change may change, no answer may
show what they may not see, and the server must be what it was before: its descriptors, its memory, its answers.
SPDX-License-Identifier: Apache-2.0
"""
import base64
import json
import os
import pathlib
import random
import re
import select
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time

from registry import INDEX, MANIFEST, Registry, digest, free_port, make_image

N_THREADS = 12
PASSWORDS = {"admin": "correct horse", "bob": "staple"}
SECRET = b"only admin may read this " * 4
OPEN = b"everybody may read this " * 40
# May be kept by the allocator and in caches of bounded size; sanitizers keep what was freed, and shadows.
RSS_MAX = (1024 if os.environ.get("HULL_SANITIZED") else 192) << 20

CONFIG = """
users:
  admin: {{password: '{admin}'}}
  bob: {{password: '{bob}'}}
  "": {{}}
listen_plain: 127.0.0.1:{plain}
tls: {{certificate: tls.crt, key: tls.key}}
acl:
  - {{match: {{account: admin}}, actions: ['*']}}
  - {{match: {{account: bob, type: repository, name: 'bob/*'}}, actions: [push, pull]}}
  - {{match: {{type: repository, name: 'open/*'}}, actions: [pull]}}
limits: {{head_time: 3s, body_time: 2s, idle: 5s}}
log: {{access: false}}
"""
METHODS = ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "CONNECT", "get", "TRACE", ""]
ODD = ["%00", "%2e%2e", "..", "%2f", "//", "%", "\r\n", "\0", "é", "%c0%af", "*", "a" * 300, " ", "\t", ";", ":", "@", "?", "#"]
FIELDS = [
    "Content-Length: 0", "Content-Length: 99999999999999999999", "Content-Length: -1", "Content-Length: 9223372036854775807",
    "Transfer-Encoding: chunked", "Transfer-Encoding: gzip", "Expect: 100-continue", "Expect: x", "Connection: close",
    "Range: bytes=0-0", "Range: bytes=-1", "Range: bytes=18446744073709551615-", "Range: bytes=0-1,2-3,4-5", "Range: bytes=9-1",
    "If-None-Match: *", "If-Match: *", "If-Range: \"x\"", "Content-Range: 0-18446744073709551615", "Content-Range: 5-1",
    "Content-Range: bytes 0-9/*", "X-Forwarded-For: 127.0.0.1", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil.test",
    "Host: evil.test", "Accept: application/vnd.docker.distribution.manifest.v2+json", "Content-Type: text/html",
    "User-Agent: docker/1.3", "A" * 40000 + ": x", "X: " + "y" * 9000, "X : y", " X: y", "X\0: y",
]


class Setting:
    """The server, what is in it, and the requests that are mutated."""

    def __init__(self, directory, rng):
        hashes = {name: hashed(password) for name, password in PASSWORDS.items()}
        plain = free_port()
        self.registry = Registry(directory, CONFIG.format(plain=plain, **hashes))
        certify(self.registry.directory)
        self.ports = plain, self.registry.port
        self.registry.port = plain  # the last to be listened on
        self.registry.start()
        self.manifest, blobs = make_image(rng, 1, 3000)
        self.blobs = [*blobs, SECRET]
        self.tokens = {}
        for repository, content in (("secret/a", self.blobs), ("open/a", [*blobs, OPEN])):
            self.push(repository, content, self.admin(), self.manifest).close()
        self.rights = {name: self.token(name, "repository:bob/a:pull,push") for name in ("bob", None)}
        self.refresh = self.ask_token("bob", "&offline_token=true")["refresh_token"]
        self.before = self.everything()
        self.requests = self.valid_requests()

    def ask_token(self, user, more=""):
        client = self.registry.client()
        fields = {"Authorization": basic(user, PASSWORDS[user])} if user else {}
        _, _, body = client.must(200, "GET", f"/token?service=hull-registry{more}", **fields)
        client.close()
        return json.loads(body)

    def token(self, user, *scopes):
        return "Bearer " + self.ask_token(user, "".join(f"&scope={scope}" for scope in scopes))["token"]

    def admin(self):
        return self.token("admin", "registry:catalog:*", *(f"repository:{name}:push,pull" for name in ("secret/a", "open/a")))

    def push(self, repository, blobs, token, manifest):
        """The client that did, with its token."""
        client = self.registry.client()
        ask = client.ask
        client.ask = lambda *args, **fields: ask(*args, Authorization=token, **fields)
        for blob in blobs:
            client.push_blob(repository, blob)
        client.push_manifest(repository, "1", manifest)
        return client

    def everything(self):
        """What admin sees of the repositories that nobody else may write."""
        client, token, seen = self.registry.client(), self.admin(), {}
        for name in ("secret/a", "open/a"):
            for path in (f"{name}/tags/list", f"{name}/manifests/1", *(f"{name}/blobs/{digest(b)}" for b in (*self.blobs, OPEN))):
                status, _, body = client.ask("GET", "/v2/" + path, Authorization=token)
                seen[path] = status, body
        _, _, body = client.must(200, "GET", "/v2/_catalog", Authorization=token)
        seen["others"] = [n for n in json.loads(body)["repositories"] if not n.startswith("bob/")]
        client.close()
        return seen

    def valid_requests(self):
        """Method, path, fields, body: each of them right in form, if not by right."""
        requests, layer = [], digest(self.blobs[1])
        for name in ("secret/a", "open/a", "bob/a"):
            uploads = f"/v2/{name}/blobs/uploads/"
            requests += [("GET", f"/v2/{name}/{what}", [], b"") for what in (
                "tags/list?n=1&last=0", "manifests/1", f"manifests/{digest(self.manifest)}", f"blobs/{layer}",
                f"blobs/{digest(SECRET)}", f"referrers/{layer}?artifactType=a/b", "blobs/uploads/00000000-0000-0000-0000-000000000000")]
            requests += [("DELETE", f"/v2/{name}/{what}", [], b"") for what in ("manifests/1", f"blobs/{layer}")]
            requests += [
                ("POST", uploads, [], b""), ("POST", f"{uploads}?digest={digest(OPEN)}", [], OPEN),
                ("POST", f"{uploads}?mount={digest(SECRET)}&from=secret/a", [], b""), ("POST", f"{uploads}?mount={digest(SECRET)}", [], b""),
                ("PUT", f"/v2/{name}/manifests/2?tag=3&tag=4", [f"Content-Type: {MANIFEST}"], self.manifest),
                ("PUT", f"/v2/{name}/manifests/9", [f"Content-Type: {INDEX}"], b'{"schemaVersion":2,"manifests":[]}'),
                ("PUT", f"/v2/{name}/manifests/deep", [f"Content-Type: {INDEX}"], b'{"a":' * 3000),
                ("PUT", f"/v2/{name}/manifests/type", [], json.dumps({"schemaVersion": 2, "mediaType": "a/b\r\nX: y"}).encode()),
            ]
        form = "Content-Type: application/x-www-form-urlencoded"
        grants = ["grant_type=password&username=bob&password=staple&scope=repository:secret/a:pull&service=hull-registry",
                  f"grant_type=refresh_token&refresh_token={self.refresh}&scope=repository:secret/a:pull&service=hull-registry"]
        requests += [("POST", "/token", [form], grant.encode()) for grant in grants]
        return requests + [
            ("GET", "/v2/", [], b""), ("GET", "/v2/_catalog?n=1", [], b""), ("GET", "/", [], b""),
            ("GET", "/token?service=hull-registry&scope=repository:secret/a:pull,push&scope=registry:catalog:*", [], b"")]


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def hashed(password):
    line = subprocess.run(["htpasswd", "-nbB", "-C", "5", "x", password], check=True, capture_output=True, text=True).stdout
    return line.strip().split(":", 1)[1]


def certify(directory):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", directory / "tls.key",
                    "-out", directory / "tls.crt"], check=True, capture_output=True)


def connect(rng, ports):
    """Plain or through TLS; now and then with a handshake that is none, or plain to the port of TLS."""
    kind = rng.randrange(8)
    sock = socket.create_connection(("127.0.0.1", ports[kind > 4]), 5)
    if kind == 5:
        sock.sendall(b"\x16\x03\x01\x02\x00" + rng.randbytes(rng.randrange(300)))
    elif kind > 5:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        sock = context.wrap_socket(sock, server_hostname="localhost")
    return sock


def mutate_text(rng, text):
    at = rng.randrange(len(text) + 1)
    end = min(len(text), at + rng.randrange(1, 8))
    return rng.choice((text[:at] + rng.choice(ODD) + text[at:], text[:at] + text[end:], text[:at] + text[at:end] * 9 + text[end:]))


def flip_case(rng, text):
    at = rng.randrange(len(text) + 1)
    return text[:at] + text[at:at + 1].swapcase() + text[at + 1:]


def forged(rng, setting):
    """A token that is nearly one: parts of the right ones, other algorithms, keys of its own."""
    head, payload, signature = setting.rights["bob"].split(" ")[1].split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["sub"], claims["access"] = "admin", [{"type": "repository", "name": "secret/a", "actions": ["*"]}]
    mine = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    other = {"typ": "JWT", "alg": rng.choice(("none", "HS256", "ES256", "RS256", "EdDSA"))}
    other.update(rng.choice(({}, {"kid": "x"}, {"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}, {"x5c": ["AAAA"]})))
    header = base64.urlsafe_b64encode(json.dumps(other).encode()).decode().rstrip("=")
    return "Bearer " + rng.choice((f"{head}.{mine}.{signature}", f"{header}.{mine}.", f"{header}.{mine}.{signature}", f"{header}.{payload}.{signature}"))


def credentials(rng, setting):
    kind = rng.randrange(9)
    if kind < 3:
        return setting.rights["bob"]
    if kind == 3:
        return setting.rights[None]
    if kind == 4:
        return basic("bob", "staple")
    if kind == 5:
        return "Bearer " + setting.refresh
    if kind == 6:
        return forged(rng, setting)
    if kind == 7:
        return mutate_text(rng, rng.choice((setting.rights["bob"], basic("bob", "staple"))))
    return None


def chunked(rng, body):
    out = b""
    while body:
        n = rng.randrange(1, len(body) + 1)
        out += b"%x" % n + rng.choice((b"", b"", b";a=b", b"\n", b"g")) + b"\r\n" + body[:n] + b"\r\n"
        body = body[n:]
    return out + rng.choice((b"0\r\n\r\n", b"0\r\nX: y\r\n\r\n", b"0\r\n", b""))


def request_bytes(rng, setting):
    method, path, fields, body = rng.choice(setting.requests)
    fields = ["Host: a", *fields]
    authorization = credentials(rng, setting)
    if authorization:
        fields.append("Authorization: " + authorization)
    for _ in range(rng.choice((0, 0, 0, 1, 2))):
        path = rng.choice((mutate_text, flip_case))(rng, path)
    if rng.random() < 0.2:
        method = rng.choice(METHODS)
    if rng.random() < 0.3:
        fields.insert(rng.randrange(len(fields) + 1), rng.choice(FIELDS))
    if rng.random() < 0.1:
        body = bytes(rng.randbytes(rng.randrange(100000)))
    if body and rng.random() < 0.4:
        fields.append("Transfer-Encoding: chunked")
        body = chunked(rng, body)
    elif body or method in ("POST", "PUT", "PATCH"):
        fields.append(f"Content-Length: {len(body) + rng.choice((0, 0, 0, 0, 0, 1, -1, 70000))}")
    if rng.random() < 0.05:
        rng.shuffle(fields)
    head = f"{method} {path} {rng.choice(('HTTP/1.1',) * 9 + ('HTTP/1.0',))}\r\n" + "".join(f + "\r\n" for f in fields) + "\r\n"
    return head.encode("utf-8", "surrogateescape"), body


def deliver(rng, sock, content):
    """At once, in a few pieces, byte by byte at the front, or not to its end."""
    if rng.random() < 0.15:
        content = content[:rng.randrange(len(content) + 1)]
    if rng.random() < 0.7:
        sock.sendall(content)
        return
    for _ in range(rng.randrange(1, 12)):
        n = rng.choice((1, 1, 2, 17, 1000))
        sock.sendall(content[:n])
        content = content[n:]
        time.sleep(rng.choice((0, 0.001, 0.005)))
    sock.sendall(content)


def take_answers(rng, sock):
    """What comes until the server is quiet; few wait for the end."""
    answer, patience = b"", rng.choice((0, 0.02, 0.05, 0.2))
    while select.select([sock], [], [], patience)[0]:
        some = sock.recv(rng.choice((10, 65536)))
        answer += some
        if not some or len(answer) > 1 << 20:
            break
    return answer


class Abuser(threading.Thread):
    def __init__(self, setting, seed, until):
        super().__init__()
        self.setting, self.rng, self.until = setting, random.Random(seed), until
        self.faults, self.statuses, self.n = [], set(), 0

    def one(self):
        rng, asked = self.rng, b""
        with connect(rng, self.setting.ports) as sock:
            for _ in range(rng.choice((1, 1, 1, 2, 5))):
                head, body = request_bytes(rng, self.setting)
                asked += head
                deliver(rng, sock, head + body)
            answer = take_answers(rng, sock)
            if rng.random() < 0.2:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.judge(asked, answer)
        self.n += 1

    def judge(self, asked, answer):
        self.statuses.update(int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer))
        if SECRET[:20] in answer:
            self.faults.append(f"the secret went out for {asked[:300]!r}")
        if re.search(rb"^X: y", answer, re.M):
            self.faults.append(f"a field of the client's own came back for {asked[:300]!r}")
        if re.search(rb"HTTP/1\.1 500 ", answer):
            self.faults.append(f"500 for {asked[:300]!r}: {answer[-300:]!r}")

    def run(self):
        while time.monotonic() < self.until and len(self.faults) < 5:
            try:
                self.one()
            except OSError:
                pass  # the server may close at any time


def target(link):
    try:
        return os.readlink(link)
    except OSError:
        return ""


def proc(pid):
    """Descriptors, but for blobs that a bounded cache keeps open, and bytes of memory."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    n_fds = sum("/blobs/" not in target(link) for link in pathlib.Path(f"/proc/{pid}/fd").iterdir())
    return n_fds, int(re.search(r"VmRSS:\s+(\d+)", status)[1]) << 10


def descriptors_settle(pid, wanted):
    """Connections that were cut linger for a moment."""
    deadline = time.monotonic() + 15
    while proc(pid)[0] > wanted and time.monotonic() < deadline:
        time.sleep(0.2)
    return proc(pid)[0]


def reload_now_and_then(registry, until):
    while time.monotonic() < until and registry.process.poll() is None:
        registry.process.send_signal(signal.SIGHUP)
        time.sleep(0.3)


def campaign(setting, seconds, seed):
    until = time.monotonic() + seconds
    abusers = [Abuser(setting, seed * 1000 + i, until) for i in range(N_THREADS)]
    for abuser in abusers:
        abuser.start()
    reload_now_and_then(setting.registry, until)
    for abuser in abusers:
        abuser.join()
    return abusers


def checks(setting, abusers, before):
    registry = setting.registry
    faults = [fault for abuser in abusers for fault in abuser.faults]
    yield "nothing was shown that may not be seen, nothing failed inside", faults[:5]
    yield "the server lives", [] if registry.process.poll() is None else [registry.tail()]
    statuses = set().union(*(abuser.statuses for abuser in abusers))
    wanted = {200, 400, 401, 404}
    yield "requests of all kinds were answered", [f"never {wanted - statuses}"] if wanted - statuses else []
    manifest, blobs = make_image(random.Random(2), 2)
    client = setting.push("bob/a", blobs, setting.token("bob", "repository:bob/a:pull,push"), manifest)
    wrong = client.fetch("bob/a", "manifests", "1") != manifest or client.fetch("bob/a", "blobs", digest(blobs[1])) != blobs[1]
    client.close()
    yield "who has the right pushes and pulls", ["what came back is not what was pushed"] if wrong else []
    n_fds, rss = descriptors_settle(registry.process.pid, before), proc(registry.process.pid)[1]
    yield "no descriptor is left over", [f"{before} before, {n_fds} now"] if n_fds > before else []
    yield "memory is bounded", [f"{rss >> 20} MiB"] if rss > RSS_MAX else []
    after = setting.everything()
    yield "nothing was written without a right", [f"{p}: {after[p]!r:.200}" for p in after if after[p] != setting.before[p]]
    yield "it ends in order", [] if registry.stop() == 0 else [registry.tail()]


def main():
    seconds, seed = float(sys.argv[2]) if len(sys.argv) > 2 else 10, int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(10**6)
    setting = Setting(pathlib.Path(sys.argv[1]) / "abuse", random.Random(seed))
    for abuser in campaign(setting, 0.5, seed + 1):  # caches and pools are warm
        abuser.join()
    time.sleep(6)  # what was left of that is gone: limits.idle
    before = proc(setting.registry.process.pid)[0]
    abusers = campaign(setting, seconds, seed)
    failed, n = 0, 0
    for name, faults in checks(setting, abusers, before):
        n += 1
        failed += bool(faults)
        print(f"{'not ok' if faults else 'ok'} {n} - {name}")
        for fault in faults:
            print(f"# {fault}")
    print(f"1..{n}\n# {sum(abuser.n for abuser in abusers)} connections, seed {seed}")
    if failed and setting.registry.process.poll() is None:
        setting.registry.kill()
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
