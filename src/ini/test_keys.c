/* test_keys.c - every row of every key table.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>

#include "base/io.h"
#include "ini/key.h"
#include "testing/test.h"

#include "base/banned.h"

static const struct {
	const char *name;
	const struct key *rows;
	size_t size;
} tables[] = {
	{"service", service_keys, sizeof(struct service_spec)},
	{"init", init_keys, sizeof(struct init_settings)},
	{"circus", circus_keys, sizeof(struct init_settings)},
	{"socket", socket_keys, sizeof(struct socket_spec)},
	{"user", user_keys, sizeof(struct user_spec)},
	{"group", group_keys, sizeof(struct group_spec)},
	{"dir", dir_keys, sizeof(struct dir_spec)},
	{"copy", copy_keys, sizeof(struct copy_spec)},
	{"template", template_keys, sizeof(struct template_spec)},
	{"wait", wait_keys, sizeof(struct wait_spec)},
	{"keys", keys_keys, sizeof(struct keys_spec)},
	{"command", command_keys, sizeof(struct command_spec)},
	{"launch", launch_keys, sizeof(struct launch_spec)},
};

/* By the type: what is written in a file, and what is read back when that differs. */
static const struct {
	const struct key_type *type;
	const char *text, *written;
} samples[] = {
	{&type_text, "some text", NULL},
	{&type_path, "/some/path", NULL},
	{&type_bool, "yes", "true"},
	{&type_int, "7", NULL},
	{&type_id, "7", NULL},
	{&type_port, "7", NULL},
	{&type_duration, "1m30s", "90s"},
	{&type_bytes, "2k", "2048"},
	{&type_signal, "sigusr1", "USR1"},
	{&type_mode, "751", "0751"},
	{&type_words, "a 'b c' \"it's\"", "a 'b c' 'it'\\''s'"},
	{&type_list, "/a /b,/c", "/a, /b, /c"},
	{&type_probe, "tcp:a:1", NULL},
	{&type_ignored, "anything", ""},
	{&type_edges, "db,cache:healthy", NULL},
	{&type_rlimit, "10:infinity", NULL},
	{&type_success, "3-4 TERM 0", "0, 3, 4, 143"},
	{&type_capabilities, "cap_chown KILL +cap_net_raw", "CHOWN, KILL, +NET_RAW"},
	{&type_ready, "fd:5", NULL},
	{&type_log, "file:/var/log/x", NULL},
	{&type_log_both, "null", NULL},
	{&type_hook, "-/bin/x 'a b'", NULL},
	{&type_cron, "*/5 * * * mon", NULL},
	{&type_respawn, "no", "false"},
	{&type_send_hup, "yes", "true"},
	{&type_stream_class, "FancyStdoutStream", NULL},
	{&type_endpoint, "ipc:///run/x", NULL},
};

/* Wrong for the type; NULL: nothing is. */
static const char *wrong_for(const struct key *key)
{
	static const struct {
		const struct key_type *type;
		const char *text;
	} wrong[] = {
		{&type_bool, "maybe"},     {&type_int, "x"},         {&type_id, "-5"},
		{&type_port, "70000"},     {&type_duration, "5x"},   {&type_bytes, "5x"},
		{&type_signal, "NOPE"},    {&type_mode, "9"},        {&type_choice, "?"},
		{&type_choice_bool, "?"},  {&type_words, "'"},       {&type_probe, "x:"},
		{&type_edges, "a:b"},      {&type_rlimit, "5:4"},    {&type_success, "256"},
		{&type_capabilities, "X"}, {&type_ready, "fd:2"},    {&type_log, "x"},
		{&type_log_both, "x"},     {&type_hook, "'"},        {&type_cron, "x"},
		{&type_respawn, "?"},      {&type_send_hup, "?"},    {&type_stream_class, "X"},
		{&type_log_period, "?"},   {&type_endpoint, "x://"},
	};
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		if (wrong[i].type == key->type)
			return wrong[i].text;
	}
	return NULL;
}

/* For choices the second of them, for a probe by key what stands behind the colon. */
static void sample_for(const struct key *key, const char **ret_text, const char **ret_written)
{
	const struct key_choice *choice = key->choices;
	bool chooses = key->type == &type_choice || key->type == &type_choice_bool ||
		       key->type == &type_log_period;
	if (key->type == &type_wait_probe) {
		bool is_path = text_eq(key->name, "unix") || text_eq(key->name, "file");
		bool is_http = text_eq(key->name, "http");
		*ret_text = is_path ? "/x" : is_http ? "a:1/x" : "a:1";
		*ret_written = is_http ? "http://a:1/x" : *ret_text;
		return;
	}
	if (chooses) {
		*ret_text = choice[1].name;
		while (choice->value != key->choices[1].value)
			choice++;
		*ret_written = choice->name; /* the first of several names */
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		if (samples[i].type != key->type)
			continue;
		*ret_text = samples[i].text;
		*ret_written = samples[i].written ? samples[i].written : samples[i].text;
		if (key->type == &type_edges && key->min)
			*ret_written = "db:ready, cache:healthy";
		else if (key->type == &type_edges)
			*ret_written = "db:started, cache:healthy";
		return;
	}
	test_fail(__FILE__, __LINE__, "no sample for the type of '%s'", key->name);
}

static void row_check(const struct key *key, void *object)
{
	autoarena struct arena arena = {0};
	autobuf struct buf first = {0}, second = {0};
	autoerr struct err err = {0};
	const char *text, *written;
	sample_for(key, &text, &written);
	struct value value = {.arena = &arena, .text = text};
	CHECK_OK(key_parse(key, &value, object, &err), &err);
	key_write(key, object, &first);
	CHECK_STR(buf_text(&first), written);
	/* What is written is read again as the same. */
	if (!first.len || key->type == &type_wait_probe)
		return;
	value.text = buf_text(&first);
	if (key->type == &type_edges)
		*(struct service_spec *)object = (struct service_spec){0};
	CHECK_OK(key_parse(key, &value, object, &err), &err);
	if (!(key->flags & KEY_APPENDS) || key->type == &type_edges) {
		key_write(key, object, &second);
		CHECK_STR(buf_text(&second), written);
	}
	const char *wrong = wrong_for(key);
	if (!wrong)
		return;
	value.text = wrong;
	if (key_parse(key, &value, object, &err) == 0)
		test_fail(__FILE__, __LINE__, "'%s' takes '%s'", key->name, wrong);
	CHECK(err.kind == ERR_INPUT);
}

TEST(every_key_is_read_and_written)
{
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		for (const struct key *key = tables[i].rows; key->name; key++) {
			autofree void *object = xcalloc(1, tables[i].size);
			row_check(key, object);
		}
	}
}

TEST(every_default_parses_and_comes_back)
{
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		autoarena struct arena arena = {0};
		autofree void *object = xcalloc(1, tables[i].size);
		keys_set_standard(tables[i].rows, &arena, object);
		for (const struct key *key = tables[i].rows; key->name; key++) {
			autobuf struct buf text = {0};
			key_write(key, object, &text);
			bool is_shared = key->flags & (KEY_CIRCUS_ONLY | KEY_BOTH_STREAMS);
			if (key->standard && !is_shared && !text.len)
				test_fail(__FILE__, __LINE__, "'%s' has no default after all",
					  key->name);
		}
	}
}

TEST(names_of_keys_are_unique_in_each_vocabulary)
{
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		size_t n = 0;
		for (const struct key *key = tables[i].rows; key->name; key++, n++) {
			for (int v = VOCABULARY_NATIVE; v <= VOCABULARY_CIRCUS; v++) {
				const char *name = key_name(key, (enum vocabulary)v);
				if (name &&
				    key_find(tables[i].rows, name, (enum vocabulary)v) != key)
					test_fail(__FILE__, __LINE__, "'%s' leads elsewhere", name);
			}
		}
		CHECK(n < SERVICE_KEYS_MAX);
	}
}

TEST(the_tables_are_walked_by_every_type)
{
	/* A sample that no row uses would be a type that nobody has. */
	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		bool is_used = false;
		for (size_t j = 0; j < ARRAY_LEN(tables); j++) {
			for (const struct key *key = tables[j].rows; key->name; key++)
				is_used |= key->type == samples[i].type;
		}
		if (!is_used)
			test_fail(__FILE__, __LINE__, "type '%s' is unused", samples[i].type->name);
	}
}

TEST(choices_tell_what_there_is)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	struct service_spec spec = {0};
	const struct key *key = key_find(service_keys, "restart", VOCABULARY_NATIVE);
	struct value value = {.arena = &arena, .text = "sometimes"};
	CHECK(key_parse(key, &value, &spec, &err));
	CHECK_STR(err_text(&err), "'sometimes' is none of always, on-failure, never");
}

TEST(capabilities_name_the_nearest)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	struct service_spec spec = {0};
	const struct key *key = key_find(service_keys, "capabilities", VOCABULARY_NATIVE);
	struct value value = {.arena = &arena, .text = "cap_net_admn"};
	CHECK(key_parse(key, &value, &spec, &err));
	CHECK_STR(err_text(&err), "'cap_net_admn' is no capability, nearest 'NET_ADMIN'");
	value.text = "none";
	err_clear(&err);
	CHECK_OK(key_parse(key, &value, &spec, &err), &err);
	CHECK_INT((long long)spec.capabilities.kept, 0);
}

TEST(capabilities_are_kept_within_bounds_or_over_a_change_of_the_user)
{
	static const struct {
		const char *text, *written;
		uint64_t kept, ambient;
	} cases[] = {
		{"all", "all", UINT64_MAX, 0},
		{"all, +kill", "all, +KILL", UINT64_MAX, 1 << 5},
		{"+kill all", "all, +KILL", UINT64_MAX, 1 << 5},
		{"+CAP_KILL chown", "CHOWN, +KILL", 1 << 5 | 1, 1 << 5},
		{"kill, +kill", "+KILL", 1 << 5, 1 << 5},
		{"none", "none", 0, 0},
		{"", "none", 0, 0},
	};
	static const char *const wrong[] = {"+", "+all", "++kill", "all, none", "kill+"};
	const struct key *key = key_find(service_keys, "capabilities", VOCABULARY_NATIVE);
	autoarena struct arena arena = {0};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		autobuf struct buf written = {0};
		struct service_spec spec = {0};
		struct value value = {.arena = &arena, .text = cases[i].text};
		CHECK_OK(key_parse(key, &value, &spec, &err), &err);
		CHECK(spec.capabilities.kept == cases[i].kept);
		CHECK(spec.capabilities.ambient == cases[i].ambient);
		key_write(key, &spec, &written);
		CHECK_STR(buf_text(&written), cases[i].written);
	}
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		autoerr struct err err = {0};
		struct service_spec spec = {0};
		struct value value = {.arena = &arena, .text = wrong[i]};
		CHECK(key_parse(key, &value, &spec, &err));
		CHECK(spec.capabilities.kept == 0);
	}
}

/* `*name*` in the page; of "stdout_stream.class" the part behind the dot, hooks by their own name.
 */
static void row_is_told(const char *page, const char *name)
{
	const char *dot = text_starts(name, "hooks.") ? NULL : strchr(name, '.');
	autofree char *mark = xasprintf("*%s*", dot ? dot + 1 : name);
	if (!text_starts(name, "hooks.") && !strstr(page, mark))
		test_fail(__FILE__, __LINE__, "hull-init.ini(5) does not tell '%s'", name);
}

TEST(the_manual_tells_every_key)
{
	autobuf struct buf page = {0};
	autoerr struct err err = {0};
	CHECK_OK(file_read_at(AT_FDCWD, "../../man/hull-init.ini.5.scd", 0, &page, &err), &err);
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		for (const struct key *key = tables[i].rows; key->name; key++) {
			row_is_told(buf_text(&page), key->name);
			if (key->circus)
				row_is_told(buf_text(&page), key->circus);
		}
	}
}
