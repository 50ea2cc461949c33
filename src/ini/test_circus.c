/* test_circus.c - circus' files: its grammar with its traps, its variables, streams and plugins.
 * SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/io.h"
#include "ini/loader_private.h"
#include "testing/test.h"

#include "base/banned.h"

#define SECOND INT64_C(1000000000)

static const char *const env[] = {"PATH=/bin", "HOME=/root", "Host=h", NULL};

static int try_load(const char *text, bool strict, struct model **ret_model, struct err *err)
{
	struct load_options options = {.env = env, .strict = strict};
	struct ini_text file = {"f", str_of(text)};
	return model_load_texts(&options, &file, 1, ret_model, err);
}

static struct model *load(const char *text)
{
	autoerr struct err err = {0};
	struct model *model = NULL;
	CHECK_OK(try_load(text, false, &model, &err), &err);
	return model;
}
DEFINE_FREEP(struct model, model_free)
#define automodel cleanup(model_freep)

static const char *variable(const struct service_spec *spec, const char *name)
{
	for (size_t i = 0; spec->env[i]; i++) {
		size_t n = strlen(name);
		if (strncmp(spec->env[i], name, n) == 0 && spec->env[i][n] == '=')
			return spec->env[i] + n + 1;
	}
	return NULL;
}

TEST(a_watcher_has_the_defaults_of_circus)
{
	automodel struct model *model = load("[watcher:web]\ncmd = web\n");
	const struct service_spec *web = &model->services[0];
	CHECK_INT(model->vocabulary, VOCABULARY_CIRCUS);
	CHECK_INT(web->copies, 1);
	CHECK_INT(web->stop_timeout, 30 * SECOND);
	CHECK_INT(web->max_retry, 5);
	CHECK_INT(web->stop_signal, SIGTERM);
	CHECK_INT(web->restart, RESTART_ALWAYS);
	CHECK_INT(web->reload, RELOAD_OVERLAP);
	CHECK_INT(web->max_age_variance, 30 * SECOND);
	CHECK(!web->copy_env && !web->login_env && web->autostart);
	CHECK_STR(web->env[0], NULL);
	CHECK_INT(web->out.target, LOG_INHERIT);
	CHECK_INT(web->errors.target, LOG_INHERIT);
	CHECK_INT(web->out.format, LOG_RAW);
	CHECK_INT(model->init.stop_timeout, 9 * SECOND);
	CHECK_INT(model->init.check_delay, 5 * SECOND);
}

TEST(lines_are_read_as_circus_reads_them)
{
	automodel struct model *model = load("rem nothing\nREM nothing\n; x\n# x\n[circus]\n"
					     "check_delay: 3 ; a comment\n"
					     "[watcher:web]\n"
					     "cmd = web --a=b ; cut; here\n"
					     "args: a;b ; not cut, the first ';' stands close\n"
					     "   more\n"
					     "\n"
					     "   # a comment\n"
					     "uid = \"\"\n"
					     "cmd = second\n"
					     "shell_args = ; nothing\n");
	const struct service_spec *web = &model->services[0];
	CHECK_INT(model->init.check_delay, 3 * SECOND);
	CHECK_STR(web->command_text, "web --a=b");
	CHECK_STR(web->args_text, "a;b ; not cut, the first ';' stands close\nmore\n# a comment");
	CHECK_STR(web->user, NULL);
	CHECK_STR(web->shell_args, NULL);
	CHECK_INT((long long)model->warnings.n, 1);
	CHECK_STR(model->warnings.items[0],
		  "f:12:4: an indented comment is part of the value of 'args'");
}

TEST(the_first_definition_wins_across_files)
{
	struct load_options options = {.env = env};
	struct ini_text files[] = {
		{"main", STR("[circus]\nwarmup_delay = 1\n[watcher:web]\ncmd = first\n")},
		{"b.ini", STR("[watcher:web]\ncmd = second\nuid = www\n[circus]\n"
			      "warmup_delay=2\numask=002\n")},
	};
	autoerr struct err err = {0};
	struct model *loaded = NULL;
	CHECK_OK(model_load_texts(&options, files, 2, &loaded, &err), &err);
	automodel struct model *model = loaded;
	CHECK_STR(model->services[0].command_text, "first");
	CHECK_STR(model->services[0].user, "www");
	CHECK_INT(model->init.warmup_delay, SECOND);
	CHECK_INT(model->init.umask, 002);
}

TEST(variables_follow_the_order_of_circus)
{
	automodel struct model *model = load(
		"[env]\nA = $(circus.env.home)/a\nPATH = $PATH:/x:$NONE\n"
		"SELF = $(circus.env.a)$(circus.env.path)\n"
		"[watcher:web1]\ncmd = $(circus.env.a) ((circus.env.HOST)) $(circus.env.none)\n"
		"uid = $(CIRCUS.ENV.B)\n"
		"[watcher:other]\ncmd = x\ncopy_env = True\n"
		"[env:web*, nobody]\nB = b\nA = $(circus.env.A)2\n[env:web1]\nB = c\n");
	const struct service_spec *web = &model->services[0], *other = &model->services[1];
	CHECK_STR(web->words.items[0], "/root/a2");
	CHECK_STR(web->words.items[1], "h");
	CHECK_STR(web->words.items[2], "$(circus.env.none)");
	CHECK_STR(web->user, "c");
	CHECK_STR(variable(web, "A"), "/root/a2");
	CHECK_STR(variable(web, "B"), "c");
	CHECK_STR(variable(web, "PATH"), "/bin:/x:");
	CHECK_STR(variable(web, "HOME"), NULL);
	CHECK_STR(variable(web, "SELF"), "$(circus.env.a)/bin"); /* what was inherited */
	CHECK_STR(variable(other, "HOME"), "/root");
	CHECK_STR(variable(other, "A"), "/root/a");
	CHECK_STR(variable(other, "B"), NULL);
	CHECK_INT((long long)model->warnings.n, 1);
	CHECK_STR(model->warnings.items[0], "f:11:1: no service is named 'nobody'");
}

TEST(options_of_a_watcher_are_filled_in)
{
	automodel struct model *model =
		load("[watcher:web]\ncmd = x $(circus.numprocesses) $(circus.My_Port) "
		     "$(circus.graceful_timeout) $(circus.wid) $(circus.name)\nmy_port = 80\n"
		     "numprocesses = 2\ngraceful_timeout = 1.5\nMy_Port = ignored\n");
	const struct service_spec *web = &model->services[0];
	CHECK_STR(web->words.items[1], "2");
	CHECK_STR(web->words.items[2], "80");
	CHECK_STR(web->words.items[3], "1.5");
	CHECK_STR(web->words.items[4], "$(circus.wid)");
	CHECK_STR(web->words.items[5], "web");
	CHECK(web->has_placeholders);
	CHECK_STR(model->warnings.items[0], "f:3:1: unknown key 'my_port', kept for $(circus.…)");
}

TEST(unknown_keys_are_free_unless_strict)
{
	const char *text = "[watcher:web]\ncmd = x\nnumproceses = 2\n";
	automodel struct model *model = load(text);
	CHECK_STR(model->warnings.items[0],
		  "f:3:1: unknown key 'numproceses', nearest 'numprocesses', kept for $(circus.…)");
	autoerr struct err err = {0};
	struct model *none;
	CHECK(try_load(text, true, &none, &err));
	CHECK_STR(err_text(&err), "f:3:1: unknown key 'numproceses', nearest 'numprocesses'");
	err_clear(&err);
	CHECK(try_load("[watcher:web]\ncmd = x\nfoo = 2\n[circus]\nstrict=1\n", false, &none,
		       &err));
	CHECK_STR(err_text(&err), "f:3:1: unknown key 'foo'");
}

TEST(a_shell_sees_quoted_words_as_in_circus)
{
	automodel struct model *model =
		load("[watcher:web]\ncmd = echo $HOME\nargs = 'a b' | cat\nshell = True\n"
		     "shell_args = z\n[watcher:pipe]\nshell=1\ncmd=a | b\n");
	const struct service_spec *web = &model->services[0];
	CHECK_STR(web->words.items[0], "/bin/sh");
	CHECK_STR(web->words.items[2], "echo '$HOME' 'a b' '|' cat");
	CHECK_STR(web->words.items[3], "z");
	CHECK_INT((long long)model->warnings.n, 1);
	CHECK(strstr(model->warnings.items[0], "f:8:1: circus quotes every word"));
}

TEST(keys_of_circus_mean_what_ours_mean)
{
	automodel struct model *model =
		load("[circus]\nendpoint = ipc:///run/c\nloglevel = WARNING\nlogoutput = /l\n"
		     "pidfile = /run/p\n"
		     "[watcher:web]\ncmd = x\nuid = 5\ngid = g\nworking_dir = /w\nrespawn = no\n"
		     "send_hup = yes\nrlimit_NOFILE = 500\nrlimit_core =\nstop_signal = sigint\n"
		     "max_retry = -1\nvirtualenv = /venv\ncopy_env = 1\nstdin_socket = S\n"
		     "close_child_stderr = yes\nhooks.before_start = exec:/bin/x a,true\n"
		     "warmup_delay = 0.5\npriority = 65435\nmax_age = 86400\n"
		     "needs = db\nhealth = tcp:80\n"
		     "[watcher:db]\ncmd = y\n"
		     "[socket:S]\nport = 1\nfamily = AF_INET6\ntype = SOCK_DGRAM\numask = 077\n"
		     "so_reuseport = True\n");
	const struct service_spec *web = &model->services[0];
	CHECK_STR(model->init.control, "/run/c");
	CHECK_INT(model->init.log_level, 1);
	CHECK_STR(model->init.log_output, "/l");
	CHECK_STR(web->user, "5");
	CHECK_STR(web->group, "g");
	CHECK_STR(web->cwd, "/w");
	CHECK_INT(web->restart, RESTART_NEVER);
	CHECK_INT(web->reload, RELOAD_SIGNAL);
	CHECK_INT((long long)web->n_rlimits, 2);
	CHECK_INT(web->rlimits[0].resource, RLIMIT_CORE);
	CHECK(web->rlimits[0].soft == RLIM_INFINITY);
	CHECK_INT((long long)web->rlimits[1].hard, 500);
	CHECK_INT(web->stop_signal, SIGINT);
	CHECK_INT(web->max_retry, -1);
	CHECK_STR(variable(web, "PATH"), "/venv/bin:/bin");
	CHECK_STR(variable(web, "VIRTUAL_ENV"), "/venv");
	CHECK_INT(web->stdin_kind, STDIN_SOCKET);
	CHECK_INT(web->errors.target, LOG_TO_NULL);
	CHECK_INT((long long)web->hooks[HOOK_BEFORE_START].words.n, 2);
	CHECK_STR(web->hooks[HOOK_BEFORE_START].words.items[1], "a");
	CHECK(web->hooks[HOOK_BEFORE_START].ignore_errors);
	CHECK_INT(web->warmup_delay, SECOND / 2);
	CHECK_INT(web->priority, 65435);
	CHECK_INT((long long)web->n_edges, 1);
	CHECK_STR(model->sockets[0].name, "s");
	CHECK_INT(model->sockets[0].family, AF_INET6);
	CHECK_STR(model->sockets[0].host, "::1");
	CHECK_INT(model->sockets[0].type, SOCK_DGRAM);
	CHECK_INT(model->sockets[0].umask, 077);
	CHECK(model->sockets[0].reuse_port);
	CHECK_INT((long long)model->warnings.n, 0);
}

TEST(what_circus_takes_is_taken)
{
	automodel struct model *model =
		load("[watcher:empty]\n[socket:none]\n"
		     "[watcher:a]\ncmd = x\nworking_dir = sub\nrlimit_nofile = -1\n"
		     "stdout_stream.filename = o.log\nstdout_stream.max_bytes = 50\n"
		     "[socket:z]\nport = 1\n[socket:B]\nport = 2\n[socket:a]\nport = 3\n");
	/* a section without a key is none; sockets are opened in the order of their names */
	CHECK_INT((long long)model->n_services, 1);
	CHECK_INT((long long)model->n_sockets, 3);
	CHECK_STR(model->sockets[0].name, "a");
	CHECK_STR(model->sockets[1].name, "b");
	CHECK_STR(model->sockets[2].name, "z");
	CHECK_STR(model->services[0].cwd, "sub");
	CHECK(model->services[0].rlimits[0].soft == RLIM_INFINITY);
	CHECK_STR(model->services[0].out.path, "o.log");
	CHECK(model->services[0].out.below_max);
	CHECK_INT(model->services[0].stdin_kind, STDIN_NULL);
}

TEST(a_stdin_that_is_not_closed_is_inherited)
{
	automodel struct model *model = load("[watcher:a]\ncmd = x\nclose_child_stdin = no\n"
					     "[watcher:b]\ncmd = x\nclose_child_stdin = no\n"
					     "stdin_socket = s\n[socket:s]\nport = 1\n");
	CHECK_INT(model->services[0].stdin_kind, STDIN_INHERIT);
	CHECK_INT(model->services[1].stdin_kind, STDIN_SOCKET);
}

TEST(streams_are_their_classes)
{
	automodel struct model *model = load(
		"[watcher:a]\ncmd=a\nstdout_stream.class = WatchedFileStream\n"
		"stdout_stream.filename = /var/log/a\nstdout_stream.time_format = %H\n"
		"stdout_stream.max_bytes = 26214400\nstdout_stream.backup_count = 5\n"
		"stderr_stream.filename = /var/log/e\n"
		"[watcher:b]\ncmd=b\nstdout_stream.class = TimedRotatingFileStream\n"
		"stdout_stream.filename = /b\nstdout_stream.rotate_when = W2\n"
		"stdout_stream.rotate_interval = 3\nstdout_stream.utc = yes\n"
		"stderr_stream.class = FancyStdoutStream\nstderr_stream.color = red\n"
		"[watcher:c]\ncmd=c\nstdout_stream.class = circus.stream.StdoutStream\n"
		"stderr_stream.class = TimedRotatingFileStream\nstderr_stream.filename = /c\n");
	const struct service_spec *a = &model->services[0], *b = &model->services[1],
				  *c = &model->services[2];
	CHECK_INT(a->out.target, LOG_TO_FILE);
	CHECK(a->out.follow_renames);
	CHECK_INT(a->out.format, LOG_CIRCUS);
	CHECK_STR(a->out.time_format, "%H");
	CHECK_INT((long long)a->out.max_bytes, 26214400);
	CHECK_INT(a->out.keep, 5);
	CHECK_INT(a->errors.target, LOG_TO_FILE);
	CHECK_STR(a->errors.path, "/var/log/e");
	CHECK_INT(a->errors.format, LOG_RAW);
	CHECK_INT(a->errors.keep, 0);
	CHECK_INT(b->out.period, LOG_WEEK);
	CHECK_INT(b->out.weekday, 2);
	CHECK_INT(b->out.period_count, 3);
	CHECK(b->out.utc);
	CHECK_INT(b->errors.target, LOG_TO_STDOUT);
	CHECK_STR(b->errors.color, "red");
	CHECK_STR(b->errors.time_format, "%Y-%m-%d %H:%M:%S");
	CHECK_INT(c->out.target, LOG_TO_STDOUT);
	CHECK_INT(c->errors.period, LOG_HOUR);
	CHECK_INT((long long)model->warnings.n, 0);
}

TEST(plugins_become_part_of_the_watchers)
{
	automodel struct model *model = load(
		"[watcher:a]\ncmd=a\n[watcher:b]\ncmd=b\nflapping.max_retry = -1\n"
		"[plugin:f]\nuse = circus.plugins.flapping.Flapping\nattempts = 3\nwindow = 10\n"
		"retry_in = 5\nmax_retry = 2\n"
		"[plugin:h]\nuse = circus.plugins.http_observer.HttpObserver\n"
		"check_url = http://localhost:80/x\nrestart_on_error = a\nloop_rate = 7\n"
		"[plugin:r]\nuse = circus.plugins.redis_observer.RedisObserver\n"
		"redis_url = redis://:pw@r/0\nrestart_on_timeout = b\n"
		"[plugin:s]\nuse = circus.plugins.statsd.StatsdEmitter\n");
	const struct service_spec *a = &model->services[0], *b = &model->services[1];
	CHECK_INT(a->restart_limit, 9);
	CHECK_INT(a->restart_window, 45 * SECOND);
	CHECK_INT(a->restart_delay_max, 5 * SECOND);
	CHECK_INT(b->restart_limit, 0);
	CHECK_INT(a->health.kind, PROBE_HTTP);
	CHECK_INT(a->health_interval, 7 * SECOND);
	CHECK_INT(a->health_timeout, 10 * SECOND);
	CHECK_STR(b->health.text, "tcp:r:6379");
	CHECK_INT((long long)model->warnings.n, 1);
	CHECK_STR(
		model->warnings.items[0],
		"f:22:7: 'circus.plugins.statsd.StatsdEmitter' is not part of hull-init, ignoring "
		"it; there is [circus] health, which has /metrics");
}

TEST(what_is_python_is_refused_by_name)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{"[watcher:a]\ncmd=a\nhooks.before_start = my.hooks.check\n",
		 "f:3:22: hooks.before_start: 'my.hooks.check' is Python, which is not run here; "
		 "write exec:/path ARGS"},
		{"[watcher:a]\ncmd=a\nhooks.after_stop = my.hooks.check,True\n",
		 "f:3:20: hooks.after_stop: 'my.hooks.check,True' is Python, which is not run "
		 "here; write exec:/path ARGS"},
		{"[watcher:a]\ncmd=a\nstdout_stream.class = my.Stream\n",
		 "f:3:23: stdout_stream.class: 'my.Stream' lives in Python, which is not run here; "
		 "use FileStream, WatchedFileStream, TimedRotatingFileStream, StdoutStream or "
		 "FancyStdoutStream"},
		{"[watcher:a]\ncmd=a\nstdout_stream.class = QueueStream\n",
		 "f:3:23: stdout_stream.class: 'QueueStream' lives in Python, which is not run "
		 "here; use FileStream, WatchedFileStream, TimedRotatingFileStream, StdoutStream or "
		 "FancyStdoutStream"},
		{"[plugin:p]\nuse = my.Plugin\n",
		 "f:2:7: 'my.Plugin' is Python, which is not run here: remove [plugin:p]"},
		{"[plugin:p]\nx = 1\n", "f:1:1: [plugin:p] needs 'use'"},
		{"[watcher:a]\ncmd=a\nstdout_stream.class = FileStrem\n",
		 "f:3:23: stdout_stream.class: unknown stream class 'FileStrem', nearest "
		 "'FileStream'"},
		{"[watcher:a]\ncmd=a\nstdout_stream.class = FileStream\n",
		 "f:3:1: stdout_stream.filename is missing"},
		{"[watcher:a]\ncmd=a\nsingleton = 1\nnumprocesses = 2\n",
		 "f:4:1: numprocesses: a singleton has one copy"},
		{"[watcher:a]\ncmd=a\n[watcher:A]\ncmd=b\n",
		 "f:3:1: the name 'A' is taken (upper and lower case are the same) by f:1:1"},
		{"[watcher:a]\ncmd=a\n[service:b]\ncommand=b\n",
		 "f:3:1: [service:b] does not go with circus' sections"},
		{"[watcher:a]\ncmd=a\nrespawn = maybe\n",
		 "f:3:11: respawn: 'maybe' is neither yes nor no"},
		{"[watcher:a]\ncmd=a\nstop_signal = SIGTREM\n",
		 "f:3:15: stop_signal: 'SIGTREM' is no signal, nearest 'TERM'"},
		{"[circus]\nendpoint = x\n", "f:2:12: endpoint: 'x' is no ipc:///PATH"},
		{"[watcher:a]\nuid = 1\n", "f:1:1: there is no command to run"},
		{"before\n[watcher:a]\ncmd=a\n",
		 "f:1:1: neither [section] nor key = value: 'before'"},
		{"[plugin:h]\nuse = circus.plugins.http_observer.HttpObserver\n"
		 "restart_on_error = x\n",
		 "f:3:20: there is no watcher 'x'"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autoerr struct err err = {0};
		struct model *model = NULL;
		CHECK(try_load(cases[i].text, false, &model, &err));
		CHECK_STR(err_text(&err), cases[i].error);
	}
}

TEST(sections_nobody_knows_are_told)
{
	automodel struct model *model = load(
		"[watcher:a]\ncmd=a\n[wacher:b]\ncmd=b\n[circus]\nhttpd = True\nchek_delay=1\n");
	CHECK_INT((long long)model->warnings.n, 3);
	CHECK_STR(model->warnings.items[0],
		  "f:7:1: unknown key 'chek_delay', nearest 'check_delay', ignoring it");
	CHECK_STR(model->warnings.items[1], "f:6:1: 'httpd' has no effect here");
	CHECK_STR(model->warnings.items[2],
		  "f:3:1: unknown section 'wacher', nearest 'watcher', ignoring it");
}

TEST(includes_are_sorted_and_relative_to_the_main_file)
{
	const char *path;
	autoerr struct err err = {0};
	int dir = test_dir(&path);
	CHECK_OK(dir_make_all(dir, "conf.d", 0755, &err), &err);
	static const char *const files[][2] = {
		{"circusd.ini", "[circus]\ninclude = extra-*.ini none-*.ini\n"
				"include_dir = conf.d\n"},
		{"extra-2.ini", "[watcher:e2]\ncmd = x\n"},
		{"extra-1.ini", "[watcher:e1]\ncmd = x\n[circus]\ninclude = never.ini\n"},
		{"never.ini", "[watcher:never]\ncmd = x\n"},
		{"conf.d/b.ini", "[watcher:b]\ncmd = x\n[watcher:e1]\ncmd = y\n"},
		{"conf.d/a.ini", "[watcher:a]\ncmd = x\n"},
		{"conf.d/a.txt", "wrong"},
	};
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		CHECK_OK(file_write_at(dir, files[i][0], files[i][1], strlen(files[i][1]), 0644,
				       FILE_NO_SYNC, &err),
			 &err);
	autofree char *file = xasprintf("%s/circusd.ini", path);
	struct load_options options = {.file = file, .env = env};
	struct model *loaded = NULL;
	CHECK_OK(model_load(&options, &loaded, &err), &err);
	automodel struct model *model = loaded;
	static const char *const names[] = {"e1", "e2", "a", "b"};
	CHECK_INT((long long)model->n_services, 4);
	for (size_t i = 0; i < 4; i++)
		CHECK_STR(model->services[i].name, names[i]);
	CHECK_STR(model->services[0].command_text, "x");
	CHECK_INT((long long)model->warnings.n, 1);
	autofree char *warning =
		xasprintf("%s:2:11: include: no file is '%s/none-*.ini'", file, path);
	CHECK_STR(model->warnings.items[0], warning);
}

TEST(a_fifo_among_the_files_is_not_waited_for)
{
	const char *path;
	autoerr struct err err = {0}, other = {0};
	int dir = test_dir(&path);
	static const char text[] = "[circus]\ninclude_dir = conf.d\n";
	CHECK_OK(dir_make_all(dir, "conf.d", 0755, &err), &err);
	CHECK_OK(file_write_at(dir, "circusd.ini", text, strlen(text), 0644, FILE_NO_SYNC, &err),
		 &err);
	CHECK(!mkfifoat(dir, "conf.d/a.ini", 0600));
	autofree char *file = xasprintf("%s/circusd.ini", path);
	autofree char *fifo = xasprintf("%s/conf.d/a.ini", path);
	struct load_options options = {.file = file, .env = env};
	struct model *model = NULL;
	CHECK(model_load(&options, &model, &err) < 0);
	CHECK(strstr(err_text(&err), "conf.d/a.ini': not a regular file"));
	/* One that was named, and that nobody writes to: no text. */
	options.file = fifo;
	CHECK_OK(model_load(&options, &model, &other), &other);
	model_free(model);
}

/* What makina-states writes for a project: the files of a launcher that must load unchanged. */
TEST(files_of_a_project_load_unchanged)
{
	automodel struct model *model = load(
		"[circus]\nwarmup_delay = 0\numask = 002\nhttpd = False\nstream_backend = thread\n"
		"loglevel = info\ndebug = False\nlogoutput = /var/log/circus/circus.log\n"
		"statsd = False\ncheck_delay = 5\nhttpd_host = localhost\nhttpd_port = 5554\n"
		"endpoint = tcp://127.0.0.1:5555\npubsub_endpoint = tcp://127.0.0.1:5556\n"
		"[watcher:registry-registry]\n"
		"cmd = /srv/projects/registry/project/bin/registry /srv/registry.yml\n"
		"priority = 65435\nuid = registry-user\ngid = editor\ncopy_env = True\n"
		"working_dir = /srv/projects/registry/project\nwarmup_delay = 10\n"
		"max_age = 86400\nstdout_stream.class = WatchedFileStream\n"
		"stdout_stream.filename = /var/log/circus/registry-registry.stdout.log\n"
		"stdout_stream.time_format = %Y-%m-%d %H:%M:%S\n"
		"stdout_stream.max_bytes = 26214400\nstdout_stream.backup_count = 5\n"
		"[env:registry-registry]\nKEY = value\n");
	const struct service_spec *spec = &model->services[0];
	CHECK_STR(spec->out.time_format, "%Y-%m-%d %H:%M:%S");
	CHECK_INT(spec->max_age, 86400 * SECOND);
	CHECK_STR(variable(spec, "KEY"), "value");
	CHECK_STR(variable(spec, "HOME"), "/root");
	CHECK_INT((long long)model->warnings.n, 0);
}
