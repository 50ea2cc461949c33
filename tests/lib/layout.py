#!/usr/bin/env python3
"""Writes an OCI layout: tag "multi" an index of two images (amd64, arm64), tag "one" the first of them.

    layout.py DIRECTORY [KIB]     each image has a layer of that many random KiB, as a tar with one file
SPDX-License-Identifier: Apache-2.0
"""
import gzip
import hashlib
import io
import json
import os
import pathlib
import sys
import tarfile

OCI = "application/vnd.oci.image."
top = pathlib.Path(sys.argv[1])
size = int(sys.argv[2]) << 10
blobs = top / "blobs/sha256"
blobs.mkdir(parents=True, exist_ok=True)


def put(content, media_type):
    name = hashlib.sha256(content).hexdigest()
    (blobs / name).write_bytes(content)
    return {"mediaType": OCI + media_type, "digest": "sha256:" + name, "size": len(content)}


def put_json(tree, media_type):
    return put(json.dumps(tree).encode(), media_type)


def image(architecture):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        member = tarfile.TarInfo("content")
        member.size = size
        tar.addfile(member, io.BytesIO(os.urandom(size)))
    layer = file.getvalue()
    platform = {"architecture": architecture, "os": "linux"}
    config = put_json({**platform, "config": {"Cmd": ["/content"]}, "rootfs": {
        "type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]}}, "config.v1+json")
    manifest = put_json({"schemaVersion": 2, "mediaType": OCI + "manifest.v1+json", "config": config,
                         "layers": [put(gzip.compress(layer, 1), "layer.v1.tar+gzip")]}, "manifest.v1+json")
    return {**manifest, "platform": platform}


def named(descriptor, name):
    return {**descriptor, "annotations": {"org.opencontainers.image.ref.name": name}}


images = [image("amd64"), image("arm64")]
index = put_json({"schemaVersion": 2, "mediaType": OCI + "index.v1+json", "manifests": images}, "index.v1+json")
(top / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
(top / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [named(index, "multi"), named(images[0], "one")]}))
