#!/usr/bin/env python3
"""What the distribution specification 1.1 asks of a registry, endpoint by endpoint, against any server without rights.

    tests/registry/conformance.py HOST:PORT     TAP on stdout

The names in brackets are the specification's endpoint numbers. Deletes must be switched on.
SPDX-License-Identifier: Apache-2.0
"""
import hashlib
import json
import random
import re
import sys

from registry import INDEX, MANIFEST, OCTETS, Client, descriptor, digest

EMPTY = b"{}"
EMPTY_TYPE = "application/vnd.oci.empty.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
NONE = "sha256:" + "0" * 64
tests = []


def test(function):
    tests.append(function)
    return function


class Place:
    """A repository of a test's own and one connection."""

    def __init__(self, port, name):
        self.c, self.name, self.rng = Client(port), f"conformance/{name}", random.Random()

    def url(self, rest):
        return f"/v2/{self.name}/{rest}"

    def start(self, query=""):
        _, fields, _ = self.c.must(202, "POST", self.url("blobs/uploads/" + query))
        return fields["Location"]

    def blob(self, size=100):
        content = self.rng.randbytes(size)
        self.c.push_blob(self.name, content)
        return content

    def manifest(self, **more):
        layer, _ = self.blob(), self.c.push_blob(self.name, EMPTY)
        return json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": descriptor(EMPTY, EMPTY_TYPE),
                           "layers": [descriptor(layer, LAYER)], **more}).encode()


def equal(got, want, what=""):
    if got != want:
        raise AssertionError(f"{what}: {str(got)[:300]!r}, not {str(want)[:300]!r}")


def codes(body):
    return [error["code"] for error in json.loads(body)["errors"]]


def with_digest(location, name):
    return location + ("&" if "?" in location else "?") + "digest=" + name


@test
def end_1_the_api_is_there(p):
    for method in ("GET", "HEAD"):
        for path in ("/v2/", "/v2"):
            _, fields, _ = p.c.must(200, method, path)
            equal(fields["Docker-Distribution-Api-Version"], "registry/2.0", path)


@test
def end_2_blobs_are_got_and_headed_alike(p):
    content = p.blob(1000)
    _, got, body = p.c.must(200, "GET", p.url("blobs/" + digest(content)))
    _, headed, nothing = p.c.must(200, "HEAD", p.url("blobs/" + digest(content)))
    equal(body, content, "body")
    equal(nothing, b"", "HEAD's body")
    for field in ("Content-Length", "Content-Type", "Docker-Content-Digest", "ETag"):
        equal(headed[field], got[field], field)
    equal(got["Docker-Content-Digest"], digest(content), "digest")
    for path in (f"blobs/{NONE}",):
        _, _, body = p.c.must(404, "GET", p.url(path))
        equal(codes(body), ["BLOB_UNKNOWN"])
        p.c.must(404, "HEAD", p.url(path))
    _, _, body = p.c.must(400, "GET", p.url("blobs/sha256:baddigeststring"))
    equal(codes(body), ["DIGEST_INVALID"])


@test
def end_2_ranges_of_blobs(p):
    content = p.blob(1000)
    path = p.url("blobs/" + digest(content))
    for asked, part, told in (("0-0", content[:1], "0-0"), ("500-1499", content[500:], "500-999"),
                              ("500-", content[500:], "500-999"), ("-10", content[-10:], "990-999"),
                              ("-5000", content, "0-999")):
        _, fields, body = p.c.must(206, "GET", path, Range="bytes=" + asked)
        equal(body, part, asked)
        equal(fields["Content-Range"], f"bytes {told}/1000", asked)
    for asked in ("1000-", "1000-1001"):
        _, fields, _ = p.c.must(416, "GET", path, Range="bytes=" + asked)
        equal(fields["Content-Range"], "bytes */1000", asked)
    for asked in ("items=0-1", "bytes=a-b", "bytes=5-2"):
        equal(p.c.must((200, 416), "GET", path, Range=asked)[2] == content or asked == "bytes=5-2", True, asked)
    p.c.must(304, "GET", path, If_None_Match=f'"{digest(content)}"')


@test
def end_3_manifests_are_got_byte_for_byte(p):
    manifest = p.manifest()
    p.c.push_manifest(p.name, "1.0", manifest)
    for reference in ("1.0", digest(manifest)):
        _, got, body = p.c.must(200, "GET", p.url("manifests/" + reference), Accept=MANIFEST)
        _, headed, _ = p.c.must(200, "HEAD", p.url("manifests/" + reference), Accept=MANIFEST)
        equal(body, manifest)
        equal(got["Content-Type"], MANIFEST)
        equal(got["Docker-Content-Digest"], digest(manifest))
        for field in ("Content-Length", "Content-Type", "Docker-Content-Digest"):
            equal(headed[field], got[field], field)
    for reference in ("none", NONE):
        _, _, body = p.c.must(404, "GET", p.url("manifests/" + reference))
        equal(codes(body), ["MANIFEST_UNKNOWN"])
    p.c.must(304, "GET", p.url("manifests/1.0"), If_None_Match=f'"{digest(manifest)}"')


@test
def end_4b_a_blob_in_one_post(p):
    content = p.rng.randbytes(50)
    _, fields, _ = p.c.must(201, "POST", p.url(f"blobs/uploads/?digest={digest(content)}"), content, Content_Type=OCTETS)
    equal(p.c.fetch(p.name, "blobs", digest(content)), content)
    equal(fields["Location"].endswith(digest(content)), True, fields["Location"])


@test
def end_4_6_a_blob_in_post_and_put(p):
    content = p.rng.randbytes(50)
    _, fields, _ = p.c.must(201, "PUT", with_digest(p.start(), digest(content)), content, Content_Type=OCTETS)
    equal(fields["Docker-Content-Digest"], digest(content))
    equal(p.c.must(200, "GET", fields["Location"])[2], content)
    location = p.start()
    _, _, body = p.c.must(400, "PUT", with_digest(location, NONE), content, Content_Type=OCTETS)
    equal(codes(body), ["DIGEST_INVALID"])
    p.c.must(404, "HEAD", p.url("blobs/" + NONE))
    _, _, body = p.c.must(400, "PUT", p.start(), content)
    equal(codes(body), ["DIGEST_INVALID"])


@test
def end_4c_sha512(p):
    content = p.rng.randbytes(50)
    name = "sha512:" + hashlib.sha512(content).hexdigest()
    for query in ("", "?digest-algorithm=sha512"):
        _, fields, _ = p.c.must(201, "PUT", with_digest(p.start(query), name), content, Content_Type=OCTETS)
        equal(fields["Docker-Content-Digest"], name)
    equal(p.c.must(200, "GET", p.url("blobs/" + name))[2], content)
    p.c.must(400, "POST", p.url("blobs/uploads/?digest-algorithm=md5"))


@test
def end_5_chunks(p):
    content, location = p.rng.randbytes(3000), p.start()
    for at in (0, 1000, 2000):
        _, fields, _ = p.c.must(202, "PATCH", location, content[at:at + 1000], Content_Type=OCTETS,
                                Content_Range=f"{at}-{at + 999}")
        location = fields["Location"]
        equal(fields["Range"], f"0-{at + 999}")
        if at == 1000:
            for wrong in ("0-999", "3000-3999"):
                _, fields, _ = p.c.must(416, "PATCH", location, content[:1000], Content_Type=OCTETS, Content_Range=wrong)
            _, fields, _ = p.c.must(204, "GET", location)
            equal(fields["Range"], "0-1999")
            location = fields["Location"]
    p.c.must(201, "PUT", with_digest(location, digest(content)))
    equal(p.c.fetch(p.name, "blobs", digest(content)), content)
    location = p.start()
    _, fields, _ = p.c.must(202, "PATCH", location, content[:1000], Content_Range="0-999")
    p.c.must(416, "PUT", with_digest(fields["Location"], digest(content)), content[2000:], Content_Range="2000-2999")
    p.c.must(201, "PUT", with_digest(fields["Location"], digest(content)), content[1000:], Content_Range="1000-2999")


@test
def end_7_manifests_are_checked(p):
    layer = descriptor(b"never pushed", LAYER)
    good = json.loads(p.manifest())
    cases = [
        ({**good, "layers": [layer]}, MANIFEST, 400, ["MANIFEST_BLOB_UNKNOWN"]),
        ({**good, "layers": [layer, descriptor(b"nor this", LAYER)]}, MANIFEST, 400, ["MANIFEST_BLOB_UNKNOWN"] * 2),
        ({**good, "mediaType": INDEX}, MANIFEST, 400, ["MANIFEST_INVALID"]),
        ({**good, "manifests": []}, MANIFEST, 400, ["MANIFEST_INVALID"]),
        ({"schemaVersion": 1, "name": "a", "tag": "b"}, "application/vnd.docker.distribution.manifest.v1+prettyjws", 400,
         None),
    ]
    for tree, media_type, status, want in cases:
        _, _, body = p.c.must(status, "PUT", p.url("manifests/bad"), json.dumps(tree).encode(), Content_Type=media_type)
        if want:
            equal(codes(body), want)
    for body in (b"", b"not json", b"[]", b'{"schemaVersion":2'):
        p.c.must(400, "PUT", p.url("manifests/bad"), body, Content_Type=MANIFEST)
    p.c.must(413, "PUT", p.url("manifests/bad"), b" " * (5 << 20), Content_Type=MANIFEST)
    p.c = Client(p.c.connection.port)
    p.c.must(404, "GET", p.url("manifests/bad"))
    manifest = p.manifest()
    _, _, body = p.c.must(400, "PUT", p.url("manifests/" + NONE), manifest, Content_Type=MANIFEST)
    equal(codes(body), ["DIGEST_INVALID"])
    _, fields, _ = p.c.must(201, "PUT", p.url("manifests/" + digest(manifest)), manifest, Content_Type=MANIFEST)
    equal(fields["Docker-Content-Digest"], digest(manifest))
    equal(p.c.must(200, "GET", fields["Location"])[2], manifest)
    sha512 = "sha512:" + hashlib.sha512(manifest).hexdigest()
    _, fields, _ = p.c.must(201, "PUT", p.url("manifests/" + sha512), manifest, Content_Type=MANIFEST)
    equal(fields["Docker-Content-Digest"], sha512)
    equal(p.c.must(200, "GET", p.url("manifests/" + sha512))[2], manifest)


@test
def end_7_large_and_foreign_manifests(p):
    foreign = {**descriptor(b"elsewhere", "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"),
               "urls": ["https://example.com/layer"]}
    good = json.loads(p.manifest())
    p.c.push_manifest(p.name, "foreign", json.dumps({**good, "layers": good["layers"] + [foreign]}).encode())
    large = json.dumps({**good, "annotations": {"filler": "x" * 3900000}}).encode()
    p.c.push_manifest(p.name, "large", large)
    equal(p.c.fetch(p.name, "manifests", "large"), large)
    artifact = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "artifactType": "application/vnd.test.thing",
                           "config": descriptor(EMPTY, EMPTY_TYPE), "layers": [descriptor(EMPTY, EMPTY_TYPE)]}).encode()
    p.c.push_manifest(p.name, "artifact", artifact)


@test
def end_7_an_index_needs_its_children(p):
    child = p.manifest()
    index = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor(child, MANIFEST)]}).encode()
    _, _, body = p.c.must(400, "PUT", p.url("manifests/index"), index, Content_Type=INDEX)
    equal(codes(body), ["MANIFEST_BLOB_UNKNOWN"])
    p.c.push_manifest(p.name, digest(child), child)
    p.c.push_manifest(p.name, "index", index, INDEX)
    equal(p.c.must(200, "GET", p.url("manifests/index"), Accept=INDEX)[1]["Content-Type"], INDEX)


@test
def end_7b_several_tags_in_one_put(p):
    manifest = p.manifest()
    tags = [f"t{i}" for i in range(10)]
    _, fields, _ = p.c.must(201, "PUT", p.url(f"manifests/{digest(manifest)}?" + "&".join("tag=" + t for t in tags)),
                            manifest, Content_Type=MANIFEST)
    told = re.split(r",\s*", ", ".join(fields.get_all("OCI-Tag")))
    equal(sorted(told), sorted(tags))
    for tag in tags:
        equal(p.c.fetch(p.name, "manifests", tag), manifest)


@test
def end_8_tags_in_order_and_pages(p):
    manifest = p.manifest()
    for tag in ("b", "a", "C", "10", "9"):
        p.c.push_manifest(p.name, tag, manifest)
    want = ["10", "9", "C", "a", "b"]
    equal(json.loads(p.c.must(200, "GET", p.url("tags/list"))[2]), {"name": p.name, "tags": want})
    seen, path = [], p.url("tags/list?n=2")
    while path:
        _, fields, body = p.c.must(200, "GET", path)
        seen += json.loads(body)["tags"]
        link = re.fullmatch(r'<([^>]+)>; *rel="?next"?', fields["Link"]) if "Link" in fields else None
        path = link and link[1]
    equal(seen, want)
    equal(json.loads(p.c.must(200, "GET", p.url("tags/list?n=0"))[2])["tags"], [])
    equal(json.loads(p.c.must(200, "GET", p.url("tags/list?last=A"))[2])["tags"], ["C", "a", "b"])
    for bad in ("-1", "x"):
        _, _, body = p.c.must(400, "GET", p.url("tags/list?n=" + bad))
        equal(codes(body), ["PAGINATION_NUMBER_INVALID"])
    _, _, body = p.c.must(404, "GET", "/v2/conformance/nobody/tags/list")
    equal(codes(body), ["NAME_UNKNOWN"])


@test
def end_9_tags_and_manifests_are_deleted(p):
    manifest = p.manifest()
    p.c.push_manifest(p.name, "one", manifest)
    p.c.push_manifest(p.name, "two", manifest)
    p.c.must(202, "DELETE", p.url("manifests/one"))
    p.c.must(404, "GET", p.url("manifests/one"))
    p.c.must(200, "GET", p.url("manifests/two"))
    p.c.must(404, "DELETE", p.url("manifests/one"))
    p.c.must(202, "DELETE", p.url("manifests/" + digest(manifest)))
    for reference in ("two", digest(manifest)):
        p.c.must(404, "GET", p.url("manifests/" + reference))
    p.c.must(404, "DELETE", p.url("manifests/" + digest(manifest)))


@test
def end_10_blobs_are_deleted(p):
    content = p.blob()
    p.c.must(202, "DELETE", p.url("blobs/" + digest(content)))
    p.c.must(404, "HEAD", p.url("blobs/" + digest(content)))
    p.c.must(404, "DELETE", p.url("blobs/" + digest(content)))
    p.c.push_blob(p.name, content)
    equal(p.c.fetch(p.name, "blobs", digest(content)), content)


@test
def end_11_blobs_are_mounted(p):
    content = p.blob()
    other = p.name + "-mounted"
    _, fields, _ = p.c.must(201, "POST", f"/v2/{other}/blobs/uploads/?mount={digest(content)}&from={p.name}")
    equal(p.c.must(200, "GET", fields["Location"])[2], content)
    escaped = digest(content).replace(":", "%3A")
    p.c.must(201, "POST", f"/v2/{other}2/blobs/uploads/?mount={escaped}&from={p.name.replace('/', '%2F')}&origin=x")
    for query in (f"mount={NONE}&from={p.name}", f"mount={digest(content)}&from=conformance/nobody"):
        _, fields, _ = p.c.must(202, "POST", f"/v2/{other}3/blobs/uploads/?{query}")
        equal("Location" in fields, True)
    p.c.must(404, "GET", f"/v2/{other}4/blobs/{digest(content)}")


@test
def end_12_referrers(p):
    subject = p.manifest()
    reference = descriptor(subject, MANIFEST)
    path = p.url("referrers/" + digest(subject))
    equal(json.loads(p.c.must(200, "GET", path)[2])["manifests"], [])
    kinds = ("application/vnd.test.sbom", "application/vnd.test.signature")
    pushed = {}
    for kind in kinds:
        content = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "artifactType": kind, "subject": reference,
                              "config": descriptor(EMPTY, EMPTY_TYPE), "layers": [descriptor(EMPTY, EMPTY_TYPE)],
                              "annotations": {"kind": kind}}).encode()
        p.c.push_blob(p.name, EMPTY)
        _, fields, _ = p.c.must(201, "PUT", p.url("manifests/" + digest(content)), content, Content_Type=MANIFEST)
        equal(fields["OCI-Subject"], digest(subject))
        pushed[digest(content)] = (kind, len(content))
    _, fields, body = p.c.must(200, "GET", path)
    equal(fields["Content-Type"], INDEX)
    tree = json.loads(body)
    equal((tree["schemaVersion"], tree["mediaType"]), (2, INDEX))
    equal({d["digest"]: (d["artifactType"], d["size"]) for d in tree["manifests"]}, pushed)
    equal([d["annotations"]["kind"] == d["artifactType"] for d in tree["manifests"]], [True, True])
    _, fields, body = p.c.must(200, "GET", path + "?artifactType=" + kinds[0])
    equal(fields["OCI-Filters-Applied"], "artifactType")
    equal([d["artifactType"] for d in json.loads(body)["manifests"]], [kinds[0]])
    one = next(iter(pushed))
    p.c.must(202, "DELETE", p.url("manifests/" + one))
    equal(len(json.loads(p.c.must(200, "GET", path)[2])["manifests"]), 1)
    p.c.must(400, "GET", p.url("referrers/sha256:bad"))


@test
def end_13_14_uploads_are_asked_about_and_cancelled(p):
    location = p.start()
    _, fields, _ = p.c.must(204, "GET", location)
    equal(fields["Range"], "0-0")
    p.c.must(204, "DELETE", location)
    for method in ("GET", "PATCH", "DELETE"):
        _, _, body = p.c.must(404, method, location)
        equal(codes(body), ["BLOB_UPLOAD_UNKNOWN"])
    elsewhere = p.start().replace(p.name, p.name + "-other", 1)
    p.c.must(404, "PATCH", elsewhere, b"x")


@test
def faults_have_their_codes(p):
    for method, path, status, want in (
            ("GET", "/v2/UPPER/tags/list", 400, ["NAME_INVALID"]), ("GET", "/v2/a/blobs/uploads/no-such", 404, None),
            ("POST", "/v2/", 405, ["UNSUPPORTED"]), ("POST", p.url("manifests/x"), 405, ["UNSUPPORTED"]),
            ("PUT", p.url("blobs/" + NONE), 405, ["UNSUPPORTED"]), ("GET", "/v2/nothing/like/this", 404, None)):
        _, _, body = p.c.must(status, method, path)
        if want:
            equal(codes(body), want, f"{method} {path}")


@test
def names_that_look_like_routes(p):
    p.name = "conformance/blobs/uploads"
    manifest = p.manifest()
    p.c.push_manifest(p.name, "manifests", manifest)
    equal(p.c.fetch(p.name, "manifests", "manifests"), manifest)
    equal(json.loads(p.c.must(200, "GET", p.url("tags/list"))[2])["name"], p.name)


@test
def the_catalog_has_pages(p):
    for name in ("a", "b", "c"):
        p.name = "conformance-catalog/" + name
        p.c.push_manifest(p.name, "1", p.manifest())
    path, seen = "/v2/_catalog?n=1", []
    while path:
        _, fields, body = p.c.must(200, "GET", path)
        seen += json.loads(body)["repositories"]
        path = fields["Link"] and re.match("<([^>]+)>", fields["Link"])[1]
    equal([name for name in seen if name.startswith("conformance-catalog/")],
          ["conformance-catalog/" + name for name in "abc"])
    equal(seen, sorted(seen))


def main():
    port, failed = int(sys.argv[1].rpartition(":")[2]), 0
    print(f"1..{len(tests)}")
    for n, function in enumerate(tests, 1):
        try:
            function(Place(port, function.__name__))
            print("ok", n, "-", function.__name__, flush=True)
        except Exception as error:  # one broken endpoint does not hide the others
            failed += 1
            print("not ok", n, "-", function.__name__)
            print("#", type(error).__name__, error, flush=True)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
