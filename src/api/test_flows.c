/* test_flows.c - requests that belong together: pushes that break and go on, clients at once, old
 * clients, answers to HEAD.
 * SPDX-License-Identifier: Apache-2.0 */
#include "api/test_fixture.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>

#include "base/clock.h"

#define OCI_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define OCI_INDEX    "application/vnd.oci.image.index.v1+json"
#define LARGE        ((size_t)3 << 20)
#define SOME         70000 /* more than a loop collects */

static const struct api_test_options open_to_all = {
	.settings = {.delete_enabled = true, .catalog_enabled = true}};

static struct str pattern(struct api_test *test, size_t len)
{
	char *bytes = arena_alloc(&test->arena, len + 1);

	for (size_t i = 0; i < len; i++)
		bytes[i] = (char)('a' + (i * 7 + i / 251) % 26);
	return (struct str){bytes, len};
}

static bool same(struct str a, struct str b)
{
	return a.len == b.len && !memcmp(a.ptr, b.ptr, a.len);
}

TEST(a_large_blob_goes_in_and_out_whole_and_in_parts)
{
	autotest struct api_test test;

	api_test_start(&test, &open_to_all);
	struct str bytes = pattern(&test, LARGE);
	test_word(&test, "blob", test_push_blob(&test, "a", bytes, NULL));
	struct reply whole = test_call(&test, "GET /v2/a/blobs/{blob}", NULL, (struct str){0});
	CHECK_INT(whole.status, 200);
	CHECK(same(whole.body, bytes));
	struct reply part = test_call(&test, "GET /v2/a/blobs/{blob}",
				      "Range: bytes=1000000-2000000\r\n", (struct str){0});
	CHECK_INT(part.status, 206);
	CHECK(same(part.body, (struct str){bytes.ptr + 1000000, 1000001}));
}

TEST(a_large_blob_comes_in_chunks)
{
	autotest struct api_test test;
	autobuf struct buf chunks = {0};

	api_test_start(&test, &open_to_all);
	struct str bytes = pattern(&test, LARGE);
	struct digest digest = digest_of_bytes(bytes.ptr, bytes.len);
	for (size_t at = 0, n = 1; at < bytes.len; at += n, n = n * 3 % 100003 + 1) {
		size_t len = n < bytes.len - at ? n : bytes.len - at;
		buf_printf(&chunks, "%zx\r\n", len);
		buf_append(&chunks, bytes.ptr + at, len);
		buf_puts(&chunks, "\r\n");
	}
	buf_puts(&chunks, "0\r\n\r\n");
	struct reply reply = test_call(&test, "POST /v2/a/blobs/uploads/", NULL, STR(""));
	test_word(&test, "up", reply_field(&test, &reply, "Location"));
	test_word(&test, "blob", digest.text);
	reply = test_call(&test, "PATCH {up}", "Transfer-Encoding: chunked\r\n", buf_str(&chunks));
	CHECK_INT(reply.status, 202);
	CHECK_STR(reply_field(&test, &reply, "Range"), "0-3145727");
	reply = test_call(&test, "PUT {up}?digest={blob}", NULL, STR(""));
	CHECK_INT(reply.status, 201);
	reply = test_call(&test, "GET /v2/a/blobs/{blob}", NULL, (struct str){0});
	CHECK(same(reply.body, bytes));
}

static int dial(const struct api_test *test)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)test->port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0 && !connect(fd, (struct sockaddr *)&address, sizeof(address)));
	return fd;
}

static void put_bytes(int fd, struct str bytes)
{
	while (bytes.len) {
		ssize_t n = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
		CHECK(n > 0);
		bytes.ptr += n;
		bytes.len -= (size_t)n;
	}
}

/* A PATCH of `announced` bytes, of which only these are sent. */
static int begin_patch(struct api_test *test, size_t announced, struct str bytes)
{
	autobuf struct buf head = {0};
	int fd = dial(test);

	buf_printf(&head, "%s HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n\r\n",
		   test_expand(test, "PATCH {up}"), announced);
	put_bytes(fd, buf_str(&head));
	put_bytes(fd, bytes);
	return fd;
}

/* Asks until the session has so many bytes: what a broken connection brought takes its time. */
static void wait_for_range(struct api_test *test, const char *range)
{
	int64_t patience = clock_monotonic_ns() + 20 * NS_PER_SEC;
	const char *got = NULL;

	while (clock_monotonic_ns() < patience) {
		struct reply reply = test_call(test, "GET {up}", NULL, (struct str){0});
		CHECK_INT(reply.status, 204);
		got = reply_field(test, &reply, "Range");
		if (text_eq(got, range))
			return;
		poll(NULL, 0, 10);
	}
	CHECK_STR(got, range);
}

TEST(what_came_before_the_connection_broke_counts)
{
	autotest struct api_test test;

	api_test_start(&test, &open_to_all);
	struct str bytes = pattern(&test, 2 * (size_t)SOME);
	struct digest digest = digest_of_bytes(bytes.ptr, bytes.len);
	struct reply reply = test_call(&test, "POST /v2/a/blobs/uploads/", NULL, STR(""));
	test_word(&test, "up", reply_field(&test, &reply, "Location"));
	test_word(&test, "blob", digest.text);
	int fd = begin_patch(&test, bytes.len, (struct str){bytes.ptr, SOME});
	close(fd);
	wait_for_range(&test, "0-69999");
	do /* until the broken request has let go of it */
		reply = test_call(&test, "PATCH {up}", "Content-Range: 70000-139999\r\n",
				  (struct str){bytes.ptr + SOME, SOME});
	while (reply.status == 409);
	CHECK_INT(reply.status, 202);
	reply = test_call(&test, "PUT {up}?digest={blob}", NULL, STR(""));
	CHECK_INT(reply.status, 201);
	reply = test_call(&test, "GET /v2/a/blobs/{blob}", NULL, (struct str){0});
	CHECK(same(reply.body, bytes));
}

TEST(a_session_has_one_writer)
{
	autotest struct api_test test;
	char answer[16] = {0};

	api_test_start(&test, &open_to_all);
	struct str bytes = pattern(&test, 2 * (size_t)SOME);
	struct reply reply = test_call(&test, "POST /v2/a/blobs/uploads/", NULL, STR(""));
	test_word(&test, "up", reply_field(&test, &reply, "Location"));
	autoclose int fd = begin_patch(&test, bytes.len, (struct str){bytes.ptr, SOME});
	wait_for_range(&test, "0-69999");
	reply = test_call(&test, "PATCH {up}", NULL, STR("x"));
	CHECK_INT(reply.status, 409);
	CHECK(memmem(reply.body.ptr, reply.body.len, "BLOB_UPLOAD_INVALID", 19));
	CHECK_INT(test_call(&test, "DELETE {up}", NULL, (struct str){0}).status, 409);
	put_bytes(fd, (struct str){bytes.ptr + SOME, SOME});
	CHECK(recv(fd, answer, 12, MSG_WAITALL) == 12);
	CHECK_STR(answer, "HTTP/1.1 202");
	wait_for_range(&test, "0-139999");
}

TEST(a_list_is_its_amd64_image_to_clients_that_know_no_lists)
{
	static const char list[] =
		"{\"schemaVersion\":2,\"mediaType\":"
		"\"application/vnd.docker.distribution.manifest.list.v2+json\",\"manifests\":["
		"{\"mediaType\":\"application/vnd.docker.distribution.manifest.v2+json\",\"digest\":"
		"\"{image}\",\"size\":{size},\"platform\":{\"architecture\":\"amd64\",\"os\":"
		"\"linux\"}}]}";
	static const char image[] =
		"{\"schemaVersion\":2,\"mediaType\":"
		"\"application/vnd.docker.distribution.manifest.v2+json\",\"config\":{\"mediaType\":"
		"\"application/vnd.docker.container.image.v1+json\",\"digest\":\"{config}\","
		"\"size\":2},\"layers\":[]}";
#define SCHEMA2 "application/vnd.docker.distribution.manifest.v2+json"
#define LIST    "application/vnd.docker.distribution.manifest.list.v2+json"
	autotest struct api_test test;

	api_test_start(&test, &open_to_all);
	test_word(&test, "config", test_push_blob(&test, "a", STR("{}"), NULL));
	const char *body = test_expand(&test, image);
	struct digest digest = digest_of_bytes(body, strlen(body));
	autofree char *size = xasprintf("%zu", strlen(body));
	test_word(&test, "image", digest.text);
	test_word(&test, "image-body", body);
	test_word(&test, "size", size);
	test_word(&test, "list-body", test_expand(&test, list));
	struct digest of_list = digest_of_bytes(test_expand(&test, "{list-body}"),
						strlen(test_expand(&test, "{list-body}")));
	test_word(&test, "list", of_list.text);
	static const struct row rows[] = {
		{"the child is missing", "PUT /v2/a/manifests/v1", "Content-Type: " LIST "\r\n",
		 "{list-body}", 400, NULL, "MANIFEST_BLOB_UNKNOWN"},
		{"child", "PUT /v2/a/manifests/{image}", "Content-Type: " SCHEMA2 "\r\n",
		 "{image-body}", 201, NULL, NULL},
		{"list", "PUT /v2/a/manifests/v1", "Content-Type: " LIST "\r\n", "{list-body}", 201,
		 NULL, NULL},
		{"new client", "GET /v2/a/manifests/v1",
		 "Accept: " SCHEMA2 "\r\nAccept: " LIST "\r\n", NULL, 200,
		 "Content-Type: " LIST "\nDocker-Content-Digest: {list}", "{list-body}"},
		{"old client", "GET /v2/a/manifests/v1", "Accept: " SCHEMA2 "\r\n", NULL, 200,
		 "Content-Type: " SCHEMA2 "\nDocker-Content-Digest: {image}", "{image-body}"},
		{"old client, head", "HEAD /v2/a/manifests/v1", "Accept: " SCHEMA2 "\r\n", NULL,
		 200, "Docker-Content-Digest: {image}", ""},
		{"anything", "GET /v2/a/manifests/v1", "Accept: */*\r\n", NULL, 200,
		 "Content-Type: " LIST, "{list-body}"},
		{"nothing said", "GET /v2/a/manifests/v1", NULL, NULL, 200, "Content-Type: " LIST,
		 NULL},
		{"only OCI", "GET /v2/a/manifests/v1", "Accept: " OCI_MANIFEST "\r\n", NULL, 200,
		 "Content-Type: " LIST, NULL},
		{"by digest nothing is chosen", "GET /v2/a/manifests/{list}",
		 "Accept: " SCHEMA2 "\r\n", NULL, 200, "Content-Type: " LIST, "{list-body}"},
		{"the child is held", "DELETE /v2/a/manifests/{image}", NULL, NULL, 409, NULL,
		 "DENIED"},
		{"the list is not", "DELETE /v2/a/manifests/{list}", NULL, NULL, 202, NULL, ""},
		{"then neither is the child", "DELETE /v2/a/manifests/{image}", NULL, NULL, 202,
		 NULL, ""},
	};
	TEST_ROWS(&test, rows);
}

TEST(head_says_what_get_says)
{
	static const char *const paths[] = {
		"/v2/",
		"/v2/a/manifests/v1",
		"/v2/a/manifests/{manifest}",
		"/v2/a/manifests/none",
		"/v2/a/blobs/{layer}",
		"/v2/a/blobs/sha256:0000000000000000000000000000000000000000000000000000000000000000",
		"/v2/a/tags/list",
		"/v2/_catalog",
		"/v2/a/referrers/{manifest}",
		"/v2/a/b/c",
		"/",
	};
	static const char *const fields[] = {
		"Content-Length", "Content-Type",  "Docker-Content-Digest",          "ETag",
		"Accept-Ranges",  "Cache-Control", "Docker-Distribution-Api-Version"};
	autotest struct api_test test;

	api_test_start(&test, &open_to_all);
	test_push_image(&test, "a", "v1", NULL);
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		autofree char *get = xasprintf("GET %s", paths[i]);
		autofree char *head = xasprintf("HEAD %s", paths[i]);
		struct reply of_get = test_call(&test, get, NULL, (struct str){0});
		struct reply of_head = test_call(&test, head, NULL, (struct str){0});
		CHECK_INT(of_head.status, of_get.status);
		CHECK_INT(of_head.body.len, 0);
		for (size_t j = 0; j < ARRAY_LEN(fields); j++)
			CHECK_STR(reply_field(&test, &of_head, fields[j]),
				  reply_field(&test, &of_get, fields[j]));
	}
}

TEST(a_client_that_waits_for_leave_gets_it_or_an_answer)
{
	autotest struct api_test test;
	char answer[32] = {0};

	api_test_start(&test, &open_to_all);
	struct reply reply = test_call(&test, "POST /v2/a/blobs/uploads/", NULL, STR(""));
	test_word(&test, "up", reply_field(&test, &reply, "Location"));
	autobuf struct buf head = {0};
	autoclose int fd = dial(&test);
	buf_printf(&head,
		   "%s HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n"
		   "Connection: close\r\n\r\n",
		   test_expand(&test, "PATCH {up}"));
	put_bytes(fd, buf_str(&head));
	CHECK(recv(fd, answer, 25, MSG_WAITALL) == 25);
	CHECK_STR(answer, "HTTP/1.1 100 Continue\r\n\r\n");
	put_bytes(fd, STR("hello"));
	CHECK(recv(fd, answer, 12, MSG_WAITALL) == 12);
	answer[12] = 0;
	CHECK_STR(answer, "HTTP/1.1 202");

	autoclose int refused = dial(&test);
	put_bytes(refused, STR("PUT /v2/BAD/manifests/x HTTP/1.1\r\nHost: x\r\n"
			       "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n"));
	CHECK(recv(refused, answer, 12, MSG_WAITALL) == 12);
	answer[12] = 0;
	CHECK_STR(answer, "HTTP/1.1 400");
}

struct worker {
	struct api_test test; /* an address and words of its own */
	unsigned number;
	pthread_t thread;
};

static void *push_and_pull(void *arg)
{
	struct worker *worker = arg;
	struct api_test *test = &worker->test;

	for (int round = 0; round < 5; round++) {
		autofree char *repository = xasprintf("r%u/x", worker->number % 3);
		autofree char *tag = xasprintf("t%u-%d", worker->number, round);
		autofree char *get = xasprintf("GET /v2/%s/manifests/%s", repository, tag);
		autofree char *blob = xasprintf("GET /v2/%s/blobs/{layer}", repository);
		autofree char *list = xasprintf("GET /v2/%s/tags/list", repository);
		test_push_image(test, repository, tag, NULL);
		CHECK_INT(test_call(test, get, NULL, (struct str){0}).status, 200);
		CHECK_INT(test_call(test, blob, NULL, (struct str){0}).body.len, 27);
		CHECK_INT(test_call(test, list, NULL, (struct str){0}).status, 200);
	}
	return NULL;
}

TEST(clients_at_once_do_not_hinder_each_other)
{
	autotest struct api_test test;
	struct worker workers[8] = {0};

	api_test_start(&test, &open_to_all);
	for (unsigned i = 0; i < ARRAY_LEN(workers); i++) {
		workers[i].number = i;
		workers[i].test.port = test.port;
		CHECK(!pthread_create(&workers[i].thread, NULL, push_and_pull, &workers[i]));
	}
	for (unsigned i = 0; i < 20; i++)
		api_set_settings(test.api, &(struct api_settings){.catalog_enabled = true});
	for (unsigned i = 0; i < ARRAY_LEN(workers); i++) {
		CHECK(!pthread_join(workers[i].thread, NULL));
		map_done(&workers[i].test.words);
		arena_done(&workers[i].test.arena);
	}
	struct reply reply = test_call(&test, "GET /v2/r0/x/tags/list", NULL, (struct str){0});
	CHECK(memmem(reply.body.ptr, reply.body.len, "\"t6-4\"", 6));
}
