/* test_changes.c - what --change does to a config.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "doc/json.h"
#include "image/image_private.h"
#include "testing/test.h"

#include "base/banned.h"

/* The config as an image's config tells it, after the changes to one that has something already. */
static int change(const char *const *changes, struct buf *ret_text, struct err *err)
{
	cleanup(image_config_done) struct image_config config = {0};
	autostrlist struct strlist list = {0};
	autoarena struct arena arena = {0};
	struct node *root;
	size_t len;

	strlist_add(&config.config.env, "PATH=/bin");
	strlist_add(&config.config.cmd, "old");
	config.config.working_dir = xstrdup("/srv/app");
	for (; *changes; changes++)
		strlist_add(&list, *changes);
	if (config_apply_changes(&config.config, &list, err))
		return -1;
	autofree char *text = image_config_write(&config, &len);
	CHECK_OK(json_parse(&arena, "config", (struct str){text, len}, &root, err), err);
	json_write(ret_text, node_get(root, "config"), JSON_COMPACT);
	return 0;
}

TEST(changes_do_what_the_instructions_say)
{
#define REST ",\"WorkingDir\":\"/srv/app\"}"
	static const struct {
		const char *changes[4];
		const char *config;
	} cases[] = {
		{{"CMD [\"a\", \"b c\"]"}, "{\"Env\":[\"PATH=/bin\"],\"Cmd\":[\"a\",\"b c\"]" REST},
		{{"CMD a b"}, "{\"Env\":[\"PATH=/bin\"],\"Cmd\":[\"/bin/sh\",\"-c\",\"a b\"]" REST},
		{{"SHELL [\"/bin/bash\", \"-c\"]", "CMD a"},
		 "{\"Env\":[\"PATH=/bin\"],\"Cmd\":[\"/bin/bash\",\"-c\",\"a\"],\"WorkingDir\":\"/srv/app\","
		 "\"Shell\":[\"/bin/bash\",\"-c\"]}"},
		{{"ENTRYPOINT [\"/init\"]"},
		 "{\"Env\":[\"PATH=/bin\"],\"Entrypoint\":[\"/init\"]" REST},
		{{"ENTRYPOINT [\"/init\"]", "CMD [\"x\"]"},
		 "{\"Env\":[\"PATH=/bin\"],\"Entrypoint\":[\"/init\"],\"Cmd\":[\"x\"]" REST},
		{{"ENV A=1 B=\"two words\"", "ENV PATH=$PATH:/x"},
		 "{\"Env\":[\"PATH=/bin:/x\",\"A=1\",\"B=two words\"],\"Cmd\":[\"old\"]" REST},
		{{"EXPOSE 80 53/udp 8000-8001", "EXPOSE 80/TCP"},
		 "{\"ExposedPorts\":{\"53/udp\":{},\"80/tcp\":{},\"8000/tcp\":{},\"8001/tcp\":{}},"
		 "\"Env\":[\"PATH=/bin\"],\"Cmd\":[\"old\"]" REST},
		{{"LABEL b=2 a=1"},
		 "{\"Env\":[\"PATH=/bin\"],\"Cmd\":[\"old\"],\"WorkingDir\":\"/srv/app\","
		 "\"Labels\":{\"a\":\"1\",\"b\":\"2\"}}"},
		{{"USER 1000:100", "STOPSIGNAL SIGRTMIN+3"},
		 "{\"User\":\"1000:100\",\"Env\":[\"PATH=/bin\"],\"Cmd\":[\"old\"],\"WorkingDir\":\"/srv/app\","
		 "\"StopSignal\":\"SIGRTMIN+3\"}"},
		{{"WORKDIR ../x/./y"},
		 "{\"Env\":[\"PATH=/bin\"],\"Cmd\":[\"old\"],\"WorkingDir\":\"/srv/x/y\"}"},
		{{"WORKDIR /../.."},
		 "{\"Env\":[\"PATH=/bin\"],\"Cmd\":[\"old\"],\"WorkingDir\":\"/\"}"},
		{{"VOLUME /a /b", "VOLUME [\"/a\"]"},
		 "{\"Env\":[\"PATH=/bin\"],\"Cmd\":[\"old\"],\"Volumes\":{\"/a\":{},\"/b\":{}}" REST},
		{{"ONBUILD RUN make"},
		 "{\"Env\":[\"PATH=/bin\"],\"Cmd\":[\"old\"],\"WorkingDir\":\"/srv/app\","
		 "\"OnBuild\":[\"RUN make\"]}"},
		{{"HEALTHCHECK --interval=5s --retries=3 CMD true"},
		 "{\"Env\":[\"PATH=/bin\"],\"Cmd\":[\"old\"],\"WorkingDir\":\"/srv/app\",\"Healthcheck\":"
		 "{\"Test\":[\"CMD-SHELL\",\"true\"],\"Interval\":5000000000,\"Retries\":3}}"},
		{{"HEALTHCHECK NONE"},
		 "{\"Env\":[\"PATH=/bin\"],\"Cmd\":[\"old\"],\"WorkingDir\":\"/srv/app\",\"Healthcheck\":"
		 "{\"Test\":[\"NONE\"]}}"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autobuf struct buf text = {0};
		struct err err = {0};
		CHECK_OK(change(cases[i].changes, &text, &err), &err);
		CHECK_STR(buf_text(&text), cases[i].config);
	}
}

TEST(changes_that_are_none_are_refused_by_name)
{
	static const struct {
		const char *change, *part;
	} cases[] = {
		{"RUN make", "RUN"},
		{"FROM x", "FROM"},
		{"CDM x", "CMD"},
		{"EXPOSE 70000", "70000"},
		{"EXPOSE 80/icmp", "80/icmp"},
		{"EXPOSE 9-8", "9-8"},
		{"SHELL sh", "SHELL"},
		{"HEALTHCHECK --interval=1us CMD true", "interval"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *const changes[] = {cases[i].change, NULL};
		autobuf struct buf text = {0};
		autoerr struct err err = {0};
		CHECK(change(changes, &text, &err) < 0);
		CHECK_INT(err.kind, ERR_INPUT);
		if (!strstr(err_text(&err), cases[i].part) || strchr(err_text(&err), '\n'))
			test_fail(__FILE__, __LINE__, "'%s' gives '%s'", cases[i].change,
				  err_text(&err));
	}
}
