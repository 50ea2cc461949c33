/* test_walk_faults.c - walks that are disturbed, and collections after them: nothing is lost.
 * SPDX-License-Identifier: Apache-2.0 */
#include "registry/upkeep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "registry/test_registry_fixture.h"
#include "registry/test_storage_memory.h"
#include "testing/test.h"

/* A storage whose questions fail a few times, told apart by their place in the table. */
struct trap {
	struct storage_ops ops; /* the first member: found by storage->ops */
	const struct storage_ops *real;
	enum err_kind kind;
	int n_left;
};

static struct trap *trap_of(struct storage *storage)
{
	return (struct trap *)storage->ops;
}

static int trapped(struct trap *trap, struct err *err)
{
	if (trap->n_left <= 0)
		return 0;
	trap->n_left--;
	errno = EMFILE;
	return trap->kind == ERR_SYSTEM ? err_sys(err, "trapped")
					: err_set(err, trap->kind, "trapped");
}

static int trap_has_layer(struct storage *storage, const char *repository,
			  const struct digest *digest, bool *ret_has, struct err *err)
{
	struct trap *trap = trap_of(storage);

	return trapped(trap, err)
		       ? -1
		       : trap->real->has_layer(storage, repository, digest, ret_has, err);
}

static int trap_get_revision(struct storage *storage, const char *repository,
			     const struct digest *digest, char **ret_media_type, struct err *err)
{
	struct trap *trap = trap_of(storage);

	return trapped(trap, err)
		       ? -1
		       : trap->real->get_revision(storage, repository, digest, ret_media_type, err);
}

static int trap_get_tag(struct storage *storage, const char *repository, const char *tag,
			struct digest *ret_digest, struct err *err)
{
	struct trap *trap = trap_of(storage);

	return trapped(trap, err) ? -1
				  : trap->real->get_tag(storage, repository, tag, ret_digest, err);
}

static void trap_set(struct trap *trap, struct storage *storage, enum err_kind kind)
{
	*trap = (struct trap){*storage->ops, storage->ops, kind, 1};
	storage->ops = &trap->ops;
}

static void trap_take_out(struct trap *trap, struct storage *storage)
{
	storage->ops = trap->real;
}

/* An image in "r" whose index is lost. */
static struct rig rig_without_index(struct digest *ret_image)
{
	struct rig rig = rig_open(false);

	*ret_image = rig_push_image(&rig, "r", "t", "layer");
	rig_stop(&rig);
	CHECK(unlinkat(rig.dirfd, "index.db", 0) == 0);
	rig_start(&rig);
	return rig;
}

static void collect_all(struct rig *rig)
{
	const struct gc_options options = {.untagged = true, .grace_ns = 0};
	struct gc_result result;
	autoerr struct err err = {0};

	CHECK_OK(registry_collect(rig->registry, &options, &result, &err), &err);
}

static void check_whole(struct rig *rig, const struct digest *image)
{
	struct digest layer = digest_of_bytes("layer", 5), config = digest_of_bytes("{}", 2);

	CHECK(rig_has_manifest(rig, "r", image->text));
	CHECK(rig_has_manifest(rig, "r", "t"));
	CHECK(rig_has_blob(rig, "r", &layer));
	CHECK(rig_has_blob(rig, "r", &config));
}

TEST(a_manifest_that_comes_back_during_the_walk_is_taken_in)
{
	struct digest image;
	autorig struct rig rig = rig_without_index(&image);
	struct walk_result result;
	autoerr struct err err = {0};
	struct trap trap;

	trap_set(&trap, rig.storage, ERR_MISSING); /* deleted; and pushed again: */
	trap.ops.get_revision = trap_get_revision;
	CHECK_OK(registry_walk(rig.registry, &result, &err), &err);
	CHECK_INT(trap.n_left, 0);
	trap_take_out(&trap, rig.storage);
	collect_all(&rig);
	check_whole(&rig, &image);
}

TEST(a_walk_that_could_not_look_at_everything_is_no_walk)
{
	for (int i = 0; i < 3; i++) {
		struct digest image;
		autorig struct rig rig = rig_without_index(&image);
		struct walk_result result;
		autoerr struct err err = {0};
		struct trap trap;

		trap_set(&trap, rig.storage, ERR_SYSTEM);
		trap.ops.has_layer = i == 0 ? trap_has_layer : trap.ops.has_layer;
		trap.ops.get_revision = i == 1 ? trap_get_revision : trap.ops.get_revision;
		trap.ops.get_tag = i == 2 ? trap_get_tag : trap.ops.get_tag;
		CHECK(registry_walk(rig.registry, &result, &err) == -1);
		CHECK_INT(err.sys_errno, EMFILE);
		CHECK_INT(trap.n_left, 0);
		CHECK(!registry_is_walked(rig.registry));
		trap_take_out(&trap, rig.storage);
		collect_all(&rig);
		check_whole(&rig, &image);
	}
}

TEST(verification_without_an_index_walks_first)
{
	struct digest image, layer = digest_of_bytes("layer", 5);
	autorig struct rig rig = rig_without_index(&image);
	struct verify_result result;
	autoerr struct err err = {0};

	storage_memory_damage(rig.storage, &layer);
	CHECK_OK(registry_verify(rig.registry, &(struct verify_options){0}, &result, &err), &err);
	CHECK_INT((long long)result.blobs, 3);
	CHECK_INT((long long)result.corrupt, 1);
}

/* Memory that knew a link as needed does not answer for it when its manifest is long gone. */
TEST(a_look_at_the_link_of_a_deleted_manifest_keeps_it)
{
	autorig struct rig rig = rig_open(false);
	struct digest layer = digest_of_bytes("layer", 5);

	rig_stop(&rig);
	rig.grace_ns = NS_PER_SEC * 2 / 5;
	rig_start(&rig);
	struct digest image = rig_push_image(&rig, "r", "t", "layer");
	CHECK(rig_has_blob(&rig, "r", &layer));
	CHECK_INT(rig_delete(&rig, "r", image.text), PROBLEM_NONE);
	for (int i = 0; i < 6; i++) {
		const struct gc_options options = {.grace_ns = -1};
		struct gc_result result;
		autoerr struct err err = {0};
		usleep(120 * 1000);
		CHECK(rig_has_blob(&rig, "r", &layer));
		CHECK_OK(registry_collect(rig.registry, &options, &result, &err), &err);
	}
	CHECK(rig_has_blob(&rig, "r", &layer));
}
