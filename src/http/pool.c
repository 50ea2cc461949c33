/* pool.c - threads for what waits: made on demand, gone when idle, with a bounded queue.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <time.h>

#include "base/clock.h"
#include "http/connection_private.h"

#include "base/banned.h"

int thread_start(pthread_t *ret_thread, const pthread_attr_t *attr, void *(*run)(void *), void *arg)
{
	sigset_t all, before;

	sigfillset(&all);
	for (const int *fault = (const int[]){SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, 0}; *fault;
	     fault++)
		sigdelset(&all, *fault);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int failed = pthread_create(ret_thread, attr, run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return failed;
}

int pool_init(struct pool *pool, const struct http_limits *limits, struct err *err)
{
	pthread_condattr_t attr;

	if (pthread_condattr_init(&attr) || pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) ||
	    pthread_cond_init(&pool->work_there, &attr))
		return err_set(err, ERR_SYSTEM, "making the pool of threads");
	pthread_condattr_destroy(&attr);
	pthread_cond_init(&pool->thread_gone, NULL);
	pthread_mutex_init(&pool->lock, NULL);
	pool->max_threads = limits->pool_threads;
	pool->max_waiting = limits->pool_queue;
	return 0;
}

/* The next request, or NULL when the thread has waited long enough. The lock is held. */
static struct http_exchange *pool_next(struct pool *pool)
{
	int64_t until = clock_monotonic_ns() + LIMIT_HTTP_POOL_IDLE_MS * INT64_C(1000000);
	struct timespec deadline = {.tv_sec = until / NS_PER_SEC, .tv_nsec = until % NS_PER_SEC};

	pool->n_idle++;
	int late = 0;
	while (!pool->first && !pool->is_stopping && late != ETIMEDOUT)
		late = pthread_cond_timedwait(&pool->work_there, &pool->lock, &deadline);
	pool->n_idle--;
	struct http_exchange *x = pool->first;
	if (x) {
		pool->first = x->next;
		pool->n_waiting--;
		x->next = NULL;
	}
	return x;
}

static void *pool_thread(void *arg)
{
	struct http_server *server = arg;
	struct pool *pool = &server->pool;

	pthread_mutex_lock(&pool->lock);
	for (struct http_exchange *x = pool_next(pool); x; x = pool_next(pool)) {
		pthread_mutex_unlock(&pool->lock);
		server->handler.work(x, server->handler.arg);
		http_loop_give_back(x);
		pthread_mutex_lock(&pool->lock);
	}
	pool->n_threads--;
	pthread_cond_broadcast(&pool->thread_gone);
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

/* The lock is held. */
static bool pool_add_thread(struct http_server *server)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	size_t stack = LIMIT_HTTP_POOL_STACK;
	if (stack < (size_t)PTHREAD_STACK_MIN)
		stack = (size_t)PTHREAD_STACK_MIN;
	pthread_attr_setstacksize(&attr, stack);
	int failed = thread_start(&thread, &attr, pool_thread, server);
	pthread_attr_destroy(&attr);
	if (!failed)
		server->pool.n_threads++;
	return !failed;
}

bool pool_submit(struct http_server *server, struct http_exchange *x)
{
	struct pool *pool = &server->pool;

	pthread_mutex_lock(&pool->lock);
	bool has_hands = pool->n_idle > pool->n_waiting;
	if (!has_hands && pool->n_threads < pool->max_threads)
		has_hands = pool_add_thread(server);
	bool is_taken = has_hands || (pool->n_waiting < pool->max_waiting && pool->n_threads > 0);
	if (is_taken) {
		x->next = NULL;
		if (pool->first)
			pool->last->next = x;
		else
			pool->first = x;
		pool->last = x;
		pool->n_waiting++;
		pthread_cond_signal(&pool->work_there);
	}
	pthread_mutex_unlock(&pool->lock);
	return is_taken;
}

void pool_done(struct pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->is_stopping = true;
	pthread_cond_broadcast(&pool->work_there);
	while (pool->n_threads > 0)
		pthread_cond_wait(&pool->thread_gone, &pool->lock);
	pthread_mutex_unlock(&pool->lock);
	pthread_mutex_destroy(&pool->lock);
	pthread_cond_destroy(&pool->work_there);
	pthread_cond_destroy(&pool->thread_gone);
}
