/* test_fixture.c - starting, asking, comparing.
 * SPDX-License-Identifier: Apache-2.0 */
#include "api/test_fixture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>

#include "base/encode.h"
#include "base/vec.h"
#include "doc/json.h"
#include "registry/storage.h"

const struct api_test_options test_with_users = {
	.users = "{\"admin\":{\"password\":\"root\"},\"alice\":{\"password\":\"secret\"},"
		 "\"bob\":{\"password\":\"b\"},\"\":{}}",
	.acl = "[{\"match\":{\"account\":\"admin\"},\"actions\":[\"*\"]},"
	       "{\"match\":{\"type\":\"registry\",\"name\":\"catalog\",\"account\":\"/.+/\"},"
	       "\"actions\":[\"*\"]},"
	       "{\"match\":{\"account\":\"alice\",\"name\":\"alice/*\"},\"actions\":[\"*\"]},"
	       "{\"match\":{\"account\":\"alice\",\"name\":\"team/*\"},"
	       "\"actions\":[\"pull\",\"push\"]},"
	       "{\"match\":{\"account\":\"bob\",\"name\":\"team/*\"},\"actions\":[\"pull\"]},"
	       "{\"match\":{\"name\":\"public/*\",\"type\":\"repository\"},\"actions\":[\"pull\"]}]",
	.settings = {.delete_enabled = true, .catalog_enabled = true},
};

static void keep_event(const struct api_event *event, const char *cause, void *arg)
{
	struct seen_vec *seen = arg;

	pthread_mutex_lock(&seen->lock);
	vec_push(seen, {event->status, xstrdup(event->account), xstrdup(event->audit),
			xstrdup(event->detail), xstrdup(event->route), xstrdup(event->repository),
			xstrdup(event->address), xstrdup(cause), xstrdup(event->path)});
	pthread_mutex_unlock(&seen->lock);
}

static int listen_anywhere(unsigned *ret_port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	CHECK(fd >= 0 && !bind(fd, (struct sockaddr *)&address, len) && !listen(fd, 128));
	CHECK(!getsockname(fd, (struct sockaddr *)&address, &len));
	*ret_port = ntohs(address.sin_port);
	return fd;
}

static void make_accounts(struct api_test *test, const struct api_test_options *options)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	struct accounts_options accounts = {0};
	struct node *users = NULL, *acl = NULL;

	CHECK_OK(json_parse(&arena, "users", str_of(options->users), &users, &err), &err);
	if (options->acl)
		CHECK_OK(json_parse(&arena, "acl", str_of(options->acl), &acl, &err), &err);
	node_foreach(user, users) {
		const char *password = node_get_text(user, "password");
		autofree char *hash = NULL;
		if (!password || !*password)
			continue;
		CHECK_OK(password_hash(password, 4, &hash, &err), &err);
		node_set_text(&arena, user, "password", hash);
	}
	accounts.users = users;
	accounts.acl = acl;
	CHECK_OK(accounts_new(&accounts, &test->accounts, &err), &err);
	test->guard = guard_new(&(struct guard_options){.free_failures = 5});
}

static struct access_policy *make_policy(struct api_test *test,
					 const struct api_test_options *options)
{
	autoerr struct err err = {0};
	struct access_policy *policy = NULL;
	struct token_options token = {.issuer = "Test \"issuer\" <1>",
				      .service = "registry.test",
				      .expiration_s = 300,
				      .key_id = KEY_ID_LIBTRUST};
	struct access_options access = {
		.trusts = options->trusts,
		.n_trusts = options->n_trusts,
		.service = "registry.test",
		.token_prefix = options->prefix,
		.basic_realm = options->basic_realm,
		.is_open = !options->users && !options->n_trusts,
		.proxies = options->proxies,
		.real_ip_header = options->real_ip_header,
		.real_ip_pos = options->real_ip_pos,
		.hsts = options->hsts,
	};

	if (options->n_trusts)
		access.realm = "https://elsewhere.test/auth";
	if (options->users) {
		make_accounts(test, options);
		CHECK_OK(key_generate(KEY_P256, 0, &test->key, &err), &err);
		token.key = test->key;
		access.accounts = test->accounts;
		access.guard = test->guard;
		access.token = options->basic_realm ? NULL : &token;
	}
	CHECK_OK(access_policy_new(&access, &policy, &err), &err);
	return policy;
}

void api_test_start(struct api_test *test, const struct api_test_options *options)
{
	autoerr struct err err = {0};
	const char *path = NULL;
	struct registry_options registry = {0};
	struct http_listener listener = {0};
	struct http_limits limits = {.loops = 2, .body_ms = 5000};
	struct http_server_options server = {
		.listeners = &listener, .n_listeners = 1, .limits = &limits};

	*test = (struct api_test){0};
	test->seen = xcalloc(1, sizeof(*test->seen));
	pthread_mutex_init(&test->seen->lock, NULL);
	registry.own_dirfd = -1;
	registry.cache_bytes = options->cache_bytes;
	registry.storage = options->storage;
	if (!registry.storage) {
		test_dir(&path);
		CHECK_OK(storage_fs_open(path, &(struct storage_fs_options){0}, &registry.storage,
					 &err),
			 &err);
		registry.own_dirfd = storage_fs_own_dir(registry.storage);
	}
	CHECK_OK(registry_open(&registry, &test->registry, &err), &err);
	struct access_policy *policy = make_policy(test, options);
	struct api_options api = {test->registry, policy, &options->settings, keep_event,
				  test->seen};
	CHECK_OK(api_new(&api, &test->api, &err), &err);
	access_policy_unref(policy);
	listener.fd = listen_anywhere(&test->port);
	server.handler = api_handler(test->api);
	CHECK_OK(http_server_start(&server, &test->server, &err), &err);
}

void api_test_stop(struct api_test *test)
{
	if (test->server)
		http_server_free(steal(&test->server));
}

void api_test_end(struct api_test *test)
{
	api_test_stop(test);
	api_free(test->api);
	registry_close(test->registry);
	accounts_unref(test->accounts);
	key_unref(test->key);
	if (test->guard)
		guard_free(test->guard);
	vec_foreach(seen, test->seen) {
		free(seen->account);
		free(seen->audit);
		free(seen->detail);
		free(seen->route);
		free(seen->repository);
		free(seen->address);
		free(seen->cause);
		free(seen->path);
	}
	vec_done(test->seen);
	pthread_mutex_destroy(&test->seen->lock);
	free(test->seen);
	map_done(&test->words);
	arena_done(&test->arena);
}

void test_word(struct api_test *test, const char *name, const char *value)
{
	map_set(&test->words, name, arena_strdup(&test->arena, value));
}

const char *test_expand(struct api_test *test, const char *text)
{
	autobuf struct buf out = {0};

	for (; *text; text++) {
		size_t len = strspn(text + 1, "abcdefghijklmnopqrstuvwxyz-");
		autofree char *name = *text == '{' ? xstrndup(text + 1, len) : NULL;
		const char *value =
			name && text[len + 1] == '}' ? map_get(&test->words, name) : NULL;
		if (value) {
			buf_puts(&out, value);
			text += len + 1;
		} else {
			buf_putc(&out, *text);
		}
	}
	return arena_strdup(&test->arena, buf_text(&out));
}

static struct reply parse_reply(struct api_test *test, const struct buf *got)
{
	struct reply reply = {0};
	uint64_t status = 0;
	struct str whole = {arena_str(&test->arena, buf_str(got)), got->len};
	const char *end = whole.len ? memmem(whole.ptr, whole.len, "\r\n\r\n", 4) : NULL;

	if (!end || whole.len < 12 || !str_to_u64((struct str){whole.ptr + 9, 3}, &status))
		return reply;
	const char *fields = memmem(whole.ptr, whole.len, "\r\n", 2);
	reply.status = (int)status;
	reply.head = fields == end ? ""
				   : arena_str(&test->arena,
					       (struct str){fields + 2, (size_t)(end - fields)});
	reply.body = (struct str){end + 4, (size_t)(whole.ptr + whole.len - end - 4)};
	if (status == 100) { /* what was meant stands behind */
		struct buf rest = {.ptr = (char *)reply.body.ptr, .len = reply.body.len};
		return parse_reply(test, &rest);
	}
	return reply;
}

struct reply test_send(struct api_test *test, struct str bytes)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)test->port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	autoclose int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct timeval patience = {.tv_sec = 20};
	autobuf struct buf got = {.max = (size_t)64 << 20};

	CHECK(fd >= 0 && !connect(fd, (struct sockaddr *)&address, sizeof(address)));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	while (bytes.len) {
		ssize_t n = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
		if (n <= 0)
			break;
		bytes.ptr += n;
		bytes.len -= (size_t)n;
	}
	for (;;) {
		char *room = buf_reserve(&got, 65536);
		ssize_t n = room ? recv(fd, room, 65536, 0) : 0;
		if (n <= 0) {
			CHECK(n == 0 || errno != EAGAIN);
			break;
		}
		buf_added(&got, (size_t)n);
	}
	return parse_reply(test, &got);
}

struct reply test_call(struct api_test *test, const char *line, const char *fields, struct str body)
{
	autobuf struct buf bytes = {.max = (size_t)64 << 20};

	buf_printf(&bytes, "%s HTTP/1.1\r\nHost: registry.test\r\nConnection: close\r\n%s",
		   test_expand(test, line), fields ? test_expand(test, fields) : "");
	if (body.ptr && (!fields || !strstr(fields, "Transfer-Encoding")))
		buf_printf(&bytes, "Content-Length: %zu\r\n", body.len);
	buf_puts(&bytes, "\r\n");
	buf_append_str(&bytes, body);
	return test_send(test, buf_str(&bytes));
}

const char *reply_field(struct api_test *test, const struct reply *reply, const char *name)
{
	const char *line = reply->head ? reply->head : "";
	size_t len = strlen(name);

	while (*line) {
		const char *end = strstr(line, "\r\n");
		size_t n = end ? (size_t)(end - line) : strlen(line);
		if (n > len + 1 && line[len] == ':' && !strncasecmp(line, name, len))
			return arena_str(&test->arena,
					 str_trim((struct str){line + len + 1, n - len - 1}));
		if (n == len + 1 && line[len] == ':' && !strncasecmp(line, name, len))
			return "";
		line += n + (end ? 2 : 0);
	}
	return NULL;
}

static void check_fields(struct api_test *test, const struct row *row, const struct reply *reply)
{
	const char *wanted = test_expand(test, row->want_fields);
	struct str rest = str_of(wanted);

	while (rest.len) {
		struct str line = str_cut(&rest, '\n');
		struct str name = str_cut(&line, ':');
		struct str value = str_trim(line);
		const char *got = reply_field(test, reply, arena_str(&test->arena, name));
		if (str_is(value, "-") ? got != NULL : !got || !str_is(value, got))
			test_fail(__FILE__, __LINE__, "%s: %.*s is '%s', not '%.*s'", row->name,
				  STR_ARG(name), got ? got : "absent", STR_ARG(value));
	}
}

void test_rows(struct api_test *test, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct row *row = &rows[i];
		const char *body = row->body ? test_expand(test, row->body) : NULL;
		struct reply reply = test_call(test, row->line, row->fields, str_of(body));
		const char *want = row->want_body ? test_expand(test, row->want_body) : NULL;

		if (reply.status != row->status)
			test_fail(__FILE__, __LINE__, "%s: %s is %d, not %d: %.*s", row->name,
				  row->line, reply.status, row->status, STR_ARG(reply.body));
		if (row->want_fields)
			check_fields(test, row, &reply);
		if (want && !memmem(reply.body.ptr, reply.body.len, want, strlen(want)))
			test_fail(__FILE__, __LINE__, "%s: '%.*s' has no '%s'", row->name,
				  STR_ARG(reply.body), want);
		if (want && !*want && reply.body.len)
			test_fail(__FILE__, __LINE__, "%s: '%.*s' is not empty", row->name,
				  STR_ARG(reply.body));
		if (row->keep)
			test_word(test, row->keep, reply_field(test, &reply, "Location"));
	}
}

const char *test_push_blob(struct api_test *test, const char *repository, struct str bytes,
			   const char *fields)
{
	struct digest digest = digest_of_bytes(bytes.ptr, bytes.len);
	autofree char *post = xasprintf("POST /v2/%s/blobs/uploads/", repository);
	struct reply reply = test_call(test, post, fields, STR(""));

	CHECK_INT(reply.status, 202);
	autofree char *put =
		xasprintf("PUT %s?digest=%s", reply_field(test, &reply, "Location"), digest.text);
	reply = test_call(test, put, fields, bytes);
	CHECK_INT(reply.status, 201);
	CHECK_STR(reply_field(test, &reply, "Docker-Content-Digest"), digest.text);
	return arena_strdup(&test->arena, digest.text);
}

void test_push_image(struct api_test *test, const char *repository, const char *tag,
		     const char *fields)
{
	static const char layer[] = "one layer, not much of one\n";
	autobuf struct buf all = {0};

	test_word(test, "config", test_push_blob(test, repository, STR("{}"), fields));
	test_word(test, "layer", test_push_blob(test, repository, str_of(layer), fields));
	const char *manifest = test_expand(
		test,
		"{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
		"\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\","
		"\"digest\":\"{config}\",\"size\":2},\"layers\":[{\"mediaType\":"
		"\"application/vnd.oci.image.layer.v1.tar\",\"digest\":\"{layer}\","
		"\"size\":27}]}");
	struct digest digest = digest_of_bytes(manifest, strlen(manifest));
	test_word(test, "manifest", digest.text);
	test_word(test, "manifest-body", manifest);
	autofree char *put = xasprintf("PUT /v2/%s/manifests/%s", repository, tag);
	buf_printf(&all, "%sContent-Type: application/vnd.oci.image.manifest.v1+json\r\n",
		   fields ? fields : "");
	struct reply reply = test_call(test, put, buf_text(&all), str_of(manifest));
	if (reply.status != 201)
		test_fail(__FILE__, __LINE__, "the image is refused: %d %.*s", reply.status,
			  STR_ARG(reply.body));
}

const char *test_basic(struct api_test *test, const char *account, const char *password)
{
	autofree char *pair = xasprintf("%s:%s", account, password);
	autobuf struct buf text = {0};

	base64_encode(&text, pair, strlen(pair));
	return arena_printf(&test->arena, "Authorization: Basic %s\r\n", buf_text(&text));
}

const char *test_login(struct api_test *test, const char *account, const char *password,
		       const char *query)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	struct node *root = NULL;
	autofree char *line = xasprintf("GET /auth?service=registry.test%s", query);
	struct reply reply = test_call(
		test, line, account ? test_basic(test, account, password) : NULL, (struct str){0});

	CHECK_INT(reply.status, 200);
	CHECK_OK(json_parse(&arena, "token", reply.body, &root, &err), &err);
	return arena_printf(&test->arena, "Authorization: Bearer %s\r\n",
			    node_get_text(root, "token"));
}
