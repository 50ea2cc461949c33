/* limits.h - how large and how deep a document may be.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#define LIMIT_DOC_BYTES \
	(16u << 20)             /* the largest manifest or config that registries accept is 4 MiB */
#define LIMIT_DOC_DEPTH      64 /* nesting; deeper is an attack on the stack */
#define LIMIT_DOC_NODES      1000000u
/* Bytes of a number in YAML: what is longer is somebody's identifier. */
#define LIMIT_DOC_NUMBER     128
/* Containers in containers, aliases followed: what values may be printed and compared to. */
#define LIMIT_MARKED_DEPTH   200
/* Nodes that a walk meets through aliases: "billion laughs" are stopped. */
#define LIMIT_MARKED_ALIASES UINT64_C(1000000)
