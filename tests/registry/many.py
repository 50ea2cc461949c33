#!/usr/bin/env python3
"""N clients at once: each pushes an image of its own and one that all push, pulls both, and sees its tags.

    tests/registry/many.py HOST:PORT [N]
SPDX-License-Identifier: Apache-2.0
"""
import json
import random
import sys
import threading

from registry import Client, check_manifest, make_image


def one(port, number, everybody, start, faults):
    try:
        rng = random.Random(number)
        mine = make_image(rng, largest=300000)
        start.wait()
        client = Client(port)
        for repository, (manifest, blobs) in ((f"many/{number}", mine), ("many/all", everybody)):
            for blob in blobs:
                client.push_blob(repository, blob, rng.choice((1, 4)))
            client.push_manifest(repository, "1", manifest)
            if wrong := check_manifest(client, repository, "1", manifest):
                faults.append(wrong)
        _, _, tags = client.must(200, "GET", f"/v2/many/{number}/tags/list")
        if json.loads(tags) != {"name": f"many/{number}", "tags": ["1"]}:
            faults.append(f"tags of many/{number}: {tags}")
        client.close()
    except Exception as error:  # whatever it is, it is not what a client expects
        faults.append(f"client {number}: {type(error).__name__}: {error}")


def main():
    port, n = int(sys.argv[1].rpartition(":")[2]), int(sys.argv[2]) if len(sys.argv) > 2 else 64
    everybody, faults, start = make_image(random.Random(0)), [], threading.Event()
    clients = [threading.Thread(target=one, args=(port, i + 1, everybody, start, faults)) for i in range(n)]
    for client in clients:
        client.start()
    start.set()
    for client in clients:
        client.join()
    for fault in faults[:10]:
        print(fault, file=sys.stderr)
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
