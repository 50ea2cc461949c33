/* service_spec.h - one program to run: a service, a job or a cron job.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include "base/err.h"
#include "ini/cron_table.h"
#include "ini/hook_spec.h"
#include "ini/key_origin.h"
#include "ini/log_spec.h"
#include "ini/probe_spec.h"
#include "ini/text_list.h"

struct free_option {
	const char *key, *value;
};

struct capability_sets {  /* capabilities(7): a bit for each */
	uint64_t kept;    /* of the bounding set, and what comes from it; UINT64_MAX: all */
	uint64_t ambient; /* kept over the change of the user and the exec; within `kept` */
};

struct rlimit_spec {
	int resource; /* RLIMIT_… */
	rlim_t soft, hard;
};

enum service_kind { SERVICE_DAEMON, SERVICE_JOB, SERVICE_CRON };

enum edge_when { EDGE_STARTED, EDGE_READY, EDGE_HEALTHY, EDGE_DONE };
struct edge_spec {
	const char *name;
	size_t service; /* index into model.services, found by the loader */
	enum edge_when when;
	bool needed;   /* `needs`: its failure is ours; `after`: order alone */
	bool has_when; /* it was written; else ready (done of a job), for `after` started */
};

enum ready_kind { READY_STARTED, READY_NOTIFY, READY_DESCRIPTOR, READY_PROBE };
enum restart_policy { RESTART_ALWAYS, RESTART_ON_FAILURE, RESTART_NEVER };
enum limit_action { ON_LIMIT_STOP, ON_LIMIT_EXIT, ON_LIMIT_KEEP };
enum unhealthy_action { ON_UNHEALTHY_RESTART, ON_UNHEALTHY_EXIT, ON_UNHEALTHY_KEEP };
enum kill_scope { KILL_GROUP, KILL_PROCESS, KILL_SESSION, KILL_TREE };
enum reload_kind { RELOAD_OVERLAP, RELOAD_SEQUENTIAL, RELOAD_SIGNAL, RELOAD_RESTART };
enum cron_overlap { CRON_SKIP, CRON_QUEUE, CRON_ALLOW };
enum stdin_kind { STDIN_NULL, STDIN_INHERIT, STDIN_SOCKET };

/* The fields are read by people: what belongs together stands together, padding or not. */
struct service_spec { /* NOLINT(clang-analyzer-optin.performance.Padding) */
	const char *name;
	enum service_kind kind;
	struct src_pos pos;
	struct key_origin *origins; /* of the keys that were given, by row of the key table */
	size_t n_origins;

	/* the program */
	struct text_list words; /* may hold $(circus.wid), $(circus.sockets.x): see expand.h */
	bool has_placeholders;
	const char *command_text;          /* as written, for messages and `ps`-like lists */
	const char *args_text;             /* more words, as written */
	bool shell;                        /* command_text is for sh -c */
	const char *shell_args;            /* words behind it, as written */
	const char *executable;            /* run this file; words[0] stays argv[0] */
	const char **env;                  /* NAME=value, complete, ends with NULL */
	const struct src_pos *env_origins; /* one for each; line 0: inherited */
	struct text_list own_env;          /* NAME=value of its `env` key alone */
	const char **base_env;             /* what `env` was put on */
	const struct src_pos *base_env_origins;
	bool copy_env;
	const char *virtualenv;
	const struct free_option *free_options; /* circus: keys nobody knows; ends with {0} */
	const char *cwd;
	const char *user, *group;
	struct text_list groups;
	bool login_env; /* HOME USER LOGNAME SHELL follow `user` unless [env] gives them */
	int umask;      /* -1: ours */
	int nice;       /* INT_MIN: ours */
	int oom_score;  /* INT_MIN: what we had at our own start */
	bool no_new_privileges;
	struct capability_sets capabilities;
	struct rlimit_spec *rlimits;
	size_t n_rlimits;
	enum stdin_kind stdin_kind;
	const char *stdin_socket;
	bool close_stdin, close_stdout, close_stderr; /* circus: to /dev/null; stdin_kind follows */
	struct text_list sockets;                     /* passed as LISTEN_FDS, in this order */
	bool use_sockets;                             /* all of them keep their numbers (circus) */
	bool on_demand; /* starts at the first activity on one of its sockets */

	/* life */
	bool main; /* its end is ours, its exit status too */
	bool autostart;
	int copies; /* numprocesses */
	bool singleton;
	int priority; /* bigger starts first (circus) */
	int64_t warmup_delay;
	struct edge_spec *edges;
	size_t n_edges;
	enum restart_policy restart;
	int64_t restart_delay; /* second retry; the first is at once; doubles */
	int64_t restart_delay_max;
	int64_t restart_stable; /* a run of this length forgets what was before */
	int restart_limit;      /* failures within restart_window; 0: no limit */
	int64_t restart_window;
	enum limit_action on_limit;
	int max_retry;       /* circus: spawns that fail in a row; -1: for ever */
	uint64_t success[4]; /* bit per exit status that is no failure */
	int64_t max_age, max_age_variance;
	int64_t timeout; /* jobs and cron: killed after; 0: never */

	int stop_signal;
	int64_t stop_timeout; /* graceful_timeout: then KILL */
	bool stop_children;   /* the signal goes to the children too */
	enum kill_scope kill;
	enum reload_kind reload;
	int reload_signal;
	struct hook_spec hooks[HOOK_COUNT];

	/* readiness and health */
	enum ready_kind ready;
	int ready_fd; /* READY_DESCRIPTOR */
	struct probe_spec ready_probe;
	int64_t ready_timeout, ready_interval;
	struct probe_spec health;
	int64_t health_interval, health_timeout, health_start;
	int health_retries;
	enum unhealthy_action on_unhealthy;
	int64_t watchdog;
	const char *semaphore;   /* made when it runs, removed when it ends, a stale one at start */
	bool semaphore_on_ready; /* made when it is ready instead */

	/* output */
	struct log_spec out, errors;
	bool log_format_auto; /* a prefix as soon as there is more than one service */
	bool errors_with_out; /* one pipe for both */

	/* cron */
	struct cron_table table;
	const char *table_text;
	enum cron_overlap overlap;
	int64_t jitter;
	bool catch_up; /* run once when a jump of the clock passed over a time */
	bool utc;
};
