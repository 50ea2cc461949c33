/* names.c - one file a tag: names/<escaped canonical reference>.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   {"name":"docker.io/library/debian:12","manifest":{descriptor}}
 *
 * In the file name every byte but letters, digits, "-", "_" and inner "." is "%XX". A name too long
 * for a file name is cut and ends in "%~" and the sha256 of the whole: the record tells it whole.
 */
#include <ctype.h>
#include <errno.h>
#include <unistd.h>

#include "oci/limits.h"
#include "store/store_private.h"

#include "base/banned.h"

/* What stays of a name that is too long, before its hash. */
#define CUT_BYTES 120

char *name_text(const struct reference *name)
{
	if (name->tag || digest_is_set(&name->digest))
		return reference_text(name);
	autofree char *repository = reference_repository(name);
	return xasprintf("%s:latest", repository);
}

struct store_path name_path(const char *canonical)
{
	autobuf struct buf escaped = {0};

	for (const char *pos = canonical; *pos; pos++) {
		unsigned char byte = (unsigned char)*pos;
		bool is_plain = isascii(byte) && (isalnum(byte) || byte == '-' || byte == '_' ||
						  (byte == '.' && pos > canonical));
		if (is_plain)
			buf_putc(&escaped, *pos);
		else
			buf_printf(&escaped, "%%%02X", byte);
	}
	if (escaped.len > LIMIT_STORE_NAME_BYTES) {
		char hex[65];
		sha256_hex(canonical, strlen(canonical), hex);
		buf_truncate(&escaped, CUT_BYTES);
		buf_printf(&escaped, "%%~%s", hex);
	}
	return path_format("names/%s", buf_text(&escaped));
}

void name_record_done(struct name_record *record)
{
	free(record->text);
	descriptor_done(&record->manifest);
	*record = (struct name_record){0};
}

static int name_decode(const struct node *root, const char *path, struct name_record *record,
		       struct err *err)
{
	const char *text = node_get_text(root, "name");
	struct store_path expected;

	if (!text)
		return err_set(err, ERR_CORRUPT, "'%s' has no 'name'", path);
	expected = name_path(text);
	if (!text_eq(expected.text, path))
		return err_set(err, ERR_CORRUPT, "'%s' speaks of '%s'", path, text);
	if (descriptor_decode(node_get(root, "manifest"), &record->manifest, err)) {
		err->kind = ERR_CORRUPT;
		return err_wrap(err, "'%s'", path);
	}
	record->text = xstrdup(text);
	return 0;
}

int name_read(struct store *store, const char *path, struct name_record *ret_record,
	      struct err *err)
{
	autoarena struct arena arena = {0};
	cleanup(name_record_done) struct name_record record = {0};
	struct node *root;

	if (record_read_tree(store, path, LIMIT_STORE_RECORD, &arena, &root, err) ||
	    name_decode(root, path, &record, err))
		return -1;
	*ret_record = steal(&record);
	return 0;
}

int name_draft(struct store *store, const struct name_record *record,
	       struct record_draft *ret_draft, struct err *err)
{
	struct store_path path = name_path(record->text);
	autoarena struct arena arena = {0};
	struct node *root = node_new(&arena, NODE_MAP);

	node_set_text(&arena, root, "name", record->text);
	node_set(&arena, root, "manifest", descriptor_encode(&arena, &record->manifest));
	return record_draft_tree(store, path.text, root, LIMIT_STORE_RECORD, ret_draft, err);
}
