/* test_settings.c - the effective values: defaults, who wins, what is derived, what is refused.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "stage/settings.h"
#include "testing/test.h"

#include "base/banned.h"

/* Lists as texts with ";" between. */
struct given {
	const char *options, *environ_list, *config;
};

static int resolve(const struct given *given, struct stage_settings *ret_settings, struct err *err)
{
	struct container_options options = {0};
	autostrlist struct strlist env = {0}, config = {0};

	if (given->options)
		strlist_split(&options.env, str_of(given->options), ';');
	if (given->environ_list)
		strlist_split(&env, str_of(given->environ_list), ';');
	if (given->config)
		strlist_split(&config, str_of(given->config), ';');
	int failed = stage_settings_resolve(&options, &env, &config, ret_settings, err);
	strlist_done(&options.env);
	return failed;
}

static struct stage_settings resolved(struct given given)
{
	struct stage_settings s = {0};
	autoerr struct err err = {0};
	CHECK_OK(resolve(&given, &s, &err), &err);
	return s;
}

/* One value as the stages see it. */
static const char *value_of(const struct stage_settings *s, const char *name)
{
	return strlist_env_get(&s->env, name);
}

struct value_case {
	const char *name; /* of the variable */
	struct given given;
	const char *value; /* "@/…": below the working directory */
};

static const struct value_case value_cases[] = {
	/* defaults */
	{"MS_OS", {0}, "ubuntu"},
	{"MS_OS_RELEASE", {0}, "noble"},
	{"MS_OS_RELEASE", {.environ_list = "MS_OS=debian"}, "bookworm"},
	{"MS_OS_RELEASE", {.environ_list = "MS_OS=plan9"}, ""},
	{"MS_IMAGE", {0}, "makinacorpus/makina-states-ubuntu-noble"},
	{"MS_IMAGE", {.environ_list = "MS_OS=plan9"}, "makinacorpus/makina-states-plan9"},
	{"MS_BASE", {0}, "scratch"},
	{"MS_BASE", {.environ_list = "MS_BASE="}, "scratch"},
	{"MS_BASE", {.options = "MS_BASE="}, "scratch"},
	{"MS_COMMAND", {0}, "/sbin/init"},
	{"MS_DATA_DIR", {0}, "@/data"},
	{"MS_IMAGE_DIR", {.environ_list = "MS_IMAGE=org/img"}, "@/data/org/img"},
	{"MS_IMAGE_DIR", {.environ_list = "MS_IMAGE=org/img:2"}, "@/data/org/img"},
	{"MS_IMAGE_DIR", {.environ_list = "MS_IMAGE=reg:5000/a/b:1"}, "@/data/reg:5000/a/b"},
	{"MS_BASEIMAGE", {0}, "baseimage-ubuntu-noble.tar.xz"},
	{"MS_STAGE0_TAG", {0}, "makinacorpus/makina-states-ubuntu-noble-stage0"},
	{"MS_DOCKERFILE_STAGE0", {0}, ""},
	{"MS_SKIP_STAGE0_BUILD", {0}, ""},
	{"MS_DOCKER_ARGS", {0}, ""},
	{"MS_IMAGE_CANDIDATE", {.environ_list = "MS_IMAGE=org/img"}, "org/img:candidate"},
	{"MS_IMAGE_CANDIDATE", {.environ_list = "MS_IMAGE=org/img:1"}, "org/img:candidate"},
	{"MS_IMAGE_CANDIDATE",
	 {.environ_list = "MS_IMAGE=reg:5000/a/b:1"},
	 "reg:5000/a/b:candidate"},
	{"MS_IMAGE_CANDIDATE", {.environ_list = "MS_IMAGE=reg:5000/a/b"}, "reg:5000/a/b:candidate"},
	{"MS_STAGE_PATH", {.environ_list = "HULL_SHARE=/share"}, "/share/stages"},
	{"MS_DOCKER_STAGE0", {0}, ""},
	{"MS_DOCKER_STAGE3", {0}, ""},
	{"MS_GIT_BRANCH", {0}, "stable"},
	{"MS_MAKINASTATES_BUILD_FORCE", {0}, ""},
	{"MS_DO_SNAPSHOT", {0}, "yes"},
	{"MS_DO_ACLS", {0}, "yes"},
	{"MS_DO_PASSWORDS_RESET", {0}, "yes"},
	{"MS_HULL_INIT", {0}, "no"},
	{"MS_HULL_INIT", {.options = "MS_HULL_INIT=yes"}, "yes"},
	{"MS_HULL_STATE", {0}, "no"},
	{"MS_HULL_STATE", {.options = "MS_HULL_STATE=/a/state"}, "/a/state"},
	{"container", {0}, "docker"},
	/* given ones, and who wins */
	{"MS_OS", {.environ_list = "MS_OS=debian"}, "debian"},
	{"MS_OS", {.config = "MS_OS=debian"}, "debian"},
	{"MS_OS", {.config = "MS_OS=a", .environ_list = "MS_OS=b"}, "b"},
	{"MS_OS", {.config = "MS_OS=a", .environ_list = "MS_OS="}, "a"},
	{"MS_OS", {.environ_list = "MS_OS=b", .options = "MS_OS=c"}, "c"},
	{"MS_OS", {.options = "MS_OS=a;MS_OS=b"}, "b"},
	{"MS_OS_MIRROR", {.options = "MS_OS_MIRROR=http://m/"}, "http://m/"},
	{"MS_GIT_URL", {.environ_list = "MS_GIT_URL=https://g/"}, "https://g/"},
	{"MS_DO_ACLS", {.environ_list = "MS_DO_ACLS=no"}, "no"},
	{"MS_STAGE0_TAG", {.environ_list = "MS_STAGE0_TAG=b:1"}, "b:1"},
	{"MS_STAGE1_NAME", {.environ_list = "MS_STAGE1_NAME=mine"}, "mine"},
	{"MS_STAGE2_NAME", {.environ_list = "MS_STAGE2_NAME=mine"}, "mine"},
	{"MS_IMAGE_CANDIDATE", {.environ_list = "MS_IMAGE_CANDIDATE=x:y"}, "x:y"},
	/* an option is seen by what is derived of it */
	{"MS_IMAGE",
	 {.environ_list = "MS_OS=ubuntu", .options = "MS_OS=debian"},
	 "makinacorpus/makina-states-debian-bookworm"},
	{"MS_BASEIMAGE",
	 {.environ_list = "MS_OS=ubuntu", .options = "MS_OS=debian"},
	 "baseimage-debian-bookworm.tar.xz"},
	{"MS_STAGE0_TAG",
	 {.options = "MS_OS=debian;MS_OS_RELEASE=trixie"},
	 "makinacorpus/makina-states-debian-trixie-stage0"},
	{"MS_IMAGE_DIR", {.environ_list = "MS_IMAGE=a", .options = "MS_IMAGE=b"}, "@/data/b"},
	{"MS_IMAGE_CANDIDATE",
	 {.environ_list = "MS_IMAGE=a", .options = "MS_IMAGE=b"},
	 "b:candidate"},
	{"MS_INJECTED_DIR", {.options = "MS_DATA_DIR=/d;MS_IMAGE=b"}, "/d/b/injected_volumes"},
	{"MS_INJECTED_DIR", {.options = "MS_IMAGE_DIR=/i"}, "/i/injected_volumes"},
	{"MS_IMAGE_ROOTFS", {.options = "MS_IMAGE_DIR=/i"}, "/i/image_rootfs"},
	{"MS_BOOTSTRAP_DIR",
	 {.config = "MS_IMAGE_DIR=/i"},
	 "/i/injected_volumes/bootstrap_scripts"},
	/* computed ones cannot be given */
	{"MS_INJECTED_DIR",
	 {.options = "MS_INJECTED_DIR=/x;MS_IMAGE_DIR=/i"},
	 "/i/injected_volumes"},
	{"MS_IMAGE_ROOTFS",
	 {.environ_list = "MS_IMAGE_ROOTFS=/x;MS_IMAGE_DIR=/i"},
	 "/i/image_rootfs"},
	{"cwd", {.environ_list = "cwd=/x"}, "@"},
	/* paths are whole for everyone */
	{"MS_DATA_DIR", {.environ_list = "MS_DATA_DIR=d/e"}, "@/d/e"},
	{"MS_IMAGE_DIR", {.environ_list = "MS_IMAGE_DIR=i"}, "@/i"},
	{"MS_DOCKERFILE_STAGE0", {.environ_list = "MS_DOCKERFILE_STAGE0=D"}, "@/D"},
	{"MS_STAGE_PATH", {.environ_list = "MS_STAGE_PATH=s"}, "@/s"},
	{"MS_DOCKER_STAGE2", {.environ_list = "MS_DOCKER_STAGE2=s/2.sh"}, "@/s/2.sh"},
};

TEST(every_variable_has_its_default_and_its_order)
{
	autofree char *cwd = getcwd(NULL, 0);

	for (size_t i = 0; i < ARRAY_LEN(value_cases); i++) {
		const struct value_case *c = &value_cases[i];
		struct stage_settings s = resolved(c->given);
		autofree char *want = c->value[0] == '@' ? xasprintf("%s%s", cwd, c->value + 1)
							 : xstrdup(c->value);
		CHECK_STR(value_of(&s, c->name), want);
		stage_settings_done(&s);
	}
}

TEST(the_origin_of_each_value_is_known)
{
	struct stage_settings s = resolved((struct given){
		.options = "MS_OS=debian", .environ_list = "MS_IMAGE=a", .config = "MS_BASE=b"});
	CHECK_INT(stage_setting_origin(&s, "MS_OS"), ORIGIN_OPTION);
	CHECK_INT(stage_setting_origin(&s, "MS_IMAGE"), ORIGIN_ENVIRONMENT);
	CHECK_INT(stage_setting_origin(&s, "MS_BASE"), ORIGIN_CONFIG);
	CHECK_INT(stage_setting_origin(&s, "MS_COMMAND"), ORIGIN_DERIVED);
	CHECK_INT(stage_setting_origin(&s, "MS_INJECTED_DIR"), ORIGIN_COMPUTED);
	stage_settings_done(&s);
}

TEST(an_option_without_a_value_takes_ours)
{
	CHECK(!setenv("MS_OS", "debian", 1) && !setenv("OTHER", "o", 1));
	struct stage_settings s = resolved((struct given){.options = "MS_OS;OTHER;NOT_SET_AT_ALL"});
	CHECK(!unsetenv("MS_OS") && !unsetenv("OTHER"));
	CHECK_STR(value_of(&s, "MS_OS"), "debian");
	autofree char *extra = strlist_join(&s.extra, ";");
	CHECK_STR(extra, "OTHER=o");
	stage_settings_done(&s);
}

TEST(a_file_of_variables_is_weaker_than_options_and_stronger_than_ours)
{
	struct container_options options = {0};
	struct stage_settings s = {0};
	autostrlist struct strlist env = {0}, config = {0};
	autoerr struct err err = {0};
	static const char text[] = "# c\nMS_OS=debian\nMS_IMAGE=file\nX=1\n";
	const char *top;
	int dirfd = test_dir(&top);

	CHECK_OK(file_write_at(dirfd, "env", text, strlen(text), 0644, FILE_NO_SYNC, &err), &err);
	strlist_addf(&options.env_files, "%s/env", top);
	strlist_add(&options.env, "MS_IMAGE=option");
	strlist_add(&env, "MS_OS=ubuntu");
	CHECK_OK(stage_settings_resolve(&options, &env, &config, &s, &err), &err);
	CHECK_STR(s.os, "debian");
	CHECK_STR(s.image, "option");
	CHECK_STR(strlist_env_get(&s.extra, "X"), "1");
	stage_settings_done(&s);
	strlist_done(&options.env);
	strlist_done(&options.env_files);
}

TEST(what_is_not_ours_goes_to_the_containers_alone)
{
	struct stage_settings s = resolved(
		(struct given){.options = "A=1;MS_OS=debian;B=;A=2", .environ_list = "HOME=/root"});
	autofree char *extra = strlist_join(&s.extra, ";");
	CHECK_STR(extra, "A=2;B=");
	CHECK(!value_of(&s, "A") && !value_of(&s, "HOME"));
	stage_settings_done(&s);
}

TEST(two_builds_have_two_names)
{
	struct stage_settings a =
		resolved((struct given){.options = "MS_IMAGE=reg:5000/org/img:1"});
	struct stage_settings b =
		resolved((struct given){.options = "MS_IMAGE=reg:5000/org/img:1"});
	CHECK(text_starts(a.stage1_name, "reg-5000-org-img-stage1-") ||
	      text_starts(a.stage1_name, "reg-5000org"));
	CHECK(!text_eq(a.stage1_name, b.stage1_name));
	const char *unique = strrchr(a.stage1_name, '-') + 1;
	CHECK_INT(strlen(unique), 10);
	CHECK_INT(strspn(unique, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"), 10);
	CHECK(text_ends(a.stage2_name, unique) && strstr(a.stage2_name, "-stage2-"));
	stage_settings_done(&a);
	stage_settings_done(&b);
}

TEST(what_cannot_be_meant_is_refused_by_name)
{
	static const struct {
		struct given given;
		const char *message;
	} cases[] = {
		{{.options = "MS_IMGAE=x"},
		 "-e: unknown variable 'MS_IMGAE' (did you mean 'MS_IMAGE'?)"},
		{{.environ_list = "MS_DATADIR=x"},
		 "environment: unknown variable 'MS_DATADIR' (did you mean 'MS_DATA_DIR'?)"},
		{{.environ_list = "MS_DO_SNAPSHOTS=x"},
		 "environment: unknown variable 'MS_DO_SNAPSHOTS' (did you mean "
		 "'MS_DO_SNAPSHOT'?)"},
		{{.options = "MS_IMAGE=Org/Img"}, "MS_IMAGE: "},
		{{.options = "MS_IMAGE=../up"}, "MS_IMAGE: "},
		{{.options = "MS_IMAGE=a b"}, "MS_IMAGE: "},
		{{.options = "MS_IMAGE=a@sha256:"
			     "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
		 "MS_IMAGE: "},
		{{.options = "MS_IMAGE_CANDIDATE=a:b:c"}, "MS_IMAGE_CANDIDATE: "},
		{{.options = "MS_COMMAND='open"}, "MS_COMMAND: a quote (') is not closed"},
		{{.options = "MS_COMMAND=''"}, "MS_COMMAND: "},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct stage_settings s = {0};
		autoerr struct err err = {0};
		CHECK(resolve(&cases[i].given, &s, &err));
		CHECK_INT(err.kind, ERR_INPUT);
		CHECK(text_starts(err_text(&err), cases[i].message));
		CHECK(!s.image);
	}
}

TEST(variables_of_others_may_begin_with_ms)
{
	struct stage_settings s =
		resolved((struct given){.environ_list = "MS_TEAMS_WEBHOOK=x;MS_OFFICE=1"});
	stage_settings_done(&s);
}

struct rows {
	struct strlist labels;
	char *image;
};

static void take_row(const char *label, const char *value, void *arg)
{
	struct rows *rows = arg;
	strlist_add(&rows->labels, label);
	if (text_eq(label, "IMAGE"))
		rows->image = xstrdup(value);
}

TEST(the_report_has_its_thirteen_labels_in_order)
{
	struct stage_settings s = resolved((struct given){.options = "MS_IMAGE=a"});
	struct rows rows = {0};

	stage_settings_report(&s, take_row, &rows);
	autofree char *labels = strlist_join(&rows.labels, ",");
	CHECK_STR(labels, "CWD,OS,OS_RELEASE,DATADIR,BASE,BASEIMAGE,IMAGE,IMAGE_DIR,STAGE0 TAG,"
			  "STAGE1 TAG,STAGE2 TAG,IMAGE CANDIDATE,DOCKER ARGS");
	CHECK_STR(rows.image, "a");
	strlist_done(&rows.labels);
	free(rows.image);
	stage_settings_done(&s);
}

static void take_args(const char *label, const char *value, void *arg)
{
	char **args = arg;
	if (text_eq(label, "DOCKER ARGS"))
		*args = xstrdup(value);
}

TEST(the_report_shows_no_value_that_may_be_a_secret)
{
	static const struct {
		const char *given, *shown;
	} cases[] = {
		{"", ""},
		{"-e TOKEN=hush -e MS_OS=debian", "-e 'TOKEN=***' -e MS_OS=debian"},
		{"--env TOKEN=hush --env=KEY=hush", "--env 'TOKEN=***' '--env=KEY=***'"},
		{"-eTOKEN='hu sh' -v /a:/b", "'-eTOKEN=***' -v /a:/b"},
		{"-e HOME --env-file x", "-e HOME --env-file x"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct stage_settings s = {.docker_args = (char *)cases[i].given};
		autofree char *args = NULL;
		stage_settings_report(&s, take_args, &args);
		CHECK_STR(args, cases[i].shown);
	}
}

TEST(an_init_is_known_by_its_name)
{
	static const struct {
		const char *command;
		bool is_init;
	} cases[] = {
		{"/sbin/init", true},
		{"/usr/sbin/init", true},
		{"/bin/systemd --system", true},
		{"/lib/systemd/systemd", true},
		{"[\"/usr/bin/env\", \"A=b\", \"/bin/systemd\"]", true},
		{"/bin/bash -c 'ls /etc/systemd /x'", false},
		{"/init", false},
		{"dumb-init sleep 1", false},
		{"nginx", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autofree char *option = xasprintf("MS_COMMAND=%s", cases[i].command);
		struct stage_settings s = resolved((struct given){.environ_list = option});
		CHECK_INT(stage_command_is_init(&s), cases[i].is_init);
		stage_settings_done(&s);
	}
}

TEST(only_yes_is_yes)
{
	CHECK(stage_setting_is_yes("yes"));
	CHECK(!stage_setting_is_yes("") && !stage_setting_is_yes("y") &&
	      !stage_setting_is_yes("YES") && !stage_setting_is_yes("true"));
}

TEST(a_configuration_file_is_read_line_by_line)
{
	static const struct {
		const char *text, *values, *message;
	} cases[] = {
		{"", "", NULL},
		{"# c\n\n MS_OS = debian \nMS_IMAGE=a", "MS_OS=debian;MS_IMAGE=a", NULL},
		{"MS_COMMAND=\"/sbin/init --x\"\n", "MS_COMMAND=/sbin/init --x", NULL},
		{"MS_COMMAND='a=b'\n", "MS_COMMAND=a=b", NULL},
		{"MS_OS=a\nMS_OS=b\n", "MS_OS=b", NULL},
		{"MS_OS=\n", "MS_OS=", NULL},
		{"MS_OS=a\nMS_IMAGE\n", NULL, "file:2: not NAME=VALUE"},
		{"=a\n", NULL, "file:1: not NAME=VALUE"},
		{"\nMS_IMGAE=a\n", NULL,
		 "file:2: unknown variable 'MS_IMGAE' (did you mean 'MS_IMAGE'?)"},
		{"PATH=/bin\n", NULL, "file:1: unknown variable 'PATH'"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autostrlist struct strlist values = {0};
		autoerr struct err err = {0};
		int failed = stage_config_parse("file", str_of(cases[i].text), &values, &err);
		autofree char *joined = strlist_join(&values, ";");
		if (cases[i].message) {
			CHECK(failed && err.kind == ERR_INPUT);
			CHECK_STR(err_text(&err), cases[i].message);
			CHECK(!values.n);
			continue;
		}
		CHECK_OK(failed, &err);
		CHECK_STR(joined, cases[i].values);
	}
}

TEST(a_configuration_file_that_is_not_there_is_named)
{
	autostrlist struct strlist values = {0};
	autoerr struct err err = {0};

	CHECK(stage_config_read("/nowhere/stage.conf", &values, &err));
	CHECK_INT(err.kind, ERR_MISSING);
	CHECK(strstr(err_text(&err), "'/nowhere/stage.conf'"));
}
