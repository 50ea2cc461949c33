/* flags.c - the "--name=value" words behind an instruction's name.
 * SPDX-License-Identifier: Apache-2.0 */
#include "dockerfile/dockerfile_private.h"

#include <ctype.h>

#include "base/clock.h"

#include "base/banned.h"

enum flag_kind { FLAG_TEXT, FLAG_LIST, FLAG_BOOLEAN, FLAG_DURATION, FLAG_COUNT };
struct flag_rule {
	const char *name; /* NULL ends the row */
	enum flag_kind kind;
};
#define MAX_FLAG_RULES 8
static const struct flag_rule rules[N_INSTRUCTIONS][MAX_FLAG_RULES] = {
	[INSTRUCTION_ADD] = {{"chown"},
			     {"chmod"},
			     {"checksum"},
			     {"link", FLAG_BOOLEAN},
			     {"keep-git-dir", FLAG_BOOLEAN},
			     {"unpack", FLAG_BOOLEAN},
			     {"exclude", FLAG_LIST}},
	[INSTRUCTION_COPY] = {{"from"},
			      {"chown"},
			      {"chmod"},
			      {"link", FLAG_BOOLEAN},
			      {"parents", FLAG_BOOLEAN},
			      {"exclude", FLAG_LIST}},
	[INSTRUCTION_FROM] = {{"platform"}},
	[INSTRUCTION_HEALTHCHECK] = {{"interval", FLAG_DURATION},
				     {"timeout", FLAG_DURATION},
				     {"start-period", FLAG_DURATION},
				     {"start-interval", FLAG_DURATION},
				     {"retries", FLAG_COUNT}},
	[INSTRUCTION_RUN] = {{"mount", FLAG_LIST},
			     {"network"},
			     {"security"},
			     {"device", FLAG_LIST}},
};

static int check_duration(struct src_pos at, const char *name, struct str value, struct err *err)
{
	int64_t ns = 0;
	bool has_unit = value.len && isalpha((unsigned char)value.ptr[value.len - 1]);

	if ((!has_unit && !str_is(value, "0")) || !clock_parse_duration(value, &ns))
		return err_at(err, at, "--%s: '%.*s' is no duration such as 30s or 1m30s", name,
			      STR_ARG(value));
	if (ns && ns < NS_PER_SEC / 1000)
		return err_at(err, at, "--%s: '%.*s' is shorter than 1ms", name, STR_ARG(value));
	return 0;
}

static int check_boolean(struct src_pos at, const char *name, struct str value, struct err *err)
{
	if (!value.ptr || str_is(value, "true") || str_is(value, "false"))
		return 0;
	return err_at(err, at, "--%s is true or false, not '%.*s'", name, STR_ARG(value));
}

static int check_flag(const struct flag_rule *rule, struct src_pos at, struct str value,
		      struct err *err)
{
	uint64_t count;

	if (rule->kind == FLAG_BOOLEAN)
		return check_boolean(at, rule->name, value, err);
	if (!value.len)
		return err_at(err, at, "--%s needs a value, as in --%s=VALUE", rule->name,
			      rule->name);
	if (rule->kind == FLAG_DURATION)
		return check_duration(at, rule->name, value, err);
	if (rule->kind == FLAG_COUNT && (!str_to_u64(value, &count) || count > INT32_MAX))
		return err_at(err, at, "--%s: '%.*s' is no count", rule->name, STR_ARG(value));
	if (!strcmp(rule->name, "from") && memchr(value.ptr, '$', value.len))
		return err_at(err, at, "--from takes no variables: '%.*s'", STR_ARG(value));
	return 0;
}

static int err_unknown(struct err *err, struct src_pos at, enum instruction_kind kind,
		       struct str name)
{
	const char *names[MAX_FLAG_RULES + 1] = {0};
	autofree char *unknown = str_dup(name);

	for (size_t i = 0; rules[kind][i].name; i++)
		names[i] = rules[kind][i].name;
	const char *nearest = str_nearest(unknown, names);
	if (nearest)
		return err_at(err, at, "%s does not know --%s, did you mean --%s?",
			      instruction_name(kind), unknown, nearest);
	return err_at(err, at, "%s does not know --%s", instruction_name(kind), unknown);
}

static int add_flag(struct instruction *instruction, struct src_pos at, const char *text,
		    uint32_t *seen, struct err *err)
{
	const struct flag_rule *rule = rules[instruction->kind];
	struct str value = str_of(text);
	struct str name = str_cut(&value, '=');
	uint32_t bit = 1;

	for (; rule->name && !str_is(name, rule->name); rule++)
		bit <<= 1;
	if (!rule->name)
		return err_unknown(err, at, instruction->kind, name);
	if ((*seen & bit) && rule->kind != FLAG_LIST)
		return err_at(err, at, "--%s is given twice", rule->name);
	*seen |= bit;
	if (check_flag(rule, at, value, err))
		return -1;
	strlist_add(&instruction->flags, text);
	return 0;
}

int flags_parse(const struct line *line, char escape, struct str *rest,
		struct instruction *instruction, struct err *err)
{
	struct flag_word word;
	uint32_t seen = 0;

	while (cut_flag(rest, escape, &word)) {
		autofree char *text = word.text;
		if (add_flag(instruction, line_at(line, word.at), text, &seen, err))
			return -1;
	}
	return 0;
}

const char *instruction_flag(const struct instruction *instruction, const char *name)
{
	size_t len = strlen(name);
	for (size_t i = 0; i < instruction->flags.n; i++) {
		const char *flag = instruction->flags.items[i];
		if (!strncmp(flag, name, len) && (!flag[len] || flag[len] == '='))
			return flag[len] ? flag + len + 1 : "";
	}
	return NULL;
}

bool instruction_flag_is_on(const struct instruction *instruction, const char *name, bool fallback)
{
	const char *value = instruction_flag(instruction, name);
	return value ? !text_eq(value, "false") : fallback;
}
