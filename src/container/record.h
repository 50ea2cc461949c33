/* record.h - what a container is (record.json), and how its runs went (state.json).
 * SPDX-License-Identifier: Apache-2.0
 *
 * The record is written by create and rename. The state has one writer at a time: the monitor,
 * which holds a lock on the file `exit` while it lives, or who holds the container's lock when
 * there is none. Both files are replaced by rename, so that a reader sees one whole text. */
#pragma once

#include "base/buf.h"
#include "base/strlist.h"
#include "doc/node.h"
#include "net/net.h"

enum record_mount_type { RECORD_MOUNT_BIND, RECORD_MOUNT_VOLUME, RECORD_MOUNT_TMPFS };
struct record_mount {
	enum record_mount_type type;
	char *name;             /* of a volume */
	char *source;           /* host path: of binds; of volumes, as create found it */
	char *target;           /* absolute, clean */
	char *mode;             /* the options as they were given, for inspect */
	char *propagation;      /* "rprivate", … */
	struct strlist options; /* of tmpfs */
	bool read_only;
	bool is_anonymous; /* removed with the container by rm -v and --rm */
	bool no_copy;      /* a volume that does not get the image's content */
	bool make_source;  /* -v makes a missing host path, --mount does not */
	bool no_recursive; /* bind, not rbind */
};
struct record_mounts {
	struct record_mount *items;
	size_t n, cap;
};

struct record {
	char *id, *name, *created;
	char *image_name;                     /* as it was typed */
	char *image_id, *manifest, *chain_id; /* digests; no chain: an empty root */
	/* command */
	struct strlist entrypoint, cmd; /* as inspect shows them */
	struct strlist args;            /* what runs: entrypoint and command */
	struct strlist env;
	char *user, *workdir, *hostname, *stop_signal;
	int64_t stop_timeout_ns;
	bool stop_timeout_given;
	bool interactive, tty, remove, is_systemd;
	struct strlist labels, exposed, image_volumes, annotations;
	/* network */
	char *network; /* "bridge", "none", "host", "container:<id>", a network's name */
	struct strlist ports, add_hosts, dns; /* ports: texts that port_parse reads, one each */
	bool publish_all;
	/* limits and rights */
	struct strlist cap_add, cap_drop, security_opts, masked, group_adds;
	struct strlist devices; /* "host:path:rwm", complete */
	struct strlist ulimits; /* "name=soft:hard", complete; -1 is unlimited */
	bool privileged, read_only, no_new_privileges;
	char *seccomp, *apparmor;
	int64_t memory, nano_cpus, pids_limit, shm_size;
	struct record_mounts mounts;
	/* life */
	char *restart;       /* "no", "always", "unless-stopped", "on-failure" */
	int64_t restart_max; /* of on-failure; 0: any number */
	bool is_volatile, no_log;
	char *owner;                    /* "build", "stage"; NULL: a user's */
	int64_t owner_pid, owner_start; /* who made it, when it shall not outlive them */
	char *notify_socket;
	char *runtime; /* --runtime as given; NULL: auto */
	char *init;    /* host path of the program that is process 1 before `args`; NULL: none */
};

int container_record_read(int dirfd, struct record *ret_record, struct err *err) must_check;
int container_record_write(int dirfd, const struct record *record, struct err *err) must_check;
void container_record_done(struct record *record);
struct record_mount *record_mount_add(struct record *record, enum record_mount_type type,
				      const char *target);
const struct record_mount *record_mount_find(const struct record *record, const char *target);
const char *record_mount_type_name(enum record_mount_type type);

struct run_state {
	char *status;           /* "created", "running", "restarting", "exited" */
	int64_t pid, pid_start; /* of the first process; 0: none */
	int64_t monitor_pid, monitor_start;
	char *started_at, *finished_at; /* NULL: never */
	int64_t exit_code;
	bool oom_killed;
	char *error;
	int64_t restart_count;
	struct net_result network;
	struct strlist ports; /* "ip:host:container/proto" that were really chosen */
};

/* A container that never ran has no state file: "created". */
int state_read(int dirfd, struct run_state *ret_state, struct err *err) must_check;
int state_write(int dirfd, const struct run_state *state, bool durable, struct err *err) must_check;
void state_done(struct run_state *state);
