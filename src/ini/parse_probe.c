/* parse_probe.c - what to ask for: tcp:, unix:, http:, file:, command:.
 * SPDX-License-Identifier: Apache-2.0 */
#include "ini/parse.h"

#include "base/banned.h"

/* "HOST:PORT", "[HOST]:PORT" or, with a port of its own, "HOST". An empty host is our own. */
static int address_parse(struct arena *arena, struct str text, uint16_t default_port,
			 struct probe_spec *probe, struct err *err)
{
	struct str host, port;
	if (text.len && text.ptr[0] == '[') {
		const char *end = memchr(text.ptr, ']', text.len);
		if (!end)
			return err_set(err, ERR_INPUT, "'%s' has a [ without ]", probe->text);
		host = (struct str){text.ptr + 1, (size_t)(end - text.ptr) - 1};
		port = (struct str){end + 1, text.len - host.len - 2};
		if (port.len && port.ptr[0] != ':')
			return err_set(err, ERR_INPUT, "'%s' has more than a port behind its ]",
				       probe->text);
		if (port.len)
			port = (struct str){port.ptr + 1, port.len - 1};
		else
			port.ptr = NULL;
	} else {
		port = text;
		host = str_cut(&port, ':');
		if (!port.ptr && !default_port) { /* tcp:8080 */
			port = host;
			host = (struct str){0};
		}
	}
	uint64_t number = default_port;
	if (port.ptr && !str_to_u64(port, &number))
		return err_set(err, ERR_INPUT, "'%s' has no port number (HOST:PORT)", probe->text);
	if (number < 1 || number > UINT16_MAX)
		return err_set(err, ERR_INPUT, "'%s' needs a port from 1 to 65535", probe->text);
	probe->host = host.len ? arena_str(arena, host) : "127.0.0.1";
	probe->port = (uint16_t)number;
	return 0;
}

static int path_parse(const char *text, struct probe_spec *probe, const char **ret_path,
		      struct err *err)
{
	if (text_starts(text, "///"))
		text += 2; /* unix:///run/x */
	if (text[0] != '/' && !(probe->kind == PROBE_UNIX && text[0] == '@' && text[1]))
		return err_set(err, ERR_INPUT, "'%s' needs an absolute path", probe->text);
	*ret_path = text;
	return 0;
}

static int tcp_parse(struct arena *arena, const char *text, struct probe_spec *probe,
		     struct err *err)
{
	if (text_starts(text, "//"))
		text += 2;
	return address_parse(arena, str_of(text), 0, probe, err);
}

static int unix_parse(struct arena *arena, const char *text, struct probe_spec *probe,
		      struct err *err)
{
	return path_parse(arena_strdup(arena, text), probe, &probe->path, err);
}

static int http_parse(struct arena *arena, const char *text, struct probe_spec *probe,
		      struct err *err)
{
	size_t n = strcspn(text, "/");
	if (address_parse(arena, (struct str){text, n}, 80, probe, err))
		return -1;
	probe->path = text[n] ? arena_strdup(arena, text + n) : "/";
	if (probe->path[strcspn(probe->path, " \t\r\n")])
		return err_set(err, ERR_INPUT, "'%s' has a blank in its path", probe->text);
	return 0;
}

static int http_unix_parse(struct arena *arena, const char *text, struct probe_spec *probe,
			   struct err *err)
{
	const char *cut = strstr(text, ":/");
	if (text_starts(text, "///"))
		text += 2;
	if (text[0] != '/')
		return err_set(err, ERR_INPUT, "'%s' is not http+unix:/SOCKET:/PATH", probe->text);
	probe->socket =
		arena_str(arena, (struct str){text, cut ? (size_t)(cut - text) : strlen(text)});
	probe->path = cut ? arena_strdup(arena, cut + 1) : "/";
	if (probe->path[strcspn(probe->path, " \t\r\n")])
		return err_set(err, ERR_INPUT, "'%s' has a blank in its path", probe->text);
	return 0;
}

static int command_parse(struct arena *arena, const char *text, struct probe_spec *probe,
			 struct err *err)
{
	if (parse_words(arena, text, &probe->words, err))
		return -1;
	if (!probe->words.n)
		return err_set(err, ERR_INPUT, "'%s' names no command", probe->text);
	return 0;
}

static const struct {
	const char *prefix;
	enum probe_kind kind;
	int (*parse)(struct arena *arena, const char *text, struct probe_spec *probe,
		     struct err *err);
} probe_forms[] = {
	{"tcp:", PROBE_TCP, tcp_parse},      {"unix:", PROBE_UNIX, unix_parse},
	{"http://", PROBE_HTTP, http_parse}, {"http+unix:", PROBE_HTTP, http_unix_parse},
	{"file:", PROBE_FILE, unix_parse},   {"command:", PROBE_COMMAND, command_parse},
};

int parse_probe(struct arena *arena, const char *text, struct probe_spec *ret_probe,
		struct err *err)
{
	if (text_starts(text, "https:"))
		return err_set(err, ERR_INPUT,
			       "'%s': there is no TLS in here, use http:, tcp: or command:", text);
	for (size_t i = 0; i < ARRAY_LEN(probe_forms); i++) {
		if (!text_starts(text, probe_forms[i].prefix))
			continue;
		struct probe_spec probe = {.kind = probe_forms[i].kind,
					   .text = arena_strdup(arena, text)};
		if (probe_forms[i].parse(arena, text + strlen(probe_forms[i].prefix), &probe, err))
			return -1;
		*ret_probe = probe;
		return 0;
	}
	return err_set(err, ERR_INPUT,
		       "'%s' is none of tcp:HOST:PORT, unix:PATH, http://HOST[:PORT]/PATH, "
		       "http+unix:SOCKET:/PATH, file:PATH and command:WORDS",
		       text);
}
