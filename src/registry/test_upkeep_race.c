/* test_upkeep_race.c - pushes, deletes, mounts and pulls while the collector, the verifier and the
 * walk go round without a pause.
 * SPDX-License-Identifier: Apache-2.0
 *
 * What must hold: a manifest that was acknowledged and not deleted has all its parts readable, and
 * a tag leads where the last acknowledged push put it. A push may be refused because a layer was
 * taken away before it (the grace is nothing here): then the client pushes the layers again. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/reader.h"
#include "registry/test_registry_fixture.h"
#include "testing/test.h"

#define PUSHERS      3
#define KEPT         6 /* manifests a pusher keeps alive */
#define SHARED       5 /* layers that all of them use */
#define REPOSITORIES 2
#define ROUNDS_MAX   20 /* times the rounds that are asked for */

struct race {
	struct rig rig;
	int rounds;
	atomic_bool is_over;
	atomic_int faults, refused, pushed, removed;
	char fault[512]; /* the first */
};

struct image {
	char repository[16], tag[32];
	struct digest digest, config, layer;
	bool is_live;
};

struct pusher {
	struct race *race;
	int id, round;
	struct image images[KEPT];
};

static void fault(struct race *race, const struct image *image, const char *what,
		  const struct err *err)
{
	if (atomic_fetch_add(&race->faults, 1) == 0)
		snprintf(race->fault, sizeof(race->fault), "%s:%s: %s: %s", image->repository,
			 image->tag, what, err ? err_text(err) : "");
}

static struct digest push_blob(struct race *race, const char *repository, const char *text)
{
	struct digest digest = digest_of_bytes(text, strlen(text));
	struct storage *storage = race->rig.storage;
	struct upload *upload = NULL;
	autoerr struct err err = {0};

	if (storage->ops->upload_start(storage, repository, HASH_SHA256, &upload, &err) ||
	    storage->ops->upload_write(upload, text, strlen(text), &err) ||
	    registry_blob_commit(race->rig.registry, repository, upload, &digest, &err)) {
		struct image image = {0};
		fault(race, &image, "pushing a blob", &err);
	}
	storage->ops->upload_close(upload);
	return digest;
}

static bool put(struct race *race, struct image *image, const char *text)
{
	struct manifest_put put = {.repository = image->repository,
				   .reference = image->tag,
				   .content_type = OCI_MANIFEST,
				   .bytes = str_of(text),
				   .may_rewrite_tags = true};
	struct manifest_put_result result = {0};
	autoproblems struct problems problems = {0};
	autoerr struct err err = {0};

	if (registry_manifest_put(race->rig.registry, &put, &result, &problems, &err) == 0) {
		strlist_done(&result.tags);
		return true;
	}
	if (problems.items[0].code != PROBLEM_MANIFEST_BLOB_UNKNOWN)
		fault(race, image, problem_name(problems.items[0].code), &err);
	atomic_fetch_add(&race->refused, 1);
	return false;
}

/* A config of its own, a layer that others push, mount and lose at the same time. */
static void push(struct pusher *pusher, struct image *image)
{
	struct race *race = pusher->race;
	autofree char *config = xasprintf("{\"by\":%d,\"round\":%d}", pusher->id, pusher->round);
	autofree char *layer =
		xasprintf("shared layer %d", (pusher->round * 7 + pusher->id) % SHARED);
	autofree char *other = xasprintf("r%d", (pusher->round + 1) % REPOSITORIES);
	bool done = false;

	*image = (struct image){.is_live = true};
	snprintf(image->repository, sizeof(image->repository), "r%d", pusher->round % REPOSITORIES);
	snprintf(image->tag, sizeof(image->tag), "t%d-%d", pusher->id, pusher->round % 4);
	while (!done && !atomic_load(&race->faults)) {
		autoerr struct err err = {0};
		image->config = push_blob(race, image->repository, config);
		image->layer = digest_of_bytes(layer, strlen(layer));
		if (registry_blob_mount(race->rig.registry, image->repository, other, &image->layer,
					NULL, NULL, &err))
			push_blob(race, image->repository, layer);
		autofree char *text = image_text(&image->config, strlen(config), &image->layer,
						 strlen(layer), "");
		image->digest = digest_of_bytes(text, strlen(text));
		done = put(race, image, text);
	}
	atomic_fetch_add(&race->pushed, 1);
}

static void check_blob(struct race *race, const struct image *image, const struct digest *digest)
{
	const struct blob_file *file = NULL;
	autoreader struct reader *reader = NULL;
	autofree char *bytes = NULL;
	autoerr struct err err = {0};

	if (registry_blob_open(race->rig.registry, image->repository, digest, &file, &err)) {
		fault(race, image, "a part is gone", &err);
		return;
	}
	bytes = xmalloc(file->size);
	struct storage *storage = race->rig.storage;
	if (storage->ops->blob_reader(storage, digest, 0, file->size, &reader, &err) ||
	    reader_read_full(reader, bytes, file->size, &err)) {
		fault(race, image, "a part cannot be read", &err);
	} else {
		struct digest real = digest_of_bytes(bytes, file->size);
		if (!digest_eq(&real, digest))
			fault(race, image, "a part has other bytes", NULL);
	}
	blob_file_release(file);
}

static void check(struct pusher *pusher, const struct image *image)
{
	struct race *race = pusher->race;
	const struct manifest_view *view = NULL;
	autoerr struct err err = {0};

	if (registry_manifest_get(race->rig.registry, image->repository, image->tag, &view, &err)) {
		fault(race, image, "the tag is gone", &err);
		return;
	}
	if (!digest_eq(&view->digest, &image->digest))
		fault(race, image, "the tag is at another manifest", NULL);
	manifest_view_release(view);
	check_blob(race, image, &image->config);
	check_blob(race, image, &image->layer);
}

static void drop(struct pusher *pusher, struct image *image)
{
	autoproblems struct problems problems = {0};
	autoerr struct err err = {0};

	if (registry_manifest_delete(pusher->race->rig.registry, image->repository, &image->digest,
				     &problems, &err))
		fault(pusher->race, image, "deleting", &err);
	image->is_live = false;
}

/* The tag of an older image of ours moves to the new one: the older is nobody's then. */
static void forget_moved(struct pusher *pusher, const struct image *now)
{
	for (int i = 0; i < KEPT; i++) {
		struct image *image = &pusher->images[i];
		if (image != now && image->is_live && text_eq(image->tag, now->tag) &&
		    text_eq(image->repository, now->repository))
			image->is_live = false;
	}
}

/* Until the collector has had its share, too: on a busy machine it may come late. */
static bool goes_on(struct race *race, int round)
{
	bool is_enough = round >= race->rounds && atomic_load(&race->removed);

	return !atomic_load(&race->faults) && !is_enough && round < race->rounds * ROUNDS_MAX;
}

static void *push_on(void *arg)
{
	struct pusher *pusher = arg;
	struct race *race = pusher->race;

	for (; goes_on(race, pusher->round); pusher->round++) {
		struct image *image = &pusher->images[pusher->round % KEPT];
		if (image->is_live && pusher->round % 3 == 0)
			drop(pusher, image);
		push(pusher, image);
		forget_moved(pusher, image);
		for (int i = 0; i < KEPT; i++)
			if (pusher->images[i].is_live && !atomic_load(&race->faults))
				check(pusher, &pusher->images[i]);
	}
	return NULL;
}

static void *collect_on(void *arg)
{
	struct race *race = arg;

	for (int i = 0; !atomic_load(&race->is_over); i++) {
		struct gc_options options = {.untagged = i % 2, .grace_ns = i % 3 ? 0 : 1000000};
		struct gc_result result = {0};
		struct image image = {0};
		autoerr struct err err = {0};
		if (registry_collect(race->rig.registry, &options, &result, &err))
			fault(race, &image, "collecting", &err);
		atomic_fetch_add(&race->removed, (int)result.removed_blobs);
	}
	return NULL;
}

static void *verify_on(void *arg)
{
	struct race *race = arg;

	while (!atomic_load(&race->is_over)) {
		struct verify_options options = {0};
		struct verify_result result = {0};
		struct walk_result walked = {0};
		struct image image = {0};
		autoerr struct err err = {0};
		if (registry_verify(race->rig.registry, &options, &result, &err) ||
		    registry_walk(race->rig.registry, &walked, &err))
			fault(race, &image, "verifying", &err);
		if (result.corrupt)
			fault(race, &image, "something sound was called corrupt", NULL);
		usleep(2000); /* or the collector, which waits for the walk, gets no turn */
	}
	return NULL;
}

static void run(bool on_disk, int rounds)
{
	struct race race = {.rig = rig_open(on_disk), .rounds = rounds};
	struct pusher pushers[PUSHERS] = {0};
	pthread_t threads[PUSHERS], collector, verifier;

	CHECK(pthread_create(&collector, NULL, collect_on, &race) == 0);
	CHECK(pthread_create(&verifier, NULL, verify_on, &race) == 0);
	for (int i = 0; i < PUSHERS; i++) {
		pushers[i].race = &race;
		pushers[i].id = i;
		CHECK(pthread_create(&threads[i], NULL, push_on, &pushers[i]) == 0);
	}
	for (int i = 0; i < PUSHERS; i++)
		pthread_join(threads[i], NULL);
	atomic_store(&race.is_over, true);
	pthread_join(collector, NULL);
	pthread_join(verifier, NULL);
	for (int i = 0; i < PUSHERS; i++)
		for (int k = 0; k < KEPT; k++)
			if (pushers[i].images[k].is_live && !race.faults)
				check(&pushers[i], &pushers[i].images[k]);
	CHECK_STR(race.fault, "");
	CHECK(race.pushed >= PUSHERS * rounds);
	CHECK(race.removed > 0); /* the collector was not idle */

	/* After all that the index is as the tree. */
	struct walk_result walked = {0};
	autoerr struct err err = {0};
	CHECK_OK(registry_walk(race.rig.registry, &walked, &err), &err);
	CHECK_INT((long long)(walked.added + walked.removed), 0);
	rig_close(&race.rig);
}

TEST(pushes_survive_the_collector_in_memory)
{
	run(false, 120);
}

TEST(pushes_survive_the_collector_on_disk)
{
	run(true, 25);
}
