/* net_private.h - what the files of this folder know of each other.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "net/net.h"

#define NET_DEFAULT_NAME  "hull"
#define NET_DEFAULT_STATE "/run/hull/net"
#define NET_INTERFACE     "eth0"

/* ---- netns.c ---- */
/* Makes a network namespace whose loopback is up, bound at `path` (ERR_EXISTS when there is one).
 */
int netns_make(const char *path, struct err *err) must_check;
int netns_remove(const char *path, struct err *err) must_check; /* fine when gone */
bool netns_exists(const char *path);

/* ---- conflist.c ---- */
/* The network's list of plugins: of that name in the folder, or the default network's, made for
 * what this container and host need. */
int conflist_load(struct arena *arena, const struct net_options *options,
		  struct node **ret_conflist, struct err *err) must_check;
bool network_name_is_valid(const char *name);

/* ---- cni.c ---- */
struct cni_call {
	const struct node *conflist;
	const char *id, *netns;
	const struct port_list *ports;
};
/* Runs all plugins in order; the last one's result. ERR_MISSING: a plugin is not installed. */
int cni_add(struct arena *arena, const struct cni_call *call, struct node **ret_result,
	    struct err *err) must_check;
/* In reverse order, each even when another failed. `result` may be NULL. */
int cni_del(struct arena *arena, const struct cni_call *call, const struct node *result,
	    struct err *err) must_check;
/* The first IPv4 address, and the interface that stands in the namespace. */
void cni_result_read(const struct node *root, struct net_result *result);
int program_find(const char *name, char **ret_path, struct err *err) must_check; /* also in sbin */

/* ---- ports.c ---- */
/* Chooses free host ports where asked and marks all as the namespace's. ERR_EXISTS "port 80/tcp …".
 */
int ports_reserve(const char *state_dir, const char *netns, struct port_list *ports,
		  struct err *err) must_check;
int ports_release(const char *state_dir, const char *netns, struct err *err) must_check;
void port_list_copy(struct port_list *dst, const struct port_list *src);
struct node *ports_encode(struct arena *arena, const struct port_list *ports);
int ports_decode(const struct node *list, struct port_list *ret_ports, struct err *err) must_check;

/* ---- resolv.c ---- */
/* `text` is the host's resolv.conf, `real` (NULL: none) systemd-resolved's upstream one. */
void resolv_write(struct str text, const struct str *real, enum net_mode mode,
		  const struct strlist *dns, struct buf *out);
