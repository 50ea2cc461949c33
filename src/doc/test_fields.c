/* test_fields.c - decode tables.
 * SPDX-License-Identifier: Apache-2.0 */
#include "doc/fields.h"

#include "doc/json.h"
#include "testing/test.h"

struct service {
	char *name;
	bool enabled;
	int64_t retries;
	struct strlist args;
	struct strlist labels;
	struct strlist ports;
};

static const struct field service_fields[] = {
	F_TEXT(struct service, name, "Name", .required = true),
	F_BOOL(struct service, enabled, "Enabled"),
	F_INT(struct service, retries, "Retries", .omit_zero = true),
	F_TEXTS(struct service, args, "Args"),
	F_MAPPING(struct service, labels, "Labels"),
	F_KEYS(struct service, ports, "Ports"),
	{0},
};

static int decode(const char *text, enum fields_mode mode, struct service *service, struct err *err)
{
	autoarena struct arena arena = {0};
	struct node *root = NULL;

	CHECK_OK(json_parse(&arena, "s.json", str_of(text), &root, err), err);
	return fields_decode(service_fields, mode, root, service, err);
}

TEST(a_map_fills_the_struct_and_comes_back)
{
	static const char text[] =
		"{\"Name\":\"web\",\"Enabled\":true,\"Retries\":3,\"Args\":[\"-x\",\"\"],"
		"\"Labels\":{\"b\":\"1=2\",\"a\":\"\"},\"Ports\":{\"80/tcp\":{}}}";
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	autobuf struct buf buf = {0};
	struct service service = {0};

	CHECK_OK(decode(text, FIELDS_STRICT, &service, &err), &err);
	CHECK_STR(service.name, "web");
	CHECK(service.enabled);
	CHECK_INT(service.retries, 3);
	CHECK_STR(service.args.items[1], "");
	CHECK_STR(service.labels.items[0], "b=1=2");
	CHECK_STR(service.ports.items[0], "80/tcp");
	json_write(&buf, fields_encode(&arena, service_fields, &service), JSON_COMPACT);
	CHECK_STR(buf_text(&buf), text);
	fields_done(service_fields, &service);
	CHECK(!service.name && !service.args.n && !service.labels.n && !service.ports.n);
}

TEST(empty_fields_are_left_out)
{
	autoarena struct arena arena = {0};
	autobuf struct buf buf = {0};
	struct service service = {0};

	json_write(&buf, fields_encode(&arena, service_fields, &service), JSON_COMPACT);
	CHECK_STR(buf_text(&buf), "{\"Enabled\":false}");
}

TEST(a_later_label_replaces_the_earlier)
{
	autoarena struct arena arena = {0};
	autobuf struct buf buf = {0};
	struct service service = {0};

	strlist_add(&service.labels, "a=1");
	strlist_add(&service.labels, "b");
	strlist_add(&service.labels, "a=3");
	strlist_add(&service.labels, "c=4");
	json_write(&buf, fields_encode(&arena, service_fields, &service), JSON_COMPACT);
	CHECK_STR(buf_text(&buf),
		  "{\"Enabled\":false,\"Labels\":{\"a\":\"3\",\"b\":\"\",\"c\":\"4\"}}");
	fields_done(service_fields, &service);
}

TEST(null_counts_as_absent)
{
	autoerr struct err err = {0};
	struct service service = {0};

	CHECK_OK(decode("{\"Name\":\"x\",\"Args\":null,\"Retries\":null}", FIELDS_STRICT, &service,
			&err),
		 &err);
	CHECK_INT(service.args.n, 0);
	fields_done(service_fields, &service);
}

TEST(an_empty_text_is_kept_unless_the_table_omits_it)
{
	static const struct field omitting[] = {
		F_TEXT(struct service, name, "Name", .omit_zero = true),
		{0},
	};
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	struct service service = {0};
	struct node *root = NULL;

	CHECK_OK(json_parse(&arena, "s", STR("{\"Name\":\"\"}"), &root, &err), &err);
	CHECK_OK(fields_decode(omitting, FIELDS_OPEN, root, &service, &err), &err);
	CHECK(!service.name);
	CHECK_OK(fields_decode(service_fields, FIELDS_OPEN, root, &service, &err), &err);
	CHECK_STR(service.name, "");
	CHECK(node_get(fields_encode(&arena, service_fields, &service), "Name"));
	CHECK(!node_get(fields_encode(&arena, omitting, &service), "Name"));
	fields_done(service_fields, &service);
}

TEST(an_open_table_leaves_unknown_keys_alone)
{
	autoerr struct err err = {0};
	struct service service = {0};

	CHECK_OK(decode("{\"Name\":\"x\",\"Other\":[1]}", FIELDS_OPEN, &service, &err), &err);
	fields_done(service_fields, &service);
}

TEST(refusals_name_the_key_and_its_place)
{
	static const struct {
		const char *text;
		const char *message;
	} cases[] = {
		{"{}", "s.json:1:1: the key 'Name' is missing"},
		{"{\"Name\":null}", "s.json:1:1: the key 'Name' is missing"},
		{"[]", "s.json:1:1: expected a map, not a list"},
		{"{\"Namee\":\"x\"}", "s.json:1:2: unknown key 'Namee', did you mean 'Name'?"},
		{"{\"zzzzzzzz\":\"x\"}", "s.json:1:2: unknown key 'zzzzzzzz'"},
		{"{\"Name\":5}", "s.json:1:9: 'Name' must be a string, not an integer"},
		{"{\"Name\":\"x\",\n\"Retries\":1.5}",
		 "s.json:2:11: 'Retries' must be an integer, not a number"},
		{"{\"Enabled\":\"yes\"}",
		 "s.json:1:12: 'Enabled' must be true or false, not a string"},
		{"{\"Args\":[\"a\",1]}",
		 "s.json:1:14: each item of 'Args' must be a string, not an integer"},
		{"{\"Labels\":{\"a\":[]}}",
		 "s.json:1:16: each value of 'Labels' must be a string, not a list"},
		{"{\"Labels\":{\"a=b\":\"\"}}",
		 "s.json:1:12: the key 'a=b' of 'Labels' may not contain '='"},
		{"{\"Ports\":[]}", "s.json:1:10: 'Ports' must be a map, not a list"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		struct service service = {0};

		CHECK_INT(decode(cases[i].text, FIELDS_STRICT, &service, &err), -1);
		CHECK_STR(err_text(&err), cases[i].message);
		CHECK_INT(err.kind, ERR_INPUT);
		CHECK(!service.name && !service.args.n && !service.labels.n);
	}
}

TEST(a_copy_stands_alone)
{
	autoerr struct err err = {0};
	struct service service = {0};
	struct service copy = {0};

	strlist_add(&copy.args, "old");
	CHECK_OK(decode("{\"Name\":\"x\",\"Enabled\":true,\"Retries\":4,\"Ports\":{\"1\":{}}}",
			FIELDS_STRICT, &service, &err),
		 &err);
	fields_copy(service_fields, &copy, &service);
	fields_copy(service_fields, &copy, &copy);
	fields_done(service_fields, &service);
	CHECK_STR(copy.name, "x");
	CHECK(copy.enabled && copy.retries == 4 && !copy.args.n);
	CHECK_STR(copy.ports.items[0], "1");
	fields_done(service_fields, &copy);
}
