/* secrets.h - texts that are never shown.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Values are registered where they come from: below a pillar's `secrets:`, under keys that look
 * secret, generated passwords, secret files. Whatever is printed for people or machines (diffs,
 * comments, errors, changes, logs) goes through secrets_mask, which replaces each of them by ***,
 * also in the forms that JSON, YAML, Python's repr, a shell, URLs and base64 give them. Each line
 * of a text of several lines is a secret of its own. Texts shorter than SECRET_MIN bytes are not
 * looked for.
 *
 * Which keys look secret: a key is cut into words at what is no letter and where a capital begins
 * ("dbPassword" is db, password).
 *   - password, passwd, passphrase, secret, token, credentials, apikey… anywhere, unless the last
 *     word tells that the value is about one: password_file, token_ttl, secret_name
 *   - pass as the last word (db_pass), but for proxy_pass and its kin
 *   - key as the last of several words (ssl_key, api_key), but for public_key, primary_key and the
 *     like; a file's name or a URL under such a key is none
 * keyid, keyserver, ssl_cert, authorized_keys are not secret. A text that holds a private key in
 * PEM is, wherever it stands, and so is the password of a URL (scheme://user:password@host).
 * A pillar's `secrets_pattern: password|pin|ssl_key` replaces these rules by a list of words (or of
 * words in a row). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "value/value.h"

#define SECRET_MIN 4 /* bytes: "abc" would mask half of the output */

struct secrets {
	struct {
		struct str *items; /* owned bytes: each form of each secret */
		size_t n, cap;
	} texts;
	uint32_t *buckets; /* by the first SECRET_MIN bytes: text + 1; 0: none */
	uint32_t *next;    /* of a text: the next of its bucket, a shorter one */
	size_t n_buckets;
	bool is_indexed;
	const char *key_pattern; /* words of keys, '|' between them; NULL: the rules above */
};

void secrets_add(struct secrets *secrets, struct str text);
/* All strings (and numbers) in it. */
void secrets_add_value(struct secrets *secrets, struct value v);
/* "password", "db_passwd", "ssl_key", "api-token": by words of the key. */
bool secrets_is_key(const struct secrets *secrets, struct str key);
/* Every value under a key that looks secret, anywhere in v; and all below a key `secrets`. */
void secrets_scan(struct secrets *secrets, struct value v);
/* The same for a text that cannot be read as YAML: "key: value" line by line, so that the lines
 * which an error shows are masked. */
void secrets_scan_text(struct secrets *secrets, struct str text);
/* Appends text with the secrets in it as "***". */
void secrets_mask(struct secrets *secrets, struct str text, struct buf *buf);
/* A copy of v with all strings masked, and values under secret keys as "***". */
struct value secrets_mask_value(struct secrets *secrets, struct heap *heap, struct value v);
void secrets_done(struct secrets *secrets);
