/* service_private.h - the running server's parts, as the files of this folder share them.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdatomic.h>

#include "api/api.h"
#include "base/loop.h"
#include "registry/upkeep.h"
#include "service/config.h"
#include "service/journal.h"
#include "service/maintenance.h"
#include "service/metrics.h"
#include "service/schedule.h"
#include "service/service.h"

struct watcher;
struct service {
	const struct service_options *options;
	struct registry_config config; /* the one in force; the main thread's */
	struct storage *storage;       /* the registry's */
	int own_dirfd;                 /* hull/ of the storage; borrowed */
	struct registry *registry;
	struct guard *guard;
	struct key *own_key; /* signs tokens when no certificate was given for that */
	struct tls_server *tls;
	struct access_policy *policy;
	struct api *api;
	struct metrics *metrics;
	struct journal *access, *audit;
	struct http_server *server, *admin;
	struct http_handler admin_handler;
	struct schedule *schedule;
	struct control *control;
	struct watcher *watcher;
	struct loop *loop;
	int64_t started_ns;
	/* What the loops' threads read. */
	atomic_bool is_stopping, log_is_json, access_log;
	_Atomic(uint64_t) storage_floor;
};

/* What is made of a configuration, and made again by a reload. */
int policy_make(struct service *service, const struct registry_config *config,
		struct access_policy **ret_policy, struct err *err) must_check;
int tls_make(struct service *service, const struct registry_config *config,
	     struct tls_server **ret_tls, struct err *err) must_check; /* NULL: no certificates */
struct api_settings settings_make(const struct registry_config *config);
void service_apply_log(struct service *service, const struct registry_config *config);
/* Reads the file again; on failure everything stays as it is, and the log says why. */
void service_reload(struct service *service);

/* Calls `changed` in the loop a second after one of the files has changed for good. A file that is
 * gone is waited for. Whoever reads the files looks first: what changes from then on is a change.
 */
typedef void watcher_fn(void *arg);
int watcher_new(struct loop *loop, const struct strlist *files, watcher_fn *changed, void *arg,
		struct watcher **ret_watcher, struct err *err) must_check;
int watcher_set(struct watcher *watcher, const struct strlist *files, struct err *err) must_check;
void watcher_look(struct watcher *watcher);
void watcher_free(struct watcher *watcher); /* before the loop; NULL is fine */

/* Listening: from LISTEN_FDS or as the configuration says; the admin's sockets apart. */
struct listening {
	struct http_listener_vec main, admin;
};
int listening_open(struct service *service, struct listening *ret_listening,
		   struct err *err) must_check;
void listening_close(struct listening *listening);
int admin_start(struct service *service, struct http_listener_vec *listeners,
		struct err *err) must_check;
