/* acl_record.c - one file's part of what getfacl -R writes.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   record = "# file: " PATH, "# owner: " NAME, "# group: " NAME, [ "# flags: " "sst" ], entries,
 * "" PATH   = bytes; "\\" a backslash, "\NNN" a byte in octal */
#include "runner/acl_restore.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/encode.h"

#include "base/banned.h"

void acl_record_done(struct acl_record *record)
{
	free(record->path);
	buf_done(&record->access);
	buf_done(&record->by_default);
}

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

static char *path_unescape(struct str text)
{
	autobuf struct buf path = {.max = PATH_MAX};
	for (size_t i = 0; i < text.len; i++) {
		const char *at = text.ptr + i;
		size_t left = text.len - i;
		if (*at == '\\' && left > 3 && is_octal(at[1]) && is_octal(at[2]) &&
		    is_octal(at[3])) {
			buf_putc(&path,
				 (char)((at[1] - '0') << 6 | (at[2] - '0') << 3 | (at[3] - '0')));
			i += 3;
		} else if (*at == '\\' && left > 1 && at[1] == '\\') {
			buf_putc(&path, '\\');
			i++;
		} else {
			buf_putc(&path, *at);
		}
	}
	bool is_good = path.len && !path.overflowed && !memchr(path.ptr, '\0', path.len);
	return is_good ? buf_steal(&path) : NULL;
}

static bool flags_parse(struct str text, unsigned *ret_flags)
{
	static const char letters[] = "sst";
	static const unsigned bits[] = {S_ISUID, S_ISGID, S_ISVTX};
	unsigned flags = 0;
	if (text.len != sizeof(letters) - 1)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == letters[i])
			flags |= bits[i];
		else if (text.ptr[i] != '-')
			return false;
	}
	*ret_flags = flags;
	return true;
}

/* The value of "# KEY: VALUE". A comment of another kind is none. */
static bool comment_is(struct str line, struct str key, struct str *ret_value)
{
	if (!str_starts(line, key))
		return false;
	*ret_value = (struct str){line.ptr + key.len, line.len - key.len};
	return true;
}

static bool read_comment(struct acl_record *record, struct str line)
{
	struct str value;
	if (comment_is(line, STR("# file: "), &value)) {
		if (record->path)
			return false;
		record->path = path_unescape(value);
		return record->path != NULL;
	}
	if (comment_is(line, STR("# owner: "), &value))
		record->owner = value;
	else if (comment_is(line, STR("# group: "), &value))
		record->group = value;
	else if (comment_is(line, STR("# flags: "), &value))
		return flags_parse(value, &record->flags);
	return true;
}

static void add_entry(struct acl_record *record, struct str line)
{
	bool by_default = str_starts(line, STR("default:")) || str_starts(line, STR("d:"));
	struct buf *entries = by_default ? &record->by_default : &record->access;
	buf_append_str(entries, line);
	buf_putc(entries, '\n');
}

static bool read_line(struct acl_record *record, struct str line)
{
	if (*line.ptr == '#')
		return read_comment(record, line);
	add_entry(record, line);
	return record->path != NULL;
}

int acl_record_next(struct str *rest, unsigned *line_number, struct acl_record *ret_record,
		    struct err *err)
{
	cleanup(acl_record_done) struct acl_record record = {0};
	bool has_some = false;
	while (rest->len) {
		struct str line = str_cut(rest, '\n');
		++*line_number;
		if (line.len && line.ptr[line.len - 1] == '\r')
			line.len--;
		if (!line.len && has_some)
			break;
		if (!line.len)
			continue;
		has_some = true;
		if (!read_line(&record, line))
			return err_set(err, ERR_CORRUPT, "line %u is not what getfacl writes",
				       *line_number);
	}
	if (!has_some)
		return 0;
	if (!record.path || record.access.overflowed || record.by_default.overflowed)
		return err_set(err, ERR_CORRUPT, "the lines before line %u name no file",
			       *line_number);
	*ret_record = steal(&record);
	return 1;
}
