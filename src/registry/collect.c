/* collect.c - garbage, found by the index and removed while pushes go on.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   manifest  no tag, no index, no subject holds it      → removed (only when asked for)
 *   link      no manifest of the repository needs it     → removed after the grace
 *   blob      no link, no manifest, no part of one       → condemned → after the grace → dead →
 * gone
 *
 * Whoever needs a link again gives it a new date (blobs.c); a link makes its blob live again. Each
 * removal is alone with its digest (pins.h) and asks the index again before it begins, and a push
 * pins what it counts on before it looks: so either the push sees the thing gone, or the collector
 * sees it needed. A dead blob is one whose removal began: the next round ends it. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "registry/index_collect.h"
#include "registry/registry_private.h"
#include "registry/upkeep.h"

#include "base/banned.h"

#define BATCH_THINGS 200u

struct collector {
	struct registry *registry;
	struct index_file *index; /* the registry's, or a copy of it for a dry run */
	const struct gc_options *options;
	struct gc_result *result;
	int64_t grace_ns;
	struct map busy;    /* repositories with uploads that have not ended */
	struct map touched; /* repositories that may be empty now */
};

static void tell(const struct collector *collector, enum gc_word word,
		 const struct index_thing *thing, const char *why)
{
	if (collector->options->told)
		collector->options->told(word, thing->repository ? thing->repository : "",
					 &thing->digest, thing->size, why, collector->options->arg);
}

static bool is_dry(const struct collector *collector)
{
	return collector->options->dry_run;
}

static int64_t grace_cut(const struct collector *collector)
{
	return clock_now_ns() - collector->grace_ns;
}

/* Asked behind each question to the index that a removal rests on: an index that was made anew in
 * the middle of a round does not know what is needed. */
static int check_walked(const struct collector *collector, struct err *err)
{
	return registry_is_walked(collector->registry)
		       ? 0
		       : err_set(err, ERR_SYSTEM, "the index changed its file: a walk comes first");
}

static int stop_asked(const struct collector *collector, struct err *err)
{
	return registry_should_stop(collector->registry) ? err_set(err, ERR_SYSTEM, "stopped") : 0;
}

/* Manifests. */

static struct index_cuts manifest_cuts(const struct collector *collector)
{
	int64_t now_ns = clock_now_ns();

	return (struct index_cuts){now_ns - collector->options->older_than_ns,
				   now_ns - collector->grace_ns};
}

/* cosign's tags, and the tag of referrers: attached to what they name by their own name. */
static int remove_attached_tags(struct registry *registry, const char *repository,
				const struct digest *subject, struct err *err)
{
	static const char *const suffixes[] = {"", ".sig", ".att", ".sbom"};

	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		struct str rest = str_of(subject->text);
		struct str algo = str_cut(&rest, ':');
		autofree char *tag =
			xasprintf("%.*s-%.64s%s", STR_ARG(algo), rest.ptr, suffixes[i]);
		memory_change_begin(registry->tags, repository, tag);
		int failed = STORE(registry, remove_tag, repository, tag, NULL, err);
		registry_set_tag(registry, repository, tag, NULL);
		if (failed && err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
		if (failed)
			continue;
		struct index_txn *txn = index_begin(registry->index);
		index_remove_tag(txn, repository, tag, clock_now_ns());
		registry_end_change(registry, txn);
	}
	return 0;
}

static int remove_manifest(struct collector *collector, const struct index_thing *thing,
			   bool *ret_removed, struct err *err)
{
	struct registry *registry = collector->registry;
	const struct index_cuts cuts = manifest_cuts(collector);
	bool is_unheld = false;

	HOLD_ALONE(registry, thing->repository);
	registry_flush_pulls(registry); /* somebody may just have looked at it */
	if (index_is_unheld(collector->index, thing->repository, &thing->digest, &cuts, &is_unheld,
			    err) ||
	    check_walked(collector, err))
		return -1;
	*ret_removed = is_unheld;
	if (!is_unheld)
		return 0;
	if (registry_take_manifest(registry, thing->repository, &thing->digest, err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
	}
	return remove_attached_tags(registry, thing->repository, &thing->digest, err);
}

static int pretend_manifest(struct collector *collector, const struct index_thing *thing,
			    bool *ret_removed, struct err *err)
{
	struct index_txn *txn = index_begin(collector->index);

	index_remove_manifest(txn, thing->repository, &thing->digest, clock_now_ns());
	*ret_removed = true;
	return index_end(txn, err);
}

static int collect_manifest(struct collector *collector, const struct index_thing *thing,
			    struct err *err)
{
	bool removed = false;

	if (stop_asked(collector, err))
		return -1;
	if (is_dry(collector) ? pretend_manifest(collector, thing, &removed, err)
			      : remove_manifest(collector, thing, &removed, err))
		return -1;
	if (!removed)
		return 0;
	collector->result->removed_manifests++;
	map_set(&collector->touched, thing->repository, collector);
	tell(collector, GC_REMOVES_MANIFEST, thing, "no tag, index or subject holds it");
	return 0;
}

static int manifests_once(struct collector *collector, struct err *err)
{
	int64_t after_id = 0;
	int failed = 0;
	size_t n;

	do {
		struct index_things things = {0};
		const struct index_cuts cuts = manifest_cuts(collector);
		failed = index_unheld_manifests(collector->index, after_id, &cuts, BATCH_THINGS,
						&things, err);
		for (size_t i = 0; i < things.n && !failed; i++) {
			failed = collect_manifest(collector, &things.items[i], err);
			after_id = things.items[i].id;
		}
		n = things.n;
		index_things_done(&things);
	} while (!failed && n == BATCH_THINGS);
	return failed;
}

/* What an index or a subject held is free when that is gone: until nothing changes. */
static int collect_manifests(struct collector *collector, struct err *err)
{
	uint64_t before;

	do {
		before = collector->result->removed_manifests;
		if (manifests_once(collector, err))
			return -1;
	} while (collector->result->removed_manifests != before);
	return 0;
}

/* Links. */

static int unlink_alone(struct collector *collector, const struct index_thing *thing,
			bool *ret_removed, struct err *err)
{
	struct registry *registry = collector->registry;
	struct index_link link = {0};

	if (index_find_link(registry->index, thing->repository, &thing->digest, &link, err) ||
	    check_walked(collector, err))
		return -1;
	if (!link.is_known || link.is_needed || link.since_ns > grace_cut(collector))
		return 0;
	if (STORE(registry, drop_layer, thing->repository, &thing->digest, err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
	}
	*ret_removed = true;
	struct index_txn *txn = index_begin(registry->index);
	index_remove_link(txn, thing->repository, &thing->digest);
	registry_end_change(registry, txn);
	return 0;
}

static int remove_link(struct collector *collector, const struct index_thing *thing,
		       bool *ret_removed, struct err *err)
{
	struct registry *registry = collector->registry;
	const struct memory_offer nothing = {.repository = thing->repository,
					     .name = thing->digest.text};

	if (!pin_try_alone(&registry->pins, &thing->digest))
		return 0;
	memory_change_begin(registry->sizes, thing->repository, thing->digest.text);
	memory_change_begin(registry->files, thing->repository, thing->digest.text);
	int failed = unlink_alone(collector, thing, ret_removed, err);
	memory_change_end(registry->sizes, &nothing);
	memory_change_end(registry->files, &nothing);
	pin_end_alone(&registry->pins, &thing->digest);
	return failed;
}

static int collect_link(struct collector *collector, const struct index_thing *thing,
			struct err *err)
{
	bool removed = false;

	if (stop_asked(collector, err))
		return -1;
	if (map_has(&collector->busy, thing->repository))
		return 0;
	if (is_dry(collector)) {
		struct index_txn *txn = index_begin(collector->index);
		index_remove_link(txn, thing->repository, &thing->digest);
		removed = true;
		if (index_end(txn, err))
			return -1;
	} else if (remove_link(collector, thing, &removed, err)) {
		return -1;
	}
	if (!removed)
		return 0;
	collector->result->removed_links++;
	map_set(&collector->touched, thing->repository, collector);
	tell(collector, GC_REMOVES_LINK, thing, "no manifest of the repository refers to it");
	return 0;
}

static int collect_links(struct collector *collector, struct err *err)
{
	struct index_thing last = {0};
	int failed = 0;
	size_t n;

	do {
		struct index_things things = {0};
		failed = index_unneeded_links(collector->index, &last, grace_cut(collector),
					      BATCH_THINGS, &things, err);
		for (size_t i = 0; i < things.n && !failed; i++)
			failed = collect_link(collector, &things.items[i], err);
		if (things.n)
			last = things.items[things.n - 1];
		last.repository = NULL;
		n = things.n;
		index_things_done(&things);
	} while (!failed && n == BATCH_THINGS);
	return failed;
}

/* Blobs. */

static int change_state(struct collector *collector, const struct digest *digest,
			void (*change)(struct index_txn *txn, const struct digest *digest),
			struct err *err)
{
	struct index_txn *txn = index_begin(collector->index);

	change(txn, digest);
	return index_end(txn, err);
}

static void condemn_now(struct index_txn *txn, const struct digest *digest)
{
	index_condemn_blob(txn, digest, clock_now_ns());
}

/* The index is asked again now that nobody else can change what it says of this digest. */
static int remove_alone(struct collector *collector, const struct index_thing *thing,
			bool *ret_removed, struct err *err)
{
	struct registry *registry = collector->registry;
	struct index_thing now = {0};
	bool is_unneeded = false;

	if (index_is_unneeded(registry->index, &thing->digest, &now, &is_unneeded, err) ||
	    check_walked(collector, err))
		return -1;
	if (!is_unneeded || !now.is_condemned)
		return 0;
	if (change_state(collector, &thing->digest, index_kill_blob, err))
		return -1;
	if (STORE(registry, blob_remove, &thing->digest, err)) {
		if (err->kind != ERR_MISSING)
			return -1;
		err_clear(err);
	}
	*ret_removed = true;
	return change_state(collector, &thing->digest, index_remove_blob, err);
}

static int remove_blob(struct collector *collector, const struct index_thing *thing,
		       struct err *err)
{
	struct registry *registry = collector->registry;
	bool removed = is_dry(collector);
	int failed = 0;

	if (!is_dry(collector)) {
		if (!pin_try_alone(&registry->pins, &thing->digest))
			return 0;
		failed = remove_alone(collector, thing, &removed, err);
		pin_end_alone(&registry->pins, &thing->digest);
	}
	if (removed) {
		collector->result->removed_blobs++;
		collector->result->removed_bytes += thing->size;
		tell(collector, GC_REMOVES_BLOB, thing, "nothing needs it");
	}
	return failed;
}

static int condemn_alone(struct collector *collector, const struct index_thing *thing,
			 bool *ret_condemned, struct err *err)
{
	struct index_thing now = {0};
	bool is_unneeded = false;

	if (index_is_unneeded(collector->index, &thing->digest, &now, &is_unneeded, err))
		return -1;
	if (!is_unneeded || now.is_condemned)
		return 0;
	*ret_condemned = true;
	return change_state(collector, &thing->digest, condemn_now, err);
}

static int condemn_blob(struct collector *collector, const struct index_thing *thing,
			struct err *err)
{
	struct pins *pins = &collector->registry->pins;
	bool condemned = false;

	if (!pin_try_alone(pins, &thing->digest)) /* a push is about to need it */
		return 0;
	int failed = condemn_alone(collector, thing, &condemned, err);
	pin_end_alone(pins, &thing->digest);
	if (failed || !condemned)
		return failed;
	collector->result->condemned++;
	tell(collector, GC_CONDEMNS, thing, "nothing needs it");
	return collector->grace_ns ? 0 : remove_blob(collector, thing, err);
}

static int collect_blob(struct collector *collector, const struct index_thing *thing,
			struct err *err)
{
	if (stop_asked(collector, err))
		return -1;
	if (!thing->is_condemned)
		return condemn_blob(collector, thing, err);
	if (thing->is_dead || thing->condemned_at_ns <= grace_cut(collector))
		return remove_blob(collector, thing, err);
	tell(collector, GC_KEEPS, thing, "condemned, and not for long enough");
	return 0;
}

static int collect_blobs(struct collector *collector, struct err *err)
{
	struct digest last = {0};
	int failed = 0;
	size_t n;

	do {
		struct index_things things = {0};
		failed = index_unneeded_blobs(collector->index, &last, BATCH_THINGS, &things, err);
		for (size_t i = 0; i < things.n && !failed; i++)
			failed = collect_blob(collector, &things.items[i], err);
		if (things.n)
			last = things.items[things.n - 1].digest;
		n = things.n;
		index_things_done(&things);
	} while (!failed && n == BATCH_THINGS);
	return failed;
}

static int revive_blobs(struct collector *collector, struct err *err)
{
	struct index_things things = {0};
	int failed = index_needed_again(collector->index, &things, err);

	for (size_t i = 0; i < things.n && !failed; i++) {
		failed = change_state(collector, &things.items[i].digest, index_revive_blob, err);
		tell(collector, GC_REVIVES, &things.items[i], "it is needed again");
	}
	index_things_done(&things);
	return failed;
}

/* The round. */

static void note_upload(const char *repository, const char *id, void *arg)
{
	struct collector *collector = arg;

	(void)id;
	map_set(&collector->busy, repository, collector);
}

/* An upload that has not ended may belong to an image whose other layers are there already: its
 * repository's links wait, however long it takes. Abandoned ones are purged by age. */
static int find_uploads(struct collector *collector, struct err *err)
{
	return collector->grace_ns ? STORE(collector->registry, upload_purge, INT64_MAX, true,
					   note_upload, collector, err)
				   : 0;
}

static void prune_touched(struct collector *collector)
{
	const char *repository;
	void *value;

	if (is_dry(collector))
		return;
	for (size_t i = 0; map_next(&collector->touched, &i, &repository, &value);) {
		HOLD_ALONE(collector->registry, repository);
		registry_prune(collector->registry, repository);
	}
}

static int run(struct collector *collector, struct err *err)
{
	registry_flush_pulls(collector->registry);
	int failed = find_uploads(collector, err) ||
		     (collector->options->untagged && collect_manifests(collector, err)) ||
		     collect_links(collector, err) || revive_blobs(collector, err) ||
		     collect_blobs(collector, err);
	prune_touched(collector);
	map_done(&collector->busy);
	map_done(&collector->touched);
	return failed ? -1 : 0;
}

/* A walk comes first: what the index does not know would look like garbage. */
static int collect_held(struct collector *collector, struct err *err)
{
	struct registry *registry = collector->registry;
	struct index_file *copy = NULL;
	struct registry_counts counts = {0};
	struct walk_result walked;

	if (!registry_is_walked(registry) && registry_walk_held(registry, &walked, err))
		return -1;
	registry_flush_pulls(registry);
	if (is_dry(collector) && index_file_copy(registry->index, &copy, err))
		return -1;
	collector->index = copy ? copy : registry->index;
	int failed = index_count(collector->index, &counts, err) || run(collector, err);
	collector->result->blobs = counts.blobs;
	index_file_close(copy);
	return failed ? -1 : 0;
}

int registry_collect(struct registry *registry, const struct gc_options *options,
		     struct gc_result *ret_result, struct err *err)
{
	struct gc_result result = {0};
	struct collector collector = {
		.registry = registry,
		.options = options,
		.result = &result,
		.grace_ns = options->grace_ns < 0 ? registry->grace_ns : options->grace_ns,
	};

	pthread_mutex_lock(&registry->upkeep);
	int failed = collect_held(&collector, err);
	pthread_mutex_unlock(&registry->upkeep);
	*ret_result = result;
	return failed;
}

int registry_why(struct registry *registry, const struct digest *digest,
		 struct strlist *ret_reasons, struct err *err)
{
	if (registry_ensure_walked(registry, err))
		return -1;
	return index_reasons(registry->index, digest, ret_reasons, err);
}

/* Counting goes through whole tables: it may cost a twentieth of the time, no more. */
#define COUNT_PART 20

int registry_count(struct registry *registry, struct registry_counts *ret_counts, struct err *err)
{
	int failed = 0;

	pthread_mutex_lock(&registry->count_lock);
	int64_t start_ns = clock_monotonic_ns();
	if (start_ns >= registry->count_after_ns) {
		failed = index_count(registry->index, &registry->counts, err);
		int64_t cost_ns = clock_monotonic_ns() - start_ns;
		registry->count_after_ns =
			cost_ns > NS_PER_SEC / 1000 ? start_ns + COUNT_PART * cost_ns : 0;
	}
	if (!failed)
		*ret_counts = registry->counts;
	pthread_mutex_unlock(&registry->count_lock);
	ret_counts->manifest_hits = atomic_load(&registry->hits);
	ret_counts->manifest_misses = atomic_load(&registry->misses);
	return failed;
}
