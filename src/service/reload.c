/* reload.c - a configuration that takes over while requests go on.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Everything new is made before anything old is let go, so that a file with a fault changes
 * nothing. Requests that have begun end with what they began with. */
#include "base/log.h"
#include "base/vec.h"
#include "service/notify.h"
#include "service/service_private.h"

#include "base/banned.h"

void service_apply_log(struct service *service, const struct registry_config *config)
{
	static const struct {
		const char *name;
		enum log_level level;
	} levels[] = {
		{"error", LOG_ERROR}, {"warn", LOG_WARN}, {"info", LOG_INFO}, {"debug", LOG_DEBUG}};
	bool json = service->options->log_is_json || config->log_is_json;

	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		if (text_eq(levels[i].name, config->log_level))
			log_set(service->options->is_debug ? LOG_DEBUG : levels[i].level, json);
	atomic_store(&service->log_is_json, json);
	atomic_store(&service->access_log, config->access_log);
	atomic_store(&service->storage_floor, config->storage_floor);
}

static bool same_address(const struct listen_address *a, const struct listen_address *b)
{
	return text_eq(a->text, b->text) && a->is_tls == b->is_tls;
}

static bool same_listen(const struct registry_config *a, const struct registry_config *b)
{
	bool same = a->listen.n == b->listen.n && same_address(&a->admin, &b->admin);
	for (size_t i = 0; same && i < a->listen.n; i++)
		same = same_address(&a->listen.items[i], &b->listen.items[i]);
	return same;
}

/* What was opened once. */
static void tell_what_needs_a_restart(const struct registry_config *old,
				      const struct registry_config *new)
{
	const struct {
		const char *key;
		bool is_same;
	} rows[] = {
		{"listen", same_listen(old, new)},
		{"storage", text_eq(old->storage, new->storage)},
		{"storage.floor", old->storage_floor == new->storage_floor},
		{"sparse_indexes", old->sparse_indexes == new->sparse_indexes},
		{"gc.grace", old->gc_grace_ns == new->gc_grace_ns},
		{"limits.loops", old->http.loops == new->http.loops},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (!rows[i].is_same)
			log_warn("%s: '%s' has changed: that takes a restart", new->path,
				 rows[i].key);
}

static void take_over(struct service *service, struct registry_config *config,
		      struct access_policy *policy, struct tls_server *tls)
{
	struct api_settings settings = settings_make(config);

	api_set_policy(service->api, policy);
	api_set_settings(service->api, &settings);
	http_server_set_limits(service->server, &config->http);
	if (tls)
		http_server_set_tls(service->server, tls);
	service_apply_log(service, config);
	schedule_set(service->schedule, config);
	tell_what_needs_a_restart(&service->config, config);
	for (size_t i = 0; i < config->warnings.n; i++)
		log_warn("%s", config->warnings.items[i]);

	access_policy_unref(service->policy);
	service->policy = policy;
	if (tls) {
		tls_server_unref(service->tls);
		service->tls = tls;
	}
	registry_config_done(&service->config);
	service->config = *config;
}

static int reload(struct service *service, struct err *err)
{
	struct registry_config config = {0};
	struct access_policy *policy = NULL;
	struct tls_server *tls = NULL;

	if (registry_config_read(service->options->config_path, service->options->env, &config,
				 err))
		return -1;
	if (policy_make(service, &config, &policy, err) || tls_make(service, &config, &tls, err)) {
		access_policy_unref(policy);
		registry_config_done(&config);
		return -1;
	}
	take_over(service, &config, policy, tls);
	return watcher_set(service->watcher, &service->config.watched, err);
}

void service_reload(struct service *service)
{
	autoerr struct err err = {0};

	notify_reloading(service->options->env);
	watcher_look(service->watcher);
	if (reload(service, &err)) {
		metrics_add(service->metrics, COUNT_RELOAD_FAILURES, 1);
		log_error("%s (what was read before stays in force)", err_text(&err));
	} else {
		metrics_add(service->metrics, COUNT_RELOADS, 1);
		log_info("the configuration '%s' was read again", service->config.path);
	}
	notify_send(service->options->env, "READY=1");
}
