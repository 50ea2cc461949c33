#!/usr/bin/env python3
"""archives.py KIND FILE - writes an archive of images by hand: forms that other tools write, and
lies. With 'list' as KIND it names all kinds."""
import gzip
import hashlib
import io
import json
import sys
import tarfile

OCI = "application/vnd.oci.image."


def tar(files, links=()):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in files:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        for name, target in links:
            member = tarfile.TarInfo(name)
            member.type = tarfile.SYMTYPE
            member.linkname = target
            archive.addfile(member)
    return out.getvalue()


def sha(data):
    return hashlib.sha256(data).hexdigest()


def text(value):
    return json.dumps(value).encode()


def config(layers, arch="amd64"):
    return text(
        {
            "architecture": arch,
            "os": "linux",
            "config": {"Cmd": [arch]},
            "rootfs": {"type": "layers", "diff_ids": ["sha256:" + sha(layer) for layer in layers]},
        }
    )


LOWER = tar([("lower", b"1\n"), ("both", b"lower\n")])
UPPER = tar([("both", b"upper\n"), (".wh.lower", b"")])


def docker(layers=(LOWER, UPPER), tags=("old/form:1",), **lie):
    """What docker before 25 saves: a directory a layer, equal ones as links."""
    body = config(layers)
    name = lie.get("config_name", sha(body) + ".json")
    files, links, paths, seen = [(name, body)], [], [], {}
    for i, layer in enumerate(layers):
        path = f"{sha(b'%d' % i)}/layer.tar"
        paths.append(path)
        if layer in seen:
            links.append((path, "../" + seen[layer]))
            continue
        seen[layer] = path
        files.append((path, lie.get("layer", layer)))
    item = {"Config": name, "RepoTags": list(tags), "Layers": paths}
    item.update(lie.get("item", {}))
    return tar(files + [("manifest.json", text([item]))], links)


class Layout:
    def __init__(self):
        self.files = {}
        self.entries = []

    def blob(self, data, media_type, **more):
        self.files["blobs/sha256/" + sha(data)] = data
        return {"mediaType": media_type, "digest": "sha256:" + sha(data), "size": len(data), **more}

    def image(self, arch="amd64", layers=(LOWER,), **more):
        manifest = {
            "schemaVersion": 2,
            "mediaType": OCI + "manifest.v1+json",
            "config": self.blob(config(layers, arch), OCI + "config.v1+json"),
            "layers": [
                self.blob(gzip.compress(layer, mtime=0), OCI + "layer.v1.tar+gzip") for layer in layers
            ],
        }
        manifest.update(more.pop("manifest", {}))
        return self.blob(text(manifest), OCI + "manifest.v1+json", **more)

    def index(self, entries, **more):
        body = {"schemaVersion": 2, "mediaType": OCI + "index.v1+json", "manifests": entries}
        return self.blob(text(body), OCI + "index.v1+json", **more)

    def write(self, entries, **replaced):
        files = dict(self.files)
        files["oci-layout"] = text({"imageLayoutVersion": "1.0.0"})
        files["index.json"] = text({"schemaVersion": 2, "manifests": entries})
        files.update({name.replace("__", "/"): data for name, data in replaced.items()})
        return tar([(name, data) for name, data in files.items() if data is not None])


def name(text_):
    return {"org.opencontainers.image.ref.name": text_}


def on(arch, variant=None):
    platform = {"os": "linux", "architecture": arch}
    if variant:
        platform["variant"] = variant
    return platform


def oci_platforms():
    """index.json → index → manifests of several platforms and an attestation."""
    it = Layout()
    entries = [it.image(arch, platform=on(arch)) for arch in ("arm64", "amd64", "riscv64")]
    entries.append(it.image("none", platform={"os": "unknown", "architecture": "unknown"}))
    return it.write([it.index(entries, annotations=name("many/platforms:1"))])


def oci_flat_platforms():
    it = Layout()
    entries = [
        it.image(arch, platform=on(arch), annotations=name("flat:1")) for arch in ("arm64", "amd64")
    ]
    return it.write(entries)


def oci_two_images():
    it = Layout()
    one = it.image(annotations=name("one:1"))
    two = it.image(layers=(LOWER, UPPER), annotations={"io.containerd.image.name": "docker.io/library/two:2"})
    return it.write([one, {**one, "annotations": name("uno:1")}, two])


def oci_wrong_layer():
    it = Layout()
    entry = it.image()
    path = [p for p, data in it.files.items() if data[:2] == b"\x1f\x8b"][0]
    damaged = bytearray(it.files[path])
    damaged[len(damaged) // 2] ^= 1
    it.files[path] = bytes(damaged)
    return it.write([entry])


def oci_wrong_diff_id():
    it = Layout()
    lying = it.blob(config((UPPER,)), OCI + "config.v1+json")
    return it.write([it.image(manifest={"config": lying})])


def oci_missing_blob():
    it = Layout()
    entry = it.image()
    del it.files[[p for p, data in it.files.items() if data[:2] == b"\x1f\x8b"][0]]
    return it.write([entry])


def oci_wrong_size():
    it = Layout()
    entry = it.image()
    entry["size"] += 1
    return it.write([entry])


def oci_index_loop():
    it = Layout()
    entry = it.image(platform=on("amd64"))
    for _ in range(8):
        entry = it.index([{**entry, "platform": on("amd64")}])
    return it.write([entry])


def oci_escaping_layer():
    it = Layout()
    return it.write([it.image(layers=(tar([("../../escaped", b"x")]),))])


def oci_second_image_bad():
    it = Layout()
    good, bad = it.image(annotations=name("good:1")), it.image(layers=(UPPER,), annotations=name("bad:1"))
    return it.write([good, {**bad, "digest": "sha256:" + "0" * 64}])


def oci_layout_2():
    it = Layout()
    return it.write([it.image()], **{"oci-layout": text({"imageLayoutVersion": "2.0.0"})})


def oci_digest_with_path():
    it = Layout()
    return it.write([{**it.image(), "digest": "sha256:../../../../../etc/passwd"}])


KINDS = {
    "docker": docker,
    "docker-links": lambda: docker((LOWER, LOWER, UPPER)),
    "docker-untagged": lambda: docker(tags=()),
    "docker-gzip": lambda: gzip.compress(docker()),
    "docker-bad-config-name": lambda: docker(config_name="0" * 64 + ".json"),
    "docker-bad-layer": lambda: docker((LOWER,), layer=UPPER),
    "docker-missing-layer": lambda: docker(item={"Layers": ["a/layer.tar", "b/layer.tar"]}),
    "docker-layer-count": lambda: docker(item={"Layers": []}),
    "docker-bad-tag": lambda: docker(tags=("UPPER case",)),
    "docker-not-a-list": lambda: tar([("manifest.json", b'{"Config": 1}')]),
    "docker-not-json": lambda: tar([("manifest.json", b"[{")]),
    "oci-platforms": oci_platforms,
    "oci-flat-platforms": oci_flat_platforms,
    "oci-two-images": oci_two_images,
    "oci-wrong-layer": oci_wrong_layer,
    "oci-wrong-diff-id": oci_wrong_diff_id,
    "oci-missing-blob": oci_missing_blob,
    "oci-wrong-size": oci_wrong_size,
    "oci-index-loop": oci_index_loop,
    "oci-escaping-layer": oci_escaping_layer,
    "oci-second-image-bad": oci_second_image_bad,
    "oci-layout-2": oci_layout_2,
    "oci-digest-with-path": oci_digest_with_path,
    "oci-empty": lambda: Layout().write([]),
}

if __name__ == "__main__":
    if sys.argv[1] == "list":
        print("\n".join(KINDS))
    else:
        with open(sys.argv[2], "wb") as file:
            file.write(KINDS[sys.argv[1]]())
