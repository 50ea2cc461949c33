/* reference.h - image names: "debian", "org/img:1", "host:5000/a/b@sha256:…".
 * SPDX-License-Identifier: Apache-2.0
 * Source: distribution/reference grammar; docker's familiar names. */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "oci/digest.h"

struct reference {
	char *domain;         /* "docker.io" when the name has none */
	char *path;           /* "library/debian" when the name is one word on docker.io */
	char *tag;            /* NULL: none given */
	struct digest digest; /* unset: none given */
};

int reference_parse(const char *text, struct reference *ret_ref, struct err *err) must_check;
/* A name that an image is given: with a tag, "latest" when there is none. A digest is ERR_INPUT: it
 * is not given, an image has it. */
int reference_parse_tag(const char *text, struct reference *ret_ref, struct err *err) must_check;
void reference_done(struct reference *ref);
void reference_default_tag(struct reference *ref); /* "latest" when neither tag nor digest */
void reference_set_tag(struct reference *ref, const char *tag);   /* drops a digest */
char *reference_repository(const struct reference *ref);          /* "docker.io/library/debian" */
char *reference_familiar_repository(const struct reference *ref); /* "debian" */
char *reference_text(const struct reference *ref);                /* canonical, whole */
char *reference_familiar(const struct reference *ref);            /* as docker shows it, whole */
bool reference_tag_is_valid(const char *tag);
#define autoref cleanup(reference_done)
