/* spec.h - from what a container should be to an OCI runtime bundle's config.json.
 * SPDX-License-Identifier: Apache-2.0
 * Source: runtime-spec 1.0.2, config.md, config-linux.md; docker's defaults for capabilities,
 * masked paths and seccomp, kept as tables in defaults.c and seccomp.json. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/strlist.h"
#include "base/userdb.h"
#include "doc/node.h"

enum mount_kind { MOUNT_BIND, MOUNT_TMPFS, MOUNT_PROC, MOUNT_OTHER };
struct spec_mount {
	enum mount_kind kind;
	char *source; /* host path of binds */
	char *target; /* absolute in the container; one of our own mounts there is replaced */
	char *type;   /* MOUNT_OTHER */
	struct strlist
		options; /* as mount(8); binds are "rbind,rprivate" unless these say otherwise */
};
struct spec_device {
	char *host_path, *container_path; /* a directory: all devices in it */
	char access[4];                   /* "rwm" */
};
struct spec_ulimit {
	char *name; /* "nofile" */
	uint64_t soft, hard;
	bool is_default; /* may be clamped to what this process may have; else that is refused */
};

enum spec_systemd { SYSTEMD_NO, SYSTEMD_YES };
struct spec {
	const char *id, *rootfs; /* rootfs absolute */
	bool rootfs_read_only;
	struct strlist args, env;
	const char *cwd, *hostname;
	struct user_identity user;
	bool tty;
	uint16_t tty_rows, tty_columns; /* of the terminal from the beginning; 0: the kernel's */
	bool privileged;
	struct strlist cap_add, cap_drop; /* docker's words, "ALL" and with or without CAP_ */
	struct spec_mount *mounts;
	size_t n_mounts;
	struct spec_device *devices;
	size_t n_devices;
	struct spec_ulimit *ulimits;
	size_t n_ulimits;
	uint64_t memory_bytes; /* 0: none */
	int64_t nano_cpus;     /* 0: none */
	int64_t pids_limit;    /* 0: none; -1: unlimited */
	const char *netns;     /* path; NULL: new and empty; "host": the host's */
	const char *seccomp;   /* NULL: the default; "unconfined"; path of a profile */
	const char
		*apparmor; /* NULL: the default when the kernel has AppArmor; "unconfined"; name */
	bool no_new_privileges;
	enum spec_systemd systemd;  /* its container interface: tmpfs on /run /run/lock /tmp,
				       container=, a writable cgroup2 subtree */
	const char *cgroup_path;    /* "/hull/<id>" */
	const char *notify_socket;  /* host path of a datagram socket for READY=1; NULL: none */
	struct strlist masked_add;  /* additional masked paths */
	struct strlist annotations; /* "key=value" */
};
/* The JSON text, caller frees. What the host cannot do is refused by name (ERR_INPUT), ulimits
 * above our own hard limits are clamped as long as they were defaults. With systemd on a hybrid or
 * v1 host the directory of cgroup_delegate must exist when the container starts. */
int spec_build(const struct spec *spec, char **ret_json, struct err *err) must_check;
/* Only its "process": what exec gives a runtime. */
int spec_build_process(const struct spec *spec, char **ret_json, struct err *err) must_check;

/* What kind of cgroups this host has: two statfs(2) at each call. */
enum cgroup_layout { CGROUP_V2, CGROUP_HYBRID, CGROUP_V1 };
enum cgroup_layout cgroup_layout(void);
/* Makes the container's delegated cgroup directory (systemd: of cgroup2, on a v1 host of the
 * hierarchy name=systemd) and returns its path on the host, or NULL when this host has none; caller
 * frees. Removed by cgroup_remove. */
int cgroup_delegate(const char *cgroup_path, char **ret_host_path, struct err *err) must_check;
/* All hierarchies; fine when gone; kills what is left in it, also when frozen. */
int cgroup_remove(const char *cgroup_path, struct err *err) must_check;

/* The AppArmor profiles of containers, as text for apparmor_parser: "hull-default", and "hull-init"
 * for those that run an init (the seed's additional mount rules). */
void apparmor_profile_text(struct buf *out);
bool apparmor_is_on(void);
/* Loads the profiles once a boot; fine when they are loaded. */
int apparmor_load(struct err *err) must_check;
