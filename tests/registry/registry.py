"""registry.py - a hull-registry under test: started, killed, asked; images made and pushed by hand.

Standard library only, so that what is sent and expected stands here in full. The program is $HULL_REGISTRY.
SPDX-License-Identifier: Apache-2.0
"""
import hashlib
import http.client
import json
import os
import pathlib
import random
import re
import socket
import subprocess
import sys
import time

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(TOP / "tests/lib"))
from free_port import free_port  # noqa: E402 (of the line above)

PROGRAM = os.environ.get("HULL_REGISTRY", str(TOP / "build/cmd/hull-registry/hull-registry"))
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
OCTETS = "application/octet-stream"


def digest(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def descriptor(content, media_type):
    return {"mediaType": media_type, "digest": digest(content), "size": len(content)}


class Registry:
    """One server on one directory. It may die and come back; port and directory stay."""

    def __init__(self, directory, config="open: true\n", program=None):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.store = self.directory / "store"
        self.port = free_port()
        self.file = self.directory / "registry.yml"
        self.file.write_text(f"listen: 127.0.0.1:{self.port}\nstorage: {self.store}\n{config}")
        self.program = program or PROGRAM
        self.process = None

    def start(self, wait=20):
        log = open(self.directory / "log", "ab")
        self.process = subprocess.Popen([self.program, "serve", "--config", str(self.file)], stdout=log, stderr=log)
        deadline = time.monotonic() + wait
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1):
                    return self
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("the server does not start: " + self.tail()) from None
                time.sleep(0.005)

    def tail(self):
        return (self.directory / "log").read_text(errors="replace")[-2000:]

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Ends it in order; the exit status. A sanitizer that found something counts as a failure."""
        self.process.terminate()
        status = self.process.wait(60)
        found = re.search(r"Sanitizer|runtime error:", (self.directory / "log").read_text(errors="replace"))
        return status or (1 if found else 0)

    def client(self):
        return Client(self.port)


class Client:
    """One keep-alive connection. A lost one raises OSError or http.client.HTTPException: nothing was acknowledged."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def close(self):
        self.connection.close()

    def ask(self, method, path, body=None, **fields):
        """Status, fields, body."""
        headers = {name.replace("_", "-"): value for name, value in fields.items()}
        if body is None and method in ("POST", "PUT", "PATCH"):
            headers["Content-Length"] = "0"
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        return answer.status, answer.headers, answer.read()

    def must(self, want, method, path, body=None, **fields):
        status, headers, content = self.ask(method, path, body, **fields)
        if status not in (want if isinstance(want, tuple) else (want,)):
            raise AssertionError(f"{method} {path}: {status}, not {want}: {content[:300]!r}")
        return status, headers, content

    def push_blob(self, repository, content, pieces=1):
        """In one PUT, or in that many PATCHes before an empty one."""
        if self.ask("HEAD", f"/v2/{repository}/blobs/{digest(content)}")[0] == 200:
            return
        _, headers, _ = self.must(202, "POST", f"/v2/{repository}/blobs/uploads/")
        location = headers["Location"]
        if pieces > 1:
            size = max(1, len(content) // pieces)
            for at in range(0, len(content), size):
                _, headers, _ = self.must(202, "PATCH", location, content[at:at + size], Content_Type=OCTETS)
                location = headers["Location"]
            content_left, name = None, digest(content)
        else:
            content_left, name = content, digest(content)
        joint = "&" if "?" in location else "?"
        self.must(201, "PUT", f"{location}{joint}digest={name}", content_left, Content_Type=OCTETS)

    def push_manifest(self, repository, reference, manifest, media_type=MANIFEST):
        self.must(201, "PUT", f"/v2/{repository}/manifests/{reference}", manifest, Content_Type=media_type)
        return digest(manifest)

    def fetch(self, repository, kind, reference):
        """Content or None; checked against the digest it was asked by or told with."""
        status, headers, content = self.ask("GET", f"/v2/{repository}/{kind}/{reference}", Accept="*/*")
        if status == 404:
            return None
        if status != 200:
            raise AssertionError(f"GET {kind}/{reference} of {repository}: {status}: {content[:300]!r}")
        told = reference if ":" in reference else headers["Docker-Content-Digest"]
        if digest(content) != told:
            raise AssertionError(f"{kind}/{reference} of {repository}: the content is {digest(content)}")
        return content


def make_image(rng, n_layers=2, largest=60000, shared=()):
    """Manifest and blobs, new but for those of `shared` that were chosen."""
    layers = [rng.randbytes(rng.randrange(1, largest)) for _ in range(n_layers)]
    layers += [rng.choice(shared)] if shared and rng.random() < 0.5 else []
    config = json.dumps({"architecture": "amd64", "os": "linux", "n": rng.random()}).encode()
    manifest = json.dumps({
        "schemaVersion": 2, "mediaType": MANIFEST,
        "config": descriptor(config, "application/vnd.oci.image.config.v1+json"),
        "layers": [descriptor(layer, "application/vnd.oci.image.layer.v1.tar") for layer in layers],
    }).encode()
    return manifest, [config, *layers]


def parts_of(manifest):
    """The digests that a manifest needs: blobs, and manifests of an index."""
    tree = json.loads(manifest)
    blobs = [part["digest"] for part in [tree["config"], *tree["layers"]]] if "layers" in tree else []
    return blobs, [child["digest"] for child in tree.get("manifests", [])]


def check_manifest(client, repository, name, content=None):
    """The whole image can be read, every part with the right hash. The word of what is wrong, or None."""
    try:
        found = client.fetch(repository, "manifests", name)
        if found is None:
            return f"{repository}@{name}: the manifest is gone"
        if content is not None and found != content:
            return f"{repository}@{name}: other bytes"
        blobs, children = parts_of(found)
        for blob in blobs:
            if client.fetch(repository, "blobs", blob) is None:
                return f"{repository}@{name}: the blob {blob} is gone"
        for child in children:
            if wrong := check_manifest(client, repository, child):
                return wrong
    except AssertionError as error:
        return str(error)
    return None
