/* token_memory.c - a set-associative table in shards, each under its own lock.
 * SPDX-License-Identifier: Apache-2.0 */
#include "api/token_memory.h"

#include <pthread.h>

#include "api/limits.h"
#include "base/hash.h"

#include "base/banned.h"

#define N_SHARDS 16
#define N_WAYS   8
#define N_SETS   (LIMIT_KNOWN_TOKENS / N_SHARDS / N_WAYS)
#define KEY_SIZE 32

struct place {
	uint8_t key[KEY_SIZE];
	struct known_token *token; /* NULL: free */
	uint64_t used_at;          /* the shard's clock */
};
struct shard {
	pthread_mutex_t lock;
	uint64_t clock;
	struct place sets[N_SETS][N_WAYS];
};
struct token_memory {
	struct shard shards[N_SHARDS];
};

struct known_token *known_token_ref(struct known_token *token)
{
	atomic_fetch_add_explicit(&token->refs, 1, memory_order_relaxed);
	return token;
}

void known_token_unref(struct known_token *token)
{
	if (!token || atomic_fetch_sub_explicit(&token->refs, 1, memory_order_acq_rel) > 1)
		return;
	subject_done(&token->subject);
	free(token);
}

struct token_memory *token_memory_new(void)
{
	struct token_memory *memory = xcalloc(1, sizeof(*memory));

	for (size_t i = 0; i < N_SHARDS; i++)
		pthread_mutex_init(&memory->shards[i].lock, NULL);
	return memory;
}

void token_memory_free(struct token_memory *memory)
{
	if (!memory)
		return;
	for (size_t i = 0; i < N_SHARDS; i++) {
		struct shard *shard = &memory->shards[i];
		for (size_t set = 0; set < N_SETS; set++)
			for (size_t way = 0; way < N_WAYS; way++)
				known_token_unref(shard->sets[set][way].token);
		pthread_mutex_destroy(&shard->lock);
	}
	free(memory);
}

static void key_of(struct str text, uint8_t out[HASH_MAX_SIZE])
{
	autohash struct hash *hash = hash_new(HASH_SHA256);

	hash_update(hash, text.ptr, text.len);
	hash_final(hash, out);
}

static struct shard *shard_of(struct token_memory *memory, const uint8_t *key)
{
	return &memory->shards[key[0] % N_SHARDS];
}

static struct place *set_of(struct shard *shard, const uint8_t *key)
{
	return shard->sets[key[1] % N_SETS];
}

static bool is_expired(const struct known_token *token, int64_t now_s)
{
	return now_s >= token->subject.expires_at;
}

struct known_token *token_memory_get(struct token_memory *memory, struct str text, int64_t now_s)
{
	uint8_t key[HASH_MAX_SIZE];
	struct known_token *found = NULL;

	key_of(text, key);
	struct shard *shard = shard_of(memory, key);
	struct place *set = set_of(shard, key);
	pthread_mutex_lock(&shard->lock);
	for (size_t way = 0; way < N_WAYS && !found; way++) {
		if (!set[way].token || memcmp(set[way].key, key, KEY_SIZE) != 0 ||
		    is_expired(set[way].token, now_s))
			continue;
		set[way].used_at = ++shard->clock;
		found = known_token_ref(set[way].token);
	}
	pthread_mutex_unlock(&shard->lock);
	return found;
}

/* The place of that key, else a free or expired one, else the least recently used. */
static struct place *choose(struct place *set, const uint8_t *key, int64_t now_s)
{
	struct place *best = &set[0];

	for (size_t way = 0; way < N_WAYS; way++)
		if (set[way].token && !memcmp(set[way].key, key, KEY_SIZE))
			return &set[way];
	for (size_t way = 0; way < N_WAYS; way++) {
		if (!set[way].token || is_expired(set[way].token, now_s))
			return &set[way];
		if (set[way].used_at < best->used_at)
			best = &set[way];
	}
	return best;
}

struct known_token *token_memory_put(struct token_memory *memory, struct str text,
				     struct subject *subject, bool is_own, int64_t now_s)
{
	uint8_t key[HASH_MAX_SIZE];
	struct known_token *token = xcalloc(1, sizeof(*token));

	token->subject = steal(subject);
	token->is_own = is_own;
	atomic_init(&token->refs, 2); /* the memory's and the caller's */
	if (token->subject.accesses.n > LIMIT_KNOWN_TOKEN_SCOPES) {
		known_token_unref(token);
		return token;
	}
	key_of(text, key);
	struct shard *shard = shard_of(memory, key);
	pthread_mutex_lock(&shard->lock);
	struct place *place = choose(set_of(shard, key), key, now_s);
	struct known_token *old = place->token;
	memcpy(place->key, key, KEY_SIZE);
	place->token = token;
	place->used_at = ++shard->clock;
	pthread_mutex_unlock(&shard->lock);
	known_token_unref(old);
	return token;
}
