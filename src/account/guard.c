/* guard.c - checking passwords at a bounded cost.
 * SPDX-License-Identifier: Apache-2.0
 *
 * In the order in which a password is looked at:
 *   1. the pair of account and address has to wait     LATER; nothing else is looked at
 *   2. the password is remembered                      OK
 *   3. the address has to wait                         LATER, and counts against the pair: or 2.
 *                                                      would be an oracle that costs nothing
 *   4. somebody checks the very same just now          his answer
 *   5. a bcrypt, when it is its turn                   OK or WRONG
 * A success forgets the failures of the pair, not those of the address: an account of one's own
 * must not buy guesses at others. */
#include "account/guard.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "account/failures_private.h"
#include "account/limits.h"
#include "account/password_private.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/random.h"

#include "base/banned.h"

#define DIGEST_SIZE 32
#define MS_PER_NS   1000000

#define FREE_FAILURES 5u
#define MAX_DELAY_MS  60000
#define REMEMBER_MS   600000
/* In longest delays: slower than the attempts that the delays let through. */
#define PAIR_LEAKS    2
/* An address may have many users: it is let alone longer, and forgiven sooner. */
#define ADDRESS_FREE  4u
#define ADDRESS_LEAKS 6

/* Of a user that is not there, when no user tells what a check costs: cost 10. */
static const char nobody[] = "$2b$10$.....................................................";

struct remembered {
	uint8_t digest[DIGEST_SIZE];
	int64_t until_ms; /* 0: free */
};

struct job { /* one bcrypt, wanted or running */
	uint8_t digest[DIGEST_SIZE];
	struct tag pair, address;
	unsigned round;   /* how many of its address were there before it */
	uint64_t ticket;  /* order of coming */
	unsigned n_users; /* who checks, and who wait for his answer */
	enum { JOB_WAITING, JOB_RUNNING, JOB_DONE } state;
	enum guard_result result;
	struct job *next;
};

struct guard {
	struct guard_options options;
	uint8_t key[DIGEST_SIZE]; /* this process' own: digests are worth nothing elsewhere */
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct remembered *remembered; /* sets of LIMIT_GUARD_WAYS */
	struct failures pairs, addresses;
	struct job *jobs;
	unsigned n_jobs, n_running, n_callers;
	uint64_t next_ticket;
};

static int64_t monotonic_ms(void)
{
	return clock_monotonic_ns() / MS_PER_NS;
}

static unsigned half_of_the_cores(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	return n > 2 ? (unsigned)n / 2 : 1;
}

struct guard *guard_new(const struct guard_options *options)
{
	struct guard *guard = xcalloc(1, sizeof(*guard));
	struct guard_options *own = &guard->options;
	pthread_condattr_t attributes;

	*own = *options;
	own->bcrypt_threads = own->bcrypt_threads ? own->bcrypt_threads : half_of_the_cores();
	own->max_callers = own->max_callers ? own->max_callers : LIMIT_GUARD_CALLERS;
	own->free_failures = own->free_failures ? own->free_failures : FREE_FAILURES;
	own->max_delay_ms = own->max_delay_ms > 0 ? own->max_delay_ms : MAX_DELAY_MS;
	own->remember_ms = own->remember_ms > 0 ? own->remember_ms : REMEMBER_MS;
	own->now_ms = own->now_ms ? own->now_ms : monotonic_ms;
	random_bytes(guard->key, sizeof(guard->key));
	pthread_mutex_init(&guard->mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&guard->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	guard->remembered = xcalloc(LIMIT_GUARD_REMEMBERED, sizeof(*guard->remembered));
	failures_init(&guard->pairs, own->free_failures, PAIR_LEAKS * own->max_delay_ms,
		      own->max_delay_ms);
	failures_init(&guard->addresses, own->free_failures * ADDRESS_FREE,
		      own->max_delay_ms / ADDRESS_LEAKS, own->max_delay_ms);
	return guard;
}

void guard_free(struct guard *guard)
{
	if (!guard)
		return;
	failures_done(&guard->pairs);
	failures_done(&guard->addresses);
	free(guard->remembered);
	pthread_cond_destroy(&guard->changed);
	pthread_mutex_destroy(&guard->mutex);
	explicit_bzero(guard->key, sizeof(guard->key));
	free(guard);
}

/* ---- digests ---- */

struct question {                    /* what is asked, as digests */
	uint8_t digest[DIGEST_SIZE]; /* account, password and stored hash */
	struct tag pair, address;
	bool has_address, has_account;
};

static struct hash *keyed_hash(const struct guard *guard, const char *purpose)
{
	struct hash *hash = hash_new(HASH_SHA256);
	hash_update(hash, guard->key, sizeof(guard->key));
	hash_update(hash, purpose, strlen(purpose) + 1);
	return hash;
}

static struct tag tag_final(struct hash *hash)
{
	uint8_t digest[HASH_MAX_SIZE];
	struct tag tag;

	hash_final(hash, digest);
	hash_free(hash);
	memcpy(&tag.high, digest, sizeof(tag.high));
	memcpy(&tag.low, digest + sizeof(tag.high), sizeof(tag.low));
	return tag;
}

/* The bytes that are one client: v4, also mapped, whole; of v6 the /64 that one site has. */
static size_t address_bytes(const struct sockaddr_storage *ip, uint8_t out[16])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (ip && ip->ss_family == AF_INET) {
		memcpy(out, &((const struct sockaddr_in *)ip)->sin_addr, 4);
		return 4;
	}
	if (!ip || ip->ss_family != AF_INET6)
		return 0;
	memcpy(out, &((const struct sockaddr_in6 *)ip)->sin6_addr, 16);
	if (memcmp(out, mapped, sizeof(mapped)) != 0)
		return 8;
	memmove(out, out + 12, 4);
	return 4;
}

static struct question question_of(const struct guard *guard, const char *account,
				   const char *password, const char *stored,
				   const struct sockaddr_storage *ip)
{
	struct question question;
	uint8_t bytes[16], digest[HASH_MAX_SIZE];
	size_t n_bytes = address_bytes(ip, bytes);

	struct hash *hash = keyed_hash(guard, "address");
	hash_update(hash, bytes, n_bytes);
	question.address = tag_final(hash);
	question.has_address = n_bytes > 0;
	question.has_account = *stored != 0;

	hash = keyed_hash(guard, "pair");
	hash_update(hash, account, strlen(account) + 1);
	hash_update(hash, bytes, n_bytes);
	question.pair = tag_final(hash);

	hash = keyed_hash(guard, "password");
	hash_update(hash, account, strlen(account) + 1);
	hash_update(hash, password, strlen(password) + 1);
	hash_update(hash, stored, strlen(stored) + 1);
	hash_final(hash, digest);
	hash_free(hash);
	memcpy(question.digest, digest, DIGEST_SIZE);
	explicit_bzero(digest, sizeof(digest));
	return question;
}

static bool digest_equal(const uint8_t *a, const uint8_t *b)
{
	uint8_t difference = 0;
	for (size_t i = 0; i < DIGEST_SIZE; i++)
		difference |= a[i] ^ b[i];
	return difference == 0;
}

/* ---- what is remembered ---- */

static struct remembered *remembered_set(const struct guard *guard, const uint8_t *digest)
{
	uint64_t number;
	memcpy(&number, digest, sizeof(number));
	number %= LIMIT_GUARD_REMEMBERED / LIMIT_GUARD_WAYS;
	return &guard->remembered[number * LIMIT_GUARD_WAYS];
}

static bool is_remembered(const struct guard *guard, const uint8_t *digest, int64_t now_ms)
{
	const struct remembered *set = remembered_set(guard, digest);
	bool is = false;

	for (unsigned i = 0; i < LIMIT_GUARD_WAYS; i++)
		is = is || (set[i].until_ms > now_ms && digest_equal(set[i].digest, digest));
	return is;
}

static void remember(struct guard *guard, const uint8_t *digest, int64_t now_ms)
{
	struct remembered *set = remembered_set(guard, digest), *oldest = set;

	for (unsigned i = 0; i < LIMIT_GUARD_WAYS; i++) {
		if (set[i].until_ms > now_ms && digest_equal(set[i].digest, digest)) {
			oldest = &set[i];
			break;
		}
		if (set[i].until_ms < oldest->until_ms)
			oldest = &set[i];
	}
	memcpy(oldest->digest, digest, DIGEST_SIZE);
	oldest->until_ms = now_ms + guard->options.remember_ms;
}

/* ---- jobs ---- */

static bool tag_equal(struct tag a, struct tag b)
{
	return a.high == b.high && a.low == b.low;
}

static struct job *job_find(const struct guard *guard, const uint8_t *digest)
{
	struct job *job = guard->jobs;
	while (job && (job->state == JOB_DONE || !digest_equal(job->digest, digest)))
		job = job->next;
	return job;
}

static void job_count(const struct guard *guard, const struct question *question,
		      unsigned *ret_of_pair, unsigned *ret_of_address)
{
	*ret_of_pair = *ret_of_address = 0;
	for (const struct job *job = guard->jobs; job; job = job->next) {
		if (job->state == JOB_DONE)
			continue;
		*ret_of_pair += tag_equal(job->pair, question->pair);
		*ret_of_address += tag_equal(job->address, question->address);
	}
}

static struct job *job_add(struct guard *guard, const struct question *question, unsigned round)
{
	struct job *job = xcalloc(1, sizeof(*job));

	memcpy(job->digest, question->digest, DIGEST_SIZE);
	job->pair = question->pair;
	job->address = question->address;
	job->round = round;
	job->ticket = guard->next_ticket++;
	job->result = GUARD_LATER;
	job->next = guard->jobs;
	guard->jobs = job;
	guard->n_jobs++;
	return job;
}

static void job_leave(struct guard *guard, struct job *job)
{
	if (--job->n_users)
		return;

	struct job **at = &guard->jobs;
	while (*at != job)
		at = &(*at)->next;
	*at = job->next;
	guard->n_jobs--;
	free(job);
}

/* Addresses take turns: each one's first before anyone's second. */
static bool is_next(const struct guard *guard, const struct job *job)
{
	if (guard->n_running >= guard->options.bcrypt_threads)
		return false;
	for (const struct job *other = guard->jobs; other; other = other->next) {
		if (other->state != JOB_WAITING || other == job)
			continue;
		if (other->round < job->round ||
		    (other->round == job->round && other->ticket < job->ticket))
			return false;
	}
	return true;
}

/* false: it took too long. */
static bool wait_for_turn(struct guard *guard, const struct job *job)
{
	int64_t end_ns = clock_monotonic_ns() + (int64_t)LIMIT_GUARD_WAIT_MS * MS_PER_NS;
	struct timespec end = {.tv_sec = end_ns / NS_PER_SEC, .tv_nsec = end_ns % NS_PER_SEC};

	while (!is_next(guard, job))
		if (pthread_cond_timedwait(&guard->changed, &guard->mutex, &end))
			return is_next(guard, job);
	return true;
}

/* ---- checking ---- */

/* A hash that costs what a real one does, the same for the same account each time. */
static const char *hash_of_nobody(const struct accounts *accounts, struct tag pair)
{
	size_t n = accounts_count(accounts);

	for (size_t i = 0; i < n && i < 8; i++) {
		const char *hash = accounts_hash_at(accounts, (pair.low + i) % n);
		if (password_hash_is_valid(hash))
			return hash;
	}
	return nobody;
}

static bool bcrypt_says(const struct accounts *accounts, const char *stored, const char *password,
			struct tag pair)
{
	bool is_real = stored && password_hash_is_valid(stored);

	if (strlen(password) > LIMIT_PASSWORD_BYTES)
		return false;
	bool matches =
		password_matches(password, is_real ? stored : hash_of_nobody(accounts, pair));
	return matches && is_real;
}

static void count_failure(struct guard *guard, const struct question *question, int64_t now_ms)
{
	failures_add(&guard->pairs, question->pair, now_ms);
	if (question->has_address)
		failures_add(&guard->addresses, question->address, now_ms);
}

static unsigned to_seconds(int64_t ms)
{
	return ms > 0 ? (unsigned)((ms + 999) / 1000) : 1;
}

/* What can be said without a bcrypt. false: nothing; ret_round: then its turn. */
static bool is_settled(struct guard *guard, const struct question *question,
		       enum guard_result *ret_result, unsigned *ret_retry_seconds,
		       unsigned *ret_round)
{
	int64_t now = guard->options.now_ms();
	uint32_t n_pair, n_address = 0;
	unsigned of_pair, of_address;
	int64_t wait = failures_wait(&guard->pairs, question->pair, now, &n_pair);

	*ret_result = GUARD_LATER;
	*ret_retry_seconds = to_seconds(wait);
	if (wait)
		return true;
	if (is_remembered(guard, question->digest, now)) {
		failures_forget(&guard->pairs, question->pair);
		*ret_result = GUARD_OK;
		return true;
	}
	if (question->has_address)
		wait = failures_wait(&guard->addresses, question->address, now, &n_address);
	if (wait) {
		if (question->has_account) /* else it would be a cheap way to flood the table */
			failures_add(&guard->pairs, question->pair, now);
		*ret_retry_seconds = to_seconds(wait);
		return true;
	}
	*ret_retry_seconds = 1;
	if (guard->n_callers >= guard->options.max_callers)
		return true;
	if (job_find(guard, question->digest))
		return false;
	/* Guesses at the same time count as failures before they are. */
	job_count(guard, question, &of_pair, &of_address);
	*ret_round = of_address;
	return (of_pair && n_pair + of_pair >= guard->options.free_failures) ||
	       (of_address && n_address >= guard->addresses.n_free) ||
	       of_address >= LIMIT_GUARD_JOBS_OF_ONE || guard->n_jobs >= LIMIT_GUARD_JOBS;
}

static void run(struct guard *guard, struct job *job, const struct question *question,
		const struct accounts *accounts, const char *stored, const char *password)
{
	if (wait_for_turn(guard, job)) {
		job->state = JOB_RUNNING;
		guard->n_running++;
		pthread_mutex_unlock(&guard->mutex);
		bool matches = bcrypt_says(accounts, stored, password, question->pair);
		pthread_mutex_lock(&guard->mutex);
		guard->n_running--;
		int64_t now = guard->options.now_ms();
		job->result = matches ? GUARD_OK : GUARD_WRONG;
		if (matches) {
			remember(guard, question->digest, now);
			failures_forget(&guard->pairs, question->pair);
		} else {
			count_failure(guard, question, now);
		}
	}
	job->state = JOB_DONE;
	pthread_cond_broadcast(&guard->changed);
}

enum guard_result guard_check(struct guard *guard, const struct accounts *accounts,
			      const char *account, const char *password,
			      const struct sockaddr_storage *ip, unsigned *ret_retry_seconds)
{
	const char *stored = accounts_hash(accounts, account);
	enum guard_result result;
	unsigned retry_seconds = 1, round = 0;

	if (text_eq(stored, "")) /* anonymous; compat: any password will do */
		return GUARD_OK;

	struct question question = question_of(guard, account, password, stored ? stored : "", ip);
	pthread_mutex_lock(&guard->mutex);
	if (!is_settled(guard, &question, &result, &retry_seconds, &round)) {
		struct job *job = job_find(guard, question.digest);
		bool is_mine = !job;
		if (is_mine)
			job = job_add(guard, &question, round);
		job->n_users++;
		guard->n_callers++;
		if (is_mine)
			run(guard, job, &question, accounts, stored, password);
		while (job->state != JOB_DONE)
			pthread_cond_wait(&guard->changed, &guard->mutex);
		result = job->result;
		retry_seconds = 1;
		guard->n_callers--;
		job_leave(guard, job);
	}
	pthread_mutex_unlock(&guard->mutex);
	explicit_bzero(&question, sizeof(question));
	if (result == GUARD_LATER && ret_retry_seconds)
		*ret_retry_seconds = retry_seconds;
	return result;
}

enum guard_result guard_peek(struct guard *guard, const struct accounts *accounts,
			     const char *account, const char *password,
			     const struct sockaddr_storage *ip)
{
	const char *stored = accounts_hash(accounts, account);
	uint32_t n;

	if (!stored)
		return GUARD_LATER;
	if (!*stored)
		return GUARD_OK;

	struct question question = question_of(guard, account, password, stored, ip);
	pthread_mutex_lock(&guard->mutex);
	int64_t now = guard->options.now_ms();
	bool is_known = failures_wait(&guard->pairs, question.pair, now, &n) == 0 &&
			is_remembered(guard, question.digest, now);
	if (is_known)
		failures_forget(&guard->pairs, question.pair);
	pthread_mutex_unlock(&guard->mutex);
	explicit_bzero(&question, sizeof(question));
	return is_known ? GUARD_OK : GUARD_LATER;
}
