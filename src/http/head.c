/* head.c - two passes over a request's head: find its end, then read it strictly.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   head = *4CRLF method SP target SP "HTTP/1." digit CRLF *( name ":" value CRLF ) CRLF
 *
 * The first pass runs from line end to line end and judges only what no later byte can mend, so
 * that it says the same however the bytes arrive. The second sees the whole head once.
 *
 * Refused, as two readers in a chain could understand it differently (RFC 9112, 11.2):
 *   bare LF, bare CR, NUL and other control bytes; a continued line (5.2); a blank in front of a
 *   colon or of the first field (5.1, 2.2); Transfer-Encoding with Content-Length, twice, on
 *   HTTP/1.0 or other than "chunked" (6.1); Content-Length that is a list, signed, empty, too large
 *   or there twice even when both are equal (6.3); Host absent, twice, empty or no host (3.2); a
 *   target with blanks, with a fragment, or of the authority form (3.2.3); CONNECT. */
#include "http/head.h"

#include <string.h>

#include "base/buf.h"
#include "http/limits.h"

#include "base/banned.h"

#define TOKEN  1 /* RFC 9110, 5.6.2 */
#define VALUE  2 /* RFC 9110, 5.5: visible, blank, tab, obs-text */
#define TARGET 4 /* visible ASCII but "#" */
#define HOST   8 /* of names, addresses and ports: what RFC 3986 allows besides is never sent */

#define MARK   (VALUE | TARGET)
#define SIGN   (VALUE | TARGET | TOKEN)
#define LETTER (VALUE | TARGET | TOKEN | HOST)
#define COLON  (VALUE | TARGET | HOST)

static const unsigned char classes[256] = {
	['\t'] = VALUE,         [' '] = VALUE,
	['#'] = VALUE | TOKEN,  ['0' ... '9'] = LETTER,
	['A' ... 'Z'] = LETTER, ['a' ... 'z'] = LETTER,
	['-'] = LETTER,         ['.'] = LETTER,
	['_'] = LETTER,         ['~'] = LETTER,
	[':'] = COLON,          ['['] = COLON,
	[']'] = COLON,          ['!'] = SIGN,
	['$'] = SIGN,           ['%'] = SIGN,
	['&'] = SIGN,           ['\''] = SIGN,
	['*'] = SIGN,           ['+'] = SIGN,
	['^'] = SIGN,           ['`'] = SIGN,
	['|'] = SIGN,           ['"'] = MARK,
	['('] = MARK,           [')'] = MARK,
	[','] = MARK,           ['/'] = MARK,
	[';'] = MARK,           ['<'] = MARK,
	['='] = MARK,           ['>'] = MARK,
	['?'] = MARK,           ['@'] = MARK,
	['\\'] = MARK,          ['{'] = MARK,
	['}'] = MARK,           [0x80 ... 0xff] = VALUE,
};

static const struct str method_texts[N_HTTP_METHODS] = {
	[HTTP_GET] = {"GET", 3},         [HTTP_HEAD] = {"HEAD", 4},
	[HTTP_POST] = {"POST", 4},       [HTTP_PUT] = {"PUT", 3},
	[HTTP_PATCH] = {"PATCH", 5},     [HTTP_DELETE] = {"DELETE", 6},
	[HTTP_OPTIONS] = {"OPTIONS", 7}, [HTTP_OTHER_METHOD] = {"other", 5},
};

const char *http_method_text(enum http_method method)
{
	return method_texts[method].ptr;
}

static enum http_method method_of(struct str text)
{
	for (enum http_method method = 0; method < HTTP_OTHER_METHOD; method++)
		if (str_eq(text, method_texts[method]))
			return method;
	return HTTP_OTHER_METHOD;
}

/* The fields that a head is understood by. */
enum known { HOST_FIELD, EXPECT, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING, N_KNOWN };
static const struct str known_names[N_KNOWN] = {
	[HOST_FIELD] = {"host", 4},
	[EXPECT] = {"expect", 6},
	[CONNECTION] = {"connection", 10},
	[CONTENT_LENGTH] = {"content-length", 14},
	[TRANSFER_ENCODING] = {"transfer-encoding", 17},
};

struct head_reader {
	struct http_head head;
	size_t max_fields;
	struct str authority; /* of an absolute target */
	struct {
		struct str value; /* the last one's */
		size_t n;
	} known[N_KNOWN];
	const char *why;
};

static enum head_state refuse(struct head_reader *reader, enum head_state state, const char *why)
{
	reader->why = why;
	return state;
}

static enum head_state bad(struct head_reader *reader, const char *why)
{
	return refuse(reader, HEAD_BAD, why);
}

/* Bytes at the front that are of the class. */
static size_t span(struct str text, unsigned char class)
{
	size_t i = 0;

	while (i < text.len && classes[(unsigned char)text.ptr[i]] & class)
		i++;
	return i;
}

/* Whether all bytes are VALUE: eight at a time, as values are most of a head. A byte below 0x20 is
 * found by the borrow of a subtraction, 0x7f and tab by looking at the word byte by byte. */
static bool is_value(struct str text)
{
	const uint64_t ones = ~UINT64_C(0) / 255;
	size_t i = 0;

	for (; i + 8 <= text.len; i += 8) {
		uint64_t word;
		memcpy(&word, text.ptr + i, 8);
		uint64_t is_delete = (word ^ ones * 0x7f) - ones;
		uint64_t is_control = word - ones * 0x20;
		if (((is_control & ~word) | (is_delete & ~(word ^ ones * 0x7f))) & ones * 0x80 &&
		    span((struct str){text.ptr + i, 8}, VALUE) < 8)
			return false;
	}
	text.ptr += i;
	text.len -= i;
	return span(text, VALUE) == text.len;
}

/* RFC 3986, 3.2: "name", "name:port", "192.0.2.1:port", "[v6]:port"; never a user. */
static bool is_authority(struct str text)
{
	if (!text.len || span(text, HOST) < text.len)
		return false;

	const char *end = text.ptr + text.len;
	const char *port;
	if (*text.ptr == '[') {
		const char *closed = memchr(text.ptr, ']', text.len);
		if (!closed || closed == text.ptr + 1)
			return false;
		port = closed + 1;
	} else {
		const char *colon = memchr(text.ptr, ':', text.len);
		port = colon ? colon : end;
		if (port == text.ptr)
			return false;
	}
	struct str host = {text.ptr + (*text.ptr == '['), 0};
	host.len = (size_t)(port - host.ptr) - (*text.ptr == '[');
	if (memchr(host.ptr, '[', host.len) || memchr(host.ptr, ']', host.len))
		return false;
	if (port == end)
		return true;
	if (*port++ != ':' || end - port > 5)
		return false;
	for (; port < end; port++)
		if (*port < '0' || *port > '9')
			return false;
	return true;
}

/* "http://host/path" becomes "/path" (RFC 9112, 3.2.2). */
static enum head_state cut_absolute(struct head_reader *reader)
{
	struct str target = reader->head.target;
	struct str scheme = {target.ptr, span(target, TOKEN)};

	if (!str_is_nocase(scheme, "http") && !str_is_nocase(scheme, "https"))
		return bad(reader, "the target is neither a path nor a URL");
	target.ptr += scheme.len;
	target.len -= scheme.len;
	if (!str_starts(target, STR("://")))
		return bad(reader, "the target is neither a path nor a URL");
	target.ptr += 3;
	target.len -= 3;

	size_t len = span(target, HOST);
	reader->authority = (struct str){target.ptr, len};
	if (!is_authority(reader->authority))
		return bad(reader, "the target's host is no host");
	target.ptr += len;
	target.len -= len;
	if (!target.len)
		target = reader->head.method == HTTP_OPTIONS ? STR("*") : STR("/");
	else if (*target.ptr != '/')
		return bad(reader, "the target's host is no host");
	reader->head.target = target;
	return HEAD_DONE;
}

static enum head_state read_target(struct head_reader *reader)
{
	struct http_head *head = &reader->head;

	if (!head->target.len)
		return bad(reader, "the request line has no target");
	if (span(head->target, TARGET) < head->target.len)
		return bad(reader, "the target has a byte that no target has");
	/* Its target is an authority, and what follows is no HTTP. */
	if (str_is(head->method_text, "CONNECT"))
		return bad(reader, "CONNECT is for proxies");
	if (*head->target.ptr == '/')
		return HEAD_DONE;
	if (str_is(head->target, "*") && head->method == HTTP_OPTIONS)
		return HEAD_DONE;
	return cut_absolute(reader);
}

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static enum head_state read_request_line(struct head_reader *reader, struct str line)
{
	struct http_head *head = &reader->head;
	size_t method_len = span(line, TOKEN);
	const size_t version_len = sizeof(" HTTP/1.1") - 1;

	if (method_len == 0 || method_len == line.len || line.ptr[method_len] != ' ')
		return bad(reader, "the request line does not start with a method");
	if (line.len < method_len + 1 + version_len)
		return bad(reader, "the request line does not end with a version");

	const char *version = line.ptr + line.len - version_len;
	if (memcmp(version, " HTTP/", 6) != 0 || !is_digit(version[6]) || version[7] != '.' ||
	    !is_digit(version[8]))
		return bad(reader, "the request line does not end with a version");
	if (version[6] != '1')
		return refuse(reader, HEAD_VERSION, "only HTTP/1.1 and HTTP/1.0 are spoken here");
	head->minor = version[8] != '0'; /* RFC 9110, 2.5: a later minor version is 1.1 to us */

	head->method_text = (struct str){line.ptr, method_len};
	head->method = method_of(head->method_text);
	const char *target = line.ptr + method_len + 1;
	head->target = (struct str){target, (size_t)(version - target)};
	return read_target(reader);
}

static void note_known(struct head_reader *reader, const struct http_field *field)
{
	for (enum known i = 0; i < N_KNOWN; i++) {
		if (field->name.len != known_names[i].len ||
		    !str_is_nocase(field->name, known_names[i].ptr))
			continue;
		reader->known[i].value = field->value;
		reader->known[i].n++;
	}
}

static enum head_state read_field(struct head_reader *reader, struct str line)
{
	size_t len = span(line, TOKEN);

	if (*line.ptr == ' ' || *line.ptr == '\t')
		return bad(reader, "a field starts with a blank");
	if (len == line.len)
		return bad(reader, "a field has no colon");
	if (line.ptr[len] != ':')
		return bad(reader, "a field's name has a byte that no name has");
	if (len == 0)
		return bad(reader, "a field has no name");
	if (reader->head.n_fields == reader->max_fields)
		return refuse(reader, HEAD_TOO_LARGE, "too many fields");

	struct http_field *field = &reader->head.fields[reader->head.n_fields++];
	field->name = (struct str){line.ptr, len};
	field->value = (struct str){line.ptr + len + 1, line.len - len - 1};
	if (!is_value(field->value))
		return bad(reader, "a field has a control byte");
	field->value = str_trim_blanks(field->value);
	note_known(reader, field);
	return HEAD_DONE;
}

static enum head_state read_host(struct head_reader *reader)
{
	struct str value = reader->known[HOST_FIELD].value;

	if (reader->known[HOST_FIELD].n > 1)
		return bad(reader, "Host is there twice");
	if (reader->known[HOST_FIELD].n == 0 && reader->head.minor > 0)
		return bad(reader, "Host is missing");
	if (reader->known[HOST_FIELD].n == 1 && !is_authority(value))
		return bad(reader, "Host is no host");
	reader->head.host = reader->authority.len ? reader->authority : value;
	return HEAD_DONE;
}

static enum head_state read_length(struct head_reader *reader)
{
	struct str value = reader->known[CONTENT_LENGTH].value;
	uint64_t length;

	if (reader->known[CONTENT_LENGTH].n > 1)
		return bad(reader, "Content-Length is there twice");
	for (size_t i = 0; i < value.len; i++)
		if (!is_digit(value.ptr[i]))
			return bad(reader, "Content-Length is no number");
	if (!str_to_u64(value, &length) || length > INT64_MAX)
		return bad(reader, "Content-Length is no number");
	reader->head.body_length = (int64_t)length;
	return HEAD_DONE;
}

/* RFC 9112, 6.3: how long the body is. */
static enum head_state read_framing(struct head_reader *reader)
{
	if (!reader->known[TRANSFER_ENCODING].n)
		return reader->known[CONTENT_LENGTH].n ? read_length(reader) : HEAD_DONE;
	if (reader->head.minor == 0)
		return bad(reader, "Transfer-Encoding on HTTP/1.0");
	if (reader->known[CONTENT_LENGTH].n)
		return bad(reader, "Transfer-Encoding together with Content-Length");
	if (reader->known[TRANSFER_ENCODING].n > 1)
		return bad(reader, "Transfer-Encoding is there twice");
	if (!str_is_nocase(reader->known[TRANSFER_ENCODING].value, "chunked"))
		return refuse(reader, HEAD_CODING, "only chunked is understood");
	reader->head.body_length = HTTP_BODY_CHUNKED;
	return HEAD_DONE;
}

static void read_connection(struct head_reader *reader)
{
	struct http_head *head = &reader->head;
	bool close = false;
	bool keep_alive = head->minor > 0;
	size_t left = reader->known[CONNECTION].n;

	for (size_t i = 0; left && i < head->n_fields; i++) {
		struct str rest = head->fields[i].value;
		if (!str_is_nocase(head->fields[i].name, known_names[CONNECTION].ptr))
			continue;
		left--;
		while (rest.ptr) {
			struct str option = str_trim_blanks(str_cut(&rest, ','));
			close |= str_is_nocase(option, "close");
			keep_alive |= str_is_nocase(option, "keep-alive");
		}
	}
	head->keep_alive = keep_alive && !close;
}

/* RFC 9110, 10.1.1: nothing to HTTP/1.0, and nothing to wait for without a body. */
static enum head_state read_expect(struct head_reader *reader)
{
	if (!reader->known[EXPECT].n || reader->head.minor == 0)
		return HEAD_DONE;
	if (reader->known[EXPECT].n > 1 ||
	    !str_is_nocase(reader->known[EXPECT].value, "100-continue"))
		return refuse(reader, HEAD_EXPECT, "only 100-continue is understood");
	reader->head.expects_continue = reader->head.body_length != 0;
	return HEAD_DONE;
}

/* `head` is the lines, each with its CRLF, without the empty one. */
static enum head_state read_head(struct head_reader *reader, struct str head)
{
	static enum head_state (*const rules[])(struct head_reader * reader) = {
		read_host,
		read_framing,
		read_expect,
	};
	const char *at = head.ptr;
	const char *end = head.ptr + head.len;

	while (at < end) {
		const char *line_end = memchr(at, '\n', (size_t)(end - at));
		struct str line = {at, (size_t)(line_end - 1 - at)};
		enum head_state state =
			at == head.ptr ? read_request_line(reader, line) : read_field(reader, line);
		if (state != HEAD_DONE)
			return state;
		at = line_end + 1;
	}
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		enum head_state state = rules[i](reader);
		if (state != HEAD_DONE)
			return state;
	}
	read_connection(reader);
	return HEAD_DONE;
}

/* Where the request line starts: behind a few empty lines. HEAD_PARTIAL: not yet to be told. */
static enum head_state find_start(struct str bytes, size_t *ret_start, const char **ret_why)
{
	size_t at = 0;

	while (at < bytes.len && bytes.ptr[at] == '\r') {
		if (at == (size_t)2 * LIMIT_HTTP_LEADING_BREAKS) {
			*ret_why = "too many empty lines in front of the request";
			return HEAD_BAD;
		}
		if (at + 1 == bytes.len)
			return HEAD_PARTIAL;
		if (bytes.ptr[at + 1] != '\n') {
			*ret_why = "a CR without its LF";
			return HEAD_BAD;
		}
		at += 2;
	}
	if (at == bytes.len)
		return HEAD_PARTIAL;
	/* Who speaks TLS or nothing at all to a plain port is told at once. */
	if (!(classes[(unsigned char)bytes.ptr[at]] & TOKEN)) {
		*ret_why = "the request line does not start with a method";
		return HEAD_BAD;
	}
	*ret_start = at;
	return HEAD_DONE;
}

/* Finds the empty line. *scanned: no line end stands before it but good ones of other lines. */
static enum head_state find_end(struct str bytes, size_t start, size_t *scanned, size_t *ret_end,
				const char **ret_why)
{
	size_t at = *scanned > start ? *scanned : start;

	while (at < bytes.len) {
		const char *found = memchr(bytes.ptr + at, '\n', bytes.len - at);
		if (!found) {
			*scanned = bytes.len;
			return HEAD_PARTIAL;
		}
		size_t i = (size_t)(found - bytes.ptr);
		if (i == start || bytes.ptr[i - 1] != '\r') {
			*ret_why = "an LF without its CR";
			return HEAD_BAD;
		}
		if (bytes.ptr[i - 2] == '\n') {
			*ret_end = i - 1;
			return HEAD_DONE;
		}
		at = *scanned = i + 1;
	}
	return HEAD_PARTIAL;
}

enum head_state head_parse(struct str bytes, struct http_field *fields, size_t max_fields,
			   size_t *scanned, struct http_head *ret_head, size_t *ret_len,
			   const char **ret_why)
{
	size_t start;
	size_t end;
	enum head_state state = find_start(bytes, &start, ret_why);

	if (state == HEAD_DONE)
		state = find_end(bytes, start, scanned, &end, ret_why);
	if (state != HEAD_DONE)
		return state;

	struct head_reader reader = {.head.fields = fields, .max_fields = max_fields};
	state = read_head(&reader, (struct str){bytes.ptr + start, end - start});
	if (state != HEAD_DONE) {
		*ret_why = reader.why;
		return state;
	}
	*ret_head = reader.head;
	*ret_len = end + 2;
	return HEAD_DONE;
}

struct str head_field(const struct http_head *head, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < head->n_fields; i++)
		if (head->fields[i].name.len == len && str_is_nocase(head->fields[i].name, name))
			return head->fields[i].value;
	return (struct str){0};
}

size_t head_count(const struct http_head *head, const char *name)
{
	size_t len = strlen(name);
	size_t n = 0;

	for (size_t i = 0; i < head->n_fields; i++)
		n += head->fields[i].name.len == len && str_is_nocase(head->fields[i].name, name);
	return n;
}

void head_join(const struct http_head *head, const char *name, struct buf *buf)
{
	size_t len = strlen(name);
	bool is_first = true;

	for (size_t i = 0; i < head->n_fields; i++) {
		const struct http_field *field = &head->fields[i];
		if (field->name.len != len || !str_is_nocase(field->name, name))
			continue;
		if (!is_first)
			buf_puts(buf, ", ");
		buf_append_str(buf, field->value);
		is_first = false;
	}
}
