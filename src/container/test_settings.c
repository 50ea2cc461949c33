/* test_settings.c - what options and an image together mean, and what is refused.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>

#include "base/io.h"
#include "container/container_private.h"
#include "container/options.h"
#include "container/settings.h"
#include "testing/test.h"

#define MAX_WORDS 8
struct words { /* a command line: options, "--", command */
	const char *items[MAX_WORDS];
};

static struct image_config image; /* filled by the test that uses it; zeroed: an empty one */

/* Parses and applies; returns what settings_apply does. */
static int apply(const struct words *words, struct record *record, struct err *err)
{
	struct container_options options = {0};
	struct engine engine = {0};
	char *argv[MAX_WORDS + 1] = {0};
	int argc = 0, n_used = 0;

	while (argc < MAX_WORDS && words->items[argc]) {
		argv[argc] = (char *)words->items[argc];
		argc++;
	}
	*record = (struct record){.id = xstrdup("0123456789abcdef"), .name = xstrdup("x")};
	int result = opt_parse(container_option_table, OPT_STOP_AT_ARG, argc, argv, &options,
			       &n_used, err);
	if (!result)
		result = settings_apply(&engine, &options, &image, argv + n_used, record, err);
	opt_done(container_option_table, &options);
	return result;
}

static void check_args(const struct words *words, const char *want)
{
	struct record record;
	struct err err = {0};

	CHECK_OK(apply(words, &record, &err), &err);
	char *got = strlist_join(&record.args, " ");
	CHECK_STR(got, want);
	free(got);
	container_record_done(&record);
}

TEST(entrypoint_and_command_follow_dockers_rules)
{
	strlist_add(&image.config.entrypoint, "/entry");
	strlist_add(&image.config.cmd, "default");
	check_args(&(struct words){{"--"}}, "/entry default");
	check_args(&(struct words){{"--", "mine"}}, "/entry mine");
	check_args(&(struct words){{"--entrypoint", "sh", "--", "-c", "x"}}, "sh -c x");
	check_args(&(struct words){{"--entrypoint", "sh", "--"}}, "sh"); /* the image's CMD goes */
	check_args(&(struct words){{"--entrypoint=", "--", "true"}}, "true");
	strlist_done(&image.config.entrypoint);
	check_args(&(struct words){{"--"}}, "default");
	strlist_done(&image.config.cmd);
}

static void check_refused(const struct words *words, const char *want)
{
	struct record record;
	struct err err = {0};

	CHECK(apply(words, &record, &err) < 0);
	CHECK_STR(err_text(&err), want);
	err_clear(&err);
	container_record_done(&record);
}

TEST(no_command_at_all_is_refused)
{
	check_refused(&(struct words){{"--"}},
		      "no command specified: the image has none, name one behind it");
	check_refused(&(struct words){{"--entrypoint", "", "--"}},
		      "no command specified: the image has none, name one behind it");
}

static void check_env(const struct words *words, const char *want)
{
	struct record record;
	struct err err = {0};

	CHECK_OK(apply(words, &record, &err), &err);
	char *got = strlist_join(&record.env, " ");
	CHECK_STR(got, want);
	free(got);
	container_record_done(&record);
}

TEST(variables_given_win_over_the_images)
{
	int dir = test_dir(NULL);
	const char *path;
	struct err err = {0};
	static const char file[] =
		"# comment\n\n  D=from file\nE=1=2\r\nHULL_TEST_UNSET\nHULL_TEST_SET\n";

	test_dir(&path);
	char *name = path_join(path, "env");
	CHECK_OK(file_write_at(AT_FDCWD, name, file, strlen(file), 0600, FILE_NO_SYNC, &err), &err);
	setenv("HULL_TEST_SET", "yes", 1);
	unsetenv("HULL_TEST_UNSET");
	strlist_add(&image.config.env, "A=image");
	strlist_add(&image.config.env, "B=image");
	check_env(&(struct words){{"--", "x"}}, "A=image B=image");
	check_env(&(struct words){{"-e", "A=mine", "-eC=", "--", "x"}}, "A=mine C= B=image");
	check_env(&(struct words){{"-e", "HULL_TEST_UNSET", "-e", "HULL_TEST_SET", "--", "x"}},
		  "HULL_TEST_SET=yes A=image B=image");
	check_env(&(struct words){{"--env-file", name, "-e", "D=2", "--", "x"}},
		  "D=2 E=1=2 HULL_TEST_SET=yes A=image B=image");
	strlist_done(&image.config.env);
	free(name);
	close(dir);
}

TEST(bad_variables_are_refused_with_their_place)
{
	const char *path;
	struct err err = {0};

	test_dir(&path);
	char *name = path_join(path, "env");
	char *want = xasprintf("%s:2: 'b c' is no name of a variable", name);
	CHECK_OK(file_write_at(AT_FDCWD, name, "A=1\nb c=2\n", 10, 0600, FILE_NO_SYNC, &err), &err);
	check_refused(&(struct words){{"--env-file", name, "--", "x"}}, want);
	check_refused(&(struct words){{"-e", "=x", "--", "x"}},
		      "--env: '=x' has no name in front of '='");
	free(name);
	free(want);
}

TEST(wrong_values_are_refused_by_name_with_the_nearest_word)
{
	static const struct {
		struct words words;
		const char *want;
	} cases[] = {
		{{{"--restart", "alway", "--", "x"}},
		 "--restart: 'alway' is not known (did you mean 'always'?)"},
		{{{"--restart", "always:3", "--", "x"}},
		 "--restart 'always:3': only on-failure takes a number of times"},
		{{{"--rm", "--restart=always", "--", "x"}},
		 "conflicting options: --restart and --rm"},
		{{{"--cpus", "many", "--", "x"}}, "--cpus: 'many' is not a number like '1.5'"},
		{{{"-m", "1m", "--", "x"}}, "--memory: at least 6m are needed"},
		{{{"--ulimit", "nofil=1", "--", "x"}},
		 "--ulimit: 'nofil' is not known (did you mean 'nofile'?)"},
		{{{"--ulimit", "nofile=9:1", "--", "x"}},
		 "--ulimit 'nofile=9:1': the soft limit is above the hard one"},
		{{{"--device", "/nonexistent", "--", "x"}},
		 "--device '/nonexistent': No such file or directory"},
		{{{"--security-opt", "secomp=x", "--", "x"}},
		 "--security-opt: 'secomp' is not known (did you mean 'seccomp'?)"},
		{{{"--stop-signal", "SIGTREM", "--", "x"}},
		 "--stop-signal: there is no signal 'SIGTREM' (did you mean 'SIGTERM'?)"},
		{{{"--systemd", "alwas", "--", "x"}},
		 "--systemd: 'alwas' is not known (did you mean 'always'?)"},
		{{{"-w", "here", "--", "x"}}, "--workdir: 'here' is not an absolute path"},
		{{{"--name", "-x", "--", "x"}},
		 "'-x' cannot be the name of a container: two or more of a-z, A-Z, 0-9, '_', '.' and "
		 "'-', the first a letter or digit"},
		{{{"--hostname", "a b", "--", "x"}}, "--hostname: 'a b' is no host name"},
		{{{"--add-host", "name", "--", "x"}}, "--add-host 'name' is not NAME:IP"},
		{{{"--dns", "dns.example", "--", "x"}}, "--dns: 'dns.example' is no address"},
		{{{"-p", "80", "--network", "none", "--", "x"}},
		 "--publish: the network 'none' has no ports to publish"},
		{{{"--expose", "0", "--", "x"}}, "--expose '0' is not PORT[-PORT][/tcp|udp|sctp]"},
		{{{"-v", "/a:b", "--", "x"}},
		 "--volume '/a:b': 'b' is not an absolute path inside the container"},
		{{{"-v", "/a:/", "--", "x"}}, "--volume '/a:/': nothing can be mounted over '/'"},
		{{{"-v", "/a:/x", "-v", "/b:/x/", "--", "x"}},
		 "--volume '/b:/x/': something is mounted on '/x' already"},
		{{{"-v", "/a:/x:rx", "--", "x"}},
		 "--volume '/a:/x:rx': option: 'rx' is not known (did you mean 'ro'?)"},
		{{{"-v", "a/b:/x", "--", "x"}},
		 "--volume 'a/b:/x': 'a/b' is neither a path (absolute, or beginning with './') nor the "
		 "name of a volume ([a-zA-Z0-9][a-zA-Z0-9_.-]+)"},
		{{{"--mount", "type=bind,src=/nonexistent,dst=/x", "--", "x"}},
		 "--mount 'type=bind,src=/nonexistent,dst=/x': bind source path '/nonexistent': No such "
		 "file or directory"},
		{{{"--mount", "type=tmpfs,\"dst=/x", "--", "x"}},
		 "--mount 'type=tmpfs,\"dst=/x': a quote is not closed at the end of a field"},
		{{{"--mount", "\"type=tmpfs\"x,dst=/x", "--", "x"}},
		 "--mount '\"type=tmpfs\"x,dst=/x': a quote is not closed at the end of a field"},
		{{{"--mount", "type=bin,src=/a,dst=/x", "--", "x"}},
		 "--mount 'type=bin,src=/a,dst=/x': type: 'bin' is not known (did you mean 'bind'?)"},
		{{{"--mount", "type=tmpfs,dst=/x,src=/a", "--", "x"}},
		 "--mount 'type=tmpfs,dst=/x,src=/a': 'src' means nothing for type=tmpfs"},
		{{{"--mount", "type=bind,sorce=/a,dst=/x", "--", "x"}},
		 "--mount 'type=bind,sorce=/a,dst=/x': key: 'sorce' is not known (did you mean "
		 "'source'?)"},
		{{{"--pull", "always", "--", "x"}},
		 "--pull=always is not supported: images are not pulled yet"},
		{{{"--init-path=/nowhere/init", "--", "x"}},
		 "--init: resolving '/nowhere/init': No such file or directory"},
		{{{"--init-path=/etc", "--", "x"}}, "--init-path: '/etc' is not a program"},
		{{{"--init-path=/bin/sh", "--", "/sbin/init"}},
		 "--init: the command is an init itself (if not: --systemd=false)"},
		{{{"--memory-swap=1g", "--", "x"}},
		 "option '--memory-swap' is not supported: use --memory"},
		{{{"-c", "5", "--", "x"}}, "option '-c' is not supported: use --cpus"},
		{{{"--voluem", "x", "--", "x"}},
		 "unknown option '--voluem' (did you mean '--volume'?)"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check_refused(&cases[i].words, cases[i].want);
}

TEST(limits_are_read)
{
	struct record record;
	struct err err = {0};

	CHECK_OK(apply(&(struct words){{"--cpus=1.5", "-m512m", "--ulimit=nofile=10:-1",
					"--device=/dev/null:rw", "--stop-timeout=3",
					"--pids-limit=7", "x"}},
		       &record, &err),
		 &err);
	CHECK_INT(record.nano_cpus, 1500000000);
	CHECK_INT(record.memory, 512 << 20);
	CHECK_STR(record.ulimits.items[0], "nofile=10:-1");
	CHECK_STR(record.devices.items[0], "/dev/null:/dev/null:rw");
	CHECK_INT(record.stop_timeout_ns, 3000000000);
	CHECK_INT(record.pids_limit, 7);
	CHECK_STR(record.stop_signal, "SIGTERM");
	container_record_done(&record);
}

TEST(an_init_is_systemd_and_stops_by_its_signal)
{
	static const struct {
		struct words words;
		bool is_systemd;
	} cases[] = {
		{{{"--", "/sbin/init"}}, true},
		{{{"--", "/usr/lib/systemd/systemd", "--system"}}, true},
		{{{"--systemd=false", "--", "/sbin/init"}}, false},
		{{{"--systemd=always", "--", "sh"}}, true},
		{{{"--", "init"}}, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct record record;
		struct err err = {0};
		CHECK_OK(apply(&cases[i].words, &record, &err), &err);
		CHECK_INT(record.is_systemd, cases[i].is_systemd);
		CHECK_STR(record.stop_signal, cases[i].is_systemd ? "SIGRTMIN+3" : "SIGTERM");
		container_record_done(&record);
	}
}

TEST(signals_have_names_and_numbers)
{
	static const struct {
		const char *text;
		int number;
	} cases[] = {{"TERM", SIGTERM},
		     {"sigkill", SIGKILL},
		     {"9", 9},
		     {"SIGRTMIN+3", 37},
		     {"RTMAX-1", 63}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err err = {0};
		int number;
		CHECK_OK(signal_parse(cases[i].text, &number, &err), &err);
		CHECK_INT(number, cases[i].number);
	}
}

TEST(fields_of_a_mount_may_be_quoted)
{
	struct record record;
	struct err err = {0};
	const struct words words = {
		{"--mount", "type=tmpfs,\"dst=/a,b\"\"c\"", "--mount=\"type=tmpfs\",dst=/d", "x"}};

	CHECK_OK(apply(&words, &record, &err), &err);
	CHECK_INT(record.mounts.n, 2);
	CHECK_STR(record.mounts.items[0].target, "/a,b\"c");
	CHECK_STR(record.mounts.items[1].target, "/d");
	container_record_done(&record);
}

TEST(mounts_are_read)
{
	struct record record;
	struct err err = {0};

	strlist_add(&image.config.volumes, "/data");
	strlist_add(&image.config.volumes, "/mine/");
	CHECK_OK(apply(&(struct words){{"-v/host/./dir:/in//side/:ro,rslave", "-vnamed:/mine",
					"-v/anonymous", "--tmpfs=/t:size=1m,mode=700",
					"--mount=src=vol,dst=/v,volume-nocopy", "x"}},
		       &record, &err),
		 &err);
	const struct record_mount *bind = record_mount_find(&record, "/in/side");
	CHECK(bind && bind->type == RECORD_MOUNT_BIND && bind->read_only && bind->make_source);
	CHECK_STR(bind->source, "/host/dir");
	CHECK_STR(bind->propagation, "rslave");
	const struct record_mount *named = record_mount_find(&record, "/mine");
	CHECK(named && named->type == RECORD_MOUNT_VOLUME && !named->is_anonymous);
	CHECK_STR(named->name, "named");
	const struct record_mount *anonymous = record_mount_find(&record, "/anonymous");
	CHECK(anonymous && anonymous->is_anonymous);
	const struct record_mount *tmpfs = record_mount_find(&record, "/t");
	CHECK(tmpfs && tmpfs->type == RECORD_MOUNT_TMPFS && tmpfs->options.n == 2);
	const struct record_mount *volume = record_mount_find(&record, "/v");
	CHECK(volume && volume->no_copy);
	const struct record_mount *of_image = record_mount_find(&record, "/data");
	CHECK(of_image && of_image->is_anonymous);
	CHECK_INT(record.mounts.n, 6);
	container_record_done(&record);
	strlist_done(&image.config.volumes);
}

TEST(ports_are_exposed_and_published)
{
	struct record record;
	struct err err = {0};

	strlist_add(&image.config.exposed_ports, "443/tcp");
	CHECK_OK(apply(&(struct words){{"-p127.0.0.1:8080:80", "-p53/udp", "--expose=90-91", "-P",
					"x"}},
		       &record, &err),
		 &err);
	char *exposed = strlist_join(&record.exposed, " ");
	char *ports = strlist_join(&record.ports, " ");
	CHECK_STR(exposed, "90/tcp 91/tcp 443/tcp 80/tcp 53/udp");
	CHECK_STR(ports, "127.0.0.1:8080:80/tcp 53/udp 90/tcp 91/tcp 443/tcp");
	free(exposed);
	free(ports);
	container_record_done(&record);
	strlist_done(&image.config.exposed_ports);
}

TEST(labels_of_options_win_over_the_images)
{
	struct record record;
	struct err err = {0};

	strlist_add(&image.config.labels, "a=image");
	CHECK_OK(apply(&(struct words){{"-la=mine", "--label", "empty", "x"}}, &record, &err),
		 &err);
	char *labels = strlist_join(&record.labels, " ");
	CHECK_STR(labels, "a=mine empty=");
	free(labels);
	container_record_done(&record);
	strlist_done(&image.config.labels);
}

TEST(paths_are_cleaned_as_they_read)
{
	static const char *const cases[][2] = {
		{"/", "/"}, {"//a//b/", "/a/b"}, {"/a/./b/..", "/a"}, {"/../..", "/"}, {"a", "/a"}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *clean = path_clean(cases[i][0]);
		CHECK_STR(clean, cases[i][1]);
		free(clean);
	}
}

TEST(each_option_stands_once_in_the_table)
{
	for (const struct opt *a = container_option_table; a->name; a++)
		for (const struct opt *b = a + 1; b->name; b++) {
			CHECK(strcmp(a->name, b->name) != 0);
			CHECK(!a->letter || a->letter != b->letter);
		}
}
