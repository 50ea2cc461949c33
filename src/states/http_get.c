/* http_get.c - one request of plain HTTP and its answer.
 * SPDX-License-Identifier: Apache-2.0
 * Source: RFC 9112. */
#include "states/http_get.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "states/system_limits.h"
#include "states/text_file.h"

#include "base/banned.h"

void http_answer_done(struct http_answer *answer)
{
	buf_done(&answer->text);
}

/* ---- where ---- */

struct http_target {
	struct str host; /* without brackets */
	struct str authority, path;
	uint64_t port;
};

static int parse_url(const char *url, struct http_target *ret_target, struct err *err)
{
	struct str rest = str_of(url);
	struct http_target target = {.port = 80, .path = STR("/")};

	if (str_starts(rest, STR("https://")))
		return err_set(err, ERR_INPUT, "'%s': https is not spoken here, only http", url);
	if (!str_starts(rest, STR("http://")) || strpbrk(url, " \r\n\t"))
		return err_set(err, ERR_INPUT, "'%s' is no URL of http://HOST[:PORT]/PATH", url);
	rest = (struct str){rest.ptr + strlen("http://"), rest.len - strlen("http://")};
	size_t len = strcspn(rest.ptr, "/?#");
	target.authority = (struct str){rest.ptr, len};
	if (rest.ptr[len] == '/' || rest.ptr[len] == '?')
		target.path = (struct str){rest.ptr + len, strcspn(rest.ptr + len, "#")};
	struct str host = target.authority;
	if (host.len && *host.ptr == '[') {
		struct str port = {host.ptr + 1, host.len - 1};
		target.host = str_cut(&port, ']');
		host = port;
		str_cut(&host, ':');
	} else {
		target.host = str_cut(&host, ':');
	}
	bool has_port = host.ptr && host.len;
	if (!target.host.len || memchr(target.authority.ptr, '@', target.authority.len) ||
	    (has_port && (!str_to_u64(host, &target.port) || !target.port || target.port > 65535)))
		return err_set(err, ERR_INPUT, "'%s': no host, or no port", url);
	*ret_target = target;
	return 0;
}

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static bool is_number(const char *text, uint64_t port, union address *ret_address)
{
	union address address = {0};

	if (inet_pton(AF_INET, text, &address.v4.sin_addr) == 1) {
		address.v4.sin_family = AF_INET;
		address.v4.sin_port = htons((uint16_t)port);
	} else if (inet_pton(AF_INET6, text, &address.v6.sin6_addr) == 1) {
		address.v6.sin6_family = AF_INET6;
		address.v6.sin6_port = htons((uint16_t)port);
	} else {
		return false;
	}
	*ret_address = address;
	return true;
}

/* Words of a line of hosts(5): the first one's address, when the host is among the others. */
static bool line_has(struct str line, struct str host, struct str *ret_number)
{
	struct str rest = str_cut(&line, '#');
	bool is_first = true;

	while (rest.len) {
		size_t len = 0;
		while (len < rest.len && rest.ptr[len] != ' ' && rest.ptr[len] != '\t')
			len++;
		struct str word = {rest.ptr, len};
		if (is_first && len)
			*ret_number = word;
		else if (len == host.len && !strncasecmp(word.ptr, host.ptr, len))
			return true;
		is_first = is_first && !len;
		len += len < rest.len;
		rest = (struct str){rest.ptr + len, rest.len - len};
	}
	return false;
}

static int find_address(struct world *world, const struct http_target *target,
			union address *ret_address, struct err *err)
{
	autofree char *host = str_dup(target->host);
	autobuf struct buf hosts = {0};
	struct str number = {0};

	if (is_number(host, target->port, ret_address))
		return 0;
	if (text_file_read(world, "/etc/hosts", &hosts, NULL, err))
		return -1;
	for (struct str rest = buf_str(&hosts); rest.len;) {
		if (!line_has(str_cut(&rest, '\n'), target->host, &number))
			continue;
		autofree char *text = str_dup(number);
		if (is_number(text, target->port, ret_address))
			return 0;
	}
	if (text_eq(host, "localhost"))
		return is_number("127.0.0.1", target->port, ret_address) ? 0 : -1;
	return err_set(err, ERR_MISSING, "there is no '%s' in /etc/hosts", host);
}

/* ---- talking ---- */

static int connect_to(int fd, const union address *address, struct str host, struct err *err)
{
	const struct timeval wait = {.tv_sec = LIMIT_HTTP_WAIT_MS / 1000};
	socklen_t size =
		address->any.sa_family == AF_INET ? sizeof(address->v4) : sizeof(address->v6);

	/* connect(2) minds the time for sending */
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) ||
	    connect(fd, &address->any, size))
		return err_sys(err, "asking '%.*s'", STR_ARG(host));
	return 0;
}

static int converse(int fd, struct str question, struct buf *ret_answer, struct err *err)
{
	int64_t deadline = clock_monotonic_ns() + LIMIT_HTTP_WAIT_MS * NS_PER_SEC / 1000;
	char piece[4096];
	ssize_t n;

	while (question.len) {
		n = send(fd, question.ptr, question.len, MSG_NOSIGNAL);
		if (n < 0)
			return err_sys(err, "asking");
		question = (struct str){question.ptr + n, question.len - (size_t)n};
	}
	while ((n = recv(fd, piece, sizeof(piece), 0)) > 0) {
		buf_append(ret_answer, piece, (size_t)n);
		if (ret_answer->overflowed)
			return err_set(err, ERR_LIMIT, "the answer has more than %zu bytes",
				       ret_answer->max);
		if (clock_monotonic_ns() > deadline)
			return err_set(err, ERR_SYSTEM, "the answer has no end");
	}
	/* Who closes with our bytes unread resets what he has said already. */
	return n < 0 && (errno != ECONNRESET || !ret_answer->len) ? err_sys(err, "hearing") : 0;
}

/* The value of a field of the head; {NULL, 0}: none. */
static struct str field_of(struct str head, const char *name)
{
	while (head.len) {
		struct str value = str_cut(&head, '\n'), key = str_cut(&value, ':');
		if (value.ptr && str_is_nocase(key, name))
			return str_trim(value);
	}
	return (struct str){0};
}

static int parse_answer(struct str all, struct http_answer *answer, struct str *ret_location,
			struct err *err)
{
	const char *end = memmem(all.ptr ? all.ptr : "", all.len, "\r\n\r\n", 4);
	struct str head = {all.ptr, end ? (size_t)(end - all.ptr) : 0}, rest = head;
	struct str line = str_cut(&rest, '\n');
	uint64_t status;

	if (!str_starts(line, STR("HTTP/1.")) || line.len < 12 ||
	    !str_to_u64((struct str){line.ptr + 9, 3}, &status) || status < 100)
		return err_set(err, ERR_CORRUPT, "that is no HTTP");
	answer->status = (unsigned)status;
	*ret_location = status / 100 == 3 ? field_of(rest, "location") : (struct str){0};
	end += 4;
	buf_append(&answer->text, end, (size_t)(all.ptr + all.len - end));
	return 0;
}

/* *ret_next: where it has gone to, owned; NULL: it is here. */
static int ask_once(struct world *world, const struct http_request *request, const char *url,
		    struct http_answer *answer, char **ret_next, struct err *err)
{
	autobuf struct buf question = {0};
	autobuf struct buf all = {.max = LIMIT_HTTP_ANSWER};
	autoclose int fd = -1;
	struct http_target target, first;
	union address address;
	struct str location;

	if (parse_url(url, &target, err) || parse_url(request->url, &first, err) ||
	    find_address(world, &target, &address, err))
		return -1;
	/* What was meant for one server, a password perhaps, is not told to another. */
	bool is_first = str_eq(target.authority, first.authority);
	fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect_to(fd, &address, target.authority, err))
		return -1;
	buf_printf(&question, "%s %s%.*s HTTP/1.0\r\nHost: %.*s\r\nUser-Agent: hull-state\r\n",
		   is_first ? request->method : "GET", *target.path.ptr == '/' ? "" : "/",
		   STR_ARG(target.path), STR_ARG(target.authority));
	if (is_first)
		buf_append_str(&question, request->fields);
	if (is_first && request->body.len)
		buf_printf(&question, "Content-Length: %zu\r\n", request->body.len);
	buf_puts(&question, "Connection: close\r\n\r\n");
	if (is_first)
		buf_append_str(&question, request->body);
	if (buf_check(&question, "a request", err) || converse(fd, buf_str(&question), &all, err) ||
	    parse_answer(buf_str(&all), answer, &location, err))
		return -1;
	if (!location.len)
		return 0;
	*ret_next = *location.ptr == '/' ? xasprintf("http://%.*s%.*s", STR_ARG(target.authority),
						     STR_ARG(location))
					 : str_dup(location);
	return 0;
}

int http_ask(struct world *world, const struct http_request *request,
	     struct http_answer *ret_answer, struct err *err)
{
	autofree char *url = xstrdup(request->url);

	for (int i = 0; i <= LIMIT_HTTP_REDIRECTIONS; i++) {
		cleanup(http_answer_done) struct http_answer answer = {.text.max =
									       LIMIT_HTTP_ANSWER};
		autofree char *next = NULL;
		if (ask_once(world, request, url, &answer, &next, err))
			return -1;
		if (!next) {
			*ret_answer = steal(&answer);
			return 0;
		}
		free(url);
		url = steal(&next);
	}
	return err_set(err, ERR_LIMIT, "'%s' leads from one place to the next", request->url);
}
