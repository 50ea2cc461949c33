#!/usr/bin/env python3
"""Writes archives that lie, break off, or want to leave their root: hostile.py DIR OUTSIDE.

DIR gets one file a case and "cases": lines "FILE<tab>GROUP<tab>EXPECTED". EXPECTED is a glob of what the one line on
stderr must say, or "contained": it comes in, and what it aims at lies within the image's own root. OUTSIDE is a directory
of the host that the archives aim at.
"""
import bz2
import gzip
import hashlib
import io
import json
import lzma
import os
import struct
import subprocess
import sys
import tarfile

OUT, OUTSIDE = sys.argv[1], sys.argv[2]
UP = "../" * 30
cases = []


def case(group, name, expected, data):
    with open(os.path.join(OUT, name), "wb") as file:
        file.write(data)
    cases.append(f"{name}\t{group}\t{expected}\n")


# ---- tar, entry by entry, or header by header where tarfile is too honest ----


def member(name, data=None, kind=tarfile.REGTYPE, link="", device=(0, 0), mode=0o644, pax=None):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode, info.mtime = kind, link, mode, 1
    info.devmajor, info.devminor = device
    info.pax_headers = pax or {}
    info.size = len(data or b"")
    return info, data or b""


def tar(*members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for info, data in members:
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def directory(name):
    return member(name, kind=tarfile.DIRTYPE, mode=0o755)


def symlink(name, target):
    return member(name, kind=tarfile.SYMTYPE, link=target)


def hardlink(name, target):
    return member(name, kind=tarfile.LNKTYPE, link=target)


def header(name=b"file", size=b"%011o\0" % 0, kind=b"0", link=b"", checksum=None):
    block = struct.pack("100s8s8s8s12s12s8sc100s8s32s32s8s8s155s12x", name, b"0000644\0", b"0000000\0", b"0000000\0", size,
                        b"00000000001\0", b" " * 8, kind, link, b"ustar\00000", b"", b"", b"0000000\0", b"0000000\0", b"")
    checksum = checksum if checksum is not None else b"%06o\0 " % sum(block)
    return block[:148] + checksum + block[156:]


def padded(data):
    return data + bytes(-len(data) % 512)


END = bytes(1024)


def pax_raw(records, name=b"file", data=b""):
    """A PAX header whose records are not checked by anybody, and its file."""
    return header(b"pax", b"%011o\0" % len(records), b"x") + padded(records) + header(name, b"%011o\0" % len(data)) + padded(data) + END


def record(key, value):
    body = b" " + key + b"=" + value + b"\n"
    length = len(body)
    while len(b"%d" % length) + len(body) != length:
        length = len(b"%d" % length) + len(body)
    return b"%d" % length + body


def acl(*entries):
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


ANY = 0xFFFFFFFF
GOOD = member("good", b"good\n")


def rootfs_cases():
    g = "leave"
    case(g, "dotdot.tar", "*'../evil'*'..'*", tar(GOOD, member("../evil", b"x")))
    case(g, "dotdot-inside.tar", "*'..'*", tar(directory("a"), member("a/../../evil", b"x")))
    case(g, "dotdot-hard-link.tar", "*'..'*", tar(hardlink("evil", UP + OUTSIDE + "/canary")))
    case(g, "hard-link-to-the-host.tar", f"*'{OUTSIDE[1:]}/canary', which does not exist", tar(hardlink("evil", OUTSIDE + "/canary")))
    case(g, "hard-link-through-a-link.tar", f"*'{OUTSIDE[1:]}/canary', which does not exist", tar(symlink("way", OUTSIDE), hardlink("evil", "way/canary")))
    case(g, "links-in-a-ring.tar", "*ring*", tar(symlink("ring", "gnir"), symlink("gnir", "ring"), member("ring/evil", b"x")))
    case(g, "file-as-directory.tar", "*", tar(member("d", b"x"), member("d/evil", b"x")))
    case(g, "device-as-directory.tar", "*", tar(member("null", kind=tarfile.CHRTYPE, device=(1, 3)), member("null/evil", b"x")))
    case(g, "root-is-a-link.tar", "*", tar(symlink(".", OUTSIDE), member("evil", b"x")))
    case(g, "whiteout-device.tar", "*0:0*", tar(member("evil", kind=tarfile.CHRTYPE, device=(0, 0))))

    g = "contained"
    case(g, "absolute.tar", g, tar(member(OUTSIDE + "/evil", b"x")))
    case(g, "through-an-absolute-link.tar", g, tar(symlink("way", OUTSIDE), member("way/evil", b"x")))
    case(g, "through-a-relative-link.tar", g, tar(symlink("way", UP + OUTSIDE[1:]), member("way/evil", b"x")))
    case(g, "through-links-to-links.tar", g, tar(symlink("a", "b/b"), directory("b"), symlink("b/b", "../c"), symlink("c", OUTSIDE), member("a/evil", b"x")))
    case(g, "directory-becomes-a-link.tar", g, tar(directory("d"), member("d/x", b"x"), symlink("d", OUTSIDE), member("d/evil", b"x")))
    case(g, "file-over-a-link.tar", g, tar(symlink("way", OUTSIDE + "/canary"), member("way", b"evil")))
    case(g, "file-over-a-link-to-a-link.tar", g, tar(symlink("way", OUTSIDE + "/canary"), hardlink("other", "way"), member("other", b"evil")))
    case(g, "mode-of-a-link.tar", g, tar(symlink("way", OUTSIDE), directory("way")))
    case(g, "overlay-attributes.tar", g, tar(
        (lambda d: (d[0].pax_headers.update({"SCHILY.xattr.trusted.overlay.redirect": OUTSIDE, "SCHILY.xattr.trusted.overlay.opaque": "y"}), d)[1])(
            directory("d")), GOOD))

    case("leave", "name-that-draws.tar", "*evil?x0a?x1b*", tar(member("evil\n\x1b[31m/../x", b"x")))

    g = "broken"
    case(g, "empty", "*empty*", b"")
    case(g, "text", "*text*", b"FROM debian\n" * 2000)
    case(g, "cut-in-data.tar", "*ends within*", tar(member("file", b"x" * 9000))[:4000])
    case(g, "cut-in-a-header.tar", "*ends within*", tar(GOOD)[:700 + 512])
    case(g, "cut-in-pax.tar", "*ends within*", pax_raw(record(b"path", b"p" * 3000))[:1500])
    case(g, "checksum.tar", "*checksum*", tar(GOOD)[:1024] + header(checksum=b"000001\0 ") + END)
    case(g, "size-of-a-tebibyte.tar", "*ends within*", header(size=b"%011o" % (8 ** 11 - 1) + b" ") + b"x" * 512)
    case(g, "size-of-exbibytes.tar", "*", header(size=b"\x80" + b"\0" * 3 + b"\x7f" + b"\xff" * 7) + b"x" * 512)
    case(g, "size-is-negative.tar", "*", header(size=b"\xff" * 12) + END)
    case(g, "size-is-no-number.tar", "*", header(size=b"12x45678901\0") + END)
    case(g, "pax-of-megabytes.tar", "*", pax_raw(record(b"comment", b"x" * (2 << 20))))
    case(g, "pax-length-lies.tar", "*", pax_raw(b"99999 path=x\n"))
    case(g, "pax-length-zero.tar", "*", pax_raw(b"0 path=x\n"))
    case(g, "pax-size-lies.tar", "*", pax_raw(record(b"size", b"99999999999999999999")))
    case(g, "pax-size-negative.tar", "*", pax_raw(record(b"size", b"-1")))
    case(g, "nul-in-a-path.tar", "*", pax_raw(record(b"path", b"good\0evil")))
    case(g, "nul-in-a-link.tar", "*", header(b"pax", b"%011o\0" % 18, b"x") + padded(record(b"linkpath", b"a\0b")[:18]) + header(kind=b"2") + END)
    case(g, "long-path.tar", "*", pax_raw(record(b"path", b"/".join([b"d" * 200] * 30))))
    case(g, "deep-path.tar", "*", pax_raw(record(b"path", b"/".join([b"d"] * 1000))))
    case(g, "long-name.tar", "*", pax_raw(record(b"path", b"n" * 256)))
    case(g, "gnu-name-of-gigabytes.tar", "*", header(b"././@LongLink", b"77777777777\0", b"L") + b"x" * 512)
    case(g, "sparse-beyond-the-end.tar", "*", pax_raw(
        record(b"GNU.sparse.major", b"1") + record(b"GNU.sparse.minor", b"0") + record(b"GNU.sparse.realsize", b"10"), b"f", padded(b"1\n4096\n512\n") + b"x" * 512))
    case(g, "sparse-overlaps.tar", "*", pax_raw(
        record(b"GNU.sparse.map", b"0,512,256,512") + record(b"GNU.sparse.size", b"4096"), b"f", b"x" * 1024))
    case(g, "sparse-of-an-exbibyte.tar", "*", pax_raw(
        record(b"GNU.sparse.map", b"0,1") + record(b"GNU.sparse.size", b"%d" % (1 << 60)), b"f", b"x"))
    case("contained", "xattr-without-a-name.tar", "contained", pax_raw(record(b"SCHILY.xattr.", b"x")))
    case(g, "xattr-of-megabytes.tar", "*", pax_raw(record(b"SCHILY.xattr.user.big", b"x" * 70000)))
    case(g, "xattrs-without-end.tar", "*", pax_raw(b"".join(record(b"SCHILY.xattr.user.%d" % i, b"x") for i in range(5000))))
    case(g, "acl-of-garbage.tar", "*", pax_raw(record(b"SCHILY.xattr.system.posix_acl_access", b"garbage")))
    case(g, "acl-without-a-mask.tar", "*", pax_raw(record(
        b"SCHILY.xattr.system.posix_acl_access", acl((1, 6, ANY), (2, 6, 1000), (4, 4, ANY), (32, 4, ANY)))))
    case(g, "capability-of-garbage.tar", "*", pax_raw(record(b"SCHILY.xattr.security.capability", b"garbage")))

    g = "compressed"
    many = tar(*[member(f"f{i}", os.urandom(3000)) for i in range(100)])
    packed = {"gz": gzip.compress(many, 1), "xz": lzma.compress(many), "bz2": bz2.compress(many),
              "zst": subprocess.run(["zstd", "-q", "-c"], input=many, stdout=subprocess.PIPE, check=True).stdout}
    for name, data in packed.items():
        case(g, f"cut.tar.{name}", "*", data[: len(data) // 2])
        case(g, f"flipped.tar.{name}", "*", data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 0x55]) + data[len(data) // 2 + 1:])
        case(g, f"garbage-behind.tar.{name}", "*", data + b"garbage behind the end of the stream" * 20)
        case(g, f"only-magic.tar.{name}", "*", data[:6])

    g = "bomb"
    head = header(size=b"\x80" + (64 << 30).to_bytes(11, "big"))
    block = bytes(64 << 20)
    zstd = subprocess.run(["zstd", "-q", "-19", "-c"], input=block, stdout=subprocess.PIPE, check=True).stdout
    first = subprocess.run(["zstd", "-q", "-c"], input=head, stdout=subprocess.PIPE, check=True).stdout
    case(g, "bomb.tar.zst", "*", first + zstd * 1024)
    case(g, "bomb.tar.bz2", "*", bz2.compress(head) + bz2.compress(block[: 16 << 20]) * 4096)


# ---- images: a sound one, and one thing at a time changed ----


def sha(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Image:
    """An OCI layout or docker archive in memory; `spoil_…` arguments of the makers change one thing."""

    def __init__(self, layer=None):
        self.layer = layer if layer is not None else tar(GOOD)
        self.config = {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": [sha(self.layer)]}}
        self.blobs = {}
        self.manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json"}
        self.index = {"schemaVersion": 2}
        self.layout = {"imageLayoutVersion": "1.0.0"}
        self.extra = []

    def add(self, data, kind):
        data = data if isinstance(data, bytes) else json.dumps(data).encode()
        self.blobs[sha(data)] = data
        return {"mediaType": kind, "digest": sha(data), "size": len(data)}

    def build(self):
        self.manifest.setdefault("layers", [self.add(self.layer, "application/vnd.oci.image.layer.v1.tar")])
        self.manifest.setdefault("config", self.add(self.config, "application/vnd.oci.image.config.v1+json"))
        entry = self.add(self.manifest, "application/vnd.oci.image.manifest.v1+json")
        entry["annotations"] = {"org.opencontainers.image.ref.name": "hostile:latest"}
        self.index.setdefault("manifests", [entry])
        return self

    def oci(self):
        text = {k: v if isinstance(v, bytes) else json.dumps(v).encode() for k, v in
                (("oci-layout", self.layout), ("index.json", self.index))}
        return tar(*[member(k, v) for k, v in text.items()], directory("blobs"), directory("blobs/sha256"),
                   *[member("blobs/sha256/" + k[7:], v) for k, v in self.blobs.items()], *self.extra)


def oci(group, name, expected, change=None, after=None, layer=None):
    image = Image(layer)
    if change:
        change(image)
    image.build()
    if after:
        after(image)
    case(group, name, expected, image.oci())


def blob_of(image, key):
    where = image.manifest[key]
    return where[0] if isinstance(where, list) else where


def swap(image, digest, data):
    image.blobs[digest] = data


def nested(depth):
    def build(image):
        for _ in range(depth):
            entry = image.add({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": image.index["manifests"]},
                              "application/vnd.oci.image.index.v1+json")
            image.index["manifests"] = [entry]
    return build


def replace_manifest(image, data, kind="application/vnd.oci.image.manifest.v1+json"):
    image.index["manifests"] = [image.add(data, kind)]


SCHEMA1 = {"schemaVersion": 1, "name": "library/old", "tag": "latest", "architecture": "amd64",
           "fsLayers": [{"blobSum": "sha256:" + "a" * 64}], "history": [{"v1Compatibility": "{}"}], "signatures": []}


def oci_cases():
    g = "oci"
    oci(g, "oci-layer-digest.tar", "*sha256:*", after=lambda i: swap(i, blob_of(i, "layers")["digest"], tar(member("evil", b"evil\n"))))
    oci(g, "oci-config-digest.tar", "*sha256:*", after=lambda i: swap(i, blob_of(i, "config")["digest"], json.dumps(dict(i.config, os="Linux")).encode()))
    oci(g, "oci-manifest-digest.tar", "*sha256:*", after=lambda i: swap(i, i.index["manifests"][0]["digest"], json.dumps(dict(i.manifest, x=1)).encode()))
    for key in ("layers", "config"):
        for delta in (-1, 1, 1 << 40):
            def lie(i, key=key, delta=delta):
                i.manifest["layers"] = [i.add(i.layer, "application/vnd.oci.image.layer.v1.tar")]
                i.manifest["config"] = i.add(i.config, "application/vnd.oci.image.config.v1+json")
                blob_of(i, key)["size"] += delta
            oci(g, f"oci-{key}-size-{'less' if delta < 0 else 'more' if delta == 1 else 'tebibyte'}.tar", "*", change=lie)
    oci(g, "oci-manifest-size.tar", "*", after=lambda i: i.index["manifests"][0].update(size=3))
    oci(g, "oci-negative-size.tar", "*", after=lambda i: i.index["manifests"][0].update(size=-1))
    oci(g, "oci-missing-layer.tar", "*lacks 'blobs/sha256/*", after=lambda i: i.blobs.pop(blob_of(i, "layers")["digest"]))
    oci(g, "oci-missing-config.tar", "*lacks 'blobs/sha256/*", after=lambda i: i.blobs.pop(blob_of(i, "config")["digest"]))
    oci(g, "oci-missing-manifest.tar", "*lacks 'blobs/sha256/*", after=lambda i: i.blobs.pop(i.index["manifests"][0]["digest"]))
    oci(g, "oci-diff-id.tar", "*", change=lambda i: i.config["rootfs"].update(diff_ids=["sha256:" + "0" * 64]))
    oci(g, "oci-more-diff-ids.tar", "*", change=lambda i: i.config["rootfs"]["diff_ids"].append("sha256:" + "0" * 64))
    oci(g, "oci-no-rootfs.tar", "*", change=lambda i: i.config.pop("rootfs"))
    for name, digest in (("path", "sha256:" + UP + OUTSIDE[1:] + "/canary"), ("short", "sha256:abcd"), ("upper", "sha256:" + "A" * 64),
                         ("algorithm", "md5:" + "0" * 32), ("number", 7)):
        oci(g, f"oci-digest-{name}.tar", "*", after=lambda i, d=digest: i.index["manifests"][0].update(digest=d))
    oci(g, "oci-manifest-of-megabytes.tar", "*", change=lambda i: i.manifest.update(annotations={"x": "x" * (5 << 20)}))
    oci(g, "oci-config-of-megabytes.tar", "*", change=lambda i: i.config.update(comment="x" * (9 << 20)))
    oci(g, "oci-index-of-megabytes.tar", "*", change=lambda i: i.index.update(annotations={"x": "x" * (5 << 20)}))
    oci(g, "oci-index-deep.tar", "*", after=nested(10))
    oci(g, "oci-index-wide.tar", "*", after=lambda i: i.index.update(manifests=i.index["manifests"] * 2000))
    oci(g, "oci-too-many-layers.tar", "*", change=lambda i: i.manifest.update(
        layers=[i.add(i.layer, "application/vnd.oci.image.layer.v1.tar")] * 1000))
    oci(g, "oci-second-is-missing.tar", "*lacks*" + "0" * 20 + "*", after=lambda i: i.index["manifests"].append(
        dict(i.index["manifests"][0], digest="sha256:" + "0" * 64, annotations={"org.opencontainers.image.ref.name": "second"})))
    oci(g, "oci-no-image.tar", "*", after=lambda i: i.index.update(manifests=[]))
    oci(g, "oci-layout-version.tar", "*9.0.0*", after=lambda i: i.layout.update(imageLayoutVersion="9.0.0"))
    oci(g, "oci-index-cut.tar", "*index.json*", after=lambda i: setattr(i, "index", json.dumps(i.index).encode()[:-20]))
    oci(g, "oci-index-is-a-list.tar", "*index.json*", after=lambda i: setattr(i, "index", b"[]"))
    oci(g, "oci-index-nested-100000.tar", "*index.json*", after=lambda i: setattr(i, "index", b"[" * 100000))
    oci(g, "oci-manifest-is-text.tar", "*", after=lambda i: replace_manifest(i, b"manifest"))
    oci(g, "oci-schema-1.tar", "*schema*1*", after=lambda i: replace_manifest(i, SCHEMA1, "application/vnd.docker.distribution.manifest.v1+prettyjws"))
    oci(g, "oci-schema-1-unnamed.tar", "*schema*1*", after=lambda i: replace_manifest(i, SCHEMA1))
    oci(g, "oci-layer-encrypted.tar", "*encrypted*", change=lambda i: i.manifest.update(
        layers=[i.add(i.layer, "application/vnd.oci.image.layer.v1.tar+gzip+encrypted")]))
    oci(g, "oci-artifact.tar", "*", change=lambda i: i.manifest.update(config=i.add({}, "application/vnd.oci.empty.v1+json"), artifactType="text/plain"))
    oci(g, "oci-layer-leaves.tar", "*'..'*", layer=tar(member("../evil", b"x")))
    oci(g, "oci-layer-cut.tar", "*ends within*", layer=tar(member("file", b"x" * 9000))[:4000])
    oci(g, "oci-layer-is-text.tar", "*", layer=b"no layer\n" * 100)
    oci(g, "oci-reserved-whiteout.tar", "*.wh.*", layer=tar(member(".wh.")))
    oci(g, "oci-whiteout-of-dotdot.tar", "*.wh.*", layer=tar(member("d/.wh...")))
    oci("contained", "oci-name-leaves.tar", "contained", after=lambda i: i.index["manifests"][0].update(
        annotations={"org.opencontainers.image.ref.name": UP + "evil", "io.containerd.image.name": UP + "evil"}))

    def linked(target):
        def change(i):
            digest = blob_of(i, "layers")["digest"]
            del i.blobs[digest]
            i.extra.append(symlink("blobs/sha256/" + digest[7:], target))
        return change
    oci(g, "oci-blob-is-a-link-out.tar", "*", after=linked(OUTSIDE + "/canary"))
    oci(g, "oci-blob-is-a-link-up.tar", "*", after=linked(UP + OUTSIDE[1:] + "/canary"))
    oci(g, "oci-blob-is-a-ring.tar", "*", after=lambda i: linked(blob_of(i, "layers")["digest"][7:])(i))
    oci(g, "oci-blob-is-a-device.tar", "*", after=lambda i: (i.extra.append(member(
        "blobs/sha256/" + blob_of(i, "layers")["digest"][7:], kind=tarfile.CHRTYPE, device=(1, 5))), i.blobs.pop(blob_of(i, "layers")["digest"])))
    oci(g, "oci-member-leaves.tar", "*'..'*", after=lambda i: i.extra.append(member("../evil", b"x")))


def docker(group, name, expected, change=None, extra=()):
    """As `docker save` writes it: the config is named by its digest, layers are in directories of their own."""
    layer = tar(GOOD)
    files = {"config": {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": [sha(layer)]}},
             LAYER: layer, "manifest.json": [{"Config": None, "RepoTags": ["hostile:latest"], "Layers": [LAYER]}]}
    if change:
        change(files)
    config = json.dumps(files.pop("config")).encode()
    files = {sha(config)[7:] + ".json": config, **files}
    manifest = files.get("manifest.json")
    if isinstance(manifest, list) and manifest and manifest[0]["Config"] is None:
        manifest[0]["Config"] = sha(config)[7:] + ".json"
    case(group, name, expected, tar(*[member(k, v if isinstance(v, bytes) else json.dumps(v).encode()) for k, v in files.items()], *extra))


LAYER = "a" * 64 + "/layer.tar"


def docker_cases():
    g = "docker"

    def entry(**changes):
        return lambda files: files["manifest.json"][0].update(changes)
    docker(g, "docker-config-out.tar", "*lacks*", entry(Config=UP + OUTSIDE[1:] + "/canary"))
    docker(g, "docker-config-absolute.tar", "*lacks*", entry(Config=OUTSIDE + "/canary"))
    docker(g, "docker-config-is-a-list.tar", "*'Config'*", entry(Config=[]))
    docker(g, "docker-config-digest.tar", "*is not what its name says*", lambda f: f.update({"b" * 64 + ".json": b"{}"}) or entry(Config="b" * 64 + ".json")(f))
    docker(g, "docker-layer-out.tar", "*lacks*", entry(Layers=[UP + OUTSIDE[1:] + "/canary"]))
    docker(g, "docker-missing-layer.tar", "*lacks*other.tar*", entry(Layers=["other.tar"]))
    docker(g, "docker-missing-config.tar", "*lacks*other.json*", entry(Config="other.json"))
    docker(g, "docker-more-layers.tar", "*2 layers*", entry(Layers=[LAYER, LAYER]))
    docker(g, "docker-no-layers.tar", "*0 layers*", entry(Layers=[]))
    docker(g, "docker-layers-are-text.tar", "*manifest.json:1:*'Layers'*", entry(Layers=LAYER))
    docker(g, "docker-bad-tag.tar", "*evil:latest*", entry(RepoTags=[UP + "evil:latest"]))
    docker(g, "docker-diff-id.tar", "*expected sha256:0*", lambda f: f["config"]["rootfs"].update(diff_ids=["sha256:" + "0" * 64]))
    docker(g, "docker-manifest-empty.tar", "*manifest.json*", lambda f: f.update({"manifest.json": []}))
    docker(g, "docker-manifest-is-an-object.tar", "*manifest.json:1:1:*", lambda f: f.update({"manifest.json": {}}))
    docker(g, "docker-manifest-cut.tar", "*manifest.json:1:*", lambda f: f.update({"manifest.json": b'[{"Config":'}))
    docker(g, "docker-manifest-of-megabytes.tar", "*manifest.json*larger*", lambda f: f.update({"manifest.json": b" " * (5 << 20) + b"[]"}))
    docker(g, "docker-1-0.tar", "*docker before 1.10*", lambda f: (f.pop("manifest.json"), f.update({"repositories": {"old": {"latest": "a" * 64}}})))
    for name, target in (("out", OUTSIDE + "/canary"), ("up", UP + OUTSIDE[1:] + "/canary"), ("ring", "layer.tar"), ("missing", "nowhere/layer.tar")):
        docker(g, f"docker-layer-is-a-link-{name}.tar", "*layer.tar*", lambda f: f.pop(LAYER), [symlink(LAYER, target)])


rootfs_cases()
oci_cases()
docker_cases()
with open(os.path.join(OUT, "cases"), "w", encoding="ascii") as file:
    file.writelines(cases)
