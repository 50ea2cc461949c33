/* test_upkeep.c - walking, collecting and verifying, step by step.
 * SPDX-License-Identifier: Apache-2.0 */
#include "registry/upkeep.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/io.h"
#include "registry/test_registry_fixture.h"
#include "registry/test_storage_memory.h"
#include "testing/test.h"

#define HOUR_NS (3600 * NS_PER_SEC)

static struct gc_result collect(struct rig *rig, struct gc_options options)
{
	struct gc_result result = {0};
	autoerr struct err err = {0};

	CHECK_OK(registry_collect(rig->registry, &options, &result, &err), &err);
	return result;
}

static bool is_stored(struct rig *rig, const struct digest *digest)
{
	autoerr struct err why = {0};
	uint64_t size;

	return rig->storage->ops->blob_stat(rig->storage, digest, &size, &why) == 0;
}

static struct digest text_digest(const char *text)
{
	return digest_of_bytes(text, strlen(text));
}

TEST(a_collection_keeps_what_manifests_need)
{
	for (int on_disk = 0; on_disk < 2; on_disk++) {
		autorig struct rig rig = rig_open(on_disk);
		struct digest image = rig_push_image(&rig, "r", "t", "layer");
		struct digest loose = rig_push_blob(&rig, "r", "loose");
		struct gc_result result = collect(&rig, (struct gc_options){.grace_ns = 0});

		CHECK_INT((long long)result.removed_links, 1);
		CHECK_INT((long long)result.removed_blobs, 1);
		CHECK_INT((long long)result.removed_bytes, 5);
		CHECK_INT((long long)result.blobs, 4);
		CHECK(!is_stored(&rig, &loose));
		CHECK(!rig_has_blob(&rig, "r", &loose));
		CHECK(rig_has_manifest(&rig, "r", image.text));
		struct digest layer = text_digest("layer");
		CHECK(rig_has_blob(&rig, "r", &layer));
		rig_push_blob(&rig, "r", "loose");
		CHECK(rig_has_blob(&rig, "r", &loose));
	}
}

TEST(fresh_links_are_younger_than_the_grace)
{
	autorig struct rig rig = rig_open(false);
	struct digest loose = rig_push_blob(&rig, "r", "loose");
	struct gc_result result = collect(&rig, (struct gc_options){.grace_ns = HOUR_NS});

	CHECK_INT((long long)result.removed_links, 0);
	CHECK_INT((long long)result.condemned, 0);
	CHECK(rig_has_blob(&rig, "r", &loose));
}

TEST(a_deleted_image_is_condemned_then_removed)
{
	autorig struct rig rig = rig_open(false);
	struct digest image = rig_push_image(&rig, "r", "t", "layer");
	struct digest layer = text_digest("layer");
	const int64_t grace_ns = NS_PER_SEC / 5;

	CHECK_INT(rig_delete(&rig, "r", image.text), PROBLEM_NONE);
	struct gc_result first = collect(&rig, (struct gc_options){.grace_ns = grace_ns});
	CHECK_INT((long long)first.condemned, 1); /* the manifest; the links are fresh */
	CHECK_INT((long long)first.removed_links, 0);
	usleep(250 * 1000);
	struct gc_result second = collect(&rig, (struct gc_options){.grace_ns = grace_ns});
	CHECK_INT((long long)second.removed_links, 2);
	CHECK_INT((long long)second.condemned, 2);
	CHECK_INT((long long)second.removed_blobs, 1);
	CHECK(is_stored(&rig, &layer));
	usleep(250 * 1000);
	struct gc_result third = collect(&rig, (struct gc_options){.grace_ns = grace_ns});
	CHECK_INT((long long)third.removed_blobs, 2);
	CHECK(!is_stored(&rig, &layer));
	autofree char *tags = rig_tags(&rig, "r");
	CHECK_STR(tags, "missing");
}

TEST(a_push_revives_what_was_condemned)
{
	autorig struct rig rig = rig_open(false);
	const int64_t grace_ns = NS_PER_SEC / 10;
	struct digest image = rig_push_image(&rig, "r", "t", "layer");
	struct digest layer = text_digest("layer");

	CHECK_INT(rig_delete(&rig, "r", image.text), PROBLEM_NONE);
	usleep(120 * 1000);
	CHECK_INT((long long)collect(&rig, (struct gc_options){.grace_ns = grace_ns}).condemned, 3);
	rig_push_image(&rig, "r", "t", "layer");
	usleep(120 * 1000);
	struct gc_result result = collect(&rig, (struct gc_options){.grace_ns = grace_ns});
	CHECK_INT((long long)result.removed_blobs, 0);
	CHECK(rig_has_blob(&rig, "r", &layer));
	struct registry_counts counts;
	autoerr struct err err = {0};
	CHECK_OK(registry_count(rig.registry, &counts, &err), &err);
	CHECK_INT((long long)counts.condemned, 0);
	CHECK_INT((long long)counts.blobs, 3);
	CHECK_INT((long long)counts.repositories, 1);
}

TEST(a_look_at_a_link_keeps_it)
{
	autorig struct rig rig = rig_open(false);
	rig_stop(&rig);
	rig.grace_ns = NS_PER_SEC / 5;
	rig_start(&rig);
	struct digest loose = rig_push_blob(&rig, "r", "loose");

	for (int i = 0; i < 4; i++) {
		usleep(120 * 1000);
		CHECK(rig_has_blob(&rig, "r", &loose));
		collect(&rig, (struct gc_options){.grace_ns = -1});
	}
	CHECK(rig_has_blob(&rig, "r", &loose));
	usleep(250 * 1000);
	collect(&rig, (struct gc_options){.grace_ns = -1});
	CHECK(!rig_has_blob(&rig, "r", &loose));
}

TEST(an_upload_that_has_not_ended_keeps_its_repository)
{
	for (int on_disk = 0; on_disk < 2; on_disk++) {
		autorig struct rig rig = rig_open(on_disk);
		struct digest loose = rig_push_blob(&rig, "r", "first layer");
		struct upload *upload = NULL;
		autoerr struct err err = {0};

		CHECK_OK(rig.storage->ops->upload_start(rig.storage, "r", HASH_SHA256, &upload,
							&err),
			 &err);
		CHECK_OK(rig.storage->ops->upload_write(upload, "x", 1, &err), &err);
		rig.storage->ops->upload_close(upload);
		usleep(2000);
		collect(&rig, (struct gc_options){.grace_ns = 1000});
		CHECK(rig_has_blob(&rig, "r", &loose));
	}
}

TEST(children_and_referrers_stay_with_what_holds_them)
{
	autorig struct rig rig = rig_open(false);
	autofree char *text = rig_image(&rig, "r", "one");
	struct digest child = text_digest(text);
	rig_put(&rig, "r", child.text, text, NULL);
	autofree char *all = index_text(&child, strlen(text), "");
	struct digest index = rig_put(&rig, "r", "all", all, OCI_INDEX);

	struct digest config = rig_push_blob(&rig, "r", "{}"),
		      layer = rig_push_blob(&rig, "r", "s");
	autofree char *subject =
		xasprintf(",\"subject\":{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%zu}",
			  OCI_INDEX, index.text, strlen(all));
	autofree char *signature = image_text(&config, 2, &layer, 1, subject);
	struct digest referrer = text_digest(signature);
	rig_put(&rig, "r", referrer.text, signature, NULL);
	struct digest lone = rig_push_image(&rig, "r", "lone", "two");
	CHECK_INT(rig_delete(&rig, "r", "lone"), PROBLEM_NONE);

	const struct gc_options options = {.untagged = true, .grace_ns = 0};
	struct gc_result result = collect(&rig, options);
	CHECK_INT((long long)result.removed_manifests, 1);
	CHECK(!rig_has_manifest(&rig, "r", lone.text));
	CHECK(rig_has_manifest(&rig, "r", child.text));
	CHECK(rig_has_manifest(&rig, "r", referrer.text));

	CHECK_INT(rig_delete(&rig, "r", "all"), PROBLEM_NONE);
	result = collect(&rig, options);
	CHECK_INT((long long)result.removed_manifests, 3);
	autofree char *catalog = rig_catalog(&rig);
	CHECK_STR(catalog, "");
	struct registry_counts counts;
	autoerr struct err err = {0};
	CHECK_OK(registry_count(rig.registry, &counts, &err), &err);
	CHECK_INT((long long)counts.blobs, 0);
}

TEST(signatures_in_tags_go_with_their_subject_only)
{
	autorig struct rig rig = rig_open(false);
	struct digest image = rig_push_image(&rig, "r", "t", "one");
	autofree char *tag = xasprintf("sha256-%s.sig", digest_hex(&image));
	rig_push_image(&rig, "r", tag, "signature");
	rig_push_image(&rig, "elsewhere", tag, "signature");

	collect(&rig, (struct gc_options){.untagged = true});
	CHECK(rig_has_manifest(&rig, "r", tag));
	CHECK_INT(rig_delete(&rig, "r", "t"), PROBLEM_NONE);
	struct gc_result result = collect(&rig, (struct gc_options){.untagged = true});
	CHECK_INT((long long)result.removed_manifests, 2);
	CHECK(!rig_has_manifest(&rig, "r", tag));
	CHECK(rig_has_manifest(&rig, "elsewhere", tag));
}

TEST(untagged_manifests_have_their_age)
{
	autorig struct rig rig = rig_open(false);
	struct digest image = rig_push_image(&rig, "r", "t", "one");

	CHECK_INT(rig_delete(&rig, "r", "t"), PROBLEM_NONE);
	CHECK_INT((long long)collect(
			  &rig, (struct gc_options){.untagged = true, .older_than_ns = HOUR_NS})
			  .removed_manifests,
		  0);
	CHECK_INT(
		(long long)collect(&rig, (struct gc_options){.untagged = true, .grace_ns = HOUR_NS})
			.removed_manifests,
		0);
	CHECK(rig_has_manifest(&rig, "r", image.text));
}

static void count_told(enum gc_word word, const char *repository, const struct digest *digest,
		       uint64_t size, const char *why, void *arg)
{
	((int *)arg)[word]++;
	CHECK(why && why[0]);
}

TEST(a_dry_run_tells_everything_and_touches_nothing)
{
	autorig struct rig rig = rig_open(false);
	struct digest image = rig_push_image(&rig, "r", "t", "one");
	int told[GC_REMOVES_LINK + 1] = {0};

	CHECK_INT(rig_delete(&rig, "r", "t"), PROBLEM_NONE);
	struct gc_result result = collect(
		&rig, (struct gc_options){
			      .dry_run = true, .untagged = true, .told = count_told, .arg = told});
	CHECK_INT((long long)result.removed_manifests, 1);
	CHECK_INT((long long)result.removed_links, 2);
	CHECK_INT((long long)result.removed_blobs, 3);
	CHECK_INT(told[GC_REMOVES_MANIFEST], 1);
	CHECK_INT(told[GC_REMOVES_BLOB], 3);
	CHECK(rig_has_manifest(&rig, "r", image.text));
	CHECK(is_stored(&rig, &image));
	struct registry_counts counts;
	autoerr struct err err = {0};
	CHECK_OK(registry_count(rig.registry, &counts, &err), &err);
	CHECK_INT((long long)counts.blobs, 3);
	CHECK_INT((long long)counts.condemned, 0);
}

TEST(a_removal_that_failed_is_ended_by_the_next_round)
{
	autorig struct rig rig = rig_open(false);
	struct digest loose = rig_push_blob(&rig, "r", "loose");
	struct gc_options options = {.grace_ns = 0};
	struct gc_result result = {0};
	autoerr struct err err = {0};

	collect(&rig, (struct gc_options){.grace_ns = HOUR_NS}); /* walked */
	storage_memory_fail_after(rig.storage, 1);               /* the link goes, the blob stays */
	CHECK(registry_collect(rig.registry, &options, &result, &err) < 0);
	CHECK(is_stored(&rig, &loose));
	storage_memory_fail_after(rig.storage, -1);
	rig_stop(&rig);
	rig_start(&rig);
	options.grace_ns = HOUR_NS;
	err_clear(&err);
	CHECK_OK(registry_collect(rig.registry, &options, &result, &err), &err);
	CHECK_INT((long long)result.removed_blobs, 1);
	CHECK(!is_stored(&rig, &loose));
}

TEST(it_tells_why_something_is_kept)
{
	autorig struct rig rig = rig_open(false);
	struct digest image = rig_push_image(&rig, "team/app", "1.0", "one");
	struct digest layer = text_digest("one");
	autostrlist struct strlist of_image = {0}, of_layer = {0}, of_nothing = {0};
	autoerr struct err err = {0};

	CHECK_OK(registry_why(rig.registry, &image, &of_image, &err), &err);
	CHECK_STR(of_image.items[0], "tag team/app:1.0");
	CHECK_OK(registry_why(rig.registry, &layer, &of_layer, &err), &err);
	CHECK_INT((long long)of_layer.n, 1);
	autofree char *want = xasprintf("layer of team/app@%s", image.text);
	CHECK_STR(of_layer.items[0], want);
	struct digest nothing = text_digest("nothing");
	CHECK_OK(registry_why(rig.registry, &nothing, &of_nothing, &err), &err);
	CHECK_INT((long long)of_nothing.n, 0);
}

TEST(verification_puts_damage_aside_and_a_push_repairs_it)
{
	autorig struct rig rig = rig_open(false);
	struct digest image = rig_push_image(&rig, "r", "t", "layer");
	struct digest layer = text_digest("layer");
	struct verify_options options = {0};
	struct verify_result result = {0};
	autoerr struct err err = {0};

	CHECK(rig_has_blob(&rig, "r", &layer));
	CHECK_OK(registry_verify(rig.registry, &options, &result, &err), &err);
	CHECK_INT((long long)result.blobs, 3);
	CHECK_INT((long long)result.corrupt, 0);
	storage_memory_damage(rig.storage, &layer);
	CHECK_OK(registry_verify(rig.registry, &options, &result, &err), &err);
	CHECK_INT((long long)result.corrupt, 1);
	CHECK_INT((long long)storage_memory_quarantined(rig.storage), 1);
	CHECK(!rig_has_blob(&rig, "r", &layer));
	rig_push_blob(&rig, "r", "layer");
	CHECK(rig_has_blob(&rig, "r", &layer));
	CHECK(rig_has_manifest(&rig, "r", image.text));

	options.not_since_ns =
		clock_now_ns() - HOUR_NS; /* what was verified lately is passed over */
	CHECK_OK(registry_verify(rig.registry, &options, &result, &err), &err);
	CHECK_INT((long long)result.blobs, 1);
}

TEST(verification_keeps_to_its_rate)
{
	autorig struct rig rig = rig_open(false);
	struct verify_options options = {.bytes_per_second = 100};
	struct verify_result result = {0};
	autoerr struct err err = {0};

	rig_push_blob(&rig, "r", "twenty bytes of data");
	int64_t start_ns = clock_monotonic_ns();
	CHECK_OK(registry_verify(rig.registry, &options, &result, &err), &err);
	CHECK(clock_monotonic_ns() - start_ns >= NS_PER_SEC / 5);
}

TEST(a_walk_takes_in_what_another_program_wrote)
{
	autorig struct rig rig = rig_open(false);
	autofree char *text = rig_image(&rig, "r", "one");
	struct digest digest = rig_put(&rig, "r", "a", text, NULL);
	struct walk_result result = {0};
	autoerr struct err err = {0};

	CHECK(!registry_is_walked(rig.registry));
	CHECK_OK(registry_walk(rig.registry, &result, &err), &err);
	CHECK(registry_is_walked(rig.registry));
	CHECK_INT((long long)(result.added + result.removed), 0);
	CHECK_INT((long long)result.blobs, 3);

	storage_memory_set_tag(rig.storage, "r", "b", &digest);
	CHECK_OK(rig.storage->ops->remove_tag(rig.storage, "r", "a", NULL, &err), &err);
	CHECK_OK(rig.storage->ops->link_layer(rig.storage, "new", &digest, &err), &err);
	CHECK_OK(registry_walk(rig.registry, &result, &err), &err);
	CHECK_INT((long long)result.added, 2);
	CHECK_INT((long long)result.removed, 1);
	autofree char *tags = rig_tags(&rig, "r");
	CHECK_STR(tags, "b");
	CHECK(!rig_has_manifest(&rig, "r", "a"));
	CHECK_OK(registry_walk(rig.registry, &result, &err), &err);
	CHECK_INT((long long)(result.added + result.removed), 0);
}

/* The same questions get the same answers, whatever became of the index. */
static char *answers(struct rig *rig, const struct digest *subject)
{
	autofree char *tags = rig_tags(rig, "r"), *other = rig_tags(rig, "s");
	autofree char *catalog = rig_catalog(rig), *referrers = rig_referrers(rig, "r", subject);

	return xasprintf("%s|%s|%s|%s", tags, other, catalog, referrers);
}

static void overwrite(int dirfd, const char *name, const char *text, size_t len)
{
	autoerr struct err err = {0};

	CHECK_OK(file_write_at(dirfd, name, text, len, 0600, FILE_NO_SYNC, &err), &err);
}

static void remove_index(int dirfd)
{
	CHECK(unlinkat(dirfd, "index.db", 0) == 0);
}

static void fill_index(int dirfd)
{
	overwrite(dirfd, "index.db", "this is no database at all, is it?", 34);
}

static void empty_index(int dirfd)
{
	overwrite(dirfd, "index.db", "", 0);
}

static void cut_index(int dirfd)
{
	autoclose int fd = openat(dirfd, "index.db", O_WRONLY);
	CHECK(ftruncate(fd, 4096) == 0);
}

static void scribble_index(int dirfd)
{
	char noise[4096];

	memset(noise, 0xa5, sizeof(noise));
	autoclose int fd = openat(dirfd, "index.db", O_RDWR);
	off_t end = lseek(fd, 0, SEEK_END);
	for (off_t at = 4096; at < end; at += (off_t)sizeof(noise))
		CHECK(pwrite(fd, noise, sizeof(noise), at) == (ssize_t)sizeof(noise));
}

static void age_index(int dirfd)
{
	autoclose int fd = openat(dirfd, "index.db", O_RDWR);
	CHECK(pwrite(fd, "\0\0\0\x63", 4, 60) == 4); /* user_version */
}

static void block_index(int dirfd)
{
	CHECK(unlinkat(dirfd, "index.db", 0) == 0);
	CHECK(mkdirat(dirfd, "index.db", 0700) == 0);
	CHECK(unlinkat(dirfd, "index.db.damaged", 0) == 0); /* of the breaks before */
	CHECK(mkdirat(dirfd, "index.db.damaged", 0700) == 0);
	CHECK(mkdirat(dirfd, "index.db.damaged/full", 0700) == 0);
}

TEST(a_broken_index_is_made_anew_with_the_same_answers)
{
	static void (*const breaks[])(int dirfd) = {remove_index, fill_index, empty_index,
						    cut_index,    age_index,  scribble_index,
						    block_index};
	autorig struct rig rig = rig_open(false);
	struct digest subject = rig_push_image(&rig, "r", "a", "one");
	struct digest config = rig_push_blob(&rig, "r", "{}"),
		      layer = rig_push_blob(&rig, "r", "s");
	autofree char *extra =
		xasprintf(",\"subject\":{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":1}",
			  OCI_MANIFEST, subject.text);
	autofree char *signature = image_text(&config, 2, &layer, 1, extra);
	rig_put(&rig, "r", "sig", signature, NULL);
	rig_push_image(&rig, "s", "b", "two");
	autofree char *want = answers(&rig, &subject);

	for (size_t i = 0; i < ARRAY_LEN(breaks); i++) {
		struct walk_result walked = {0};
		autoerr struct err err = {0};
		rig_stop(&rig);
		breaks[i](rig.dirfd);
		rig_start(&rig);
		autofree char *before = answers(&rig, &subject);
		CHECK_STR(before, want);
		CHECK_OK(registry_walk(rig.registry, &walked, &err), &err);
		autofree char *after = answers(&rig, &subject);
		CHECK_STR(after, want);
		/* Everything counts as fresh: nothing is taken away. */
		struct gc_result result =
			collect(&rig, (struct gc_options){.untagged = true, .grace_ns = HOUR_NS});
		CHECK_INT((long long)(result.removed_links + result.removed_manifests), 0);
	}
}

TEST(an_index_that_breaks_while_it_is_used_is_made_anew)
{
	autorig struct rig rig = rig_open(false);
	for (int i = 0; i < 60; i++) {
		autofree char *tag = xasprintf("t%02d", i);
		rig_push_image(&rig, "r", tag, tag);
	}
	rig_push_image(&rig, "s", "b", "two");
	struct digest nobody = text_digest("nobody");
	autofree char *want = answers(&rig, &nobody);
	rig_stop(&rig);
	rig_start(&rig);
	/* Behind the checks of the start: all but the roots, which they look at. */
	scribble_index(rig.dirfd);
	autofree char *got = answers(&rig, &nobody);
	CHECK_STR(got, want);
	rig_push_image(&rig, "s", "c", "three");
	autofree char *tags = rig_tags(&rig, "s");
	CHECK_STR(tags, "b c");
	collect(&rig, (struct gc_options){.grace_ns = 0});
	CHECK(rig_has_manifest(&rig, "r", "t59"));
	struct digest layer = text_digest("t59");
	CHECK(rig_has_blob(&rig, "r", &layer));
}

TEST(pulls_are_noted)
{
	autorig struct rig rig = rig_open(false);
	struct digest image = rig_push_image(&rig, "r", "t", "one");

	CHECK_INT(rig_delete(&rig, "r", "t"), PROBLEM_NONE);
	usleep(60 * 1000);
	CHECK(rig_has_manifest(&rig, "r", image.text));
	struct gc_result result =
		collect(&rig, (struct gc_options){.untagged = true, .grace_ns = NS_PER_SEC / 25});
	CHECK_INT((long long)result.removed_manifests, 0);
	usleep(60 * 1000);
	result = collect(&rig, (struct gc_options){.untagged = true, .grace_ns = NS_PER_SEC / 25});
	CHECK_INT((long long)result.removed_manifests, 1);
}
