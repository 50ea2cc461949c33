/* key_line.h - one line of authorized_keys(5): options, type, key and comment.
 * SPDX-License-Identifier: Apache-2.0
 * Sources: sshd(8), "AUTHORIZED_KEYS FILE FORMAT"; RFC 4253 6.6, RFC 5656 3.1, RFC 8709 4;
 * OpenSSH's PROTOCOL.u2f and PROTOCOL.certkeys. */
#pragma once

#include "base/str.h"

struct key_line {           /* borrowed from the line */
	struct str line;    /* without white space around */
	struct str options; /* empty: none */
	struct str type;    /* "ssh-ed25519" */
	struct str blob;    /* base64: the identity of the key */
	struct str comment;
};

enum key_line_kind { KEY_LINE_EMPTY, KEY_LINE_KEY, KEY_LINE_BAD };
/* *ret_why: what is wrong with a bad one; static. The blob is decoded: what it says of itself must
 * be its type, and its parts must be as many as that type has. */
enum key_line_kind key_line_parse(struct str text, struct key_line *ret_line, const char **ret_why);
