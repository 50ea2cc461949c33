/* resolv.c - the text of a container's /etc/resolv.conf.
 * SPDX-License-Identifier: Apache-2.0
 * Source: resolv.conf(5); what is left out and put in is what docker does. */
#include <fcntl.h>

#include "base/io.h"
#include "net/limits.h"
#include "net/net_private.h"

#include "base/banned.h"

#define RESOLVED_STUB "127.0.0.53"
#define RESOLVED_REAL "/run/systemd/resolve/resolv.conf"

/* When the host has no server that a container could reach; docker's own choice. */
static const char *const fallback_servers[] = {"8.8.8.8", "8.8.4.4"};

/* The address of a "nameserver" line, else empty. */
static struct str server_of(struct str line)
{
	struct str rest = str_trim(line);
	if (!str_starts(rest, STR("nameserver")) || rest.len == strlen("nameserver"))
		return (struct str){0};
	struct str address = {rest.ptr + strlen("nameserver"), rest.len - strlen("nameserver")};
	if (address.ptr[0] != ' ' && address.ptr[0] != '\t')
		return (struct str){0};
	return str_trim(address);
}

static bool is_loopback(struct str address)
{
	return str_starts(address, STR("127.")) || str_is(address, "::1");
}

/* The stub alone: resolved's other file knows where it asks. */
static bool is_only_stub(struct str text)
{
	size_t n = 0, n_stub = 0;
	while (text.ptr) {
		struct str server = server_of(str_cut(&text, '\n'));
		n += server.len > 0;
		n_stub += str_is(server, RESOLVED_STUB);
	}
	return n && n == n_stub;
}

void resolv_write(struct str text, const struct str *real, enum net_mode mode,
		  const struct strlist *dns, struct buf *out)
{
	bool has_given = dns && dns->n;
	size_t n_servers = 0;
	if (mode != NET_HOST && !has_given && real && is_only_stub(text))
		text = *real;
	while (text.ptr) {
		struct str line = str_cut(&text, '\n');
		struct str server = server_of(line);
		if (server.len && (has_given || (mode != NET_HOST && is_loopback(server))))
			continue;
		if (!text.ptr && !line.len) /* behind the last newline */
			break;
		n_servers += server.len > 0;
		buf_append_str(out, line);
		buf_putc(out, '\n');
	}
	for (size_t i = 0; has_given && i < dns->n; i++)
		buf_printf(out, "nameserver %s\n", dns->items[i]);
	if (has_given || n_servers || mode != NET_BRIDGE)
		return;
	for (size_t i = 0; i < ARRAY_LEN(fallback_servers); i++)
		buf_printf(out, "nameserver %s\n", fallback_servers[i]);
}

/* A missing file is an empty one. */
static int text_read(const char *path, struct buf *text, struct err *err)
{
	if (!file_read_at(AT_FDCWD, path, LIMIT_NET_TEXT, text, err))
		return 0;
	if (err->kind != ERR_MISSING)
		return -1;
	err_clear(err);
	return 0;
}

int net_resolv_text(enum net_mode mode, const struct strlist *dns, struct buf *out, struct err *err)
{
	autobuf struct buf text = {0}, real = {0};
	if (text_read("/etc/resolv.conf", &text, err) || text_read(RESOLVED_REAL, &real, err))
		return -1;
	struct str upstream = buf_str(&real);
	resolv_write(buf_str(&text), real.len ? &upstream : NULL, mode, dns, out);
	return buf_check(out, "the container's resolv.conf", err);
}
