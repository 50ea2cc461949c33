/* container_private.h - what the files of this module share.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <signal.h>

#include "container/container.h"
#include "container/record.h"
#include "oci/image_config.h"

struct container {
	struct engine *engine; /* borrowed */
	char *dir;             /* STORE/containers/<id> */
	char *run_dir;         /* RUN/<id> */
	char *rootfs;
	int dirfd;    /* of dir */
	int lock_fd;  /* while we hold its lock; else -1 */
	int owner_fd; /* of container_options, as long as we are the one who created it; 0: none */
	uint16_t rows, columns; /* of the client's terminal; 0: none */
	bool is_mounted;        /* create mounted it, and nobody has used it yet */
	struct record record;
	struct run_state state; /* as it was read last: container_refresh */
};

#define FILE_CONFIG "config.json"
#define INIT_TARGET "/.hull-init" /* --init inside of the container */
#define FILE_LOG    "log"
#define FILE_EXIT   "exit" /* locked by the monitor while it lives; holds the last exit status */
#define FILE_LOCK \
	"lock" /* held by who starts, renames or removes it, and by create until it is whole */
#define FILE_STOPPED  "stopped" /* somebody asked for the stop: no restart */
#define FILE_PAUSED   "paused"
#define FILE_HOSTS    "hosts"
#define FILE_RESOLV   "resolv.conf"
#define FILE_HOSTNAME "hostname"
#define NETNS_HOST    "host"
#define ID_LEN        64
#define SHORT_ID_LEN  12

/* ---- container.c ---- */
/* An empty object for this ID: paths only. */
struct container *container_alloc(struct engine *engine, const char *id);
/* Opens the directory and reads record and state. ERR_MISSING when there is no such container. A
 * container whose monitor was killed is brought in line first. */
int container_open(struct engine *engine, const char *id, struct container **ret_container,
		   struct err *err) must_check;
int container_refresh(struct container *container, struct err *err) must_check;
bool container_has_monitor(const struct container *container);
/* As container_state, but waits for a monitor that has not started its first process yet (whoever
 * asked for it was killed and holds the lock no more), or is about to end: neither can be stopped.
 */
enum container_state container_settled_state(struct container *container);
/* Waits until no monitor works for it any more. */
int container_await_monitor(struct container *container, int *ret_exit_code,
			    struct err *err) must_check;
/* Serialises create, start, rename, remove and reconcile. */
int container_lock(struct container *container, struct err *err) must_check;
void container_unlock(struct container *container);
bool container_mark(struct container *container, const char *name, bool on); /* FILE_STOPPED, … */
bool container_is_marked(const struct container *container, const char *name);
int containers_dirfd(struct engine *engine, int *ret_fd, struct err *err) must_check;
/* A pidfd of the first process when it runs; -1: it does not. */
int container_pidfd(const struct container *container);

/* ---- snapshot.c ---- */
int container_unmount(struct container *container,
		      struct err *err) must_check; /* its root file system */

/* ---- create.c ---- */
char *container_lease_name(const char *id);

/* ---- names.c: STORE/containers/names/<name> is a link that holds the ID ---- */
int names_lock(struct engine *engine, int *ret_fd, struct err *err) must_check;
bool id_is_whole(const char *text); /* 64 hex digits */
int name_check(const char *name, struct err *err) must_check;
/* Under names_lock. ERR_EXISTS names the container that has it. */
int name_take(struct engine *engine, const char *name, const char *id, struct err *err) must_check;
void name_release(struct engine *engine, const char *name, const char *id); /* when it is its */
/* Under names_lock: removes links that are not in force, adds their number to *n. */
int names_sweep(struct engine *engine, bool dry, uint64_t *n, struct err *err) must_check;
/* A random free name; caller frees. */
int name_invent(struct engine *engine, const char *id, char **ret_name, struct err *err) must_check;
/* The ID behind a name, an ID or a unique prefix; caller frees. */
int name_resolve(struct engine *engine, const char *text, char **ret_id,
		 struct err *err) must_check;

/* ---- volumes.c ---- */
/* Makes volumes and fills them from the image, after the snapshot is there; completes the record.
 */
int volumes_create(struct container *container, struct err *err) must_check;
int volumes_remove_anonymous(struct container *container, struct err *err) must_check;

/* ---- mounts.c ---- */
/* What the bundle mounts; missing -v host paths are made. mounts_done frees it, also after a
 * failure. */
int mounts_prepare(struct container *container, struct spec *spec, struct err *err) must_check;
void mounts_done(struct spec *spec);

/* ---- mount_points.c ---- */
/* Makes the missing targets in the (mounted) root file system; the directories that hold them keep
 * their times. */
int mount_points_make(const struct container *container, const struct spec *spec,
		      struct err *err) must_check;

/* ---- network.c: of one run ---- */
/* Fills container->state.network. ret_netns: what the bundle gets, NULL for a new and empty one. */
int network_setup(struct container *container, char **ret_netns, struct err *err) must_check;
int network_teardown(struct container *container, struct err *err) must_check; /* fine when gone */
int network_write_files(struct container *container,
			struct err *err) must_check; /* hosts, resolv.conf, hostname */

/* ---- launch.c: one run of the container, from bundle to first process ---- */
/* On failure everything is undone, and *ret_exit_code is 125, or 126 and 127 when it was the
 * command. */
int launch_start(struct container *container, const struct runtime_stdio *stdio, pid_t *ret_pid,
		 int *ret_exit_code, struct err *err) must_check;
/* Everything that launch_start and the run left; goes on past what is gone, tells the first
 * failure. */
int launch_cleanup(struct container *container, struct err *err) must_check;
int launch_runtime(const struct container *container, struct runtime *ret_runtime,
		   struct err *err) must_check;
/* The user that `text` means in the container's root file system, with --group-add. */
int launch_identity(const struct container *container, const char *text,
		    struct user_identity *ret_identity, struct err *err) must_check;
bool launch_was_oom_killed(const struct container *container);
/* What exec and start have in common: rights, limits, user; the record keeps what is borrowed. */
int launch_spec_fill(struct container *container, const char *user, struct spec *spec,
		     struct err *err) must_check;
void launch_spec_done(struct spec *spec); /* also after a failure */
void launch_env(const struct container *container, const struct user_identity *identity, bool tty,
		struct strlist *env);

/* ---- monitor.c ---- */
struct monitor_options {
	struct container *container;
	const struct start_options *start;
	int channel;  /* to the client: channel.h */
	int owner_fd; /* of container_options; <= 0: none */
};
/* Becomes the monitor; does not return. */
void monitor_main(const struct monitor_options *options) __attribute__((noreturn));

/* ---- restart.c ---- */
struct restart_policy {
	const char *name;
	int64_t max;
};
/* Whether it is started again after this end. */
bool restart_wanted(const struct restart_policy *policy, int exit_code, int64_t restart_count,
		    bool was_stopped);
/* How long to wait before; `last_ms` is the wait before the run that just ended (0: first). */
int64_t restart_delay_ms(int64_t last_ms, int64_t ran_ms);

/* ---- state changes without a monitor ---- */
/* What a killed monitor did not do: kills what is left, records the end, removes --rm containers.
 * Returns 1 when the container is gone with it. */
int container_reconcile(struct container *container, struct err *err) must_check;
/* Removes it whatever it does; the reverse of create. */
int container_destroy(struct container *container, bool volumes, struct err *err) must_check;
