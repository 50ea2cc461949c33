/* test_record.c - records and states come back from their files as they were.
 * SPDX-License-Identifier: Apache-2.0 */
#include "container/record.h"

#include "base/io.h"
#include "testing/test.h"

TEST(a_record_comes_back)
{
	int dir = test_dir(NULL);
	struct err err = {0};
	struct record back = {0};
	struct record record = {.id = xstrdup("abc"),
				.name = xstrdup("web"),
				.created = xstrdup("2026-01-02T03:04:05Z"),
				.network = xstrdup("bridge"),
				.memory = 64 << 20,
				.stop_timeout_ns = 5,
				.stop_timeout_given = true};

	strlist_add(&record.args, "sh");
	strlist_add(&record.labels, "a=b=c");
	struct record_mount *mount = record_mount_add(&record, RECORD_MOUNT_TMPFS, "/run");
	strlist_add(&mount->options, "size=1m");
	mount->read_only = true;
	CHECK_OK(container_record_write(dir, &record, &err), &err);
	CHECK_OK(container_record_read(dir, &back, &err), &err);
	CHECK_STR(back.name, "web");
	CHECK_STR(back.args.items[0], "sh");
	CHECK_STR(back.labels.items[0], "a=b=c");
	CHECK_INT(back.memory, 64 << 20);
	CHECK(back.stop_timeout_given && back.stop_timeout_ns == 5);
	CHECK_INT(back.mounts.n, 1);
	CHECK_INT(back.mounts.items[0].type, RECORD_MOUNT_TMPFS);
	CHECK_STR(back.mounts.items[0].target, "/run");
	CHECK_STR(back.mounts.items[0].options.items[0], "size=1m");
	CHECK(back.mounts.items[0].read_only);
	container_record_done(&back);
	container_record_done(&record);
}

TEST(a_record_of_nobody_is_missing)
{
	struct err err = {0};
	struct record record;

	CHECK(container_record_read(test_dir(NULL), &record, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
	err_clear(&err);
}

TEST(a_mount_of_no_known_type_is_refused)
{
	int dir = test_dir(NULL);
	struct err err = {0};
	struct record record;
	static const char text[] =
		"{\"id\":\"a\",\"name\":\"b\",\"created\":\"c\",\"network\":\"none\","
		"\"mounts\":[{\"type\":\"nfs\",\"target\":\"/x\"}]}";

	CHECK_OK(file_write_at(dir, "record.json", text, strlen(text), 0600, FILE_NO_SYNC, &err),
		 &err);
	CHECK(container_record_read(dir, &record, &err) < 0);
	CHECK_STR(err_text(&err), "record.json:1:63: unknown type of mount 'nfs'");
	err_clear(&err);
}

TEST(a_container_that_never_ran_is_created)
{
	struct err err = {0};
	struct run_state state = {0};

	CHECK_OK(state_read(test_dir(NULL), &state, &err), &err);
	CHECK_STR(state.status, "created");
	state_done(&state);
}

TEST(a_state_comes_back_with_its_network)
{
	int dir = test_dir(NULL);
	struct err err = {0};
	struct run_state back = {0};
	struct run_state state = {
		.status = xstrdup("running"), .pid = 42, .exit_code = 3, .oom_killed = true};

	state.network.ip_address = xstrdup("10.89.0.2");
	state.network.prefix_len = 16;
	CHECK_OK(port_parse("8080:80", &state.network.ports, &err), &err);
	CHECK_OK(state_write(dir, &state, true, &err), &err);
	CHECK_OK(state_read(dir, &back, &err), &err);
	CHECK_STR(back.status, "running");
	CHECK_INT(back.pid, 42);
	CHECK_INT(back.exit_code, 3);
	CHECK(back.oom_killed);
	CHECK_STR(back.network.ip_address, "10.89.0.2");
	CHECK_INT(back.network.ports.items[0].host_port, 8080);
	state_done(&back);
	state_done(&state);
}
