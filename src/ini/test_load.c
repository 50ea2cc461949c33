/* test_load.c - native files: what they make, and what is said about wrong ones.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/socket.h>

#include "base/io.h"
#include "ini/limits.h"
#include "ini/loader_private.h"
#include "testing/test.h"

#include "base/banned.h"

#define SECOND INT64_C(1000000000)

static const char *const env[] = {"PATH=/bin", "HOME=/root", "DB_HOST=db", NULL};

static struct model *load(const char *text)
{
	struct load_options options = {.env = env};
	struct ini_text file = {"f", str_of(text)};
	autoerr struct err err = {0};
	struct model *model = NULL;
	CHECK_OK(model_load_texts(&options, &file, 1, &model, &err), &err);
	return model;
}
DEFINE_FREEP(struct model, model_free)
#define automodel cleanup(model_freep)

/* All errors, one a line. */
static char *errors_of(const char *text)
{
	autostrlist struct strlist errors = {0};
	struct load_options options = {.env = env, .errors = &errors};
	struct ini_text file = {"f", str_of(text)};
	autoerr struct err err = {0};
	struct model *model = NULL;
	CHECK(model_load_texts(&options, &file, 1, &model, &err));
	CHECK(!model);
	CHECK_INT(err.kind, ERR_INPUT);
	CHECK(errors.n > 0);
	CHECK_STR(err_text(&err), errors.items[0]);
	return strlist_join(&errors, "\n");
}

TEST(a_service_has_defaults_that_one_expects)
{
	automodel struct model *model = load("[service:web]\ncommand = web -p 80\n");
	const struct service_spec *web = &model->services[0];
	CHECK_INT((long long)model->n_services, 1);
	CHECK_STR(web->name, "web");
	CHECK_INT(web->kind, SERVICE_DAEMON);
	CHECK_INT((long long)web->words.n, 3);
	CHECK_STR(web->words.items[2], "80");
	CHECK_INT(web->copies, 1);
	CHECK(web->autostart);
	CHECK(web->copy_env);
	CHECK(web->login_env);
	CHECK_INT(web->restart, RESTART_ALWAYS);
	CHECK_INT(web->restart_delay, SECOND / 10);
	CHECK_INT(web->restart_delay_max, 30 * SECOND);
	CHECK_INT(web->restart_stable, 10 * SECOND);
	CHECK_INT(web->restart_limit, 0);
	CHECK_INT(web->max_retry, -1);
	CHECK_INT(web->stop_signal, SIGTERM);
	CHECK_INT(web->stop_timeout, 10 * SECOND);
	CHECK_INT(web->kill, KILL_GROUP);
	CHECK_INT(web->umask, -1);
	CHECK_INT(web->nice, INT_MIN);
	CHECK_INT(web->oom_score, INT_MIN);
	CHECK(web->capabilities.kept == UINT64_MAX);
	CHECK_INT(web->ready, READY_STARTED);
	CHECK_INT((long long)web->success[0], 1);
	CHECK_INT(web->out.target, LOG_TO_STDOUT);
	CHECK_INT(web->errors.target, LOG_TO_STDERR);
	CHECK_INT(web->out.format, LOG_RAW); /* one service: nothing in front */
	CHECK_INT(web->out.period_count, 1);
	CHECK_INT(web->errors.keep, 5);
	CHECK_STR(web->env[0], "PATH=/bin");
	CHECK_INT(model->init.stop_timeout, 9 * SECOND);
	CHECK_INT(model->init.control_mode, 0600);
	CHECK_INT(model->init.umask, -1);
	CHECK_INT((long long)model->warnings.n, 0);
}

TEST(several_services_have_their_names_in_front)
{
	automodel struct model *model = load("[service:a]\ncommand=a\n[service:b]\ncommand=b\n"
					     "log_format=json\n[service:c]\ncommand=c\n"
					     "log=file:/var/log/c\n");
	CHECK_INT(model->services[0].out.format, LOG_PREFIX);
	CHECK_INT(model->services[0].errors.format, LOG_PREFIX);
	CHECK_INT(model->services[1].errors.format, LOG_JSON);
	CHECK_INT(model->services[2].out.format, LOG_RAW);
	CHECK_STR(model->services[2].errors.path, "/var/log/c");
}

TEST(the_main_service_and_jobs_are_not_restarted_unless_said)
{
	automodel struct model *model =
		load("[service:a]\ncommand=a\nmain=yes\n[job:b]\ncommand=b\n[job:c]\ncommand=c\n"
		     "restart=on-failure\n[cron:d]\ncommand=d\nschedule=@daily\n");
	CHECK_INT(model->services[0].restart, RESTART_NEVER);
	CHECK_INT(model->services[1].restart, RESTART_NEVER);
	CHECK_INT(model->services[2].restart, RESTART_ON_FAILURE);
	CHECK_INT(model->services[3].restart, RESTART_NEVER);
	CHECK_INT(model->services[3].kind, SERVICE_CRON);
	automodel struct model *other = load("[service:a]\ncommand=a\nrestart=always\nmain=yes\n");
	CHECK_INT(other->services[0].restart, RESTART_ALWAYS);
}

TEST(edges_have_conditions_by_what_they_lead_to)
{
	automodel struct model *model =
		load("[service:a]\ncommand=a\nneeds = DB, prep\nafter = cache, db:healthy\n"
		     "[service:db]\ncommand=db\nhealth=tcp:1\n[job:prep]\ncommand=x\n"
		     "[service:cache]\ncommand=y\n");
	const struct service_spec *a = &model->services[0];
	CHECK_INT((long long)a->n_edges, 4);
	CHECK_STR(a->edges[0].name, "cache");
	CHECK_INT(a->edges[0].when, EDGE_STARTED);
	CHECK(!a->edges[0].needed);
	CHECK_INT(a->edges[1].when, EDGE_HEALTHY);
	CHECK_STR(a->edges[2].name, "db");
	CHECK_INT((long long)a->edges[2].service, 1);
	CHECK_INT(a->edges[2].when, EDGE_READY);
	CHECK(a->edges[2].needed);
	CHECK_INT(a->edges[3].when, EDGE_DONE);
}

TEST(words_use_variables_without_being_split_again)
{
	automodel struct model *model =
		load("[env]\nNAMES = a b\n[service:x]\ncommand = x --n=${NAMES} '${DB_HOST}'\n"
		     "args = more \"$(circus.wid)\" ${NONE:-c}\n");
	const struct service_spec *x = &model->services[0];
	CHECK_INT((long long)x->words.n, 6);
	CHECK_STR(x->words.items[1], "--n=a b");
	CHECK_STR(x->words.items[2], "db");
	CHECK_STR(x->words.items[4], "$(circus.wid)");
	CHECK_STR(x->words.items[5], "c");
	CHECK(x->has_placeholders);
	CHECK_STR(x->command_text, "x --n=${NAMES} '${DB_HOST}'");
}

TEST(a_shell_gets_its_text_as_written)
{
	automodel struct model *model =
		load("[service:x]\nshell = yes\ncommand = for i in 1 2; do\n   echo ${i} | cat\n"
		     "   # a comment\n   done\nshell_args = zero 'one 1'\n");
	const struct service_spec *x = &model->services[0];
	CHECK_INT((long long)x->words.n, 5);
	CHECK_STR(x->words.items[0], "/bin/sh");
	CHECK_STR(x->words.items[2], "for i in 1 2; do\necho ${i} | cat\ndone");
	CHECK_STR(x->words.items[4], "one 1");
}

TEST(variables_come_from_four_places)
{
	automodel struct model *model =
		load("[env]\nA = 1\nB = ${A}2\n[env:x,y*]\nB = ${B}3\nunset = HO*\n"
		     "[service:x]\ncommand = x\nenv = C=${B} 'D=d e'\nenv = C=c\n"
		     "[service:yes]\ncommand = x\ncopy_env = no\n[service:z]\ncommand = x\n");
	static const char *const want[][8] = {
		{"PATH=/bin", "DB_HOST=db", "A=1", "B=123", "C=c", "D=d e"},
		{"A=1", "B=123"},
		{"PATH=/bin", "HOME=/root", "DB_HOST=db", "A=1", "B=12"},
	};
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		for (size_t j = 0; j < 8; j++) {
			CHECK_STR(model->services[i].env[j], want[i][j]);
			if (!want[i][j])
				break;
		}
	}
	/* What nobody changed is shared. */
	CHECK(model->services[2].env == model->env);
	CHECK_INT(model->services[0].env_origins[3].line, 5);
	CHECK_INT(model->services[0].env_origins[0].line, 0);
}

TEST(a_variable_may_stand_in_a_file)
{
	const char *path;
	autoerr struct err err = {0};
	int dir = test_dir(&path);
	CHECK_OK(file_write_at(dir, "secret", "s3cret\n", 7, 0600, FILE_NO_SYNC, &err), &err);
	autofree char *variable = xasprintf("DB_PASSWORD_FILE=%s/secret", path);
	const char *own_env[] = {"PATH=/bin", variable, NULL};
	const char *both[] = {"DB_PASSWORD=x", variable, NULL};
	struct load_options options = {.env = own_env};
	const char *text = "[init]\nfile_variables = DB_PASSWORD, OTHER\n"
			   "[service:x]\ncommand = x ${DB_PASSWORD}\n";
	struct ini_text file = {"f", str_of(text)};
	struct model *loaded = NULL;
	CHECK_OK(model_load_texts(&options, &file, 1, &loaded, &err), &err);
	automodel struct model *model = loaded;
	CHECK_STR(model->services[0].words.items[1], "s3cret");
	CHECK_STR(model->env[1], "DB_PASSWORD=s3cret");
	CHECK_STR(model->env[2], NULL);
	options.env = both;
	CHECK(model_load_texts(&options, &file, 1, &loaded, &err));
	CHECK_STR(err_text(&err),
		  "f:2:18: both 'DB_PASSWORD' and 'DB_PASSWORD_FILE' are set: use one");
}

TEST(boot_sections_fill_their_structs)
{
	automodel struct model *model =
		load("[user:www]\nuid = 500\ngroups = a, b\nunlock = yes\n"
		     "[group:g]\ngid = 7\nmembers = www\n"
		     "[dir:/srv/x]\nmode = 0700\n"
		     "[copy:/data]\nsource = /prefill\n"
		     "[template:/etc/x]\nsource = /x.in\ncheck = x -t\n"
		     "[wait:db]\nunix = /run/db\ntimeout = 5s\n"
		     "[keys:root]\ndirs = /a /b\n"
		     "[command:backup]\ncommand = b ${DB_HOST}\n"
		     "[launch]\nname = x\n"
		     "[socket:web]\nport = 80\n[socket:u]\npath = /run/u\n");
	CHECK_INT(model->users[0].uid, 500);
	CHECK_INT(model->users[0].gid, -1);
	CHECK_INT((long long)model->users[0].groups.n, 2);
	CHECK(model->users[0].unlock && model->users[0].make_home);
	CHECK_INT(model->groups[0].gid, 7);
	CHECK_STR(model->dirs[0].path, "/srv/x");
	CHECK_INT(model->dirs[0].mode, 0700);
	CHECK_INT(model->copies[0].when, COPY_IF_EMPTY);
	CHECK_INT(model->copies[0].mode, -1);
	CHECK_INT(model->templates[0].when, COPY_ALWAYS);
	CHECK_INT((long long)model->templates[0].check.n, 2);
	CHECK_INT(model->waits[0].probe.kind, PROBE_UNIX);
	CHECK_INT(model->waits[0].timeout, 5 * SECOND);
	CHECK_INT((long long)model->keys[0].dirs.n, 2);
	CHECK_STR(model->commands[0].words.items[1], "db");
	CHECK(model->commands[0].boot);
	CHECK_STR(model->launch.name, "x");
	CHECK_INT(model->sockets[0].family, AF_INET);
	CHECK_STR(model->sockets[0].host, "127.0.0.1");
	CHECK_INT(model->sockets[0].port, 80);
	CHECK_INT(model->sockets[0].backlog, 2048);
	CHECK_INT(model->sockets[1].family, AF_UNIX);
}

TEST(a_longer_time_for_one_service_is_a_longer_time_for_all)
{
	automodel struct model *model = load("[service:a]\ncommand=a\ngraceful_timeout=30s\n");
	CHECK_INT(model->init.stop_timeout, 31 * SECOND);
	automodel struct model *fixed =
		load("[init]\nstop_timeout=5s\n[service:a]\ncommand=a\ngraceful_timeout=30s\n");
	CHECK_INT(fixed->init.stop_timeout, 5 * SECOND);
}

TEST(output_has_targets_for_both_streams_and_for_each)
{
	automodel struct model *model =
		load("[service:a]\ncommand=a\nstderr = merge\nlog = file:/l\nlog_max_size = 10M\n"
		     "log_keep = 3\nlog_rotate = sunday\nlog_overflow = drop\n"
		     "[service:b]\ncommand=a\nstdout = null\nlog = inherit\nlog_rotate=daily\n");
	const struct service_spec *a = &model->services[0], *b = &model->services[1];
	CHECK(a->errors_with_out);
	CHECK_INT(a->out.target, LOG_TO_FILE);
	CHECK_INT((long long)a->errors.max_bytes, 10 << 20);
	CHECK_INT(a->out.keep, 3);
	CHECK_INT(a->out.period, LOG_WEEK);
	CHECK_INT(a->out.weekday, 6);
	CHECK_INT(a->errors.overflow, LOG_DROP);
	CHECK_INT(b->out.target, LOG_TO_NULL);
	CHECK_INT(b->errors.target, LOG_INHERIT);
	CHECK_INT(b->out.period, LOG_DAY);
	CHECK(b->out.at_midnight);
}

static const struct {
	const char *text, *errors;
} wrong[] = {
	/* lines */
	{"x = 1\n", "f:1:1: a key before the first section"},
	{"[service:x\n", "f:1:1: a section without ]"},
	{"[]\n", "f:1:1: a section without a name"},
	{"[service:]\n", "f:1:1: a section without a name"},
	{"[init] x\n", "f:1:8: text behind the section's ]"},
	{"[init]\n  utc = yes\n",
	 "f:2:3: white space in front: it would continue a value, and there is none"},
	{"[init]\nutc\n", "f:2:1: neither [section] nor key = value: 'utc'"},
	{"[init]\n= 1\n", "f:2:1: neither [section] nor key = value: ''"},
	{"[init]\nutc: yes\n", "f:2:1: neither [section] nor key = value: 'utc: yes'"},
	{"[init]\nutc: a=b\n", "f:2:4: write 'utc = …', not ':'"},
	/* sections and keys */
	{"[sevice:x]\ncommand=x\n", "f:1:1: unknown section 'sevice', nearest 'service'"},
	{"[nothing]\n", "f:1:1: unknown section 'nothing'"},
	{"[service]\n", "f:1:1: [service] needs a name: [service:NAME]"},
	{"[init:x]\n", "f:1:1: [init] has no name"},
	{"[dir]\n", "f:1:1: [dir] needs a name: [dir:/PATH]"},
	{"[dir:x]\n", "f:1:1: 'x' is no absolute path"},
	{"[service:a b]\ncommand=x\n", "f:1:1: the name 'a b' has a blank or one of , * ? ["},
	{"[service:x]\ncomand = x\n", "f:2:1: unknown key 'comand', nearest 'command'\n"
				      "f:1:1: there is no command to run"},
	{"[service:x]\nzzzzzz = x\ncommand=x\n", "f:2:1: unknown key 'zzzzzz'"},
	{"[service:x]\n", "f:1:1: there is no command to run"},
	{"[service:x]\ncommand =\n", "f:2:1: command: there is no command to run"},
	{"[service:x]\ncommand = ''\n", "f:2:1: command: the command is empty"},
	{"[service:x]\ncommand = a\ncommand = b\n",
	 "f:3:1: 'command' is given twice, first at f:2:1"},
	{"[service:x]\ncommand = a\n[init]\nutc=yes\n[service:x]\ncmd = b\n",
	 "f:6:1: 'cmd' is given twice, first at f:2:1"},
	{"[service:x]\ncommand = 'a\n", "f:2:1: command: the quote ' of byte 1 is never closed"},
	{"[service:x]\ncommand = a\nstop_signal =   TREM\n",
	 "f:3:17: stop_signal: 'TREM' is no signal, nearest 'TERM'"},
	{"[service:x]\ncommand = a\nnumprocesses = 5000\n",
	 "f:3:16: numprocesses: '5000' is not from 0 to 4096"},
	{"[service:x]\ncommand = a\ncwd = x\n", "f:3:7: cwd: 'x' is no absolute path"},
	{"[service:x]\ncommand = a\nnice = ${NICE}\n",
	 "f:3:8: nice: variable 'NICE' is not set; ${NICE:-text} would give a default"},
	{"[service:x]\ncommand = a ${NONE}\n",
	 "f:2:1: command: variable 'NONE' is not set; ${NONE:-text} would give a default"},
	{"[service:x]\ncommand = a\nready = fd:2\n",
	 "f:3:9: ready: 'fd:2' is no descriptor from fd:3 to fd:1000"},
	{"[service:x]\ncommand = a\nenv = A B=1\n", "f:3:1: env: 'A' is no NAME=value"},
	{"[env]\nA-B = 1\n", "f:2:1: 'A-B' is no name of a variable (letters, digits, _)"},
	{"[env]\nA = 1\nA = 2\n", "f:3:1: 'A' is given twice, first at f:2:1"},
	{"[service:x]\ncommand = a\nschedule = @daily\n",
	 "f:3:1: 'schedule' is no key of a service"},
	{"[cron:x]\ncommand = a\nmain = yes\nschedule=@daily\n",
	 "f:3:1: 'main' is no key of a cron"},
	{"[job:x]\ncommand = a\nnumprocesses = 2\n", "f:3:1: 'numprocesses' is no key of a job"},
	{"[cron:x]\ncommand = a\n", "f:1:1: [cron:x] needs 'schedule'"},
	{"[cron:x]\ncommand = a\nschedule = 99 * * * *\n",
	 "f:3:12: schedule: the minute '99' is not from 0 to 59"},
	/* several at once */
	{"[init]\nutc = maybe\nlog_level = loud\n[job:x]\n",
	 "f:3:13: log_level: 'loud' is none of error, warning, info, debug, critical\n"
	 "f:2:7: utc: 'maybe' is neither yes nor no\n"
	 "f:4:1: there is no command to run"},
	/* between sections */
	{"[service:a]\ncommand=a\nneeds=bd\n[service:db]\ncommand=b\n",
	 "f:3:1: needs: no service 'bd', nearest 'db'"},
	{"[service:a]\ncommand=a\nneeds=b\n[service:b]\ncommand=b\nafter=c\n"
	 "[service:c]\ncommand=c\nneeds=a:started\n",
	 "f:9:1: services wait for each other: a, b, c, a"},
	{"[service:a]\ncommand=a\nafter=a\n", "f:3:1: services wait for each other: a, a"},
	{"[service:a]\ncommand=a\nneeds=b:healthy\n[service:b]\ncommand=b\n",
	 "f:3:1: needs: 'b' has no 'health' to wait for"},
	{"[service:a]\ncommand=a\nneeds=b:done\n[service:b]\ncommand=b\n",
	 "f:3:1: needs: 'b' is never done: it is restarted always"},
	{"[service:a]\ncommand=a\nneeds=b\n[cron:b]\ncommand=b\nschedule=@daily\n",
	 "f:3:1: needs: 'b' runs at its times, nothing can wait for it"},
	{"[service:a]\ncommand=a\nneeds=b:dead\n",
	 "f:3:7: needs: 'dead' is none of started, ready, healthy, done"},
	{"[service:a]\ncommand=a\n[job:A]\ncommand=a\n",
	 "f:3:1: the name 'A' is taken (upper and lower case are the same) by f:1:1"},
	{"[service:a]\ncommand=a\nsockets = wbe\n[socket:web]\nport=1\n",
	 "f:3:1: sockets: no [socket:wbe], nearest 'web'"},
	{"[service:a]\ncommand=a\nstdin_socket = x\n", "f:3:1: stdin_socket: no [socket:x]"},
	{"[service:a]\ncommand=a\nstdin = socket\n",
	 "f:3:1: stdin: which socket? Say stdin_socket = NAME instead"},
	{"[service:a]\ncommand=a\non_demand = yes\n",
	 "f:3:1: on_demand: there is no [socket:x] to wait at"},
	{"[service:a]\ncommand=a\nmain=yes\n[service:b]\ncommand=a\nmain=yes\n",
	 "f:6:1: main: 'a' is the main service already"},
	{"[service:a]\ncommand=a\nmain=yes\nnumprocesses=2\n",
	 "f:4:1: numprocesses: the main service has one copy"},
	{"[service:a]\ncommand=a\nsingleton=yes\nnumprocesses=2\n",
	 "f:4:1: numprocesses: a singleton has one copy"},
	{"[service:a]\ncommand=a\nrestart_delay=1m\n",
	 "f:3:1: restart_delay: longer than restart_delay_max"},
	{"[service:a]\ncommand=a\nsemaphore_when=ready\n",
	 "f:3:1: semaphore_when: there is no 'semaphore'"},
	{"[service:a]\ncommand=a\nuser=a b\n", "f:3:1: user: 'a b' is no name or number"},
	{"[service:a]\ncommand=a\nsingleton=yes\nreload=overlap\n",
	 "f:4:1: reload: a singleton has no second copy to overlap with"},
	/* boot */
	{"[copy:/x]\n", "f:1:1: [copy:/x] needs 'source'"},
	{"[wait:x]\n", "f:1:1: [wait:x] needs one of tcp, unix, http, file, command"},
	{"[wait:x]\ntcp=a:1\nfile=/x\n",
	 "f:3:6: file: one thing to wait for in a section, 'tcp:a:1' is there"},
	{"[socket:x]\n", "f:1:1: [socket:x] needs 'port' or 'path'"},
	{"[socket:x]\nfamily=unix\n", "f:1:1: [socket:x] needs 'path'"},
	{"[socket:x]\npath=x\n", "f:1:1: path: 'x' is neither absolute nor @abstract"},
	{"[init]\ncontrol = x\n", "f:2:1: control: 'x' is none of auto, off, /PATH and @NAME"},
	{"[init]\nhealth = x\n", "f:2:1: health: 'x' is no HOST:PORT or unix:/PATH"},
	{"[init]\nlog_output = x\n", "f:2:1: log_output: 'x' is neither - nor an absolute path"},
	{"[init]\nfile_variables = a-b\n", "f:2:18: 'a-b' is no name of a variable"},
	{"[init]\nstop_timeout = 0\n", "f:2:16: stop_timeout: '0' is too short"},
};

TEST(wrong_files_are_told_with_their_places)
{
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		autofree char *errors = errors_of(wrong[i].text);
		CHECK_STR(errors, wrong[i].errors);
	}
}

TEST(a_nul_byte_is_no_text)
{
	struct load_options options = {.env = env};
	struct ini_text file = {"f", STR("[init]\nutc = y\0es\n")};
	autoerr struct err err = {0};
	struct model *model;
	CHECK(model_load_texts(&options, &file, 1, &model, &err));
	CHECK_STR(err_text(&err), "f:2:8: a NUL byte");
}

TEST(values_have_a_bound)
{
	autobuf struct buf text = {0};
	struct load_options options = {.env = env};
	autoerr struct err err = {0};
	struct model *model;
	buf_puts(&text, "[service:x]\ncommand = x\n");
	for (size_t i = 0; i < LIMIT_INI_VALUE / 16 + 1; i++)
		buf_puts(&text, "  sixteen bytes..\n");
	struct ini_text file = {"f", buf_str(&text)};
	CHECK(model_load_texts(&options, &file, 1, &model, &err));
	CHECK_STR(err_text(&err), "f:2:11: the value of 'command' has more than 131072 bytes");
}

TEST(marks_and_line_ends_of_other_systems_are_fine)
{
	automodel struct model *model = load(
		"\xef\xbb\xbf[service:x] # a comment\r\ncommand = a b\r\n; c\r\n\r\nuser = \"\"");
	CHECK_INT((long long)model->services[0].words.n, 2);
	CHECK_STR(model->services[0].words.items[1], "b");
	CHECK_STR(model->services[0].user, NULL);
}

TEST(files_beside_are_read_in_order)
{
	const char *path;
	autoerr struct err err = {0};
	int dir = test_dir(&path);
	CHECK_OK(dir_make_all(dir, "init.d", 0755, &err), &err);
	static const char *const files[][2] = {
		{"init.ini", "[init]\nutc = yes\n[service:z]\ncommand = z\n"},
		{"init.d/20-b.ini", "[service:b]\ncommand = b\n"},
		{"init.d/10-a.ini", "[service:a]\ncommand = a\n[service:z]\nuser = www\n"},
		{"init.d/.hidden.ini", "wrong"},
		{"init.d/other.txt", "wrong"},
	};
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		CHECK_OK(file_write_at(dir, files[i][0], files[i][1], strlen(files[i][1]), 0644,
				       FILE_NO_SYNC, &err),
			 &err);
	autofree char *file = xasprintf("%s/init.ini", path);
	struct load_options options = {.file = file, .env = env};
	struct model *loaded = NULL;
	CHECK_OK(model_load(&options, &loaded, &err), &err);
	automodel struct model *model = loaded;
	CHECK_INT((long long)model->n_services, 3);
	CHECK_STR(model->services[0].name, "z");
	CHECK_STR(model->services[0].user, "www");
	CHECK_STR(model->services[1].name, "a");
	CHECK_STR(model->services[2].name, "b");
	CHECK_INT((long long)model->files.n, 3);
	CHECK_STR(model->file, file);
}

TEST(a_named_file_must_be_there)
{
	autoerr struct err err = {0};
	struct load_options options = {.file = "/nonexistent/init.ini", .env = env};
	struct model *model;
	CHECK(model_load(&options, &model, &err));
	CHECK_INT(err.kind, ERR_MISSING);
}

TEST(a_model_without_a_file_takes_services)
{
	automodel struct model *model = model_new(env);
	struct service_spec *spec = model_add_service(model, "x");
	CHECK_STR(spec->name, "x");
	CHECK_INT(spec->copies, 1);
	CHECK_STR(spec->env[1], "HOME=/root");
	model_add_service(model, "y");
	CHECK_INT((long long)model->n_services, 2);
	CHECK_STR(model->services[0].name, "x");
	CHECK_INT(model->init.stop_timeout, 9 * SECOND);
}
