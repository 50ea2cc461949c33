#!/usr/bin/env python3
"""Kills the server at random moments of pushes, deletes and collections; what was acknowledged must be there afterwards.

    tests/registry/crash.py DIRECTORY [ROUNDS [SEED]]     TAP on stdout

Each round: start, a few clients push images (whole, in pieces, as an index), move tags and delete, a collector runs with
no grace to speak of; kill -9 after a random while; start again; every acknowledged manifest that nobody asked to delete has
all its parts readable with the right hash, and every tag leads to one that was asked for.
SPDX-License-Identifier: Apache-2.0
"""
import http.client
import json
import pathlib
import random
import subprocess
import sys
import threading
import time

from registry import INDEX, MANIFEST, OCTETS, Registry, check_manifest, descriptor, digest, make_image

CONFIG = """open: true
delete: true
log: {access: false}
gc: {every: 50ms, grace: 2s, untagged: 10s}
limits: {connections_per_address: 4096}
"""
LOST = (OSError, http.client.HTTPException)


class Ledger:
    """What the clients know. A manifest is `kept` when its PUT was answered and no delete of it was begun."""

    def __init__(self):
        self.lock = threading.Lock()
        self.kept = {}    # (repository, tag): digest, bytes; tagged ones only, which no collector may take
        self.unsure = {}  # (repository, tag): set of digests it may be at, None for absent


def forget(ledger, repository, tag, *possible):
    with ledger.lock:
        was = ledger.kept.pop((repository, tag), None)
        options = ledger.unsure.setdefault((repository, tag), set())
        options.update(possible)
        options.add(was[0] if was else None)


def settle(ledger, repository, tag, name, content):
    with ledger.lock:
        ledger.unsure.pop((repository, tag), None)
        ledger.kept[(repository, tag)] = (name, content)


def push(client, ledger, rng, repository, shared):
    manifest, blobs = make_image(rng, rng.randrange(1, 4), shared=shared)
    tag, media_type = f"t{rng.randrange(6)}", MANIFEST
    for blob in blobs:
        client.push_blob(repository, blob, rng.choice((1, 1, 3)))
        shared.append(blob)
    del shared[:-8]
    if rng.random() < 0.2:
        client.push_manifest(repository, digest(manifest), manifest)
        manifest = json.dumps({"schemaVersion": 2, "mediaType": INDEX,
                               "manifests": [descriptor(manifest, MANIFEST)]}).encode()
        media_type = INDEX
    name = digest(manifest)
    forget(ledger, repository, tag, name)
    client.push_manifest(repository, tag, manifest, media_type)
    settle(ledger, repository, tag, name, manifest)


def delete(client, ledger, rng, repository):
    tag = f"t{rng.randrange(6)}"
    forget(ledger, repository, tag, None)
    status, _, content = client.ask("DELETE", f"/v2/{repository}/manifests/{tag}")
    if status not in (202, 404):
        raise AssertionError(f"DELETE of a tag: {status}: {content[:200]!r}")
    with ledger.lock:
        ledger.unsure.pop((repository, tag), None)


def abandon(client, rng, repository):
    _, headers, _ = client.must(202, "POST", f"/v2/{repository}/blobs/uploads/")
    client.must(202, "PATCH", headers["Location"], rng.randbytes(5000), Content_Type=OCTETS)


def work(server, ledger, seed, stop, faults):
    """One client; it alone writes to its repositories, so that it knows what must be there."""
    rng, shared = random.Random(seed), []
    number = seed % 1000
    try:
        client = server.client()
        while not stop.is_set():
            repository = f"team{number}/app{rng.randrange(2)}"
            what = rng.random()
            if what < 0.75:
                push(client, ledger, rng, repository, shared)
            elif what < 0.9:
                delete(client, ledger, rng, repository)
            else:
                abandon(client, rng, repository)
    except LOST:
        pass
    except AssertionError as error:
        faults.append(str(error))


def check(server, ledger):
    client, faults = server.client(), []
    for (repository, tag), (name, content) in sorted(ledger.kept.items()):
        if wrong := check_manifest(client, repository, tag, content):
            faults.append(wrong)
        elif wrong := check_manifest(client, repository, name, content):
            faults.append(wrong)
    for (repository, tag), options in list(ledger.unsure.items()):
        found = client.fetch(repository, "manifests", tag)
        name = digest(found) if found is not None else None
        if name not in options:
            faults.append(f"{repository}:{tag} is at {name}, which nobody asked for")
        elif name and (wrong := check_manifest(client, repository, tag)):
            faults.append(wrong)
        del ledger.unsure[(repository, tag)]
        if name:
            ledger.kept[(repository, tag)] = (name, found)
    client.close()
    return faults


def main():
    directory = pathlib.Path(sys.argv[1])
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 40
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30)
    rng, ledger, faults, hit = random.Random(seed), Ledger(), [], 0
    server = Registry(directory, CONFIG)
    for n in range(rounds):
        server.start()
        stop = threading.Event()
        clients = [threading.Thread(target=work, args=(server, ledger, rng.randrange(1 << 20) * 1000 + i, stop, faults))
                   for i in range(3)]
        for client in clients:
            client.start()
        time.sleep(rng.uniform(0.005, 0.25))
        hit += server.process.poll() is None
        server.kill()
        stop.set()
        for client in clients:
            client.join()
        server.start()
        faults += check(server, ledger)
        if faults:
            break
        if n % 10 == 9:
            server.kill()
        elif server.stop() != 0:
            faults.append(f"the server ended with {server.process.returncode}: {server.tail()}")
    server.start()
    faults += check(server, ledger)
    server.stop()
    verdict = subprocess.run([server.program, "verify", "--config", server.file], capture_output=True, text=True)
    if verdict.returncode:
        faults.append("verify: " + verdict.stdout + verdict.stderr)
    print("1..1")
    for fault in faults[:20]:
        print("#", fault)
    print("ok" if not faults else "not ok", f"1 - {hit} kills (seed {seed}) lose nothing acknowledged;",
          f"{len(ledger.kept)} images are whole")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
