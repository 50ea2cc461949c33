/* service_keys.c - the keys of [service:x], [job:x], [cron:x] and of circus' [watcher:x].
 * SPDX-License-Identifier: Apache-2.0
 *
 * Values are read in the order of the table, not of the file: `log` before `stdout`, which says
 * more. */
#include <limits.h>

#include "ini/key.h"
#include "ini/limits.h"

#include "base/banned.h"

#define AT(field) offsetof(struct service_spec, field)
static const struct key_choice inherit_int[] = {{"inherit", INT_MIN}, {0}};
static const struct key_choice inherit_mode[] = {{"inherit", -1}, {0}};
static const struct key_choice for_ever[] = {{"forever", -1}, {"-1", -1}, {0}};
static const struct key_choice stdin_kinds[] = {
	{"null", STDIN_NULL}, {"inherit", STDIN_INHERIT}, {"socket", STDIN_SOCKET}, {0}};
static const struct key_choice restarts[] = {{"always", RESTART_ALWAYS},
					     {"on-failure", RESTART_ON_FAILURE},
					     {"never", RESTART_NEVER},
					     {0}};
static const struct key_choice limit_actions[] = {
	{"stop", ON_LIMIT_STOP}, {"exit", ON_LIMIT_EXIT}, {"keep", ON_LIMIT_KEEP}, {0}};
static const struct key_choice unhealthy_actions[] = {{"restart", ON_UNHEALTHY_RESTART},
						      {"exit", ON_UNHEALTHY_EXIT},
						      {"keep", ON_UNHEALTHY_KEEP},
						      {0}};
static const struct key_choice scopes[] = {{"group", KILL_GROUP},
					   {"process", KILL_PROCESS},
					   {"session", KILL_SESSION},
					   {"tree", KILL_TREE},
					   {0}};
static const struct key_choice reloads[] = {{"overlap", RELOAD_OVERLAP},
					    {"sequential", RELOAD_SEQUENTIAL},
					    {"signal", RELOAD_SIGNAL},
					    {"restart", RELOAD_RESTART},
					    {0}};
static const struct key_choice semaphore_times[] = {{"started", 0}, {"ready", 1}, {0}};
static const struct key_choice log_formats[] = {
	{"auto", -1},
	{"raw", LOG_RAW},
	{"prefix", LOG_PREFIX},
	{"stamp", LOG_STAMP},
	{"json", LOG_JSON},
	{"circus", LOG_CIRCUS},
	{0},
};
static const struct key_choice overflows[] = {{"block", LOG_BLOCK}, {"drop", LOG_DROP}, {0}};
#define WEEKLY(day) (LOG_WEEK | (day) << 8)
#define MIDNIGHT    (LOG_DAY | 1 << 16)
static const struct key_choice periods[] = {
	{"never", LOG_NEVER},     {"minutely", LOG_MINUTE},
	{"hourly", LOG_HOUR},     {"daily", MIDNIGHT},
	{"midnight", MIDNIGHT},   {"weekly", WEEKLY(0)},
	{"monday", WEEKLY(0)},    {"tuesday", WEEKLY(1)},
	{"wednesday", WEEKLY(2)}, {"thursday", WEEKLY(3)},
	{"friday", WEEKLY(4)},    {"saturday", WEEKLY(5)},
	{"sunday", WEEKLY(6)},    {0},
};
static const struct key_choice circus_periods[] = {
	{"S", LOG_SECOND},      {"M", LOG_MINUTE},
	{"H", LOG_HOUR},        {"D", LOG_DAY},
	{"MIDNIGHT", MIDNIGHT}, {"W0", WEEKLY(0)},
	{"W1", WEEKLY(1)},      {"W2", WEEKLY(2)},
	{"W3", WEEKLY(3)},      {"W4", WEEKLY(4)},
	{"W5", WEEKLY(5)},      {"W6", WEEKLY(6)},
	{"never", LOG_NEVER},   {0},
};
static const struct key_choice overlaps[] = {
	{"skip", CRON_SKIP}, {"queue", CRON_QUEUE}, {"allow", CRON_ALLOW}, {0}};

/* NOLINTBEGIN(bugprone-macro-parentheses): literals are joined, offsetof takes a member */
#define RLIMIT(suffix, resource)                                                  \
	{                                                                         \
		.name = "rlimit_" suffix, .type = &type_rlimit, .min = (resource) \
	}
#define HOOK(suffix, kind)                                                             \
	{                                                                              \
		.name = "hook_" suffix, .circus = "hooks." suffix, .type = &type_hook, \
		.offset = AT(hooks[kind])                                              \
	}
#define STREAM(stream, field)                                                           \
	{.name = stream ".class",                                                       \
	 .type = &type_stream_class,                                                    \
	 .offset = AT(field),                                                           \
	 .flags = KEY_CIRCUS_ONLY},                                                     \
		{.name = stream ".filename",                                            \
		 .type = &type_path,                                                    \
		 .offset = AT(field.path),                                              \
		 .flags = KEY_CIRCUS_ONLY},                                             \
		{.name = stream ".time_format",                                         \
		 .type = &type_text,                                                    \
		 .offset = AT(field.time_format),                                       \
		 .flags = KEY_CIRCUS_ONLY},                                             \
		{.name = stream ".max_bytes",                                           \
		 .type = &type_bytes,                                                   \
		 .offset = AT(field.max_bytes),                                         \
		 .flags = KEY_CIRCUS_ONLY},                                             \
		{.name = stream ".backup_count",                                        \
		 .type = &type_int,                                                     \
		 .offset = AT(field.keep),                                              \
		 .max = LIMIT_LOG_KEPT,                                                 \
		 .flags = KEY_CIRCUS_ONLY},                                             \
		{.name = stream ".rotate_when",                                         \
		 .type = &type_log_period,                                              \
		 .offset = AT(field),                                                   \
		 .choices = circus_periods,                                             \
		 .flags = KEY_CIRCUS_ONLY},                                             \
		{.name = stream ".rotate_interval",                                     \
		 .type = &type_int,                                                     \
		 .offset = AT(field.period_count),                                      \
		 .standard = "1",                                                       \
		 .min = 1,                                                              \
		 .max = LIMIT_LOG_PERIODS,                                              \
		 .flags = KEY_CIRCUS_ONLY},                                             \
		{.name = stream ".utc",                                                 \
		 .type = &type_bool,                                                    \
		 .offset = AT(field.utc),                                               \
		 .flags = KEY_CIRCUS_ONLY},                                             \
	{                                                                               \
		.name = stream ".color", .type = &type_text, .offset = AT(field.color), \
		.flags = KEY_CIRCUS_ONLY                                                \
	}
/* NOLINTEND(bugprone-macro-parentheses) */

const struct key service_keys[] = {
	/* environment first: the other values may use it */
	{.name = "copy_env",
	 .type = &type_bool,
	 .offset = AT(copy_env),
	 .standard = "yes",
	 .flags = KEY_ENVIRONMENT},
	{.name = "copy_path", .type = &type_ignored, .flags = KEY_CIRCUS_ONLY},
	{.name = "env",
	 .type = &type_words,
	 .offset = AT(own_env),
	 .flags = KEY_ENVIRONMENT | KEY_APPENDS},
	{.name = "virtualenv",
	 .type = &type_path,
	 .offset = AT(virtualenv),
	 .flags = KEY_ENVIRONMENT},
	{.name = "virtualenv_py_ver", .type = &type_ignored, .flags = KEY_CIRCUS_ONLY},

	/* the program */
	{.name = "command",
	 .circus = "cmd",
	 .type = &type_text,
	 .offset = AT(command_text),
	 .flags = KEY_VERBATIM},
	{.name = "args", .type = &type_text, .offset = AT(args_text), .flags = KEY_VERBATIM},
	{.name = "shell", .type = &type_bool, .offset = AT(shell)},
	{.name = "shell_args", .type = &type_text, .offset = AT(shell_args), .flags = KEY_VERBATIM},
	{.name = "executable", .type = &type_path, .offset = AT(executable), .flags = KEY_ABSOLUTE},
	{.name = "cwd",
	 .circus = "working_dir",
	 .type = &type_path,
	 .offset = AT(cwd),
	 .flags = KEY_ABSOLUTE},
	{.name = "user", .circus = "uid", .type = &type_text, .offset = AT(user)},
	{.name = "group", .circus = "gid", .type = &type_text, .offset = AT(group)},
	{.name = "groups", .type = &type_list, .offset = AT(groups), .flags = KEY_APPENDS},
	{.name = "login_env", .type = &type_bool, .offset = AT(login_env), .standard = "yes"},
	{.name = "umask",
	 .type = &type_mode,
	 .offset = AT(umask),
	 .standard = "inherit",
	 .choices = inherit_mode},
	{.name = "nice",
	 .type = &type_int,
	 .offset = AT(nice),
	 .standard = "inherit",
	 .min = -20,
	 .max = 19,
	 .choices = inherit_int},
	{.name = "oom_score",
	 .type = &type_int,
	 .offset = AT(oom_score),
	 .standard = "inherit",
	 .min = -1000,
	 .max = 1000,
	 .choices = inherit_int},
	{.name = "no_new_privileges", .type = &type_bool, .offset = AT(no_new_privileges)},
	{.name = "capabilities",
	 .type = &type_capabilities,
	 .offset = AT(capabilities),
	 .standard = "all"},
	RLIMIT("as", RLIMIT_AS),
	RLIMIT("core", RLIMIT_CORE),
	RLIMIT("cpu", RLIMIT_CPU),
	RLIMIT("data", RLIMIT_DATA),
	RLIMIT("fsize", RLIMIT_FSIZE),
	RLIMIT("locks", RLIMIT_LOCKS),
	RLIMIT("memlock", RLIMIT_MEMLOCK),
	RLIMIT("msgqueue", RLIMIT_MSGQUEUE),
	RLIMIT("nice", RLIMIT_NICE),
	RLIMIT("nofile", RLIMIT_NOFILE),
	RLIMIT("nproc", RLIMIT_NPROC),
	RLIMIT("rss", RLIMIT_RSS),
	RLIMIT("rtprio", RLIMIT_RTPRIO),
	RLIMIT("rttime", RLIMIT_RTTIME),
	RLIMIT("sigpending", RLIMIT_SIGPENDING),
	RLIMIT("stack", RLIMIT_STACK),
	{.name = "stdin",
	 .type = &type_choice,
	 .offset = AT(stdin_kind),
	 .standard = "null",
	 .choices = stdin_kinds,
	 .flags = KEY_NATIVE_ONLY},
	{.name = "stdin_socket", .type = &type_text, .offset = AT(stdin_socket)},
	{.name = "close_child_stdin",
	 .type = &type_bool,
	 .offset = AT(close_stdin),
	 .standard = "yes",
	 .flags = KEY_CIRCUS_ONLY},
	{.name = "close_child_stdout",
	 .type = &type_bool,
	 .offset = AT(close_stdout),
	 .flags = KEY_CIRCUS_ONLY},
	{.name = "close_child_stderr",
	 .type = &type_bool,
	 .offset = AT(close_stderr),
	 .flags = KEY_CIRCUS_ONLY},
	{.name = "sockets", .type = &type_list, .offset = AT(sockets), .flags = KEY_APPENDS},
	{.name = "use_sockets", .type = &type_bool, .offset = AT(use_sockets)},
	{.name = "on_demand", .type = &type_bool, .offset = AT(on_demand), .flags = KEY_DAEMON},

	/* life */
	{.name = "main", .type = &type_bool, .offset = AT(main), .flags = KEY_DAEMON | KEY_JOB},
	{.name = "autostart", .type = &type_bool, .offset = AT(autostart), .standard = "yes"},
	{.name = "numprocesses",
	 .type = &type_int,
	 .offset = AT(copies),
	 .standard = "1",
	 .max = LIMIT_COPIES,
	 .flags = KEY_DAEMON},
	{.name = "singleton", .type = &type_bool, .offset = AT(singleton), .flags = KEY_DAEMON},
	{.name = "priority",
	 .type = &type_int,
	 .offset = AT(priority),
	 .standard = "0",
	 .min = INT_MIN + 1,
	 .max = INT_MAX},
	{.name = "warmup_delay",
	 .type = &type_duration,
	 .offset = AT(warmup_delay),
	 .standard = "0s"},
	{.name = "after", .type = &type_edges, .min = false, .flags = KEY_APPENDS | KEY_FILE_ONLY},
	{.name = "needs", .type = &type_edges, .min = true, .flags = KEY_APPENDS | KEY_FILE_ONLY},
	{.name = "restart",
	 .type = &type_choice,
	 .offset = AT(restart),
	 .standard = "always",
	 .choices = restarts,
	 .flags = KEY_DAEMON | KEY_JOB},
	{.name = "respawn", .type = &type_respawn, .flags = KEY_CIRCUS_ONLY},
	{.name = "restart_delay",
	 .type = &type_duration,
	 .offset = AT(restart_delay),
	 .standard = "100ms",
	 .flags = KEY_DAEMON | KEY_JOB},
	{.name = "restart_delay_max",
	 .type = &type_duration,
	 .offset = AT(restart_delay_max),
	 .standard = "30s",
	 .flags = KEY_DAEMON | KEY_JOB},
	{.name = "restart_stable",
	 .type = &type_duration,
	 .offset = AT(restart_stable),
	 .standard = "10s",
	 .flags = KEY_DAEMON | KEY_JOB},
	{.name = "restart_limit",
	 .type = &type_int,
	 .offset = AT(restart_limit),
	 .standard = "0",
	 .max = 1000000,
	 .flags = KEY_DAEMON | KEY_JOB},
	{.name = "restart_window",
	 .type = &type_duration,
	 .offset = AT(restart_window),
	 .standard = "1m",
	 .flags = KEY_DAEMON | KEY_JOB},
	{.name = "on_limit",
	 .type = &type_choice,
	 .offset = AT(on_limit),
	 .standard = "stop",
	 .choices = limit_actions,
	 .flags = KEY_DAEMON | KEY_JOB},
	{.name = "max_retry",
	 .type = &type_int,
	 .offset = AT(max_retry),
	 .standard = "forever",
	 .max = 1000000,
	 .choices = for_ever},
	{.name = "success", .type = &type_success, .offset = AT(success), .standard = "0"},
	{.name = "max_age",
	 .type = &type_duration,
	 .offset = AT(max_age),
	 .standard = "0s",
	 .flags = KEY_DAEMON},
	{.name = "max_age_variance",
	 .type = &type_duration,
	 .offset = AT(max_age_variance),
	 .standard = "30s",
	 .flags = KEY_DAEMON},
	{.name = "timeout",
	 .type = &type_duration,
	 .offset = AT(timeout),
	 .standard = "0s",
	 .flags = KEY_JOB | KEY_CRON},
	{.name = "stop_signal",
	 .type = &type_signal,
	 .offset = AT(stop_signal),
	 .standard = "TERM"},
	{.name = "graceful_timeout",
	 .type = &type_duration,
	 .offset = AT(stop_timeout),
	 .standard = "10s"},
	{.name = "stop_children", .type = &type_bool, .offset = AT(stop_children)},
	{.name = "kill",
	 .type = &type_choice,
	 .offset = AT(kill),
	 .standard = "group",
	 .choices = scopes},
	{.name = "reload",
	 .type = &type_choice,
	 .offset = AT(reload),
	 .standard = "restart",
	 .choices = reloads,
	 .flags = KEY_DAEMON},
	{.name = "send_hup", .type = &type_send_hup, .flags = KEY_DAEMON},
	{.name = "reload_signal",
	 .type = &type_signal,
	 .offset = AT(reload_signal),
	 .standard = "HUP",
	 .flags = KEY_DAEMON},
	HOOK("before_start", HOOK_BEFORE_START),
	HOOK("after_start", HOOK_AFTER_START),
	HOOK("before_spawn", HOOK_BEFORE_SPAWN),
	HOOK("after_spawn", HOOK_AFTER_SPAWN),
	HOOK("before_stop", HOOK_BEFORE_STOP),
	HOOK("after_stop", HOOK_AFTER_STOP),
	HOOK("before_signal", HOOK_BEFORE_SIGNAL),
	HOOK("after_signal", HOOK_AFTER_SIGNAL),
	HOOK("before_reap", HOOK_BEFORE_REAP),
	HOOK("after_reap", HOOK_AFTER_REAP),

	/* readiness and health */
	{.name = "ready", .type = &type_ready, .standard = "started", .flags = KEY_DAEMON},
	{.name = "ready_timeout",
	 .type = &type_duration,
	 .offset = AT(ready_timeout),
	 .standard = "1m",
	 .flags = KEY_DAEMON},
	{.name = "ready_interval",
	 .type = &type_duration,
	 .offset = AT(ready_interval),
	 .standard = "500ms",
	 .min = 1000000,
	 .flags = KEY_DAEMON},
	{.name = "health", .type = &type_probe, .offset = AT(health), .flags = KEY_DAEMON},
	{.name = "health_interval",
	 .type = &type_duration,
	 .offset = AT(health_interval),
	 .standard = "10s",
	 .min = 1000000,
	 .flags = KEY_DAEMON},
	{.name = "health_timeout",
	 .type = &type_duration,
	 .offset = AT(health_timeout),
	 .standard = "3s",
	 .min = 1000000,
	 .flags = KEY_DAEMON},
	{.name = "health_start",
	 .type = &type_duration,
	 .offset = AT(health_start),
	 .standard = "0s",
	 .flags = KEY_DAEMON},
	{.name = "health_retries",
	 .type = &type_int,
	 .offset = AT(health_retries),
	 .standard = "3",
	 .min = 1,
	 .max = 1000,
	 .flags = KEY_DAEMON},
	{.name = "on_unhealthy",
	 .type = &type_choice,
	 .offset = AT(on_unhealthy),
	 .standard = "restart",
	 .choices = unhealthy_actions,
	 .flags = KEY_DAEMON},
	{.name = "watchdog",
	 .type = &type_duration,
	 .offset = AT(watchdog),
	 .standard = "0s",
	 .flags = KEY_DAEMON},
	{.name = "semaphore", .type = &type_path, .offset = AT(semaphore), .flags = KEY_ABSOLUTE},
	{.name = "semaphore_when",
	 .type = &type_choice_bool,
	 .offset = AT(semaphore_on_ready),
	 .standard = "started",
	 .choices = semaphore_times},

	/* output */
	{.name = "log", .type = &type_log_both, .flags = KEY_NATIVE_ONLY},
	{.name = "stdout",
	 .type = &type_log,
	 .offset = AT(out),
	 .standard = "stdout",
	 .flags = KEY_NATIVE_ONLY},
	{.name = "stderr",
	 .type = &type_log,
	 .offset = AT(errors),
	 .standard = "stderr",
	 .flags = KEY_NATIVE_ONLY},
	{.name = "log_format",
	 .type = &type_choice,
	 .offset = AT(out.format),
	 .standard = "auto",
	 .choices = log_formats,
	 .flags = KEY_NATIVE_ONLY | KEY_BOTH_STREAMS},
	{.name = "log_time_format",
	 .type = &type_text,
	 .offset = AT(out.time_format),
	 .flags = KEY_NATIVE_ONLY | KEY_BOTH_STREAMS},
	{.name = "log_max_size",
	 .type = &type_bytes,
	 .offset = AT(out.max_bytes),
	 .standard = "0",
	 .flags = KEY_NATIVE_ONLY | KEY_BOTH_STREAMS},
	{.name = "log_keep",
	 .type = &type_int,
	 .offset = AT(out.keep),
	 .standard = "5",
	 .max = LIMIT_LOG_KEPT,
	 .flags = KEY_NATIVE_ONLY | KEY_BOTH_STREAMS},
	{.name = "log_rotate",
	 .type = &type_log_period,
	 .offset = AT(out),
	 .standard = "never",
	 .choices = periods,
	 .flags = KEY_NATIVE_ONLY | KEY_BOTH_STREAMS},
	{.name = "log_rotate_every",
	 .type = &type_int,
	 .offset = AT(out.period_count),
	 .standard = "1",
	 .min = 1,
	 .max = LIMIT_LOG_PERIODS,
	 .flags = KEY_NATIVE_ONLY | KEY_BOTH_STREAMS},
	{.name = "log_utc",
	 .type = &type_bool,
	 .offset = AT(out.utc),
	 .flags = KEY_NATIVE_ONLY | KEY_BOTH_STREAMS},
	{.name = "log_follow_renames",
	 .type = &type_bool,
	 .offset = AT(out.follow_renames),
	 .flags = KEY_NATIVE_ONLY | KEY_BOTH_STREAMS},
	{.name = "log_overflow",
	 .type = &type_choice,
	 .offset = AT(out.overflow),
	 .standard = "block",
	 .choices = overflows,
	 .flags = KEY_BOTH_STREAMS},
	STREAM("stdout_stream", out),
	STREAM("stderr_stream", errors),

	/* cron */
	{.name = "schedule", .type = &type_cron, .flags = KEY_CRON | KEY_REQUIRED},
	{.name = "overlap",
	 .type = &type_choice,
	 .offset = AT(overlap),
	 .standard = "skip",
	 .choices = overlaps,
	 .flags = KEY_CRON},
	{.name = "jitter",
	 .type = &type_duration,
	 .offset = AT(jitter),
	 .standard = "0s",
	 .flags = KEY_CRON},
	{.name = "catch_up", .type = &type_bool, .offset = AT(catch_up), .flags = KEY_CRON},
	{.name = "utc", .type = &type_bool, .offset = AT(utc), .flags = KEY_CRON},
	{0},
};
