#!/usr/bin/env python3
"""Many clients push, move tags, delete, mount and pull while the collector and the verifier run; then the books are closed.

    tests/registry/history.py DIRECTORY [SECONDS [CLIENTS [SEED]]]     TAP on stdout

Checked meanwhile: whatever a client reads has the right hash; a client that alone owns a tag reads what it wrote last; a tag
that all share is always at something that was pushed. Checked afterwards: every acknowledged manifest that was not deleted is
whole, deleted ones are gone, and when all is deleted the collector leaves an empty store.
SPDX-License-Identifier: Apache-2.0
"""
import json
import pathlib
import random
import subprocess
import sys
import threading
import time

from registry import Registry, check_manifest, digest, make_image

CONFIG = """open: true
delete: true
log: {access: false}
gc: {every: 20ms, grace: 2s}
verify: {every: 1s}
limits: {connections_per_address: 4096}
"""


class Client(threading.Thread):
    def __init__(self, server, number, seed, deadline, shared, faults):
        super().__init__()
        self.server, self.number, self.deadline, self.shared, self.faults = server, number, deadline, shared, faults
        self.rng = random.Random(seed)
        self.own = {}  # tag: (digest, bytes) in the repository of its own
        self.blobs = []
        self.counts = {}

    def run(self):
        steps = [(self.push, 5), (self.move, 3), (self.remove, 2), (self.mount, 2), (self.pull, 6), (self.share, 2)]
        try:
            self.http = self.server.client()
            while time.monotonic() < self.deadline and not self.faults:
                step = self.rng.choices([s for s, _ in steps], [w for _, w in steps])[0]
                step()
                self.counts[step.__name__] = self.counts.get(step.__name__, 0) + 1
        except Exception as error:  # any surprise is a fault of the server: report it, end
            self.faults.append(f"client {self.number}: {type(error).__name__}: {error}")

    @property
    def home(self):
        return f"client{self.number}/app"

    def push(self):
        manifest, blobs = make_image(self.rng, shared=[blob for _, blob in self.blobs])
        for blob in blobs:
            self.http.push_blob(self.home, blob, self.rng.choice((1, 1, 2)))
        tag = f"v{self.rng.randrange(5)}"
        self.http.push_manifest(self.home, tag, manifest)
        self.own[tag] = (digest(manifest), manifest)
        self.blobs = ([(self.home, blob) for blob in blobs] + self.blobs)[:6]

    def move(self):
        if not self.own:
            return
        name, manifest = self.rng.choice(list(self.own.values()))
        tag = f"v{self.rng.randrange(5)}"
        self.http.push_manifest(self.home, tag, manifest)
        self.own[tag] = (name, manifest)

    def remove(self):
        if not self.own:
            return
        tag = self.rng.choice(list(self.own))
        name = self.own[tag][0]
        if self.rng.random() < 0.5:
            self.http.must(202, "DELETE", f"/v2/{self.home}/manifests/{tag}")
            del self.own[tag]
        else:
            self.http.must(202, "DELETE", f"/v2/{self.home}/manifests/{name}")
            for other in [t for t, (n, _) in self.own.items() if n == name]:
                del self.own[other]
        if self.http.fetch(self.home, "manifests", tag) is not None:
            raise AssertionError(f"{self.home}:{tag} is there after its deletion")

    def mount(self):
        if not self.own:
            return
        _, manifest = self.rng.choice(list(self.own.values()))
        blob = json.loads(manifest)["layers"][0]["digest"]
        status, headers, _ = self.http.must((201, 202), "POST",
                                            f"/v2/mounts{self.number}/blobs/uploads/?mount={blob}&from={self.home}")
        if status != 201:
            raise AssertionError(f"{blob} of a live manifest cannot be mounted")
        if self.http.fetch(f"mounts{self.number}", "blobs", blob) is None:
            raise AssertionError(f"{blob} is gone right after it was mounted")

    def pull(self):
        if self.own and self.rng.random() < 0.7:
            tag = self.rng.choice(list(self.own))
            if wrong := check_manifest(self.http, self.home, tag, self.own[tag][1]):
                raise AssertionError(wrong)
        else:
            content = self.http.fetch("all/shared", "manifests", "latest")
            if content is not None and digest(content) not in self.shared:
                raise AssertionError("all/shared:latest is at something that nobody pushed")

    def share(self):
        manifest, blobs = make_image(self.rng)
        for blob in blobs:
            self.http.push_blob("all/shared", blob)
        self.shared[digest(manifest)] = manifest
        self.http.push_manifest("all/shared", "latest", manifest)


def delete_all(server, clients):
    http = server.client()
    names = {(client.home, name) for client in clients for name, _ in client.own.values()}
    for repository in [client.home for client in clients] + ["all/shared"]:
        status, _, body = http.ask("GET", f"/v2/{repository}/tags/list")
        if status == 200:
            for tag in json.loads(body)["tags"]:
                content = http.fetch(repository, "manifests", tag)
                if content is not None:
                    names.add((repository, digest(content)))
    for repository, name in names:
        http.must((202, 404), "DELETE", f"/v2/{repository}/manifests/{name}")


def main():
    directory = pathlib.Path(sys.argv[1])
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 10
    n_clients = int(sys.argv[3]) if len(sys.argv) > 3 else 8
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else random.randrange(1 << 30)
    server = Registry(directory, CONFIG).start()
    faults, shared = [], {}
    clients = [Client(server, i, seed * 100 + i, time.monotonic() + seconds, shared, faults) for i in range(n_clients)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    http = server.client()
    for client in clients if not faults else []:
        for tag, (_, manifest) in client.own.items():
            if wrong := check_manifest(http, client.home, tag, manifest):
                faults.append(wrong)
    counts = {}
    for client in clients:
        for step, n in client.counts.items():
            counts[step] = counts.get(step, 0) + n
    if not faults:
        delete_all(server, clients)
    http.close()
    if server.stop() != 0:
        faults.append(f"the server ended with {server.process.returncode}: {server.tail()}")
    if not faults:
        server.file.write_text(server.file.read_text().replace("grace: 2s", "grace: 1ms"))
        for _ in range(4):  # one round takes manifests, the next links, then blobs are condemned, then removed
            done = subprocess.run([server.program, "gc", "--config", server.file, "--untagged"],
                                  capture_output=True, text=True)
            if done.returncode:
                faults.append("gc: " + done.stdout + done.stderr)
        left = [str(p) for p in (server.store / "docker/registry/v2/blobs").rglob("data")]
        if left:
            faults.append(f"{len(left)} blobs are left when all is deleted: {left[:3]}")
    print("1..1")
    for fault in faults[:20]:
        print("#", fault)
    print("ok" if not faults else "not ok", f"1 - {sum(counts.values())} steps of {n_clients} clients (seed {seed}),",
          ", ".join(f"{step} {n}" for step, n in sorted(counts.items())))
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
