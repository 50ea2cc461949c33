/* memory.c - shards of chained hash tables, each with its own list of use.
 * SPDX-License-Identifier: Apache-2.0 */
#include "registry/memory.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/random.h"

#include "base/banned.h"

#define SHARDS        16u   /* so that two loops seldom meet at one lock */
#define STRIPES       1024u /* of names that change; a collision only costs a look at the storage */
#define BUCKETS_FIRST 16u   /* a power of two, as every later number */

struct entry {
	struct entry *next;          /* in its bucket */
	struct entry *newer, *older; /* in the order of use */
	struct memory_object *object;
	uint64_t hash;
	size_t cost;
	int64_t until_ns;
	size_t repository_len;
	char key[]; /* repository, NUL, name, NUL */
};

struct shard {
	pthread_mutex_t lock;
	struct entry **buckets;
	size_t n_buckets, n, cost, max_cost;
	struct entry *newest, *oldest;
} __attribute__((aligned(64)));

struct memory {
	struct shard shards[SHARDS];
	uint64_t seed;
	struct {
		unsigned changing; /* under the shard's lock, as the ticket */
		unsigned ticket;
	} stripes[STRIPES];
};

void memory_object_ref(struct memory_object *object)
{
	atomic_fetch_add_explicit(&object->refs, 1, memory_order_relaxed);
}

void memory_object_unref(struct memory_object *object)
{
	if (object && atomic_fetch_sub_explicit(&object->refs, 1, memory_order_acq_rel) == 1)
		object->free(object);
}

struct memory *memory_new(size_t max_cost)
{
	struct memory *memory = aligned_alloc(64, (sizeof(*memory) + 63) / 64 * 64);

	assert(memory);
	memset(memory, 0, sizeof(*memory));
	random_bytes(&memory->seed, sizeof(memory->seed));
	for (size_t i = 0; i < SHARDS; i++) {
		struct shard *shard = &memory->shards[i];
		pthread_mutex_init(&shard->lock, NULL);
		shard->max_cost = max_cost / SHARDS + 1;
		shard->n_buckets = BUCKETS_FIRST;
		shard->buckets = xcalloc(BUCKETS_FIRST, sizeof(struct entry *));
	}
	return memory;
}

/* Multiply and fold over eight bytes at a time (as wyhash does): seeded, and fast on short keys. */
static uint64_t fold(uint64_t a, uint64_t b)
{
	__uint128_t product = (__uint128_t)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t hash_text(uint64_t hash, const char *text, size_t len)
{
	size_t left = len;

	for (; left >= 8; text += 8, left -= 8) {
		uint64_t word;
		memcpy(&word, text, 8);
		hash = fold(hash ^ word, 0x9e3779b97f4a7c15);
	}
	uint64_t word = 0;
	memcpy(&word, text, left);
	return fold(hash ^ word ^ (uint64_t)len << 56, 0xd1342543de82ef95);
}

struct lookup {
	const char *repository, *name;
	size_t repository_len, name_len;
	uint64_t hash;
};

static struct lookup look(const struct memory *memory, const char *repository, const char *name)
{
	struct lookup lookup = {repository, name, strlen(repository), strlen(name), memory->seed};

	lookup.hash = hash_text(lookup.hash, repository, lookup.repository_len);
	lookup.hash = hash_text(lookup.hash, name, lookup.name_len);
	return lookup;
}

static struct shard *shard_of(struct memory *memory, uint64_t hash)
{
	return &memory->shards[hash % SHARDS];
}

/* The same bits choose the shard, so that one lock guards a stripe. */
static size_t stripe_of(uint64_t hash)
{
	_Static_assert(STRIPES % SHARDS == 0, "a stripe belongs to one shard");
	return hash % STRIPES;
}

/* The bits above those that chose the shard. */
static struct entry **bucket_of(const struct shard *shard, uint64_t hash)
{
	return &shard->buckets[hash / SHARDS & (shard->n_buckets - 1)];
}

static struct entry **find(struct shard *shard, const struct lookup *lookup)
{
	struct entry **at = bucket_of(shard, lookup->hash);

	for (; *at; at = &(*at)->next) {
		const struct entry *entry = *at;
		if (entry->hash == lookup->hash &&
		    entry->repository_len == lookup->repository_len &&
		    memcmp(entry->key, lookup->repository, lookup->repository_len + 1) == 0 &&
		    strcmp(entry->key + entry->repository_len + 1, lookup->name) == 0)
			return at;
	}
	return at;
}

static void take_out(struct shard *shard, struct entry *entry)
{
	*(entry->newer ? &entry->newer->older : &shard->newest) = entry->older;
	*(entry->older ? &entry->older->newer : &shard->oldest) = entry->newer;
	entry->newer = entry->older = NULL;
}

static void put_in_front(struct shard *shard, struct entry *entry)
{
	entry->newer = NULL;
	entry->older = shard->newest;
	*(shard->newest ? &shard->newest->newer : &shard->oldest) = entry;
	shard->newest = entry;
}

static void drop(struct shard *shard, struct entry **at)
{
	struct entry *entry = *at;

	*at = entry->next;
	take_out(shard, entry);
	shard->cost -= entry->cost;
	shard->n--;
	memory_object_unref(entry->object);
	free(entry);
}

static void drop_entry(struct shard *shard, struct entry *entry)
{
	struct entry **at = bucket_of(shard, entry->hash);

	while (*at != entry)
		at = &(*at)->next;
	drop(shard, at);
}

static void drop_found(struct shard *shard, const struct lookup *lookup)
{
	struct entry **at = find(shard, lookup);

	if (*at)
		drop(shard, at);
}

static void grow(struct shard *shard)
{
	size_t n_buckets = shard->n_buckets * 2;
	struct entry **buckets = xcalloc(n_buckets, sizeof(struct entry *));

	for (size_t i = 0; i < shard->n_buckets; i++)
		for (struct entry *entry = shard->buckets[i]; entry;) {
			struct entry *next = entry->next;
			struct entry **at = &buckets[entry->hash / SHARDS & (n_buckets - 1)];
			entry->next = *at;
			*at = entry;
			entry = next;
		}
	free(shard->buckets);
	shard->buckets = buckets;
	shard->n_buckets = n_buckets;
}

static void insert(struct shard *shard, const struct lookup *lookup,
		   const struct memory_offer *offer)
{
	size_t size = lookup->repository_len + 1 + lookup->name_len + 1;
	size_t cost = offer->cost;

	drop_found(shard, lookup);
	if (cost > shard->max_cost)
		return;
	while (shard->oldest && shard->cost + cost > shard->max_cost)
		drop_entry(shard, shard->oldest);
	if (shard->n >= shard->n_buckets)
		grow(shard);

	struct entry *entry = xmalloc(sizeof(*entry) + size);
	*entry = (struct entry){.object = offer->object,
				.hash = lookup->hash,
				.cost = cost,
				.until_ns = offer->until_ns,
				.repository_len = lookup->repository_len};
	memcpy(entry->key, lookup->repository, lookup->repository_len + 1);
	memcpy(entry->key + lookup->repository_len + 1, lookup->name, lookup->name_len + 1);
	memory_object_ref(entry->object);
	struct entry **at = bucket_of(shard, lookup->hash);
	entry->next = *at;
	*at = entry;
	put_in_front(shard, entry);
	shard->cost += cost;
	shard->n++;
}

/* A few ms of grain are enough for what is valid for seconds, and five times cheaper. */
static int64_t coarse_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (int64_t)now.tv_sec * NS_PER_SEC + now.tv_nsec;
}

struct memory_object *memory_get(struct memory *memory, const char *repository, const char *name)
{
	struct lookup lookup = look(memory, repository, name);
	struct shard *shard = shard_of(memory, lookup.hash);
	struct memory_object *object = NULL;

	pthread_mutex_lock(&shard->lock);
	struct entry *entry = *find(shard, &lookup);
	if (entry && (entry->until_ns == MEMORY_FOREVER || entry->until_ns > coarse_now_ns())) {
		object = entry->object;
		memory_object_ref(object);
		if (shard->newest != entry) {
			take_out(shard, entry);
			put_in_front(shard, entry);
		}
	}
	pthread_mutex_unlock(&shard->lock);
	return object;
}

unsigned memory_ticket(struct memory *memory, const char *repository, const char *name)
{
	struct lookup lookup = look(memory, repository, name);
	struct shard *shard = shard_of(memory, lookup.hash);

	pthread_mutex_lock(&shard->lock);
	unsigned ticket = memory->stripes[stripe_of(lookup.hash)].ticket;
	pthread_mutex_unlock(&shard->lock);
	return ticket;
}

void memory_put(struct memory *memory, const struct memory_offer *offer)
{
	struct lookup lookup = look(memory, offer->repository, offer->name);
	struct shard *shard = shard_of(memory, lookup.hash);
	size_t stripe = stripe_of(lookup.hash);

	pthread_mutex_lock(&shard->lock);
	if (!memory->stripes[stripe].changing && memory->stripes[stripe].ticket == offer->ticket)
		insert(shard, &lookup, offer);
	pthread_mutex_unlock(&shard->lock);
}

void memory_change_begin(struct memory *memory, const char *repository, const char *name)
{
	struct lookup lookup = look(memory, repository, name);
	struct shard *shard = shard_of(memory, lookup.hash);

	pthread_mutex_lock(&shard->lock);
	memory->stripes[stripe_of(lookup.hash)].changing++;
	memory->stripes[stripe_of(lookup.hash)].ticket++;
	drop_found(shard, &lookup);
	pthread_mutex_unlock(&shard->lock);
}

void memory_change_end(struct memory *memory, const struct memory_offer *offer)
{
	struct lookup lookup = look(memory, offer->repository, offer->name);
	struct shard *shard = shard_of(memory, lookup.hash);

	pthread_mutex_lock(&shard->lock);
	memory->stripes[stripe_of(lookup.hash)].changing--;
	memory->stripes[stripe_of(lookup.hash)].ticket++;
	if (offer->object)
		insert(shard, &lookup, offer);
	pthread_mutex_unlock(&shard->lock);
}

void memory_forget(struct memory *memory, const char *repository, const char *name)
{
	memory_change_begin(memory, repository, name);
	memory_change_end(memory, &(struct memory_offer){.repository = repository, .name = name});
}

void memory_forget_name(struct memory *memory, const char *name)
{
	for (size_t i = 0; i < SHARDS; i++) {
		struct shard *shard = &memory->shards[i];
		pthread_mutex_lock(&shard->lock);
		for (size_t stripe = i; stripe < STRIPES; stripe += SHARDS)
			memory->stripes[stripe].ticket++;
		for (struct entry *entry = shard->newest; entry;) {
			struct entry *older = entry->older;
			if (strcmp(entry->key + entry->repository_len + 1, name) == 0)
				drop_entry(shard, entry);
			entry = older;
		}
		pthread_mutex_unlock(&shard->lock);
	}
}

void memory_visit(struct memory *memory,
		  void (*told)(const char *repository, const char *name,
			       struct memory_object *object, void *arg),
		  void *arg)
{
	for (size_t i = 0; i < SHARDS; i++) {
		struct shard *shard = &memory->shards[i];
		pthread_mutex_lock(&shard->lock);
		for (struct entry *entry = shard->newest; entry; entry = entry->older)
			told(entry->key, entry->key + entry->repository_len + 1, entry->object,
			     arg);
		pthread_mutex_unlock(&shard->lock);
	}
}

size_t memory_cost(struct memory *memory)
{
	size_t cost = 0;

	for (size_t i = 0; i < SHARDS; i++) {
		pthread_mutex_lock(&memory->shards[i].lock);
		cost += memory->shards[i].cost;
		pthread_mutex_unlock(&memory->shards[i].lock);
	}
	return cost;
}

void memory_free(struct memory *memory)
{
	if (!memory)
		return;
	for (size_t i = 0; i < SHARDS; i++) {
		struct shard *shard = &memory->shards[i];
		while (shard->oldest)
			drop_entry(shard, shard->oldest);
		free(shard->buckets);
		pthread_mutex_destroy(&shard->lock);
	}
	free(memory);
}
