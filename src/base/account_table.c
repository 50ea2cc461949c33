/* account_table.c - finding and changing lines of account files.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/account_table.h"

#include "base/limits.h"

#include "base/banned.h"

/* The next line without its end ("\n" or "\r\n"); false behind the last. */
static bool next_line(struct str *rest, struct str *ret_line)
{
	if (!rest->len)
		return false;
	struct str line = str_cut(rest, '\n');
	if (line.len && line.ptr[line.len - 1] == '\r')
		line.len--;
	*ret_line = line;
	return true;
}

static bool is_nis(struct str line)
{
	return line.len && (line.ptr[0] == '+' || line.ptr[0] == '-');
}

static bool is_entry(struct str line)
{
	return line.len && line.ptr[0] != '#' && line.ptr[0] != ':' && !is_nis(line);
}

struct str account_field(struct str line, int n)
{
	struct str field = {0};

	for (int i = 0; i <= n; i++) {
		if (!line.ptr)
			return (struct str){0};
		field = str_cut(&line, ':');
	}
	return field;
}

bool account_id(struct str line, int n, uint32_t *ret_id)
{
	uint64_t id;

	if (!str_to_u64(account_field(line, n), &id) || id >= UINT32_MAX)
		return false;
	*ret_id = (uint32_t)id;
	return true;
}

bool account_find(const struct account_table *table, struct str name, struct str *ret_line)
{
	struct str rest = buf_str(&table->text), line;

	while (next_line(&rest, &line)) {
		if (is_entry(line) && str_eq(account_field(line, 0), name)) {
			*ret_line = line;
			return true;
		}
	}
	return false;
}

bool account_find_id(const struct account_table *table, uint32_t id, struct str *ret_line)
{
	struct str rest = buf_str(&table->text), line;
	uint32_t found;

	while (next_line(&rest, &line)) {
		if (is_entry(line) && account_id(line, 2, &found) && found == id) {
			*ret_line = line;
			return true;
		}
	}
	return false;
}

/* Puts `with` where `old` (a view into the text) stands. */
static void splice(struct account_table *table, struct str old, struct str with)
{
	struct buf text = {.max = LIMIT_USERDB_FILE};
	size_t begin = (size_t)(old.ptr - table->text.ptr), end = begin + old.len;

	buf_append(&text, table->text.ptr, begin);
	buf_append_str(&text, with);
	buf_append(&text, table->text.ptr + end, table->text.len - end);
	buf_done(&table->text);
	table->text = text;
	table->changed = true;
}

void account_add(struct account_table *table, const char *line)
{
	struct str rest = buf_str(&table->text), each;
	bool has_nis = false;

	while (!has_nis && next_line(&rest, &each))
		has_nis = is_nis(each);
	if (has_nis) {
		autofree char *with = xasprintf("%s\n", line);
		splice(table, (struct str){each.ptr, 0}, str_of(with));
		return;
	}
	table->text.max = LIMIT_USERDB_FILE;
	if (table->text.len && table->text.ptr[table->text.len - 1] != '\n')
		buf_putc(&table->text, '\n');
	buf_puts(&table->text, line);
	buf_putc(&table->text, '\n');
	table->changed = true;
}

void account_set_field(struct account_table *table, struct str line, int n, struct str value)
{
	struct str field = account_field(line, n);

	if (field.ptr)
		splice(table, field, value);
}

bool account_has_member(struct str line, int n, struct str name)
{
	struct str members = account_field(line, n);

	while (members.len)
		if (str_eq(str_trim_blanks(str_cut(&members, ',')), name))
			return true;
	return false;
}

void account_add_member(struct account_table *table, struct str line, int n, struct str name)
{
	struct str members = account_field(line, n);

	if (!members.ptr || account_has_member(line, n, name))
		return;
	autofree char *with =
		xasprintf("%.*s%s%.*s", STR_ARG(members), members.len ? "," : "", STR_ARG(name));
	splice(table, members, str_of(with));
}

void account_remove_member(struct account_table *table, struct str line, int n, struct str name)
{
	struct str members = account_field(line, n), rest = members;
	autobuf struct buf with = {.max = LIMIT_USERDB_FILE};

	if (!account_has_member(line, n, name))
		return;
	while (rest.len) {
		struct str member = str_cut(&rest, ',');
		if (str_eq(str_trim_blanks(member), name))
			continue;
		if (with.len)
			buf_putc(&with, ',');
		buf_append_str(&with, member);
	}
	splice(table, members, buf_str(&with));
}

void account_remove(struct account_table *table, struct str line)
{
	const char *end = table->text.ptr + table->text.len;

	while (line.ptr + line.len < end && line.ptr[line.len] != '\n')
		line.len++;
	if (line.ptr + line.len < end)
		line.len++;
	splice(table, line, STR(""));
}

bool account_next(struct str *rest, struct str *ret_line)
{
	struct str line;

	while (next_line(rest, &line)) {
		if (!is_entry(line))
			continue;
		*ret_line = line;
		return true;
	}
	return false;
}

bool account_is_name(const char *name)
{
	size_t len = strlen(name);
	bool has_letter = false;

	if (!len || len > LIMIT_ACCOUNT_NAME || text_eq(name, ".") || text_eq(name, ".."))
		return false;
	for (size_t i = 0; i < len; i++) {
		bool is_letter = (name[i] >= 'a' && name[i] <= 'z') ||
				 (name[i] >= 'A' && name[i] <= 'Z') || strchr("_.", name[i]);
		bool is_inside = i > 0 && ((name[i] >= '0' && name[i] <= '9') || name[i] == '-');
		bool is_dollar = i > 0 && i == len - 1 && name[i] == '$';
		if (!is_letter && !is_inside && !is_dollar && !(name[i] >= '0' && name[i] <= '9'))
			return false;
		has_letter |= is_letter || name[i] == '-';
	}
	return has_letter;
}
