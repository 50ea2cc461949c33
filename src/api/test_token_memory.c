/* test_token_memory.c - tokens are known until they end, and only so many.
 * SPDX-License-Identifier: Apache-2.0 */
#include "api/token_memory.h"

#include "api/limits.h"
#include "testing/test.h"

static struct known_token *put(struct token_memory *memory, const char *text, int64_t expires_at)
{
	struct subject subject = {.account = xstrdup(text), .expires_at = expires_at};

	return token_memory_put(memory, str_of(text), &subject, true, 0);
}

TEST(a_token_is_known_until_it_ends)
{
	struct token_memory *memory = token_memory_new();

	CHECK(!token_memory_get(memory, STR("a"), 0));
	known_token_unref(put(memory, "a", 100));
	struct known_token *known = token_memory_get(memory, STR("a"), 99);
	CHECK(known != NULL);
	CHECK_STR(known->subject.account, "a");
	CHECK(!token_memory_get(memory, STR("a"), 100));
	CHECK(!token_memory_get(memory, STR("b"), 0));
	token_memory_free(memory);
	CHECK_STR(known->subject.account, "a"); /* who has it keeps it */
	known_token_unref(known);
}

TEST(the_same_token_is_kept_once)
{
	struct token_memory *memory = token_memory_new();

	known_token_unref(put(memory, "a", 100));
	known_token_unref(put(memory, "a", 200));
	struct known_token *known = token_memory_get(memory, STR("a"), 150);
	CHECK(known != NULL);
	known_token_unref(known);
	token_memory_free(memory);
}

TEST(only_so_many_are_kept_and_what_is_used_stays)
{
	struct token_memory *memory = token_memory_new();
	size_t n_known = 0;

	known_token_unref(put(memory, "used", 100));
	for (int i = 0; i < 3 * (int)LIMIT_KNOWN_TOKENS; i++) {
		autofree char *text = xasprintf("token %d", i);
		known_token_unref(put(memory, text, 100));
		struct known_token *used = token_memory_get(memory, STR("used"), 0);
		CHECK(used != NULL);
		known_token_unref(used);
	}
	for (int i = 0; i < 3 * (int)LIMIT_KNOWN_TOKENS; i++) {
		autofree char *text = xasprintf("token %d", i);
		struct known_token *known = token_memory_get(memory, str_of(text), 0);
		n_known += known != NULL;
		known_token_unref(known);
	}
	CHECK(n_known <= LIMIT_KNOWN_TOKENS);
	CHECK(n_known > LIMIT_KNOWN_TOKENS / 2);
	token_memory_free(memory);
}

TEST(what_is_large_is_not_kept)
{
	struct token_memory *memory = token_memory_new();
	struct subject subject = {.account = xstrdup("a"), .expires_at = 100};

	for (unsigned i = 0; i <= LIMIT_KNOWN_TOKEN_SCOPES; i++) {
		autofree char *name = xasprintf("a/%u", i);
		access_vec_add(&subject.accesses, "repository", name, "pull");
	}
	struct known_token *large = token_memory_put(memory, STR("a"), &subject, true, 0);
	CHECK_STR(large->subject.account, "a");
	CHECK(!token_memory_get(memory, STR("a"), 0));
	known_token_unref(large);
	token_memory_free(memory);
}
