/* record.c - record.json and state.json by decode tables.
 * SPDX-License-Identifier: Apache-2.0 */
#include "container/record.h"

#include <stdlib.h>

#include "base/io.h"
#include "base/vec.h"
#include "container/limits.h"
#include "doc/fields.h"
#include "doc/json.h"

#include "base/banned.h"

#define RECORD_FILE "record.json"
#define STATE_FILE  "state.json"

static const char *const mount_types[] = {[RECORD_MOUNT_BIND] = "bind",
					  [RECORD_MOUNT_VOLUME] = "volume",
					  [RECORD_MOUNT_TMPFS] = "tmpfs"};

const char *record_mount_type_name(enum record_mount_type type)
{
	return mount_types[type];
}

static const struct field mount_fields[] = {
	F_TEXT(struct record_mount, name, "name"),
	F_TEXT(struct record_mount, source, "source"),
	F_TEXT(struct record_mount, target, "target", .required = true),
	F_TEXT(struct record_mount, mode, "mode"),
	F_TEXT(struct record_mount, propagation, "propagation"),
	F_TEXTS(struct record_mount, options, "options"),
	F_BOOL(struct record_mount, read_only, "readOnly", .omit_zero = true),
	F_BOOL(struct record_mount, is_anonymous, "anonymous", .omit_zero = true),
	F_BOOL(struct record_mount, no_copy, "noCopy", .omit_zero = true),
	F_BOOL(struct record_mount, make_source, "makeSource", .omit_zero = true),
	F_BOOL(struct record_mount, no_recursive, "noRecursive", .omit_zero = true),
	{0},
};

static const struct field record_fields[] = {
	F_TEXT(struct record, id, "id", .required = true),
	F_TEXT(struct record, name, "name", .required = true),
	F_TEXT(struct record, created, "created", .required = true),
	F_TEXT(struct record, image_name, "imageName"),
	F_TEXT(struct record, image_id, "imageId"),
	F_TEXT(struct record, manifest, "manifest"),
	F_TEXT(struct record, chain_id, "chainId"),
	F_TEXTS(struct record, entrypoint, "entrypoint"),
	F_TEXTS(struct record, cmd, "cmd"),
	F_TEXTS(struct record, args, "args"),
	F_TEXTS(struct record, env, "env"),
	F_TEXT(struct record, user, "user"),
	F_TEXT(struct record, workdir, "workdir"),
	F_TEXT(struct record, hostname, "hostname"),
	F_TEXT(struct record, stop_signal, "stopSignal"),
	F_INT(struct record, stop_timeout_ns, "stopTimeoutNs", .omit_zero = true),
	F_BOOL(struct record, stop_timeout_given, "stopTimeoutGiven", .omit_zero = true),
	F_BOOL(struct record, interactive, "interactive", .omit_zero = true),
	F_BOOL(struct record, tty, "tty", .omit_zero = true),
	F_BOOL(struct record, remove, "remove", .omit_zero = true),
	F_BOOL(struct record, is_systemd, "systemd", .omit_zero = true),
	F_MAPPING(struct record, labels, "labels"),
	F_TEXTS(struct record, exposed, "exposed"),
	F_TEXTS(struct record, image_volumes, "imageVolumes"),
	F_MAPPING(struct record, annotations, "annotations"),
	F_TEXT(struct record, network, "network", .required = true),
	F_TEXTS(struct record, ports, "ports"),
	F_TEXTS(struct record, add_hosts, "addHosts"),
	F_TEXTS(struct record, dns, "dns"),
	F_BOOL(struct record, publish_all, "publishAll", .omit_zero = true),
	F_TEXTS(struct record, cap_add, "capAdd"),
	F_TEXTS(struct record, cap_drop, "capDrop"),
	F_TEXTS(struct record, security_opts, "securityOpts"),
	F_TEXTS(struct record, masked, "masked"),
	F_TEXTS(struct record, group_adds, "groupAdds"),
	F_TEXTS(struct record, devices, "devices"),
	F_TEXTS(struct record, ulimits, "ulimits"),
	F_BOOL(struct record, privileged, "privileged", .omit_zero = true),
	F_BOOL(struct record, read_only, "readOnly", .omit_zero = true),
	F_BOOL(struct record, no_new_privileges, "noNewPrivileges", .omit_zero = true),
	F_TEXT(struct record, seccomp, "seccomp"),
	F_TEXT(struct record, apparmor, "apparmor"),
	F_INT(struct record, memory, "memory", .omit_zero = true),
	F_INT(struct record, nano_cpus, "nanoCpus", .omit_zero = true),
	F_INT(struct record, pids_limit, "pidsLimit", .omit_zero = true),
	F_INT(struct record, shm_size, "shmSize", .omit_zero = true),
	F_TEXT(struct record, restart, "restart"),
	F_INT(struct record, restart_max, "restartMax", .omit_zero = true),
	F_BOOL(struct record, is_volatile, "volatile", .omit_zero = true),
	F_BOOL(struct record, no_log, "noLog", .omit_zero = true),
	F_TEXT(struct record, owner, "owner"),
	F_INT(struct record, owner_pid, "ownerPid", .omit_zero = true),
	F_INT(struct record, owner_start, "ownerStart", .omit_zero = true),
	F_TEXT(struct record, notify_socket, "notifySocket"),
	F_TEXT(struct record, runtime, "runtime"),
	F_TEXT(struct record, init, "init"),
	{0},
};

static const struct field state_fields[] = {
	F_TEXT(struct run_state, status, "status", .required = true),
	F_INT(struct run_state, pid, "pid", .omit_zero = true),
	F_INT(struct run_state, pid_start, "pidStart", .omit_zero = true),
	F_INT(struct run_state, monitor_pid, "monitorPid", .omit_zero = true),
	F_INT(struct run_state, monitor_start, "monitorStart", .omit_zero = true),
	F_TEXT(struct run_state, started_at, "startedAt"),
	F_TEXT(struct run_state, finished_at, "finishedAt"),
	F_INT(struct run_state, exit_code, "exitCode"),
	F_BOOL(struct run_state, oom_killed, "oomKilled", .omit_zero = true),
	F_TEXT(struct run_state, error, "error"),
	F_INT(struct run_state, restart_count, "restartCount", .omit_zero = true),
	F_TEXTS(struct run_state, ports, "ports"),
	{0},
};

struct record_mount *record_mount_add(struct record *record, enum record_mount_type type,
				      const char *target)
{
	struct record_mount *mount = vec_add(&record->mounts);
	mount->type = type;
	mount->target = xstrdup(target);
	return mount;
}

const struct record_mount *record_mount_find(const struct record *record, const char *target)
{
	vec_foreach(mount, &record->mounts)
		if (text_eq(mount->target, target))
			return mount;
	return NULL;
}

void container_record_done(struct record *record)
{
	vec_foreach(mount, &record->mounts)
		fields_done(mount_fields, mount);
	vec_done(&record->mounts);
	fields_done(record_fields, record);
}

static int mount_decode(const struct node *node, struct record *record, struct err *err)
{
	struct record_mount mount = {0};
	const char *type = node_get_text(node, "type");
	size_t i = 0;

	while (i < ARRAY_LEN(mount_types) && !text_eq(type, mount_types[i]))
		i++;
	if (i == ARRAY_LEN(mount_types))
		return err_at(err, node->pos, "unknown type of mount '%s'", type ? type : "");
	if (fields_decode(mount_fields, FIELDS_OPEN, node, &mount, err))
		return -1;
	mount.type = (enum record_mount_type)i;
	vec_push(&record->mounts, mount);
	return 0;
}

static int record_decode(const struct node *root, struct record *ret_record, struct err *err)
{
	struct record record = {0};

	if (fields_decode(record_fields, FIELDS_OPEN, root, &record, err))
		return -1;
	const struct node *mounts = node_get(root, "mounts");
	if (mounts && mounts->kind == NODE_LIST) {
		node_foreach(node, mounts) {
			if (mount_decode(node, &record, err)) {
				container_record_done(&record);
				return -1;
			}
		}
	}
	*ret_record = record;
	return 0;
}

static struct node *record_encode(struct arena *arena, const struct record *record)
{
	struct node *root = fields_encode(arena, record_fields, record);
	struct node *mounts = node_new(arena, NODE_LIST);

	vec_foreach(mount, &record->mounts) {
		struct node *node = fields_encode(arena, mount_fields, mount);
		node_set_text(arena, node, "type", mount_types[mount->type]);
		node_append(mounts, node);
	}
	node_set(arena, root, "mounts", mounts);
	return root;
}

static int read_json(int dirfd, const char *name, size_t max, struct arena *arena,
		     struct node **ret_root, struct err *err)
{
	autobuf struct buf text = {0};

	if (file_read_at(dirfd, name, max, &text, err))
		return -1;
	return json_parse(arena, name, buf_str(&text), ret_root, err);
}

static int write_json(int dirfd, const char *name, const struct node *root, bool durable,
		      struct err *err)
{
	autobuf struct buf text = {.max = LIMIT_RECORD_BYTES};

	json_write(&text, root, JSON_COMPACT);
	buf_putc(&text, '\n');
	if (buf_check(&text, name, err))
		return -1;
	return file_write_at(dirfd, name, text.ptr, text.len, 0600,
			     durable ? FILE_SYNC : FILE_NO_SYNC, err);
}

int container_record_read(int dirfd, struct record *ret_record, struct err *err)
{
	autoarena struct arena arena = {0};
	struct node *root;

	if (read_json(dirfd, RECORD_FILE, LIMIT_RECORD_BYTES, &arena, &root, err))
		return -1;
	return record_decode(root, ret_record, err);
}

int container_record_write(int dirfd, const struct record *record, struct err *err)
{
	autoarena struct arena arena = {0};

	/* A container that goes with its first run need not survive a power cut. */
	return write_json(dirfd, RECORD_FILE, record_encode(&arena, record), !record->remove, err);
}

int state_read(int dirfd, struct run_state *ret_state, struct err *err)
{
	autoarena struct arena arena = {0};
	struct run_state state = {0};
	struct node *root;

	if (read_json(dirfd, STATE_FILE, LIMIT_STATE_BYTES, &arena, &root, err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
		*ret_state = (struct run_state){.status = xstrdup("created")};
		return 0;
	}
	if (fields_decode(state_fields, FIELDS_OPEN, root, &state, err))
		return -1;
	const struct node *network = node_get(root, "network");
	if (network && net_result_decode(network, &state.network, err)) {
		fields_done(state_fields, &state);
		return -1;
	}
	*ret_state = state;
	return 0;
}

int state_write(int dirfd, const struct run_state *state, bool durable, struct err *err)
{
	autoarena struct arena arena = {0};
	struct node *root = fields_encode(&arena, state_fields, state);

	node_set(&arena, root, "network", net_result_encode(&arena, &state->network));
	return write_json(dirfd, STATE_FILE, root, durable, err);
}

void state_done(struct run_state *state)
{
	net_result_done(&state->network);
	fields_done(state_fields, state);
}
