/* document.h - a manifest as a registry reads it: what it refers to, nothing of what it means.
 * SPDX-License-Identifier: Apache-2.0
 * Source: image-spec, manifest.md and image-index.md; distribution, manifest-v2-2.
 *
 * Wider than oci/manifest.h, which is for images that are run: any artifact is welcome. */
#pragma once

#include "base/arena.h"
#include "registry/index.h"

enum document_kind {
	DOCUMENT_MANIFEST, /* config and layers */
	DOCUMENT_INDEX,    /* manifests */
	DOCUMENT_OPAQUE,   /* of a type that we do not know: kept as it is */
};
struct document_part {
	struct digest digest;
	uint64_t size;
	enum part_kind kind;
	bool is_optional; /* elsewhere (urls), inline (data), or of an opaque document */
};
struct document { /* its texts live in the arena */
	enum document_kind kind;
	const char *media_type;
	bool type_is_told; /* the bytes alone tell the media type */
	struct document_part *parts;
	size_t n_parts;
	struct digest subject;
	const char *artifact_type; /* as referrers list it; NULL: none */
	const char *annotations;   /* JSON map; NULL: none */
};
/* content_type NULL, empty or application/json: the bytes tell. ERR_INPUT: invalid, with the place;
 * ERR_LIMIT; ERR_DENIED: schema 1. */
int document_read(struct arena *arena, const char *content_type, struct str bytes,
		  struct document *ret_document, struct err *err) must_check;
/* The same of what is in the store already, written by whomever: what cannot be read strictly is
 * read as opaque, so that whatever it names is kept. media_type NULL: the bytes tell. */
void document_read_stored(struct arena *arena, const char *media_type, struct str bytes,
			  struct document *ret_document);
/* The media type of bytes that came without one; "application/octet-stream" when nothing tells. In
 * the arena. */
const char *document_sniff(struct arena *arena, struct str bytes);
bool media_type_is_sane(struct str text); /* type "/" subtype, RFC 6838: safe in a header */
