/* container.h - a container on this host, from create to remove.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   STORE/containers/<id>/   record.json (what it is), config.json (OCI bundle), snapshot, hosts,
 *                            resolv.conf, hostname, log (JSON lines: time, stream, text), exit
 *   RUN/<id>/                sockets, netns, pid of the monitor: gone after a reboot
 *
 * Each running container has a monitor: a small process that is parent of the container's first
 * process, keeps its terminal, writes its log and its exit status, restarts it when asked, and
 * cleans up. A foreground `run` is that same monitor with the caller's descriptors. States are told
 * from what is (the record, the monitor's lock, the process), so that kill -9 or a reboot cannot
 * leave a lie. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/strlist.h"
#include "container/engine.h"
#include "net/net.h"
#include "runtime/driver.h"
#include "runtime/spec.h"
#include "snap/snap.h"
#include "store/images.h"

/* What `run` and `create` were told, as texts; opt tables fill it (see options.h for the rows). */
struct container_options {
	bool interactive, tty, detach, remove, privileged, read_only, init;
	const char *name, *workdir, *user, *entrypoint, *hostname, *network, *cpus, *stop_signal,
		*systemd, *init_path;
	const char *restart, *cidfile, *pull, *platform;
	struct strlist volumes, mounts, env, env_files, add_hosts, publish, expose, cap_add,
		cap_drop, tmpfs, ulimits;
	struct strlist labels, label_files, security_opts, devices, group_adds, dns, annotations;
	bool publish_all;
	uint64_t memory, shm_size;
	int64_t pids_limit, stop_timeout_ns;
	bool entrypoint_given, stop_timeout_given, pids_limit_given, env_clear;
	/* For the builders, not on the command line: */
	bool is_volatile; /* the snapshot need not survive a crash */
	bool no_log;      /* output only to the given descriptors */
	int owner_fd;     /* > 0: the container is removed when the other end closes */
	const char
		*image_name; /* as it was typed, for ps and inspect; NULL: the image's first name */
	const char *label_owner; /* "build", "stage": shown by ps --all only when asked for */
	const struct digest
		*layers; /* without an image: the root file system, by chain ID; NULL: none */
	const char
		*notify_socket; /* host path of a datagram socket that hears READY=1; NULL: none */
};

/* --env-file and -e (which wins) as one environment; a NAME alone takes our own value. ERR_INPUT
 * names the option, or the file and line. `ret_env` is replaced. */
int container_env(const struct strlist *files, const struct strlist *env, struct strlist *ret_env,
		  struct err *err) must_check;

/* hull-init or hull-state of this host: beside us, where all are installed, else in PATH.
 * ERR_MISSING. */
int container_find_program(const char *name, char **ret_path, struct err *err) must_check;

enum container_state {
	CONTAINER_CREATED,
	CONTAINER_RUNNING,
	CONTAINER_PAUSED,
	CONTAINER_RESTARTING,
	CONTAINER_EXITED,
	CONTAINER_DEAD
};

struct container; /* one, opened */
int container_create(struct engine *engine, const struct container_options *options,
		     const struct image *image, char *const *command,
		     struct container **ret_container, struct err *err) must_check;
/* A name, an ID or a unique prefix. ERR_MISSING "no such container: x". */
int container_find(struct engine *engine, const char *text, struct container **ret_container,
		   struct err *err) must_check;
void container_close(struct container *container);
DEFINE_FREEP(struct container, container_close)
const char *container_id(const struct container *container);   /* 64 hex */
const char *container_name(const struct container *container); /* without slash */
enum container_state container_state(struct container *container,
				     int *ret_exit_code); /* as it is now */
const char *container_state_name(enum container_state state);
struct digest container_image_id(const struct container *container);
const char *container_rootfs(const struct container *container);
const char *container_dir(const struct container *container);
const char *container_owner(const struct container *container); /* label_owner; NULL: a user's */
bool container_has_terminal(const struct container *container); /* --tty */
/* Bytes that it wrote, and those with its image's. */
int container_size(struct container *container, uint64_t *ret_written, uint64_t *ret_whole,
		   struct err *err) must_check;
pid_t container_pid(struct container *container); /* 0: not running */
/* The whole of docker inspect's object. */
struct node *container_inspect(struct arena *arena, struct container *container);

struct start_options {
	bool attach; /* our stdin/stdout/stderr are the container's; waits; signals are forwarded */
	bool interactive;
	bool no_signals; /* what we are told is not passed on to the container */
	const char *detach_keys;
	int fds[3]; /* with attach; all 0: 0, 1, 2 */
};
/* With attach: returns when it ended, *ret_exit_code as docker gives it; without: when it runs.
 * Errors of a command that cannot start set *ret_exit_code 126 or 127 too. */
int container_start(struct container *container, const struct start_options *options,
		    int *ret_exit_code, struct err *err) must_check;
int container_stop(struct container *container, int64_t timeout_ns,
		   struct err *err) must_check; /* < 0: the container's own */
int container_kill(struct container *container, const char *signal, struct err *err) must_check;
int container_wait(struct container *container, const char *condition, int *ret_exit_code,
		   struct err *err) must_check;
int container_remove(struct container *container, bool force, bool volumes,
		     struct err *err) must_check;
int container_rename(struct container *container, const char *name, struct err *err) must_check;
int container_pause(struct container *container, bool pause, struct err *err) must_check;
/* Paused until container_thaw, or until this process is no more, however it ends. No other thread
 * may be running. */
struct freeze;
int container_freeze(struct container *container, struct freeze **ret_freeze,
		     struct err *err) must_check;
int container_thaw(struct freeze *freeze, struct err *err) must_check; /* frees; NULL is fine */

struct exec_options {
	bool interactive, tty, detach, privileged;
	const char *user, *workdir, *detach_keys;
	struct strlist env, env_files;
	int fds[3];         /* all 0: 0, 1, 2 */
	int64_t timeout_ns; /* 0: none; when it passes the process is killed, ERR_LIMIT */
};
int container_exec(struct container *container, const struct exec_options *options,
		   char *const *command, int *ret_exit_code, struct err *err) must_check;

struct logs_options {
	bool follow, timestamps;
	int64_t since_ns, until_ns; /* 0: none */
	int64_t tail;               /* < 0: all */
};
int container_logs(struct container *container, const struct logs_options *options, int fd_out,
		   int fd_err, struct err *err) must_check;

struct container_list {
	struct container **items;
	size_t n, cap;
};
int container_list(struct engine *engine, struct container_list *ret_list,
		   struct err *err) must_check; /* newest first */
void container_list_done(struct container_list *list);

/* docker diff and commit need the snapshot and what to leave out (mount points that we made). */
int container_open_snapshot(struct container *container, struct snapshot **ret_snapshot,
			    struct err *err) must_check;
bool container_exclude(const char *path, void *container); /* as diff_options.exclude */
/* The image's config with what run and create changed: docker commits that. run_config_done frees.
 */
struct run_config;
int container_run_config(const struct container *container, struct run_config *ret_config,
			 struct err *err) must_check;
/* Containers whose owner died, netns and mounts without a container: brought in line with the
 * truth. */
int container_sweep(struct engine *engine, bool dry, uint64_t *ret_n, struct err *err) must_check;
