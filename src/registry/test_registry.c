/* test_registry.c - pushing, pulling, listing and deleting as clients see it, on both storages.
 * SPDX-License-Identifier: Apache-2.0 */
#include "registry/registry.h"

#include <stdlib.h>

#include "base/buf.h"
#include "registry/index.h"
#include "registry/limits.h"
#include "registry/test_registry_fixture.h"
#include "registry/test_storage_memory.h"
#include "testing/test.h"

TEST(a_pushed_manifest_comes_back_byte_for_byte)
{
	autorig struct rig rig = rig_open(false);
	autofree char *text = rig_image(&rig, "team/app", "layer one");
	struct digest digest = rig_put(&rig, "team/app", "1.0", text, NULL);
	autoerr struct err err = {0};
	const struct manifest_view *view = NULL;

	CHECK_OK(registry_manifest_get(rig.registry, "team/app", "1.0", &view, &err), &err);
	CHECK(str_is(view->bytes, text));
	CHECK_STR(view->media_type, OCI_MANIFEST);
	autofree char *fields = xasprintf("Content-Type: %s\r\nDocker-Content-Digest: %s\r\n"
					  "ETag: \"%s\"\r\n",
					  OCI_MANIFEST, digest.text, digest.text);
	CHECK_STR(view->fields.ptr, fields);
	manifest_view_release(view);

	view = registry_manifest_peek(rig.registry, "team/app", "1.0");
	CHECK(view && str_is(view->bytes, text));
	manifest_view_release(view);
	CHECK(!registry_manifest_peek(rig.registry, "team/other", digest.text));
	CHECK(!rig_has_manifest(&rig, "team/other", digest.text));
}

TEST(what_a_manifest_refers_to_must_be_in_its_repository)
{
	autorig struct rig rig = rig_open(false);
	struct digest config = rig_push_blob(&rig, "team/app", "{}");
	struct digest layer = rig_push_blob(&rig, "team/other", "layer");
	autofree char *text = image_text(&config, 2, &layer, 5, "");

	CHECK_INT(rig_try_put(&rig, "team/app", "1.0", text, NULL), PROBLEM_MANIFEST_BLOB_UNKNOWN);
	CHECK(!rig_has_manifest(&rig, "team/app", "1.0"));
	rig_push_blob(&rig, "team/app", "layer");
	CHECK_INT(rig_try_put(&rig, "team/app", "1.0", text, NULL), PROBLEM_NONE);
}

TEST(every_missing_part_is_told)
{
	autorig struct rig rig = rig_open(false);
	struct digest config = digest_of_bytes("a", 1), layer = digest_of_bytes("b", 1);
	autofree char *text = image_text(&config, 1, &layer, 1, "");
	struct manifest_put put = {.repository = "r",
				   .reference = "t",
				   .bytes = str_of(text),
				   .may_rewrite_tags = true};
	struct manifest_put_result result = {0};
	autoproblems struct problems problems = {0};
	autoerr struct err err = {0};

	CHECK(registry_manifest_put(rig.registry, &put, &result, &problems, &err) < 0);
	CHECK_INT((long long)problems.n, 2);
	autofree char *detail = xasprintf("{\"digest\":\"%s\"}", layer.text);
	CHECK_STR(problems.items[1].detail, detail);
}

TEST(sizes_of_descriptors_are_checked)
{
	autorig struct rig rig = rig_open(false);
	struct digest config = rig_push_blob(&rig, "r", "{}");
	struct digest layer = rig_push_blob(&rig, "r", "layer");
	autofree char *text = image_text(&config, 2, &layer, 6, "");

	CHECK_INT(rig_try_put(&rig, "r", "t", text, NULL), PROBLEM_SIZE_INVALID);
}

TEST(a_put_by_digest_must_match_in_either_algorithm)
{
	autorig struct rig rig = rig_open(false);
	autofree char *text = rig_image(&rig, "r", "layer");
	struct digest wrong = digest_of_bytes("x", 1);
	autohash struct hash *hash = hash_new(HASH_SHA512);

	hash_update(hash, text, strlen(text));
	struct digest long_one = digest_of_hash(hash, HASH_SHA512);
	CHECK_INT(rig_try_put(&rig, "r", wrong.text, text, NULL), PROBLEM_DIGEST_INVALID);
	CHECK_INT(rig_try_put(&rig, "r", long_one.text, text, NULL), PROBLEM_NONE);
	CHECK(rig_has_manifest(&rig, "r", long_one.text));
	struct digest short_one = digest_of_bytes(text, strlen(text));
	CHECK(!rig_has_manifest(&rig, "r", short_one.text));
}

TEST(an_index_needs_its_children_unless_it_may_be_sparse)
{
	autorig struct rig rig = rig_open(false);
	struct digest child = digest_of_bytes("nobody", 6);
	autofree char *text = index_text(&child, 6, "");

	CHECK_INT(rig_try_put(&rig, "r", "all", text, OCI_INDEX), PROBLEM_MANIFEST_BLOB_UNKNOWN);
	rig_stop(&rig);
	rig.sparse_indexes = true;
	rig_start(&rig);
	CHECK_INT(rig_try_put(&rig, "r", "all", text, OCI_INDEX), PROBLEM_NONE);
}

TEST(tags_move_and_the_last_one_wins)
{
	autorig struct rig rig = rig_open(false);
	struct digest one = rig_push_image(&rig, "r", "t", "one");
	struct digest two = rig_push_image(&rig, "r", "t", "two");
	autoerr struct err err = {0};
	const struct manifest_view *view = NULL;

	CHECK_OK(registry_manifest_get(rig.registry, "r", "t", &view, &err), &err);
	CHECK_STR(view->digest.text, two.text);
	manifest_view_release(view);
	CHECK(rig_has_manifest(&rig, "r", one.text));
	autofree char *tags = rig_tags(&rig, "r");
	CHECK_STR(tags, "t");
}

TEST(many_tags_come_with_one_put)
{
	autorig struct rig rig = rig_open(false);
	autofree char *text = rig_image(&rig, "r", "layer");
	autostrlist struct strlist tags = {0};
	struct manifest_put_result result = {0};
	autoproblems struct problems problems = {0}, refused = {0};
	autoerr struct err err = {0};

	for (int i = 0; i < 12; i++)
		strlist_addf(&tags, "t%02d", i);
	struct digest digest = digest_of_bytes(text, strlen(text));
	struct manifest_put put = {.repository = "r",
				   .reference = digest.text,
				   .bytes = str_of(text),
				   .tags = &tags,
				   .may_rewrite_tags = true};
	CHECK_OK(registry_manifest_put(rig.registry, &put, &result, &problems, &err), &err);
	CHECK_INT((long long)result.tags.n, 12);
	strlist_done(&result.tags);
	CHECK(rig_has_manifest(&rig, "r", "t11"));

	for (unsigned i = 0; i < LIMIT_TAGS_AT_ONCE; i++)
		strlist_addf(&tags, "more%u", i);
	CHECK(registry_manifest_put(rig.registry, &put, &result, &refused, &err) < 0);
	CHECK_INT(problems_status(&refused), 414);
	CHECK(!rig_has_manifest(&rig, "r", "more0"));
}

TEST(a_tag_can_be_compared_and_swapped)
{
	autorig struct rig rig = rig_open(false);
	struct digest one = rig_push_image(&rig, "r", "t", "one");
	autofree char *text = rig_image(&rig, "r", "two");
	struct manifest_put put = {.repository = "r",
				   .reference = "t",
				   .bytes = str_of(text),
				   .if_absent = true,
				   .may_rewrite_tags = true};
	struct manifest_put_result result = {0};
	autoerr struct err err = {0};
	{
		autoproblems struct problems problems = {0};
		CHECK(registry_manifest_put(rig.registry, &put, &result, &problems, &err) < 0);
		CHECK_INT(problems_status(&problems), 412);
	}
	put.if_absent = false;
	put.if_match = "sha256:0";
	{
		autoproblems struct problems problems = {0};
		CHECK(registry_manifest_put(rig.registry, &put, &result, &problems, &err) < 0);
		CHECK_INT(problems_status(&problems), 412);
	}
	put.if_match = one.text;
	autoproblems struct problems problems = {0};
	CHECK_OK(registry_manifest_put(rig.registry, &put, &result, &problems, &err), &err);
}

TEST(deleting_by_digest_takes_the_tags_and_only_works_once)
{
	autorig struct rig rig = rig_open(false);
	struct digest one = rig_push_image(&rig, "r", "a", "one");
	rig_push_image(&rig, "r", "b", "one");
	rig_push_image(&rig, "r", "c", "two");

	CHECK_INT(rig_delete(&rig, "r", one.text), PROBLEM_NONE);
	autofree char *tags = rig_tags(&rig, "r");
	CHECK_STR(tags, "c");
	CHECK(!rig_has_manifest(&rig, "r", "a"));
	CHECK(!rig_has_manifest(&rig, "r", one.text));
	CHECK_INT(rig_delete(&rig, "r", one.text), PROBLEM_MANIFEST_UNKNOWN);
}

TEST(deleting_a_tag_leaves_the_manifest)
{
	autorig struct rig rig = rig_open(false);
	struct digest one = rig_push_image(&rig, "r", "a", "one");

	CHECK_INT(rig_delete(&rig, "r", "a"), PROBLEM_NONE);
	CHECK_INT(rig_delete(&rig, "r", "a"), PROBLEM_MANIFEST_UNKNOWN);
	CHECK(rig_has_manifest(&rig, "r", one.text));
	CHECK(!rig_has_manifest(&rig, "r", "a"));
	autofree char *tags = rig_tags(&rig, "r");
	CHECK_STR(tags, "");
	autofree char *unknown = rig_tags(&rig, "nobody");
	CHECK_STR(unknown, "missing");
}

TEST(the_child_of_an_index_is_not_deleted)
{
	autorig struct rig rig = rig_open(false);
	autofree char *text = rig_image(&rig, "r", "one");
	struct digest child = rig_put(&rig, "r", "child", text, NULL);
	autofree char *all = index_text(&child, strlen(text), "");
	struct digest index = rig_put(&rig, "r", "all", all, OCI_INDEX);

	CHECK_INT(rig_delete(&rig, "r", child.text), PROBLEM_REFERENCED);
	CHECK_INT(rig_delete(&rig, "r", index.text), PROBLEM_NONE);
	CHECK_INT(rig_delete(&rig, "r", child.text), PROBLEM_NONE);
	autofree char *catalog = rig_catalog(&rig);
	CHECK_STR(catalog, "");
}

TEST(blobs_are_seen_by_their_repositories_only)
{
	autorig struct rig rig = rig_open(false);
	struct digest digest = rig_push_blob(&rig, "a", "bytes");
	autoerr struct err err = {0};

	CHECK(rig_has_blob(&rig, "a", &digest));
	CHECK(!rig_has_blob(&rig, "b", &digest));
	CHECK(registry_blob_mount(rig.registry, "b", "c", &digest, NULL, NULL, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
	err_clear(&err);
	CHECK_OK(registry_blob_mount(rig.registry, "b", "a", &digest, NULL, NULL, &err), &err);
	CHECK(rig_has_blob(&rig, "b", &digest));

	autoproblems struct problems problems = {0}, again = {0};
	CHECK_OK(registry_blob_delete(rig.registry, "a", &digest, &problems, &err), &err);
	CHECK(!rig_has_blob(&rig, "a", &digest));
	CHECK(rig_has_blob(&rig, "b", &digest));
	CHECK(registry_blob_delete(rig.registry, "a", &digest, &again, &err) < 0);
	CHECK_INT(problems_status(&again), 404);
}

TEST(a_blob_that_a_manifest_needs_is_not_deleted)
{
	autorig struct rig rig = rig_open(false);
	struct digest image = rig_push_image(&rig, "a", "t", "layer");
	struct digest layer = digest_of_bytes("layer", 5);
	autoproblems struct problems problems = {0}, none = {0};
	autoerr struct err err = {0};

	CHECK(registry_blob_delete(rig.registry, "a", &layer, &problems, &err) < 0);
	CHECK_INT(problems_status(&problems), 409);
	CHECK(rig_has_blob(&rig, "a", &layer));
	CHECK_INT(rig_delete(&rig, "a", image.text), PROBLEM_NONE);
	CHECK_OK(registry_blob_delete(rig.registry, "a", &layer, &none, &err), &err);
	CHECK(!rig_has_blob(&rig, "a", &layer));
}

static bool only_b(const char *repository, void *arg)
{
	return text_eq(repository, "b");
}

TEST(a_mount_without_a_source_takes_one_that_may_be_pulled)
{
	autorig struct rig rig = rig_open(false);
	struct digest hidden = rig_push_blob(&rig, "a", "hidden");
	struct digest open = rig_push_blob(&rig, "b", "open");
	autoerr struct err err = {0};

	CHECK(registry_blob_mount(rig.registry, "c", NULL, &hidden, only_b, NULL, &err) < 0);
	CHECK_INT(err.kind, ERR_MISSING);
	err_clear(&err);
	CHECK_OK(registry_blob_mount(rig.registry, "c", NULL, &open, only_b, NULL, &err), &err);
	CHECK(rig_has_blob(&rig, "c", &open));
	CHECK(!rig_has_blob(&rig, "c", &hidden));
}

TEST(lists_come_in_pages)
{
	autorig struct rig rig = rig_open(false);
	autofree char *text = rig_image(&rig, "r", "layer");
	autoerr struct err err = {0};
	autostrlist struct strlist first = {0}, rest = {0};
	bool more;

	rig_put(&rig, "r", "b", text, NULL);
	rig_put(&rig, "r", "a", text, NULL);
	rig_put(&rig, "r", "C", text, NULL);
	CHECK_OK(registry_tags(rig.registry, "r", 2, NULL, &first, &more, &err), &err);
	autofree char *page = strlist_join(&first, " ");
	CHECK_STR(page, "C a");
	CHECK(more);
	CHECK_OK(registry_tags(rig.registry, "r", 2, "aa", &rest, &more, &err), &err);
	autofree char *end = strlist_join(&rest, " ");
	CHECK_STR(end, "b");
	CHECK(!more);
	autostrlist struct strlist none = {0};
	CHECK_OK(registry_tags(rig.registry, "r", 0, NULL, &none, &more, &err), &err);
	CHECK_INT((long long)none.n, 0);
}

TEST(referrers_are_listed_with_their_type_and_annotations)
{
	autorig struct rig rig = rig_open(false);
	struct digest config = rig_push_blob(&rig, "r", "{}");
	struct digest layer = rig_push_blob(&rig, "r", "signature");
	struct digest subject = digest_of_bytes("later", 5);
	autofree char *extra =
		xasprintf(",\"artifactType\":\"a/b\",\"annotations\":{\"k\":\"v\"},\"subject\":"
			  "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":5}",
			  OCI_MANIFEST, subject.text);
	autofree char *text = image_text(&config, 2, &layer, 9, extra);
	struct digest referrer = rig_put(&rig, "r", "sig", text, NULL);
	autofree char *json = rig_referrers(&rig, "r", &subject);
	autofree char *want = xasprintf("[{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%zu,"
					"\"artifactType\":\"a/b\",\"annotations\":{\"k\":\"v\"}}]",
					OCI_MANIFEST, referrer.text, strlen(text));
	CHECK_STR(json, want);

	/* The same in the fallback tag is no second one. */
	autofree char *list = index_text(&referrer, strlen(text), "");
	autofree char *tag = xasprintf("sha256-%s", digest_hex(&subject));
	rig_put(&rig, "r", tag, list, OCI_INDEX);
	autofree char *merged = rig_referrers(&rig, "r", &subject);
	CHECK_STR(merged, want);

	autofree char *none = rig_referrers(&rig, "nobody", &subject);
	CHECK_STR(none, "[]");
}

TEST(a_full_disk_refuses_a_manifest_and_changes_nothing)
{
	autorig struct rig rig = rig_open(false);
	rig_push_image(&rig, "r", "t", "one");
	autofree char *text = rig_image(&rig, "r", "two");

	storage_memory_fail_after(rig.storage, 0);
	CHECK_INT(rig_try_put(&rig, "r", "t", text, NULL), PROBLEM_NO_SPACE);
	storage_memory_fail_after(rig.storage, -1);
	struct digest two = digest_of_bytes(text, strlen(text));
	CHECK(!rig_has_manifest(&rig, "r", two.text));
	CHECK(rig_has_manifest(&rig, "r", "t"));
}

TEST(a_damaged_manifest_is_put_aside_and_pushed_again)
{
	autorig struct rig rig = rig_open(false);
	autofree char *text = rig_image(&rig, "r", "one");
	struct digest digest = rig_put(&rig, "r", "t", text, NULL);

	rig_stop(&rig);
	storage_memory_damage(rig.storage, &digest);
	rig_start(&rig);
	CHECK(!rig_has_manifest(&rig, "r", "t"));
	CHECK_INT((long long)storage_memory_quarantined(rig.storage), 1);
	rig_put(&rig, "r", "t", text, NULL);
	CHECK(rig_has_manifest(&rig, "r", "t"));
}

TEST(a_cut_blob_is_put_aside_when_it_is_looked_at)
{
	autorig struct rig rig = rig_open(false);
	struct digest digest = rig_push_blob(&rig, "r", "some bytes");

	storage_memory_cut(rig.storage, &digest);
	CHECK(!rig_has_blob(&rig, "r", &digest));
	CHECK_INT((long long)storage_memory_quarantined(rig.storage), 1);
	rig_push_blob(&rig, "r", "some bytes");
	CHECK(rig_has_blob(&rig, "r", &digest));
}

TEST(many_tags_come_in_pages_and_in_order)
{
	struct index_file *index = NULL;
	enum index_state state;
	autoerr struct err err = {0};
	autostrlist struct strlist all = {0};
	struct digest digest = digest_of_bytes("x", 1);
	char last[16] = "";
	bool more = true;

	CHECK_OK(index_file_open(-1, "index.db", &index, &state, &err), &err);
	struct index_txn *txn = index_begin(index);
	for (int i = 0; i < 20000; i++) {
		autofree char *tag = xasprintf("t%05d", (i * 7919) % 20000);
		index_put_tag(txn, "r", tag, &digest, 1);
	}
	CHECK_OK(index_end(txn, &err), &err);
	while (more) {
		autostrlist struct strlist page = {0};
		CHECK_OK(index_tags(index, "r", 999, last, &page, &more, &err), &err);
		CHECK_INT((long long)page.n, more ? 999 : 20000 % 999);
		memcpy(last, page.items[page.n - 1], strlen(page.items[page.n - 1]) + 1);
		strlist_add_all(&all, &page);
	}
	CHECK_INT((long long)all.n, 20000);
	for (size_t i = 1; i < all.n; i++)
		CHECK(strcmp(all.items[i - 1], all.items[i]) < 0);
	index_file_close(index);
}
