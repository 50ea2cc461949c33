#!/usr/bin/env python3
"""Makes a tree with every kind of file, name and attribute: fixture.py DIR. Needs root.

What is not here because no layer can hold it: sockets are made all the same (socket), and must be missing later.
"""
import os
import socket
import stat
import struct
import sys

ROOT = os.fsencode(sys.argv[1])
ANY = 0xFFFFFFFF


def acl(*entries):
    """(tag, permissions, id) as linux/posix_acl_xattr.h has it: 1 owner, 2 user, 4 group, 8 a group, 16 mask, 32 others."""
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


def at(name):
    return os.path.join(ROOT, name if isinstance(name, bytes) else os.fsencode(name))


finish = []  # times last: making things inside changes a directory's


def keep(name, ns):
    finish.append((at(name), ns))


def directory(name, mode=0o755, owner=(0, 0), ns=1_600_000_000_123_456_789, **xattrs):
    os.makedirs(at(name), exist_ok=True)
    dress(name, mode, owner, ns, xattrs)


def file(name, data=b"", mode=0o644, owner=(0, 0), ns=1_500_000_000_000_000_001, **xattrs):
    os.makedirs(os.path.dirname(at(name)), exist_ok=True)
    with open(at(name), "wb") as out:
        out.write(data if data else name if isinstance(name, bytes) else os.fsencode(name))
    dress(name, mode, owner, ns, xattrs)


def node(name, kind, device=(0, 0), mode=0o600, owner=(0, 0), ns=1_400_000_000_999_999_999):
    os.makedirs(os.path.dirname(at(name)), exist_ok=True)
    os.mknod(at(name), kind | mode, os.makedev(*device))
    dress(name, mode, owner, ns, {})


def dress(name, mode, owner, ns, xattrs):
    os.chown(at(name), *owner)
    for key, value in xattrs.items():
        os.setxattr(at(name), key.replace("__", ".", 1), value)
    if "system__posix_acl_access" not in xattrs:
        os.chmod(at(name), mode)
    else:
        os.chmod(at(name), os.stat(at(name)).st_mode & 0o777 | mode & 0o7000)
    if "security__capability" in xattrs:
        os.setxattr(at(name), "security.capability", xattrs["security__capability"])
    keep(name, ns)


def link(name, target, owner=(0, 0), ns=1_300_000_000_000_000_500, **xattrs):
    os.makedirs(os.path.dirname(at(name)), exist_ok=True)
    os.symlink(target, at(name))
    os.lchown(at(name), *owner)
    for key, value in xattrs.items():
        os.setxattr(at(name), key.replace("__", ".", 1), value, follow_symlinks=False)
    keep(name, ns)


READER = (2, 4, 1234)
ACCESS = acl((1, 6, ANY), (2, 6, 1000), (2, 4, 70000), (4, 4, ANY), (8, 5, 50), (16, 6, ANY), (32, 0, ANY))
DEFAULT = acl((1, 7, ANY), (2, 7, 1000), (4, 5, ANY), (16, 7, ANY), (32, 5, ANY))
CAPABILITY = struct.pack("<IIIII", 0x02000001, 1 << 10, 0, 0, 0)  # cap_net_bind_service=ep, revision 2
BINARY = bytes(range(256)) + b"=\n\0end"


def modes():
    for bits in (0o000, 0o400, 0o644, 0o777, 0o4755, 0o2755, 0o6711, 0o1644):
        file(f"modes/file-{bits:04o}", mode=bits)
    for bits in (0o700, 0o1777, 0o2775, 0o3770):
        directory(f"modes/directory-{bits:04o}", mode=bits)


def owners():
    file("owners/of-1000-1001", owner=(1000, 1001))
    file("owners/past-octal", owner=(3_000_000, 2_500_000))  # more than ustar's seven digits
    file("owners/setuid-of-33", mode=0o4750, owner=(33, 34))
    directory("owners/home", mode=0o750, owner=(1000, 1000))


def times():
    file("times/before-1970", ns=-1_500_000_000)
    file("times/before-1970-by-a-nanosecond", ns=-1)
    file("times/of-1970", ns=0)
    file("times/nanosecond", ns=1_234_567_890_000_000_001)
    file("times/trailing-zeros", ns=1_234_567_890_120_000_000)
    file("times/in-2200", ns=7_258_118_400_500_000_000)
    directory("times/old", ns=-86_400_000_000_001)


def attributes():
    file("xattrs/binary", user__binary=BINARY)
    file("xattrs/empty-value", user__empty=b"")
    file("xattrs/many", **{f"user__key{i:02d}": b"v" * i for i in range(20)})
    file("xattrs/trusted", trusted__mark=b"\0\xff\n=")
    file("xattrs/capability", mode=0o755, security__capability=CAPABILITY)
    file("xattrs/capability-of-another", mode=0o755, owner=(1000, 1000), security__capability=CAPABILITY)
    file("xattrs/non-utf8-name", **{"user__caf\udce9": b"latin"})
    directory("xattrs/directory", user__dir=b"d", trusted__dir=BINARY)
    link("xattrs/link", "nowhere", trusted__link=b"on a link")


def acls():
    file("acls/access", mode=0o660, system__posix_acl_access=ACCESS)
    file("acls/access-setuid-capability", mode=0o4760, owner=(1000, 50), system__posix_acl_access=ACCESS, security__capability=CAPABILITY)
    directory("acls/access-and-default", mode=0o770, system__posix_acl_access=ACCESS, system__posix_acl_default=DEFAULT)
    directory("acls/default-alone", system__posix_acl_default=DEFAULT)
    # what is made in such a directory inherits; these were given others, or none, afterwards
    file("acls/default-alone/plain", mode=0o644)
    os.removexattr(at("acls/default-alone/plain"), "system.posix_acl_access")
    file("acls/default-alone/own", mode=0o660, system__posix_acl_access=ACCESS)
    directory("acls/default-alone/plain-directory")
    for kind in ("access", "default"):
        os.removexattr(at("acls/default-alone/plain-directory"), f"system.posix_acl_{kind}")
    os.chmod(at("acls/default-alone/plain"), 0o644)
    os.chmod(at("acls/default-alone/plain-directory"), 0o755)


def links():
    file("links/hard/first", b"one file, three names\n", owner=(5, 6), user__on=b"all")
    os.makedirs(at("links/aside"))
    os.link(at("links/hard/first"), at("links/hard/second"))
    os.link(at("links/hard/first"), at("links/aside/third"))
    link("links/dangling", "no/such/file")
    link("links/absolute", "/etc/passwd")
    link("links/up", "../../../../etc", owner=(1000, 1000))
    link("links/long", "l" * 200)
    link("links/longer", "/".join(["long"] * 500))
    link("links/non-utf8", b"caf\xe9\n")
    os.link(at("links/dangling"), at("links/dangling-too"), follow_symlinks=False)
    directory("links/aside")
    directory("links/hard")


def contents():
    file("contents/empty")
    os.truncate(at("contents/empty"), 0)
    for size in (1, 511, 512, 513, (1 << 20) + 1):
        file(f"contents/of-{size}", bytes(i * 7 % 251 for i in range(4096)) * (size // 4096 + 1))
        os.truncate(at(f"contents/of-{size}"), size)
    with open(at("contents/sparse"), "wb") as out:
        out.truncate(32 << 20)
        out.seek(5 << 20)
        out.write(b"island" * 100)
        out.seek((24 << 20) + 1)
        out.write(b"second")
    dress("contents/sparse", 0o644, (0, 0), 1_111_111_111_000_000_000, {})
    directory("contents/empty-directory")


def nodes():
    node("nodes/null", stat.S_IFCHR, (1, 3), 0o666)
    node("nodes/large-numbers", stat.S_IFCHR, (500, 70000))
    node("nodes/disk", stat.S_IFBLK, (8, 17), 0o660, (0, 6))
    node("nodes/fifo", stat.S_IFIFO, mode=0o622)
    os.link(at("nodes/null"), at("nodes/null-too"))
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.getcwd()
        os.chdir(at("nodes"))
        listener.bind("socket")
        os.chdir(here)


def names():
    for name in (b"n" * 255, b"new\nline", b"caf\xe9 non-utf8", "ünïcödé \u65e5\u672c e\u0301".encode(), b"-rf", b"--checkpoint-action=exec", b" spaces ",
                 b"tab\t", b"back\\slash", b"\"quotes'", b"*?[a]", b"$(true)`true`", b"percent%s%n", b"\x01\x1b[31m\x7f", b"a=b", b"...", b"..a",
                 b".wh", b".whatever", b"x.wh.y", b"wh.", b"~", b"#", b"\xff\xfe"):
        file(b"names/" + name)
    file("names/" + "/".join(["d" * 60] * 2) + "/past-100-bytes")
    file("names/" + "/".join(["e" * 90] * 4) + "/past-ustar-prefix")
    file("names/" + "/".join(["f" * 250] * 8) + "/past-2000-bytes")
    file("names/" + "/".join(["deep"] * 100) + "/file")
    os.link(at("names/" + "/".join(["e" * 90] * 4) + "/past-ustar-prefix"), at("names/past-ustar-prefix-too"))


os.makedirs(ROOT, exist_ok=True)
os.umask(0o022)
for make in (modes, owners, times, attributes, acls, links, contents, nodes, names):
    make()
for path, _, _ in os.walk(ROOT):  # directories nobody dressed
    if path not in (p for p, _ in finish):
        finish.append((path, 1_200_000_000_000_000_000))
for path, ns in reversed(finish):
    os.utime(path, ns=(ns, ns), follow_symlinks=False)
