/* test_conformance.c - every endpoint of the specification, with what it says of success and of
 * failure, on a registry that is open to everybody.
 * SPDX-License-Identifier: Apache-2.0
 * Source: distribution-spec 1.1, "Endpoints". */
#include "api/test_fixture.h"

#include "base/buf.h"

#define NOBODY       "sha256:0000000000000000000000000000000000000000000000000000000000000000"
#define OCI_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define OCI_INDEX    "application/vnd.oci.image.index.v1+json"
#define TYPE(type)   "Content-Type: " type "\r\n"
#define HELLO        "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
#define HELLO512                                                                                \
	"sha512:9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890caadae2dff72519673ca72323c3d99ba5c1" \
	"1d7c7acc6e14b8c5da0c4663475c2e5c3adef46f73bcdec043"
#define EMPTY "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static const struct api_test_options open_to_all = {
	.settings = {.delete_enabled = true, .catalog_enabled = true}};

TEST(end_1_base)
{
	autotest struct api_test test;

	api_test_start(&test, &open_to_all);
	static const struct row rows[] = {
		{"get", "GET /v2/", NULL, NULL, 200,
		 "Docker-Distribution-Api-Version: registry/2.0\nX-Content-Type-Options: nosniff\n"
		 "Content-Type: application/json\nContent-Length: 2\nWWW-Authenticate: -",
		 "{}"},
		{"without the slash", "GET /v2", NULL, NULL, 200, NULL, "{}"},
		{"head", "HEAD /v2/", NULL, NULL, 200, "Content-Length: 2", ""},
		{"put", "PUT /v2/", NULL, "", 405, "Allow: GET, HEAD", "UNSUPPORTED"},
		{"options", "OPTIONS /v2/", NULL, NULL, 405, NULL, "UNSUPPORTED"},
		{"unknown", "GET /v2/a/b", NULL, NULL, 404,
		 "Docker-Distribution-Api-Version: registry/2.0\nContent-Type: application/json",
		 "{\"errors\":[{\"code\":\"UNSUPPORTED\",\"message\":\"there is no such endpoint\","
		 "\"detail\":null}]}"},
		{"search of version 1", "GET /v1/search?q=a", NULL, NULL, 404, NULL, NULL},
		{"an old docker", "GET /v2/", "User-Agent: docker/1.5.0 go/x\r\n", NULL, 404, NULL,
		 NULL},
		{"one before 1.6", "GET /v2/", "User-Agent: docker/1.5.1-dev go/x\r\n", NULL, 200,
		 NULL, NULL},
		{"Go of those days", "GET /v2/", "User-Agent: Go 1.1 package http\r\n", NULL, 404,
		 NULL, NULL},
		{"root", "GET /", NULL, NULL, 200, "Content-Type: text/html; charset=utf-8",
		 "<h1>registry.test</h1>"},
		{"no token service", "GET /token", NULL, NULL, 404, NULL, NULL},
	};
	TEST_ROWS(&test, rows);
}

static const struct row blob_rows[] = {
	{"get", "GET /v2/a/b/blobs/" HELLO, NULL, NULL, 200,
	 "Content-Length: 5\nContent-Type: application/octet-stream\nETag: \"" HELLO "\"\n"
	 "Docker-Content-Digest: " HELLO "\nAccept-Ranges: bytes\n"
	 "Cache-Control: public, max-age=31536000, immutable",
	 "hello"},
	{"again, from memory", "GET /v2/a/b/blobs/" HELLO, NULL, NULL, 200, "Content-Length: 5",
	 "hello"},
	{"head", "HEAD /v2/a/b/blobs/" HELLO, NULL, NULL, 200,
	 "Content-Length: 5\nContent-Type: application/octet-stream\nETag: \"" HELLO "\"\n"
	 "Docker-Content-Digest: " HELLO "\nAccept-Ranges: bytes",
	 ""},
	{"head of nothing", "HEAD /v2/a/b/blobs/" NOBODY, NULL, NULL, 404, NULL, ""},
	{"get of nothing", "GET /v2/a/b/blobs/" NOBODY, NULL, NULL, 404,
	 "Content-Type: application/json",
	 "{\"code\":\"BLOB_UNKNOWN\",\"message\":\"blob unknown to registry\",\"detail\":"
	 "{\"name\":\"a/b\",\"digest\":\"" NOBODY "\"}}"},
	{"of another repository", "GET /v2/other/blobs/" HELLO, NULL, NULL, 404, NULL,
	 "BLOB_UNKNOWN"},
	{"head of another repository", "HEAD /v2/other/blobs/" HELLO, NULL, NULL, 404, NULL, ""},
	{"bad digest", "GET /v2/a/b/blobs/sha256:baddigeststring", NULL, NULL, 400, NULL,
	 "DIGEST_INVALID"},
	{"bad digest, head", "HEAD /v2/a/b/blobs/sha256:baddigeststring", NULL, NULL, 400, NULL,
	 ""},
	{"no digest", "GET /v2/a/b/blobs/latest", NULL, NULL, 400, NULL, "DIGEST_INVALID"},
	{"another algorithm", "GET /v2/a/b/blobs/md5:00", NULL, NULL, 400, NULL, "DIGEST_INVALID"},
	{"bad name", "GET /v2/A/b/blobs/" HELLO, NULL, NULL, 400, NULL, "NAME_INVALID"},
	{"from the middle", "GET /v2/a/b/blobs/" HELLO, "Range: bytes=1-3\r\n", NULL, 206,
	 "Content-Length: 3\nContent-Range: bytes 1-3/5", "ell"},
	{"to the end", "GET /v2/a/b/blobs/" HELLO, "Range: bytes=2-\r\n", NULL, 206,
	 "Content-Range: bytes 2-4/5", "llo"},
	{"the last", "GET /v2/a/b/blobs/" HELLO, "Range: bytes=-2\r\n", NULL, 206,
	 "Content-Range: bytes 3-4/5", "lo"},
	{"more than there is at the end", "GET /v2/a/b/blobs/" HELLO, "Range: bytes=-20\r\n", NULL,
	 206, "Content-Range: bytes 0-4/5", "hello"},
	{"clamped", "GET /v2/a/b/blobs/" HELLO, "Range: bytes=3-99\r\n", NULL, 206,
	 "Content-Range: bytes 3-4/5", "lo"},
	{"outside", "GET /v2/a/b/blobs/" HELLO, "Range: bytes=5-\r\n", NULL, 416,
	 "Content-Range: bytes */5\nContent-Type: application/json", "RANGE_INVALID"},
	{"backwards", "GET /v2/a/b/blobs/" HELLO, "Range: bytes=3-0\r\n", NULL, 416,
	 "Content-Range: bytes */5", "RANGE_INVALID"},
	{"another unit", "GET /v2/a/b/blobs/" HELLO, "Range: lines=1-2\r\n", NULL, 200,
	 "Content-Range: -", "hello"},
	{"several ranges", "GET /v2/a/b/blobs/" HELLO, "Range: bytes=0-1,3-4\r\n", NULL, 200,
	 "Content-Length: 5", "hello"},
	{"head has no parts", "HEAD /v2/a/b/blobs/" HELLO, "Range: bytes=1-3\r\n", NULL, 200,
	 "Content-Length: 5", ""},
	{"if the same", "GET /v2/a/b/blobs/" HELLO,
	 "Range: bytes=1-3\r\nIf-Range: \"" HELLO "\"\r\n", NULL, 206, NULL, "ell"},
	{"if another", "GET /v2/a/b/blobs/" HELLO, "Range: bytes=1-3\r\nIf-Range: \"x\"\r\n", NULL,
	 200, NULL, "hello"},
	{"if by date", "GET /v2/a/b/blobs/" HELLO,
	 "Range: bytes=1-3\r\nIf-Range: Sat, 01 Jan 2022 00:00:00 GMT\r\n", NULL, 200, NULL,
	 "hello"},
	{"known", "GET /v2/a/b/blobs/" HELLO, "If-None-Match: \"" HELLO "\"\r\n", NULL, 304,
	 "ETag: \"" HELLO "\"\nDocker-Content-Digest: " HELLO, ""},
	{"known but not there", "GET /v2/other/blobs/" HELLO, "If-None-Match: \"" HELLO "\"\r\n",
	 NULL, 404, NULL, "BLOB_UNKNOWN"},
	{"another is known", "GET /v2/a/b/blobs/" HELLO, "If-None-Match: \"x\"\r\n", NULL, 200,
	 NULL, "hello"},
	{"post", "POST /v2/a/b/blobs/" HELLO, NULL, "", 405, "Allow: GET, HEAD, DELETE",
	 "UNSUPPORTED"},
};

TEST(end_2_blobs)
{
	autotest struct api_test test;

	api_test_start(&test, &open_to_all);
	test_push_blob(&test, "a/b", STR("hello"), NULL);
	test_push_blob(&test, "other", STR("{}"), NULL);
	TEST_ROWS(&test, blob_rows);
}

TEST(end_3_manifests)
{
	autotest struct api_test test;

	api_test_start(&test, &open_to_all);
	test_push_image(&test, "a/b", "v1", NULL);
	static const struct row rows[] = {
		{"by tag", "GET /v2/a/b/manifests/v1", NULL, NULL, 200,
		 "Content-Type: " OCI_MANIFEST "\nDocker-Content-Digest: {manifest}\n"
		 "ETag: \"{manifest}\"\nDocker-Distribution-Api-Version: registry/2.0",
		 "{manifest-body}"},
		{"by digest", "GET /v2/a/b/manifests/{manifest}", NULL, NULL, 200,
		 "Content-Type: " OCI_MANIFEST, "{manifest-body}"},
		{"head by tag", "HEAD /v2/a/b/manifests/v1", NULL, NULL, 200,
		 "Docker-Content-Digest: {manifest}\nContent-Type: " OCI_MANIFEST, ""},
		{"head by digest", "HEAD /v2/a/b/manifests/{manifest}", NULL, NULL, 200, NULL, ""},
		{"known", "GET /v2/a/b/manifests/v1", "If-None-Match: \"{manifest}\"\r\n", NULL,
		 304, "ETag: \"{manifest}\"", ""},
		{"unknown tag", "GET /v2/a/b/manifests/v2", NULL, NULL, 404, NULL,
		 "{\"code\":\"MANIFEST_UNKNOWN\",\"message\":\"manifest unknown\",\"detail\":"
		 "{\"name\":\"a/b\",\"tag\":\"v2\"}}"},
		{"unknown tag, head", "HEAD /v2/a/b/manifests/v2", NULL, NULL, 404, NULL, ""},
		{"impossible tag", "GET /v2/a/b/manifests/.INVALID_MANIFEST_NAME", NULL, NULL, 404,
		 NULL, "MANIFEST_UNKNOWN"},
		{"unknown digest", "GET /v2/a/b/manifests/" NOBODY, NULL, NULL, 404, NULL,
		 "MANIFEST_UNKNOWN"},
		{"unknown repository", "GET /v2/nobody/manifests/v1", NULL, NULL, 404, NULL, NULL},
		{"of another repository", "GET /v2/other/manifests/{manifest}", NULL, NULL, 404,
		 NULL, NULL},
		{"bad digest", "GET /v2/a/b/manifests/sha256:totallywrong", NULL, NULL, 400, NULL,
		 "DIGEST_INVALID"},
		{"a blob is no manifest", "GET /v2/a/b/manifests/{config}", NULL, NULL, 404, NULL,
		 "MANIFEST_UNKNOWN"},
		{"what the client lists does not matter", "GET /v2/a/b/manifests/v1",
		 "Accept: application/vnd.docker.distribution.manifest.v2+json\r\n", NULL, 200,
		 "Content-Type: " OCI_MANIFEST, NULL},
		{"post", "POST /v2/a/b/manifests/v1", NULL, "", 405,
		 "Allow: GET, HEAD, PUT, DELETE", "UNSUPPORTED"},
	};
	TEST_ROWS(&test, rows);
}

static const struct row upload_rows[] = {
	{"start", "POST /v2/a/blobs/uploads/", NULL, "", 202, "Range: 0-0\nContent-Length: 0", "",
	 "up"},
	{"where", "GET {up}", NULL, NULL, 204, "Location: {up}\nRange: 0-0", ""},
	{"first piece", "PATCH {up}", "Content-Range: 0-1\r\n", "he", 202,
	 "Location: {up}\nRange: 0-1\nContent-Length: 0", ""},
	{"the same again", "PATCH {up}", "Content-Range: 0-1\r\n", "he", 416,
	 "Location: {up}\nRange: 0-1", "RANGE_INVALID"},
	{"a gap", "PATCH {up}", "Content-Range: 3-4\r\n", "lo", 416, "Range: 0-1", "RANGE_INVALID"},
	{"another length", "PATCH {up}", "Content-Range: 2-4\r\n", "l", 400, NULL, "SIZE_INVALID"},
	{"garbage", "PATCH {up}", "Content-Range: some\r\n", "l", 400, NULL, "BLOB_UPLOAD_INVALID"},
	{"nothing of that counted", "GET {up}", NULL, NULL, 204, "Range: 0-1", ""},
	{"second piece, no range", "PATCH {up}", NULL, "l", 202, "Range: 0-2", ""},
	{"third, chunked", "PATCH {up}", "Transfer-Encoding: chunked\r\n", "1\r\nl\r\n0\r\n\r\n",
	 202, "Range: 0-3", ""},
	{"an empty one", "PATCH {up}", NULL, "", 202, "Range: 0-3", ""},
	{"another repository's", "GET /v2/b{up}", NULL, NULL, 404, NULL, NULL},
	{"put out of order", "PUT {up}?digest=" HELLO, "Content-Range: 0-0\r\n", "o", 416,
	 "Range: 0-3", "RANGE_INVALID"},
	{"no digest", "PUT {up}", NULL, "o", 400, NULL, "DIGEST_INVALID"},
	{"bad digest", "PUT {up}?digest=sha256:short", NULL, "o", 400, NULL, "DIGEST_INVALID"},
	{"the last piece", "PUT {up}?digest=" HELLO, "Content-Range: 4-4\r\n", "o", 201,
	 "Location: /v2/a/blobs/" HELLO "\nDocker-Content-Digest: " HELLO "\nContent-Length: 0",
	 ""},
	{"it is over", "GET {up}", NULL, NULL, 404, NULL, "BLOB_UPLOAD_UNKNOWN"},
	{"and the blob is there", "GET /v2/a/blobs/" HELLO, NULL, NULL, 200, NULL, "hello"},

	{"start anew", "POST /v2/a/blobs/uploads", NULL, "", 202, NULL, "", "up"},
	{"whole, escaped",
	 "PUT {up}?digest=sha256%3a"
	 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	 NULL, "", 201, "Docker-Content-Digest: " EMPTY, ""},
	{"the empty blob", "GET /v2/a/blobs/" EMPTY, NULL, NULL, 200, "Content-Length: 0", ""},

	{"start for a wrong one", "POST /v2/a/blobs/uploads/", NULL, "", 202, NULL, "", "up"},
	{"mismatch", "PUT {up}?digest=" NOBODY, NULL, "hello", 400, NULL, "DIGEST_INVALID"},
	{"is no blob", "HEAD /v2/a/blobs/" NOBODY, NULL, NULL, 404, NULL, ""},

	{"start to cancel", "POST /v2/a/blobs/uploads/", NULL, "", 202, NULL, "", "up"},
	{"cancel", "DELETE {up}", NULL, NULL, 204, NULL, ""},
	{"cancelled", "GET {up}", NULL, NULL, 404, NULL, "BLOB_UPLOAD_UNKNOWN"},
	{"cancel twice", "DELETE {up}", NULL, NULL, 404, NULL, "BLOB_UPLOAD_UNKNOWN"},
	{"patch what is not", "PATCH {up}", NULL, "x", 404, NULL, "BLOB_UPLOAD_UNKNOWN"},
	{"put what is not", "PUT {up}?digest=" HELLO, NULL, "hello", 404, NULL,
	 "BLOB_UPLOAD_UNKNOWN"},
	{"an impossible id", "PATCH /v2/a/blobs/uploads/.._x", NULL, "x", 404, NULL,
	 "BLOB_UPLOAD_UNKNOWN"},

	{"single post", "POST /v2/b/blobs/uploads/?digest=" HELLO, NULL, "hello", 201,
	 "Location: /v2/b/blobs/" HELLO "\nDocker-Content-Digest: " HELLO, ""},
	{"single post, wrong", "POST /v2/b/blobs/uploads/?digest=" NOBODY, NULL, "hello", 400, NULL,
	 "DIGEST_INVALID"},
	{"single post, malformed", "POST /v2/b/blobs/uploads/?digest=x", NULL, "hello", 400, NULL,
	 "DIGEST_INVALID"},
	{"sha512", "POST /v2/b/blobs/uploads/?digest=" HELLO512, NULL, "hello", 201,
	 "Docker-Content-Digest: " HELLO512, ""},
	{"sha512 is read", "GET /v2/b/blobs/" HELLO512, NULL, NULL, 200, NULL, "hello"},
	{"a hint", "POST /v2/b/blobs/uploads/?digest-algorithm=sha512", NULL, "", 202, NULL, "",
	 "up"},
	{"followed", "PUT {up}?digest=" HELLO512, NULL, "hello", 201, NULL, ""},
	{"sha512 without a hint", "POST /v2/b/blobs/uploads/", NULL, "", 202, NULL, "", "up"},
	{"comes late", "PUT {up}?digest=" HELLO512, NULL, "hello", 201,
	 "Docker-Content-Digest: " HELLO512, ""},
	{"no such algorithm", "POST /v2/b/blobs/uploads/?digest-algorithm=md5", NULL, "", 400, NULL,
	 "DIGEST_INVALID"},
	{"bad name", "POST /v2/B/blobs/uploads/", NULL, "", 400, NULL, "NAME_INVALID"},
	{"get of the collection", "GET /v2/b/blobs/uploads/", NULL, NULL, 405, "Allow: POST",
	 "UNSUPPORTED"},
	{"a broken escape", "POST /v2/b/blobs/uploads/?digest=%zz", NULL, "", 400, NULL, NULL},
	{"broken chunks", "POST /v2/b/blobs/uploads/?digest=" HELLO,
	 "Transfer-Encoding: chunked\r\n", "zz\r\n", 400, NULL, NULL},
};

TEST(end_4_5_6_13_14_uploads)
{
	autotest struct api_test test;

	api_test_start(&test, &open_to_all);
	TEST_ROWS(&test, upload_rows);
}

TEST(end_7_pushing_manifests)
{
	autotest struct api_test test;
	static const char image[] = "{\"schemaVersion\":2,\"mediaType\":\"" OCI_MANIFEST "\","
				    "\"config\":{\"mediaType\":"
				    "\"application/vnd.oci.image.config.v1+json\",\"digest\":"
				    "\"{config}\",\"size\":2},\"layers\":[]}";

	api_test_start(&test, &open_to_all);
	test_push_image(&test, "a", "v1", NULL);
	const char *other = test_expand(&test, image);
	struct digest digest = digest_of_bytes(other, strlen(other));
	test_word(&test, "other", digest.text);
	test_word(&test, "other-body", other);
	static const struct row rows[] = {
		{"by tag", "PUT /v2/a/manifests/v2", TYPE(OCI_MANIFEST), "{other-body}", 201,
		 "Location: /v2/a/manifests/{other}\nDocker-Content-Digest: {other}\n"
		 "Content-Length: 0\nOCI-Subject: -\nOCI-Tag: -",
		 ""},
		{"by digest", "PUT /v2/a/manifests/{other}", TYPE(OCI_MANIFEST), "{other-body}",
		 201, "Location: /v2/a/manifests/{other}", ""},
		{"by digest with tags", "PUT /v2/a/manifests/{other}?tag=x&tag=y",
		 TYPE(OCI_MANIFEST), "{other-body}", 201, "OCI-Tag: x", ""},
		{"the tags are there", "HEAD /v2/a/manifests/y", NULL, NULL, 200,
		 "Docker-Content-Digest: {other}", ""},
		{"a bad tag beside", "PUT /v2/a/manifests/{other}?tag=-x", TYPE(OCI_MANIFEST),
		 "{other-body}", 400, NULL, "TAG_INVALID"},
		{"a bad tag", "PUT /v2/a/manifests/-x", TYPE(OCI_MANIFEST), "{other-body}", 400,
		 NULL, "TAG_INVALID"},
		{"another digest", "PUT /v2/a/manifests/" NOBODY, TYPE(OCI_MANIFEST),
		 "{other-body}", 400, NULL, "DIGEST_INVALID"},
		{"the layer is elsewhere", "PUT /v2/b/manifests/v1", TYPE(OCI_MANIFEST),
		 "{manifest-body}", 400, NULL,
		 "{\"code\":\"MANIFEST_BLOB_UNKNOWN\",\"message\":\"manifest references a blob "
		 "unknown to registry\",\"detail\":{\"digest\":\"{config}\""},
		{"both are told", "PUT /v2/b/manifests/v1", TYPE(OCI_MANIFEST), "{manifest-body}",
		 400, NULL, "{layer}"},
		{"no JSON", "PUT /v2/a/manifests/v3", TYPE(OCI_MANIFEST), "blablabla", 400, NULL,
		 "MANIFEST_INVALID"},
		{"nothing", "PUT /v2/a/manifests/v3", TYPE(OCI_MANIFEST), "", 400, NULL,
		 "MANIFEST_INVALID"},
		{"schema 1", "PUT /v2/a/manifests/v3",
		 TYPE("application/vnd.docker.distribution.manifest.v1+prettyjws"),
		 "{\"schemaVersion\":1,\"name\":\"a\",\"tag\":\"v3\"}", 400, NULL,
		 "MANIFEST_INVALID"},
		{"none of them is there", "GET /v2/a/manifests/v3", NULL, NULL, 404, NULL, NULL},
		{"only if new, but it is not", "PUT /v2/a/manifests/v1",
		 TYPE(OCI_MANIFEST) "If-None-Match: *\r\n", "{other-body}", 412, NULL, "DENIED"},
		{"only if new", "PUT /v2/a/manifests/new",
		 TYPE(OCI_MANIFEST) "If-None-Match: *\r\n", "{other-body}", 201, NULL, ""},
		{"only if the same", "PUT /v2/a/manifests/v1",
		 TYPE(OCI_MANIFEST) "If-Match: \"{manifest}\"\r\n", "{other-body}", 201, NULL, ""},
		{"which it is no more", "PUT /v2/a/manifests/v1",
		 TYPE(OCI_MANIFEST) "If-Match: \"{manifest}\"\r\n", "{other-body}", 412, NULL,
		 "DENIED"},
		{"whatever is there", "PUT /v2/a/manifests/v1",
		 TYPE(OCI_MANIFEST) "If-Match: *\r\n", "{manifest-body}", 201, NULL, ""},
		{"but nothing is", "PUT /v2/a/manifests/v9", TYPE(OCI_MANIFEST) "If-Match: *\r\n",
		 "{manifest-body}", 412, NULL, "DENIED"},
	};
	TEST_ROWS(&test, rows);
}

TEST(too_many_tags_and_too_large_manifests)
{
	autotest struct api_test test;
	autobuf struct buf line = {0}, body = {0};

	api_test_start(&test, &open_to_all);
	test_push_image(&test, "a", "v1", NULL);
	buf_puts(&line, "PUT /v2/a/manifests/v1?tag=t");
	for (int i = 0; i < 100; i++)
		buf_printf(&line, "&tag=t%d", i);
	struct reply reply = test_call(&test, buf_text(&line), TYPE(OCI_MANIFEST),
				       str_of(test_expand(&test, "{manifest-body}")));
	CHECK_INT(reply.status, 414);

	while (body.len <= (4u << 20))
		buf_puts(&body, "                                                                ");
	reply = test_call(&test, "PUT /v2/a/manifests/v1", TYPE(OCI_MANIFEST), buf_str(&body));
	CHECK_INT(reply.status, 413);
	CHECK(memmem(reply.body.ptr, reply.body.len, "MANIFEST_INVALID", 16));
}

TEST(end_8_tags)
{
	autotest struct api_test test;

	api_test_start(&test, &open_to_all);
	test_push_image(&test, "a/b", "v1", NULL);
	test_push_image(&test, "a/b", "V2", NULL);
	test_push_image(&test, "a/b", "v3", NULL);
	test_push_blob(&test, "bare", STR("hello"), NULL);
	static const struct row rows[] = {
		{"all", "GET /v2/a/b/tags/list", NULL, NULL, 200,
		 "Content-Type: application/json\nLink: -",
		 "{\"name\":\"a/b\",\"tags\":[\"V2\",\"v1\",\"v3\"]}\n"},
		{"first two", "GET /v2/a/b/tags/list?n=2", NULL, NULL, 200,
		 "Link: </v2/a/b/tags/list?n=2&last=v1>; rel=\"next\"",
		 "{\"name\":\"a/b\",\"tags\":[\"V2\",\"v1\"]}\n"},
		{"the rest", "GET /v2/a/b/tags/list?n=2&last=v1", NULL, NULL, 200, "Link: -",
		 "{\"name\":\"a/b\",\"tags\":[\"v3\"]}\n"},
		{"exactly", "GET /v2/a/b/tags/list?n=3", NULL, NULL, 200, "Link: -", "\"v3\"]}"},
		{"after what is not there", "GET /v2/a/b/tags/list?last=v2", NULL, NULL, 200,
		 "Link: -", "\"tags\":[\"v3\"]"},
		{"none", "GET /v2/a/b/tags/list?n=0", NULL, NULL, 200, "Link: -", "\"tags\":[]"},
		{"fewer than none", "GET /v2/a/b/tags/list?n=-1", NULL, NULL, 400, NULL,
		 "PAGINATION_NUMBER_INVALID"},
		{"no number", "GET /v2/a/b/tags/list?n=many", NULL, NULL, 400, NULL,
		 "PAGINATION_NUMBER_INVALID"},
		{"a huge number", "GET /v2/a/b/tags/list?n=1000000", NULL, NULL, 200, "Link: -",
		 "\"v3\"]}"},
		{"head", "HEAD /v2/a/b/tags/list", NULL, NULL, 200, NULL, ""},
		{"unknown repository", "GET /v2/nobody/tags/list", NULL, NULL, 404, NULL,
		 "{\"code\":\"NAME_UNKNOWN\",\"message\":\"repository name not known to registry\","
		 "\"detail\":{\"name\":\"nobody\"}}"},
		{"none of an unknown one", "GET /v2/nobody/tags/list?n=0", NULL, NULL, 404, NULL,
		 "NAME_UNKNOWN"},
		{"delete", "DELETE /v2/a/b/tags/list", NULL, NULL, 405, "Allow: GET, HEAD", NULL},
	};
	TEST_ROWS(&test, rows);
}

TEST(end_9_10_deleting)
{
	autotest struct api_test test;

	api_test_start(&test, &open_to_all);
	test_push_image(&test, "a", "v1", NULL);
	test_push_image(&test, "a", "v2", NULL);
	static const struct row rows[] = {
		{"unknown tag", "DELETE /v2/a/manifests/v9", NULL, NULL, 404, NULL,
		 "MANIFEST_UNKNOWN"},
		{"bad tag", "DELETE /v2/a/manifests/-x", NULL, NULL, 400, NULL, "TAG_INVALID"},
		{"a tag", "DELETE /v2/a/manifests/v1", NULL, NULL, 202, NULL, ""},
		{"is gone", "GET /v2/a/manifests/v1", NULL, NULL, 404, NULL, NULL},
		{"the manifest is not", "GET /v2/a/manifests/{manifest}", NULL, NULL, 200, NULL,
		 NULL},
		{"nor the other tag", "GET /v2/a/manifests/v2", NULL, NULL, 200, NULL, NULL},
		{"by digest", "DELETE /v2/a/manifests/{manifest}", NULL, NULL, 202, NULL, ""},
		{"with its tags", "GET /v2/a/manifests/v2", NULL, NULL, 404, NULL, NULL},
		{"and itself", "GET /v2/a/manifests/{manifest}", NULL, NULL, 404, NULL, NULL},
		{"twice", "DELETE /v2/a/manifests/{manifest}", NULL, NULL, 404, NULL,
		 "MANIFEST_UNKNOWN"},
		{"unknown", "DELETE /v2/a/manifests/" NOBODY, NULL, NULL, 404, NULL,
		 "MANIFEST_UNKNOWN"},
		{"no tags are left", "GET /v2/a/tags/list", NULL, NULL, 200, NULL, "\"tags\":[]"},
		{"a blob", "DELETE /v2/a/blobs/{layer}", NULL, NULL, 202, NULL, ""},
		{"is gone at once", "HEAD /v2/a/blobs/{layer}", NULL, NULL, 404, NULL, ""},
		{"and to be read", "GET /v2/a/blobs/{layer}", NULL, NULL, 404, NULL,
		 "BLOB_UNKNOWN"},
		{"unknown blob", "DELETE /v2/a/blobs/" NOBODY, NULL, NULL, 404, NULL,
		 "BLOB_UNKNOWN"},
		{"bad digest", "DELETE /v2/a/blobs/sha256:x", NULL, NULL, 400, NULL,
		 "DIGEST_INVALID"},
	};
	TEST_ROWS(&test, rows);
}

TEST(end_11_mounts)
{
	autotest struct api_test test;

	api_test_start(&test, &open_to_all);
	test_push_blob(&test, "source", STR("hello"), NULL);
	static const struct row rows[] = {
		{"mount", "POST /v2/a/blobs/uploads/?mount=" HELLO "&from=source", NULL, "", 201,
		 "Location: /v2/a/blobs/" HELLO "\nDocker-Content-Digest: " HELLO, ""},
		{"is there", "GET /v2/a/blobs/" HELLO, NULL, NULL, 200, NULL, "hello"},
		{"escaped, with more",
		 "POST /v2/b/blobs/uploads/?from=source&mount=sha256%3A"
		 "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b"
		 "9824&origin=x",
		 NULL, "", 201, NULL, ""},
		{"from anywhere", "POST /v2/c/blobs/uploads/?mount=" HELLO, NULL, "", 201, NULL,
		 ""},
		{"not there", "POST /v2/d/blobs/uploads/?mount=" NOBODY "&from=source", NULL, "",
		 202, "Range: 0-0", ""},
		{"no such source", "POST /v2/d/blobs/uploads/?mount=" HELLO "&from=nobody", NULL,
		 "", 202, "Range: 0-0", ""},
		{"an impossible source", "POST /v2/d/blobs/uploads/?mount=" HELLO "&from=NO", NULL,
		 "", 202, NULL, ""},
		{"bad digest", "POST /v2/d/blobs/uploads/?mount=sha256:x&from=source", NULL, "",
		 400, NULL, "DIGEST_INVALID"},
		{"none of it is there", "HEAD /v2/d/blobs/" HELLO, NULL, NULL, 404, NULL, ""},
	};
	TEST_ROWS(&test, rows);
}

TEST(end_12_referrers)
{
	autotest struct api_test test;
	static const char artifact[] =
		"{\"schemaVersion\":2,\"mediaType\":\"" OCI_MANIFEST "\",\"artifactType\":"
		"\"application/vnd.test.sbom\",\"config\":{\"mediaType\":"
		"\"application/vnd.oci.empty.v1+json\",\"digest\":\"{config}\",\"size\":2},"
		"\"layers\":[{\"mediaType\":\"application/vnd.oci.empty.v1+json\",\"digest\":"
		"\"{config}\",\"size\":2}],\"subject\":{\"mediaType\":\"" OCI_MANIFEST "\","
		"\"digest\":\"{manifest}\",\"size\":100},\"annotations\":{\"a\":\"b\"}}";

	api_test_start(&test, &open_to_all);
	test_push_image(&test, "a", "v1", NULL);
	const char *body = test_expand(&test, artifact);
	struct digest digest = digest_of_bytes(body, strlen(body));
	test_word(&test, "artifact", digest.text);
	test_word(&test, "artifact-body", body);
	static const struct row rows[] = {
		{"none", "GET /v2/a/referrers/{manifest}", NULL, NULL, 200,
		 "Content-Type: " OCI_INDEX "\nOCI-Filters-Applied: -",
		 "{\"schemaVersion\":2,\"mediaType\":\"" OCI_INDEX "\",\"manifests\":[]}"},
		{"of nothing", "GET /v2/a/referrers/" NOBODY, NULL, NULL, 200, NULL,
		 "\"manifests\":[]"},
		{"of no repository", "GET /v2/nobody/referrers/" NOBODY, NULL, NULL, 200, NULL,
		 "\"manifests\":[]"},
		{"bad digest", "GET /v2/a/referrers/sha256:x", NULL, NULL, 400, NULL,
		 "DIGEST_INVALID"},
		{"no digest", "GET /v2/a/referrers/v1", NULL, NULL, 400, NULL, "DIGEST_INVALID"},
		{"push", "PUT /v2/a/manifests/{artifact}", TYPE(OCI_MANIFEST), "{artifact-body}",
		 201, "OCI-Subject: {manifest}", ""},
		{"one", "GET /v2/a/referrers/{manifest}", NULL, NULL, 200, "Link: -",
		 "\"digest\":\"{artifact}\""},
		{"with its type", "GET /v2/a/referrers/{manifest}", NULL, NULL, 200, NULL,
		 "\"artifactType\":\"application/vnd.test.sbom\""},
		{"of that type",
		 "GET /v2/a/referrers/{manifest}?artifactType=application%2Fvnd.test.sbom", NULL,
		 NULL, 200, "OCI-Filters-Applied: artifactType", "{artifact}"},
		{"of another", "GET /v2/a/referrers/{manifest}?artifactType=x/y", NULL, NULL, 200,
		 "OCI-Filters-Applied: artifactType", "\"manifests\":[]"},
		{"bad last", "GET /v2/a/referrers/{manifest}?last=x", NULL, NULL, 400, NULL,
		 "DIGEST_INVALID"},
		{"delete it", "DELETE /v2/a/manifests/{artifact}", NULL, NULL, 202, NULL, ""},
		{"none again", "GET /v2/a/referrers/{manifest}", NULL, NULL, 200, NULL,
		 "\"manifests\":[]"},
	};
	TEST_ROWS(&test, rows);
}

TEST(the_catalog_is_paged)
{
	autotest struct api_test test;

	api_test_start(&test, &open_to_all);
	test_push_image(&test, "b/c", "v1", NULL);
	test_push_image(&test, "a", "v1", NULL);
	test_push_image(&test, "z", "v1", NULL);
	static const struct row rows[] = {
		{"all", "GET /v2/_catalog", NULL, NULL, 200,
		 "Content-Type: application/json\nLink: -",
		 "{\"repositories\":[\"a\",\"b/c\",\"z\"]}\n"},
		{"two", "GET /v2/_catalog?n=2", NULL, NULL, 200,
		 "Link: </v2/_catalog?n=2&last=b%2Fc>; rel=\"next\"",
		 "{\"repositories\":[\"a\",\"b/c\"]}"},
		{"the rest", "GET /v2/_catalog?n=2&last=b%2Fc", NULL, NULL, 200, "Link: -",
		 "{\"repositories\":[\"z\"]}"},
		{"none", "GET /v2/_catalog?n=0", NULL, NULL, 200, "Link: -",
		 "{\"repositories\":[]}"},
		{"garbage", "GET /v2/_catalog?n=x", NULL, NULL, 400, NULL,
		 "PAGINATION_NUMBER_INVALID"},
	};
	TEST_ROWS(&test, rows);
}

TEST(switches_forbid_for_everybody)
{
	autotest struct api_test test;

	api_test_start(&test, &open_to_all);
	test_push_image(&test, "a", "v1", NULL);
	api_set_settings(test.api, &(struct api_settings){0});
	static const struct row no_delete[] = {
		{"manifest", "DELETE /v2/a/manifests/v1", NULL, NULL, 405, "Allow: GET, HEAD, PUT",
		 "UNSUPPORTED"},
		{"blob", "DELETE /v2/a/blobs/{layer}", NULL, NULL, 405, "Allow: GET, HEAD",
		 "UNSUPPORTED"},
		{"catalog", "GET /v2/_catalog", NULL, NULL, 405, NULL, "UNSUPPORTED"},
		{"start", "POST /v2/a/blobs/uploads/", NULL, "", 202, NULL, "", "up"},
		{"cancelling an upload deletes nothing", "DELETE {up}", NULL, NULL, 204, NULL, ""},
		{"start for later", "POST /v2/a/blobs/uploads/", NULL, "", 202, NULL, "", "up"},
	};
	TEST_ROWS(&test, no_delete);

	autostrlist struct strlist fields = {0};
	strlist_add(&fields, "X-Team: blue");
	strlist_add(&fields, "X-Broken: a\r\nX-Injected: b"); /* left out */
	api_set_settings(test.api, &(struct api_settings){.delete_enabled = true,
							  .read_only = true,
							  .catalog_enabled = true,
							  .fields = &fields});
	static const struct row read_only[] = {
		{"delete", "DELETE /v2/a/manifests/v1", NULL, NULL, 405, "Allow: GET, HEAD",
		 "UNSUPPORTED"},
		{"put", "PUT /v2/a/manifests/v2", TYPE(OCI_MANIFEST), "{manifest-body}", 405,
		 "X-Team: blue\nX-Broken: -\nX-Injected: -", "read-only"},
		{"start", "POST /v2/a/blobs/uploads/", NULL, "", 405, NULL, "UNSUPPORTED"},
		{"go on", "PATCH {up}", NULL, "x", 405, NULL, "UNSUPPORTED"},
		{"cancel", "DELETE {up}", NULL, NULL, 405, "Allow: GET, HEAD", "UNSUPPORTED"},
		{"where it stands", "GET {up}", NULL, NULL, 204, "Range: 0-0", ""},
		{"get", "GET /v2/a/manifests/v1", NULL, NULL, 200, "X-Team: blue",
		 "{manifest-body}"},
	};
	TEST_ROWS(&test, read_only);
}

TEST(a_field_that_is_none_is_refused)
{
	autostrlist struct strlist fields = {0};
	autoerr struct err err = {0};
	struct api *api = NULL;
	struct api_settings settings = {.fields = &fields};

	strlist_add(&fields, "no colon");
	CHECK(api_new(&(struct api_options){.settings = &settings}, &api, &err) < 0);
	CHECK_INT(err.kind, ERR_INPUT);
	CHECK_STR(err_text(&err), "header field 'no colon' is not 'Name: value'");
}

TEST(a_blob_may_be_too_large)
{
	autotest struct api_test test;
	struct api_test_options options = open_to_all;

	options.settings.max_blob_bytes = 4;
	api_test_start(&test, &options);
	static const struct row rows[] = {
		{"at once", "POST /v2/a/blobs/uploads/?digest=" HELLO, NULL, "hello", 413, NULL,
		 "SIZE_INVALID"},
		{"start", "POST /v2/a/blobs/uploads/", NULL, "", 202, NULL, "", "up"},
		{"up to there", "PATCH {up}", NULL, "hell", 202, "Range: 0-3", ""},
		{"and no further", "PATCH {up}", NULL, "o", 413, NULL, "SIZE_INVALID"},
		{"nor in chunks", "PATCH {up}", "Transfer-Encoding: chunked\r\n",
		 "1\r\no\r\n0\r\n\r\n", 413, NULL, "SIZE_INVALID"},
		{"what was there stays", "GET {up}", NULL, NULL, 204, "Range: 0-3", ""},
	};
	TEST_ROWS(&test, rows);
}
