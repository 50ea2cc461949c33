/* spec_private.h - the parts that config.json is put together from; for this folder only.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "runtime/spec.h"

#define NOTIFY_TARGET                                                              \
	"/run/host/notify" /* where systemd's container interface wants the socket \
			    */

/* What docker gives to every container: defaults.c. Lists end with NULL. */
extern const char *const default_capabilities[];
extern const char *const default_masked_paths[];
extern const char *const default_read_only_paths[];
struct default_mount {
	const char *target, *type, *source;
	const char *options; /* separated by commas */
};
extern const struct default_mount default_mounts[]; /* end with a NULL target */
extern const struct default_mount systemd_mounts[]; /* end with a NULL target */
struct default_device_rule {
	char type;        /* 'c', 'b' or 'a'; 0 ends the table */
	int major, minor; /* -1: any */
	const char *access;
};
extern const struct default_device_rule default_device_rules[];
struct default_sysctl {
	const char *name, *value;
};
extern const struct default_sysctl
	default_sysctls[]; /* of the network namespace; end with a NULL name */

/* The names that this container has, "CAP_…", in kernel order. ERR_INPUT: unknown, or not ours to
 * give. */
int capabilities_resolve(const struct spec *spec, struct strlist *ret_names,
			 struct err *err) must_check;
int mounts_encode(struct arena *arena, const struct spec *spec, struct node **ret_list,
		  struct err *err) must_check;
/* Fills linux.devices and linux.resources.devices. */
int devices_encode(struct arena *arena, const struct spec *spec, struct node *linux_map,
		   struct node *resources, struct err *err) must_check;
/* Memory, processor time and number of processes, as far as this host's cgroups can limit them. */
int resources_encode(struct arena *arena, const struct spec *spec, struct node *resources,
		     struct err *err) must_check;
int rlimits_encode(struct arena *arena, const struct spec *spec, struct node **ret_list,
		   struct err *err) must_check;
/* linux.seccomp for a container that has these capabilities; *ret_map NULL: unconfined. */
int seccomp_encode(struct arena *arena, const char *profile, const struct strlist *capabilities,
		   struct node **ret_map, struct err *err) must_check;
/* The same as the kernel's program (struct sock_filter …), appended; false: not understood here, or
 * not for this machine, and the runtime makes it. */
bool seccomp_compile(const struct node *profile, struct buf *ret_code) must_check;
/* The name of the profile for this container, or NULL when it is not confined; borrowed. */
const char *apparmor_profile_name(const struct spec *spec);

bool cgroup_has_controller(const char *name);
bool cgroup_limits_swap(void);
char *cgroup_delegated_path(const char *cgroup_path); /* NULL: this host has none */
