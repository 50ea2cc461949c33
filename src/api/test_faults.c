/* test_faults.c - a storage without files, full disks and damaged content, as clients see
 * them. SPDX-License-Identifier: Apache-2.0 */
#include "api/test_fixture.h"

#include "registry/test_storage_memory.h"

#define HELLO        "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
#define OCI_MANIFEST "application/vnd.oci.image.manifest.v1+json"

TEST(a_driver_without_files_is_read_by_the_pool)
{
	autotest struct api_test test;
	struct api_test_options options = {.storage = storage_memory_new()};

	api_test_start(&test, &options);
	test_push_image(&test, "a", "v1", NULL);
	test_push_blob(&test, "a", STR("hello"), NULL);
	static const struct row rows[] = {
		{"whole", "GET /v2/a/blobs/" HELLO, NULL, NULL, 200,
		 "Content-Length: 5\nETag: \"" HELLO "\"", "hello"},
		{"head", "HEAD /v2/a/blobs/" HELLO, NULL, NULL, 200, "Content-Length: 5", ""},
		{"part", "GET /v2/a/blobs/" HELLO, "Range: bytes=1-3\r\n", NULL, 206,
		 "Content-Length: 3\nContent-Range: bytes 1-3/5", "ell"},
		{"outside", "GET /v2/a/blobs/" HELLO, "Range: bytes=9-\r\n", NULL, 416,
		 "Content-Range: bytes */5", "RANGE_INVALID"},
		{"known", "GET /v2/a/blobs/" HELLO, "If-None-Match: \"" HELLO "\"\r\n", NULL, 304,
		 NULL, ""},
		{"manifest", "GET /v2/a/manifests/v1", NULL, NULL, 200, NULL, "{manifest-body}"},
	};
	TEST_ROWS(&test, rows);
}

TEST(a_full_disk_is_507_and_the_upload_goes_on_later)
{
	autotest struct api_test test;
	struct storage *storage = storage_memory_new();
	struct api_test_options options = {.storage = storage,
					   .settings = {.delete_enabled = true}};

	api_test_start(&test, &options);
	test_push_image(&test, "a", "v1", NULL);
	static const struct row before[] = {
		{"start", "POST /v2/a/blobs/uploads/", NULL, "", 202, NULL, NULL, "up"},
		{"some", "PATCH {up}", NULL, "hel", 202, "Range: 0-2", NULL},
	};
	TEST_ROWS(&test, before);
	storage_memory_fail_after(storage, 0);
	static const struct row full[] = {
		{"more", "PATCH {up}", NULL, "lo", 507, "Content-Type: application/json",
		 "{\"errors\":[{\"code\":\"DENIED\",\"message\":\"no space left on the registry's "
		 "storage\",\"detail\":null}]}"},
		{"another", "POST /v2/a/blobs/uploads/", NULL, "", 507, NULL, "DENIED"},
		{"a manifest", "PUT /v2/a/manifests/v2", "Content-Type: " OCI_MANIFEST "\r\n",
		 "{manifest-body} ", 507, NULL, "DENIED"},
		{"reading", "GET /v2/a/manifests/v1", NULL, NULL, 200, NULL, "{manifest-body}"},
		{"reading a blob", "GET /v2/a/blobs/{layer}", NULL, NULL, 200, NULL, NULL},
		{"where it stands", "GET {up}", NULL, NULL, 204, "Range: 0-2", ""},
	};
	TEST_ROWS(&test, full);
	storage_memory_fail_after(storage, -1);
	static const struct row after[] = {
		{"the rest", "PATCH {up}", "Content-Range: 3-4\r\n", "lo", 202, "Range: 0-4", ""},
		{"whole", "PUT {up}?digest=" HELLO, NULL, "", 201, NULL, ""},
		{"read", "GET /v2/a/blobs/" HELLO, NULL, NULL, 200, NULL, "hello"},
	};
	TEST_ROWS(&test, after);
	api_test_stop(&test);
	size_t n_causes = 0;
	for (size_t i = 0; i < test.seen->n; i++) {
		CHECK(!test.seen->items[i].cause == (test.seen->items[i].status != 507));
		n_causes += test.seen->items[i].cause != NULL;
	}
	CHECK_INT(n_causes, 3);
}

TEST(a_damaged_manifest_is_unknown_and_the_log_knows)
{
	autotest struct api_test test;
	struct storage *storage = storage_memory_new();
	struct api_test_options options = {.storage = storage, .cache_bytes = 1};
	autoerr struct err err = {0};
	struct digest digest = {0};

	api_test_start(&test, &options);
	test_push_image(&test, "a", "v1", NULL);
	CHECK_OK(digest_parse(str_of(test_expand(&test, "{manifest}")), &digest, &err), &err);
	storage_memory_damage(storage, &digest);
	static const struct row rows[] = {
		{"by tag", "GET /v2/a/manifests/v1", NULL, NULL, 404, NULL, "MANIFEST_UNKNOWN"},
		{"by digest", "GET /v2/a/manifests/{manifest}", NULL, NULL, 404, NULL,
		 "MANIFEST_UNKNOWN"},
		{"pushed again", "PUT /v2/a/manifests/v1", "Content-Type: " OCI_MANIFEST "\r\n",
		 "{manifest-body}", 201, NULL, NULL},
		{"it is whole", "GET /v2/a/manifests/v1", NULL, NULL, 200, NULL, "{manifest-body}"},
	};
	TEST_ROWS(&test, rows);
	CHECK_INT(storage_memory_quarantined(storage), 1);
	api_test_stop(&test);
	bool told = false;
	for (size_t i = 0; i < test.seen->n; i++)
		told |= test.seen->items[i].cause && test.seen->items[i].status == 404;
	CHECK(told);
}
