/* test_guard.c - who is let in, who waits, and what an attacker gains.
 * SPDX-License-Identifier: Apache-2.0 */
#include "account/guard.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>

#include "account/failures_private.h"
#include "account/limits.h"
#include "doc/json.h"
#include "testing/test.h"

#include "base/banned.h"

static _Atomic int64_t clock_ms;

static int64_t our_clock(void)
{
	return atomic_load(&clock_ms);
}

static void turn_clock(int64_t ms)
{
	atomic_fetch_add(&clock_ms, ms);
}

static struct guard *new_guard(void)
{
	static const struct guard_options options = {.now_ms = our_clock};
	atomic_store(&clock_ms, 1000000);
	return guard_new(&options);
}

/* Users "alice" and "bob" with the password "right" (cost 4), anonymous, and "any" (compat). */
static struct accounts *new_accounts(const char *password)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	autofree char *hash = NULL;
	struct accounts *accounts = NULL;
	struct node *users;

	CHECK_OK(password_hash(password, 4, &hash, &err), &err);
	autofree char *json = xasprintf("{\"alice\":{\"password\":\"%s\"},\"bob\":{\"password\":"
					"\"%s\"},\"\":{},\"any\":{},\"bad\":{\"password\":\"x\"}}",
					hash, hash);
	CHECK_OK(json_parse(&arena, "users", str_of(json), &users, &err), &err);
	struct accounts_options options = {.users = users, .compat = true};
	CHECK_OK(accounts_new(&options, &accounts, &err), &err);
	return accounts;
}

static struct sockaddr_storage ip_of(const char *text)
{
	struct sockaddr_storage ip = {.ss_family = strchr(text, ':') ? AF_INET6 : AF_INET};
	void *bytes = ip.ss_family == AF_INET ? (void *)&((struct sockaddr_in *)&ip)->sin_addr
					      : (void *)&((struct sockaddr_in6 *)&ip)->sin6_addr;
	CHECK_INT(inet_pton(ip.ss_family, text, bytes), 1);
	return ip;
}

static enum guard_result ask(struct guard *guard, const struct accounts *accounts,
			     const char *account, const char *password, const char *from)
{
	unsigned seconds = 0;
	struct sockaddr_storage ip = ip_of(from);
	enum guard_result result = guard_check(guard, accounts, account, password, &ip, &seconds);
	if (result == GUARD_LATER)
		CHECK(seconds >= 1 && seconds <= 60);
	return result;
}

static enum guard_result peek(struct guard *guard, const struct accounts *accounts,
			      const char *account, const char *password, const char *from)
{
	struct sockaddr_storage ip = ip_of(from);
	return guard_peek(guard, accounts, account, password, &ip);
}

TEST(passwords_are_checked)
{
	struct guard *guard = new_guard();
	autoaccounts struct accounts *accounts = new_accounts("right");
	autofree char *long_text = xcalloc(600, 1);
	memset(long_text, 'a', 599);

	CHECK_INT(ask(guard, accounts, "alice", "right", "10.0.0.1"), GUARD_OK);
	CHECK_INT(ask(guard, accounts, "alice", "wrong", "10.0.0.1"), GUARD_WRONG);
	CHECK_INT(ask(guard, accounts, "alice", "", "10.0.0.1"), GUARD_WRONG);
	CHECK_INT(ask(guard, accounts, "Alice", "right", "10.0.0.1"), GUARD_WRONG);
	CHECK_INT(ask(guard, accounts, "", "", "10.0.0.1"), GUARD_OK);
	CHECK_INT(ask(guard, accounts, "any", "thing", "10.0.0.1"), GUARD_OK);
	CHECK_INT(ask(guard, accounts, "bad", "x", "10.0.0.1"), GUARD_WRONG);
	CHECK_INT(ask(guard, accounts, "alice", long_text, "10.0.0.1"), GUARD_WRONG);
	CHECK_INT(guard_check(guard, accounts, "alice", "right", NULL, NULL), GUARD_OK);
	guard_free(guard);
}

TEST(what_was_right_is_remembered_for_a_while_and_for_this_hash_only)
{
	struct guard *guard = new_guard();
	autoaccounts struct accounts *accounts = new_accounts("right");
	autoaccounts struct accounts *reloaded = new_accounts("right"); /* another salt */

	CHECK_INT(peek(guard, accounts, "alice", "right", "10.0.0.1"), GUARD_LATER);
	CHECK_INT(ask(guard, accounts, "alice", "right", "10.0.0.1"), GUARD_OK);
	CHECK_INT(peek(guard, accounts, "alice", "right", "10.0.0.1"), GUARD_OK);
	CHECK_INT(peek(guard, accounts, "alice", "right", "10.0.0.2"), GUARD_OK);
	CHECK_INT(peek(guard, accounts, "alice", "Right", "10.0.0.1"), GUARD_LATER);
	CHECK_INT(peek(guard, accounts, "bob", "right", "10.0.0.1"), GUARD_LATER);
	CHECK_INT(peek(guard, reloaded, "alice", "right", "10.0.0.1"), GUARD_LATER);
	CHECK_INT(peek(guard, accounts, "nobody", "right", "10.0.0.1"), GUARD_LATER);
	CHECK_INT(peek(guard, accounts, "", "", "10.0.0.1"), GUARD_OK);
	turn_clock(600001);
	CHECK_INT(peek(guard, accounts, "alice", "right", "10.0.0.1"), GUARD_LATER);
	guard_free(guard);
}

TEST(who_fails_often_waits_longer_and_longer)
{
	struct guard *guard = new_guard();
	autoaccounts struct accounts *accounts = new_accounts("right");
	struct sockaddr_storage ip = ip_of("10.0.0.1");
	static const unsigned delays[] = {1, 2, 4, 8, 16, 32, 60, 60};
	unsigned seconds;

	for (int i = 0; i < 5; i++)
		CHECK_INT(ask(guard, accounts, "alice", "wrong", "10.0.0.1"), GUARD_WRONG);
	for (size_t i = 0; i < ARRAY_LEN(delays); i++) {
		CHECK_INT(guard_check(guard, accounts, "alice", "right", &ip, &seconds),
			  GUARD_LATER); /* even if it is right */
		CHECK_INT(seconds, delays[i]);
		CHECK_INT(ask(guard, accounts, "alice", "right", "10.0.0.2"), GUARD_OK);
		CHECK_INT(peek(guard, accounts, "alice", "right", "10.0.0.1"), GUARD_LATER);
		turn_clock((int64_t)seconds * 1000);
		CHECK_INT(ask(guard, accounts, "alice", "wrong", "10.0.0.1"), GUARD_WRONG);
	}
	CHECK_INT(ask(guard, accounts, "bob", "right", "10.0.0.1"), GUARD_OK);
	turn_clock(60000);
	CHECK_INT(ask(guard, accounts, "alice", "right", "10.0.0.1"), GUARD_OK);
	for (int i = 0; i < 5; i++) /* a success forgets */
		CHECK_INT(ask(guard, accounts, "alice", "wrong", "10.0.0.1"), GUARD_WRONG);
	guard_free(guard);
}

TEST(an_address_that_tries_many_accounts_waits)
{
	struct guard *guard = new_guard();
	autoaccounts struct accounts *accounts = new_accounts("right");
	char name[32];
	int n_wrong = 0;

	CHECK_INT(ask(guard, accounts, "bob", "right", "10.0.0.1"), GUARD_OK);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "user%d", i);
		n_wrong += ask(guard, accounts, name, "guess", "10.0.0.1") == GUARD_WRONG;
		/* One's own account buys no guesses at others. */
		CHECK_INT(ask(guard, accounts, "bob", "right", "10.0.0.1"), GUARD_OK);
	}
	CHECK_INT(n_wrong, 20);
	CHECK_INT(ask(guard, accounts, "alice", "right", "10.0.0.1"), GUARD_LATER);
	CHECK_INT(ask(guard, accounts, "alice", "right", "10.0.0.2"), GUARD_OK);
	/* What is remembered helps neighbours behind the address, but is no oracle: five tries. */
	for (int i = 0; i < 5; i++)
		CHECK_INT(ask(guard, accounts, "bob", "guess", "10.0.0.1"), GUARD_LATER);
	CHECK_INT(ask(guard, accounts, "bob", "right", "10.0.0.1"), GUARD_LATER);
	CHECK_INT(peek(guard, accounts, "bob", "right", "10.0.0.1"), GUARD_LATER);
	CHECK_INT(ask(guard, accounts, "bob", "right", "10.0.0.2"), GUARD_OK);
	guard_free(guard);
}

TEST(a_site_is_one_address)
{
	struct guard *guard = new_guard();
	autoaccounts struct accounts *accounts = new_accounts("right");

	for (int i = 0; i < 5; i++)
		CHECK_INT(ask(guard, accounts, "alice", "wrong", "2001:db8::1"), GUARD_WRONG);
	CHECK_INT(ask(guard, accounts, "alice", "right", "2001:db8::2"), GUARD_LATER);
	CHECK_INT(ask(guard, accounts, "alice", "right", "2001:db8:0:1::2"), GUARD_OK);
	for (int i = 0; i < 5; i++)
		CHECK_INT(ask(guard, accounts, "alice", "wrong", "::ffff:10.0.0.9"), GUARD_WRONG);
	CHECK_INT(ask(guard, accounts, "alice", "right", "10.0.0.9"), GUARD_LATER);
	CHECK_INT(ask(guard, accounts, "alice", "right", "::ffff:10.0.0.10"), GUARD_OK);
	guard_free(guard);
}

TEST(flooding_the_counters_forgives_nobody)
{
	struct failures failures;
	struct tag attacker = {.high = 77, .low = 1};
	uint32_t n;

	failures_init(&failures, 5, 60000, 60000);
	for (int i = 0; i < 20; i++)
		failures_add(&failures, attacker, 1000);
	for (uint64_t i = 2; i < 100000; i++)
		failures_add(&failures, (struct tag){.high = i * 0x9e3779b97f4a7c15, .low = i},
			     1000);
	CHECK(failures_wait(&failures, attacker, 1000, &n) > 0);
	/* Those who came to the full set wait as well: they took a count along. */
	struct tag newcomer = {.high = 77, .low = 2};
	failures_add(&failures, newcomer, 1000);
	failures_wait(&failures, newcomer, 1000, &n);
	CHECK(n > 1);
	/* All is forgotten with time. */
	CHECK(failures_wait(&failures, attacker, 100000000, &n) == 0 && n == 0);
	failures_done(&failures);
}

/* ---- several at once ---- */

#define N_THREADS 12

struct asker {
	struct guard *guard;
	const struct accounts *accounts;
	const char *account;
	char password[16], from[16];
	enum guard_result result;
	pthread_t thread;
};

static void *ask_once(void *arg)
{
	struct asker *asker = arg;
	struct sockaddr_storage ip = ip_of(asker->from);
	unsigned seconds;
	asker->result = guard_check(asker->guard, asker->accounts, asker->account, asker->password,
				    &ip, &seconds);
	return NULL;
}

static void ask_at_once(struct asker askers[N_THREADS])
{
	for (int i = 0; i < N_THREADS; i++)
		CHECK(pthread_create(&askers[i].thread, NULL, ask_once, &askers[i]) == 0);
	for (int i = 0; i < N_THREADS; i++)
		pthread_join(askers[i].thread, NULL);
}

TEST(the_same_right_password_from_many_connections_is_fine)
{
	struct guard *guard = new_guard();
	autoaccounts struct accounts *accounts = new_accounts("right");
	struct asker askers[N_THREADS];

	for (int i = 0; i < N_THREADS; i++)
		askers[i] = (struct asker){guard, accounts, "alice", "right", "10.0.0.1"};
	ask_at_once(askers);
	for (int i = 0; i < N_THREADS; i++)
		CHECK_INT(askers[i].result, GUARD_OK);
	guard_free(guard);
}

TEST(many_guesses_at_once_are_no_more_than_one_after_the_other)
{
	struct guard *guard = new_guard();
	autoaccounts struct accounts *accounts = new_accounts("right");
	struct asker askers[N_THREADS];
	int n_wrong = 0;

	for (int i = 0; i < N_THREADS; i++) {
		askers[i] = (struct asker){guard, accounts, "alice", "", "10.0.0.1"};
		snprintf(askers[i].password, sizeof(askers[i].password), "guess%d", i);
	}
	ask_at_once(askers);
	for (int i = 0; i < N_THREADS; i++)
		n_wrong += askers[i].result == GUARD_WRONG;
	CHECK(n_wrong >= 1 && n_wrong <= 5);
	guard_free(guard);
}

TEST(different_clients_do_not_hinder_each_other)
{
	static const struct guard_options one = {.bcrypt_threads = 1, .now_ms = our_clock};
	struct guard *guard = guard_new(&one);
	autoaccounts struct accounts *accounts = new_accounts("right");
	struct asker askers[N_THREADS];

	for (int i = 0; i < N_THREADS; i++) {
		askers[i] = (struct asker){guard, accounts, i % 2 ? "alice" : "bob", "right", ""};
		snprintf(askers[i].from, sizeof(askers[i].from), "10.0.1.%d", i);
		if (i % 3 == 0)
			snprintf(askers[i].password, sizeof(askers[i].password), "guess%d", i);
	}
	ask_at_once(askers);
	for (int i = 0; i < N_THREADS; i++)
		CHECK_INT(askers[i].result, i % 3 ? GUARD_OK : GUARD_WRONG);
	guard_free(guard);
}

TEST(few_threads_wait_for_passwords_at_once)
{
	static const struct guard_options few = {
		.bcrypt_threads = 1, .max_callers = 2, .now_ms = our_clock};
	struct guard *guard = guard_new(&few);
	autoaccounts struct accounts *accounts = NULL; /* no user: a check takes its full time */
	autoerr struct err err = {0};
	struct asker askers[N_THREADS];
	int n_wrong = 0, n_later = 0;

	CHECK_OK(accounts_new(&(struct accounts_options){0}, &accounts, &err), &err);
	for (int i = 0; i < N_THREADS; i++) {
		askers[i] = (struct asker){guard, accounts, "nobody", "same", ""};
		snprintf(askers[i].from, sizeof(askers[i].from), "10.0.2.%d", i);
	}
	ask_at_once(askers);
	for (int i = 0; i < N_THREADS; i++) {
		n_wrong += askers[i].result == GUARD_WRONG;
		n_later += askers[i].result == GUARD_LATER;
	}
	CHECK_INT(n_wrong + n_later, N_THREADS);
	CHECK(n_wrong > 0 && n_later > 0);
	guard_free(guard);
}
