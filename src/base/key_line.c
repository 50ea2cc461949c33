/* key_line.c - one line of authorized_keys(5).
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/key_line.h"

#include "base/encode.h"
#include "base/limits.h"

#include "base/banned.h"

enum { MANY = 0 }; /* a certificate's parts are not counted: their number grows with its version */

/* Each part of a key is a length in four bytes and as many bytes. */
static const struct key_type {
	const char *name;
	unsigned n_parts; /* behind the type */
} key_types[] = {
	{"ssh-ed25519", 1},
	{"ssh-rsa", 2},
	{"ecdsa-sha2-nistp256", 2},
	{"ecdsa-sha2-nistp384", 2},
	{"ecdsa-sha2-nistp521", 2},
	{"sk-ssh-ed25519@openssh.com", 2},
	{"sk-ecdsa-sha2-nistp256@openssh.com", 3},
	{"ssh-ed25519-cert-v01@openssh.com", MANY},
	{"ssh-rsa-cert-v01@openssh.com", MANY},
	{"ecdsa-sha2-nistp256-cert-v01@openssh.com", MANY},
	{"ecdsa-sha2-nistp384-cert-v01@openssh.com", MANY},
	{"ecdsa-sha2-nistp521-cert-v01@openssh.com", MANY},
	{"sk-ssh-ed25519-cert-v01@openssh.com", MANY},
	{"sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", MANY},
};

static const struct key_type *type_find(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(key_types); i++)
		if (str_is(name, key_types[i].name))
			return &key_types[i];
	return NULL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The word in front, and the blanks behind it cut from `rest`; quotes protect blanks. False: a
 * quote stays open. */
static bool cut_word(struct str *rest, struct str *ret_word)
{
	bool quoted = false;
	size_t n = 0;
	for (; n < rest->len && (quoted || !is_blank(rest->ptr[n])); n++) {
		if (rest->ptr[n] == '\\' && n + 1 < rest->len && rest->ptr[n + 1] == '"')
			n++;
		else if (rest->ptr[n] == '"')
			quoted = !quoted;
	}
	*ret_word = (struct str){rest->ptr, n};
	*rest = str_trim_blanks((struct str){rest->ptr + n, rest->len - n});
	return !quoted;
}

static bool cut_part(struct str *rest, struct str *ret_part)
{
	if (rest->len < 4)
		return false;
	size_t len = 0;
	for (size_t i = 0; i < 4; i++)
		len = len << 8 | (uint8_t)rest->ptr[i];
	if (len > rest->len - 4)
		return false;
	*ret_part = (struct str){rest->ptr + 4, len};
	*rest = (struct str){rest->ptr + 4 + len, rest->len - 4 - len};
	return true;
}

static const char *blob_fault(const struct key_type *type, struct str base64)
{
	autobuf struct buf bytes = {.max = LIMIT_KEY_LINE};
	if (!base64.len || !base64_decode(&bytes, base64))
		return "the key is not base64";
	struct str rest = buf_str(&bytes), part;
	if (!cut_part(&rest, &part))
		return "the key is cut short";
	if (!str_is(part, type->name))
		return "the key is of another type than it says";
	if (type->n_parts == MANY)
		return rest.len ? NULL : "the key is cut short";
	for (unsigned i = 0; i < type->n_parts; i++)
		if (!cut_part(&rest, &part) || !part.len)
			return "the key is cut short";
	return rest.len ? "the key goes on behind its end" : NULL;
}

static bool has_control_bytes(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (((uint8_t)text.ptr[i] < ' ' && text.ptr[i] != '\t') || text.ptr[i] == 0x7f)
			return true;
	return false;
}

static const char *line_fault(struct key_line *line)
{
	if (line->line.len > LIMIT_KEY_LINE)
		return "the line is too long";
	if (has_control_bytes(line->line))
		return "the line holds control bytes";
	struct str rest = line->line, word;
	if (!cut_word(&rest, &word))
		return "a quote is not closed";
	const struct key_type *type = type_find(word);
	if (!type) {
		line->options = word;
		if (!cut_word(&rest, &word))
			return "a quote is not closed";
		type = type_find(word);
	}
	if (!type)
		return "no type of key that is known";
	line->type = word;
	cut_word(&rest, &line->blob);
	line->comment = rest;
	return blob_fault(type, line->blob);
}

enum key_line_kind key_line_parse(struct str text, struct key_line *ret_line, const char **ret_why)
{
	struct key_line line = {.line = str_trim(text)};
	if (!line.line.len || line.line.ptr[0] == '#')
		return KEY_LINE_EMPTY;
	const char *why = line_fault(&line);
	if (why) {
		*ret_why = why;
		return KEY_LINE_BAD;
	}
	*ret_line = line;
	return KEY_LINE_KEY;
}
