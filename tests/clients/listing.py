#!/usr/bin/env python3
"""Lists everything that files of a tree have, a line each, sorted, so that two trees can be compared with diff.

    listing.py [OPTION]... DIR

Path, type, mode, owner, time in ns, size and hash of the content, link target, device numbers, which other names it has,
attributes in hex. The options leave out what a peer does not keep. Sockets are never listed: no layer holds one.
"""
import argparse
import hashlib
import os
import stat
import sys


def text(raw):
    return "".join(chr(b) if 32 < b < 127 and b != 92 else f"\\x{b:02x}" for b in raw)


def read_hash(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()[:16]


def xattrs(path, drop_empty):
    for name in sorted(os.listxattr(path, follow_symlinks=False)):
        value = os.getxattr(path, name, follow_symlinks=False)
        if not name.startswith("trusted.overlay.") and (value or not drop_empty):
            yield f"{text(os.fsencode(name))}={value.hex()}"


def line(args, path, rel, st, groups):
    kind = stat.filemode(st.st_mode)[0]
    out = [text(rel), kind, f"{stat.S_IMODE(st.st_mode):04o}", f"{st.st_uid}:{st.st_gid}"]
    ns = st.st_mtime_ns
    out.append(str(max(ns, 0) if args.since_1970 else ns))
    if kind == "-":
        out += [str(st.st_size), read_hash(path)]
    elif kind == "l":
        out.append(text(os.readlink(path)))
    elif kind in "bc":
        out.append(f"{os.major(st.st_rdev)}:{os.minor(st.st_rdev)}")
    if kind not in "d" + args.drop_links and len(groups[st.st_dev, st.st_ino]) > 1:
        out.append("is:" + ",".join(text(p) for p in sorted(groups[st.st_dev, st.st_ino])))
    out += xattrs(path, args.drop_empty)
    return " ".join(out)


def walk(root):
    yield root
    for path, dirs, files in os.walk(root):
        for name in dirs + files:
            yield os.path.join(path, name)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--since-1970", action="store_true", help="earlier times are its first moment")
    parser.add_argument("--drop-empty", action="store_true", help="attributes with an empty value")
    parser.add_argument("--drop-links", default="", metavar="LETTERS", help="of such files, which other names they have")
    parser.add_argument("dir")
    args = parser.parse_args()
    root = os.fsencode(args.dir)
    files, groups = [], {}
    for path in walk(root):
        st = os.lstat(path)
        rel = os.path.relpath(path, root)
        if stat.S_ISSOCK(st.st_mode):
            continue
        files.append((rel, path, st))
        groups.setdefault((st.st_dev, st.st_ino), []).append(rel)
    for rel, path, st in sorted(files):
        sys.stdout.write(line(args, path, rel, st, groups) + "\n")


main()
