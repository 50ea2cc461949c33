/* health_request.c - the head of a request for /healthz, /readyz or /metrics: strict and small.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/health_request.h"

#include "base/banned.h"

static bool is_token(struct str s)
{
	static const char marks[] = "!#$%&'*+-.^_`|~";
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		bool is_alphanumeric =
			(c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (!is_alphanumeric && (c == '\0' || !strchr(marks, c)))
			return false;
	}
	return s.len > 0;
}

/* Characters from `first` to '~'; blanks and tabs may stand in a field's value. */
static bool is_printable(struct str s, char first)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];
		bool is_blank = c == '\t' && first == ' ';
		if ((c < (unsigned char)first || c == 0x7f) && !is_blank)
			return false;
	}
	return true;
}

/* Cuts at CR LF; a lone one of them makes the line bad: is_printable refuses it. */
static struct str cut_line(struct str *rest)
{
	const char *end = memmem(rest->ptr, rest->len, "\r\n", 2);
	struct str line = {rest->ptr, (size_t)(end - rest->ptr)};
	*rest = (struct str){end + 2, rest->len - line.len - 2};
	return line;
}

static int parse_first_line(struct str line, struct health_request *ret_request, bool *ret_is_1_1)
{
	struct str method = str_cut(&line, ' '), target = str_cut(&line, ' ');
	if (!is_token(method) || target.len == 0 || *target.ptr != '/' ||
	    !is_printable(target, '!'))
		return 400;
	if (!str_starts(line, STR("HTTP/")))
		return 400;
	*ret_is_1_1 = str_is(line, "HTTP/1.1");
	if (!*ret_is_1_1 && !str_is(line, "HTTP/1.0"))
		return 505;
	ret_request->is_head = str_is(method, "HEAD");
	if (!ret_request->is_head && !str_is(method, "GET"))
		return 405;
	ret_request->path = str_cut(&target, '?');
	return 200;
}

static int parse_field(struct str line, int *n_hosts)
{
	if (!memchr(line.ptr, ':', line.len))
		return 400;
	struct str name = str_cut(&line, ':'), value = str_trim_blanks(line);
	if (!is_token(name) || !is_printable(line, ' '))
		return 400;
	*n_hosts += str_is_nocase(name, "host");
	if (str_is_nocase(name, "transfer-encoding") ||
	    (str_is_nocase(name, "content-length") && !str_is(value, "0")))
		return 400; /* a body */
	return 200;
}

int health_request_parse(struct str bytes, size_t max, struct health_request *ret_request)
{
	const char *end = bytes.len ? memmem(bytes.ptr, bytes.len, "\r\n\r\n", 4) : NULL;
	if (!end)
		return bytes.len >= max ? 431 : 0;
	struct health_request request = {0};
	bool is_1_1 = false;
	int n_hosts = 0;
	struct str rest = {bytes.ptr, (size_t)(end - bytes.ptr) + 2};
	int status = parse_first_line(cut_line(&rest), &request, &is_1_1);
	while (status == 200 && rest.len)
		status = parse_field(cut_line(&rest), &n_hosts);
	if (status == 200 && (n_hosts > 1 || (is_1_1 && n_hosts == 0)))
		return 400;
	if (status == 200)
		*ret_request = request;
	return status;
}
