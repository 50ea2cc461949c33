/* service.c - the running server put together, run, and taken apart in order.
 * SPDX-License-Identifier: Apache-2.0 */
#include "service/service.h"

#include <pthread.h>
#include <signal.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/vec.h"
#include "service/event_line.h"
#include "service/notify.h"
#include "service/service_private.h"

#include "base/banned.h"

/* Each request, in the loops' threads. */
static void told(const struct api_event *event, const char *cause, void *arg)
{
	struct service *service = arg;
	bool json = atomic_load_explicit(&service->log_is_json, memory_order_relaxed);
	int64_t now_ns = clock_now_ns();
	autobuf struct buf line = {0};

	metrics_count(service->metrics, event);
	if (atomic_load_explicit(&service->access_log, memory_order_relaxed)) {
		access_line(&line, event, now_ns, json);
		journal_add(service->access, buf_str(&line));
		buf_truncate(&line, 0);
	}
	if (event->audit)
		audit_line(&line, event, now_ns, json);
	if (cause)
		fault_line(&line, event, cause, now_ns, json);
	if (line.len)
		journal_add(service->audit, buf_str(&line));
}

static bool is_stopping(void *arg)
{
	return atomic_load(&((struct service *)arg)->is_stopping);
}

static int open_registry(struct service *service, struct err *err)
{
	const struct registry_config *config = &service->config;
	struct storage_fs_options storage = {.floor_bytes = config->storage_floor};

	if (storage_fs_open(config->storage, &storage, &service->storage, err))
		return err_wrap(err, "storage '%s'", config->storage);
	service->own_dirfd = storage_fs_own_dir(service->storage);
	struct registry_options options = {
		.storage = service->storage,
		.own_dirfd = service->own_dirfd,
		.gc_grace_ns = config->gc_grace_ns ? config->gc_grace_ns : 1, /* 0: the default */
		.sparse_indexes = config->sparse_indexes,
		.is_stopping = is_stopping,
		.arg = service,
	};
	return registry_open(&options, &service->registry, err);
}

static int make_api(struct service *service, struct err *err)
{
	struct api_settings settings = settings_make(&service->config);

	/* Half of the threads: strangers with passwords shall not keep users with tokens waiting.
	 */
	size_t half = service->config.http.pool_threads / 2;
	service->guard = guard_new(&(struct guard_options){.max_callers = (unsigned)half});
	if (policy_make(service, &service->config, &service->policy, err) ||
	    tls_make(service, &service->config, &service->tls, err))
		return -1;
	struct api_options options = {
		.registry = service->registry,
		.policy = service->policy,
		.settings = &settings,
		.told = told,
		.arg = service,
	};
	return api_new(&options, &service->api, err);
}

static int start_servers(struct service *service, struct listening *listening, struct err *err)
{
	struct http_server_options options = {
		.listeners = listening->main.items,
		.n_listeners = listening->main.n,
		.tls = service->tls,
		.limits = &service->config.http,
		.handler = api_handler(service->api),
	};
	if (http_server_start(&options, &service->server, err))
		return -1;
	vec_done(&listening->main); /* the descriptors are the server's now */
	return listening->admin.n ? admin_start(service, &listening->admin, err) : 0;
}

static int start_upkeep(struct service *service, struct err *err)
{
	struct schedule_options options = {
		.registry = service->registry,
		.metrics = service->metrics,
		.own_dirfd = service->own_dirfd,
		.config = &service->config,
	};
	if (control_start(service->own_dirfd, service->registry, &service->control, err))
		return -1;
	return schedule_start(&options, &service->schedule, err);
}

static int on_signal(int number, void *arg, struct err *err)
{
	struct service *service = arg;

	if (number == SIGHUP) {
		service_reload(service);
		return 0;
	}
	log_info("%s: ending", number == SIGINT ? "SIGINT" : "SIGTERM");
	loop_stop(service->loop);
	return 0;
}

static void on_change(void *arg)
{
	service_reload(arg);
}

static int beat(struct loop_source *source, void *arg, struct err *err)
{
	struct service *service = arg;

	notify_send(service->options->env, "WATCHDOG=1");
	loop_remove(source);
	return loop_add_timer(service->loop, notify_watchdog_ms(service->options->env) / 2, beat,
			      service, NULL, err);
}

/* The signals are blocked before any other thread begins, so that only the loop hears them. */
static int prepare_loop(struct service *service, struct err *err)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	signal(SIGPIPE, SIG_IGN);
	if (loop_new(&service->loop, err))
		return -1;
	return loop_add_signals(service->loop, &set, on_signal, service, err);
}

static int start(struct service *service, struct err *err)
{
	struct listening listening = {0};

	for (size_t i = 0; i < service->config.warnings.n; i++)
		log_warn("%s", service->config.warnings.items[i]);
	if (geteuid() == 0)
		log_warn("running as root, which is not needed");
	if (prepare_loop(service, err) ||
	    watcher_new(service->loop, &service->config.watched, on_change, service,
			&service->watcher, err) ||
	    listening_open(service, &listening, err))
		return -1;
	if (open_registry(service, err) || journal_new(STDOUT_FILENO, &service->access, err) ||
	    journal_new(STDERR_FILENO, &service->audit, err) || make_api(service, err) ||
	    start_servers(service, &listening, err)) {
		listening_close(&listening);
		return -1;
	}
	return start_upkeep(service, err);
}

static int run(struct service *service, struct err *err)
{
	char *const *env = service->options->env;
	int64_t watchdog_ms = notify_watchdog_ms(env);

	if (watchdog_ms && loop_add_timer(service->loop, watchdog_ms / 2, beat, service, NULL, err))
		return -1;
	log_info("serving '%s'", service->config.storage);
	notify_send(env, "READY=1\nMAINPID=%d", (int)getpid());
	return loop_run(service->loop, err);
}

/* The loop's end gives the signals their old meaning back: a second one ends the process at once,
 * which harms nothing that was acknowledged. */
static void drain(struct service *service)
{
	int64_t wait_ms = service->config.drain_ns / 1000000;

	atomic_store(&service->is_stopping, true);
	watcher_free(service->watcher);
	service->watcher = NULL;
	loop_free(service->loop);
	service->loop = NULL;
	if (!service->server)
		return;
	notify_send(service->options->env, "STOPPING=1\nEXTEND_TIMEOUT_USEC=%lld",
		    (long long)(wait_ms + 10000) * 1000);
	size_t n_cut = http_server_drain(service->server, wait_ms);
	if (n_cut)
		log_warn("%zu requests were cut: they took longer than %lld s", n_cut,
			 (long long)wait_ms / 1000);
}

static void finish(struct service *service)
{
	drain(service);
	control_free(service->control);
	schedule_free(service->schedule);
	http_server_free(service->server);
	http_server_free(service->admin);
	api_free(service->api);
	access_policy_unref(service->policy);
	guard_free(service->guard);
	tls_server_unref(service->tls);
	key_unref(service->own_key);
	if (service->registry)
		registry_close(service->registry);
	journal_free(service->access);
	journal_free(service->audit);
	metrics_free(service->metrics);
	registry_config_done(&service->config);
}

int service_run(const struct service_options *options, struct err *err)
{
	struct service service = {
		.options = options,
		.own_dirfd = -1,
		.started_ns = clock_monotonic_ns(),
	};

	if (registry_config_read(options->config_path, options->env, &service.config, err))
		return -1;
	/* A connection is a descriptor, and so is each blob that is kept open. */
	proc_raise_descriptor_limit();
	service.metrics = metrics_new();
	service_apply_log(&service, &service.config);
	int failed = start(&service, err) || run(&service, err) ? -1 : 0;
	finish(&service);
	return failed;
}
