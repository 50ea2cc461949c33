/* listen.c - from "HOST:PORT" and "unix:PATH" to listening descriptors.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/vec.h"
#include "http/server_private.h"

#include "base/banned.h"

struct place { /* of one address that the name stands for */
	struct sockaddr_storage name;
	socklen_t len;
};

static int listen_err(struct err *err, const char *address)
{
	if (errno == EADDRINUSE)
		return err_set(err, ERR_EXISTS, "listening on '%s': somebody else does already",
			       address);
	if (errno == EADDRNOTAVAIL)
		return err_set(err, ERR_INPUT, "listening on '%s': not an address of this host",
			       address);
	return err_sys(err, "listening on '%s'", address);
}

/* A bound socket, or -1 with errno. */
static int place_bind(const struct place *place, bool is_shared)
{
	int on = 1;
	int off = 0;
	autoclose int fd = socket(place->name.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    (is_shared && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on))))
		return -1;
	/* Only "::" takes IPv4 along, whatever the system's default is. */
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&place->name;
	if (place->name.ss_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY,
		       IN6_IS_ADDR_UNSPECIFIED(&six->sin6_addr) ? &off : &on, sizeof(on)))
		return -1;
	if (bind(fd, (const struct sockaddr *)&place->name, place->len))
		return -1;
	return steal_fd(&fd);
}

/* SO_REUSEPORT would let us share a port with another server of the same user and get half of its
 * clients: so the port must first be ours alone. Port 0 becomes a real one here. */
static int place_probe(struct place *place)
{
	autoclose int fd = place_bind(place, false);

	if (fd < 0 || listen(fd, 1) ||
	    getsockname(fd, (struct sockaddr *)&place->name, &place->len))
		return -1;
	return 0;
}

static int place_open(const struct place *place, bool is_tls, bool is_shared,
		      struct http_listener_vec *listeners)
{
	autoclose int fd = place_bind(place, is_shared);

	if (fd < 0 || listen(fd, LIMIT_HTTP_BACKLOG))
		return -1;
	vec_push(listeners, (struct http_listener){steal_fd(&fd), is_tls});
	return 0;
}

static int place_listen(struct place *place, const char *address, bool is_tls, size_t n_loops,
			struct http_listener_vec *listeners, struct err *err)
{
	if (place_probe(place))
		return listen_err(err, address);
	for (size_t i = 0; i < n_loops; i++) {
		if (place_open(place, is_tls, n_loops > 1, listeners))
			return listen_err(err, address);
	}
	return 0;
}

/* True: another server answers there. */
static bool unix_is_alive(const struct sockaddr_un *name)
{
	autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return fd >= 0 &&
	       (!connect(fd, (const struct sockaddr *)name, sizeof(*name)) || errno == EAGAIN);
}

static int listen_unix(const char *path, bool is_tls, struct http_listener_vec *listeners,
		       struct err *err)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	struct stat st;
	size_t len = strlen(path);

	if (len == 0 || len >= sizeof(name.sun_path))
		return err_set(err, ERR_INPUT, "'unix:%s': a path has 1 to %zu bytes", path,
			       sizeof(name.sun_path) - 1);
	memcpy(name.sun_path, path, len);
	if (!lstat(path, &st)) {
		if (!S_ISSOCK(st.st_mode))
			return err_set(err, ERR_EXISTS, "'%s' is there and not a socket", path);
		if (unix_is_alive(&name))
			return err_set(err, ERR_EXISTS,
				       "listening on 'unix:%s': somebody else does already", path);
		if (unlink(path))
			return err_sys(err, "removing the old socket '%s'", path);
	}
	autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&name, sizeof(name)) || chmod(path, 0666) ||
	    listen(fd, LIMIT_HTTP_BACKLOG))
		return err_sys(err, "listening on 'unix:%s'", path);
	vec_push(listeners, (struct http_listener){steal_fd(&fd), is_tls});
	return 0;
}

/* "HOST:PORT", "[v6]:PORT", ":PORT" to its two parts. */
static int address_split(const char *address, char **ret_host, char **ret_port, struct err *err)
{
	struct str rest = str_of(address);
	struct str host;
	uint64_t number;

	if (text_starts(address, "[")) {
		rest.ptr++;
		rest.len--;
		host = str_cut(&rest, ']');
		if (rest.len == 0 || rest.ptr[0] != ':')
			return err_set(err, ERR_INPUT, "'%s': no port behind ']'", address);
		rest.ptr++;
		rest.len--;
	} else {
		host = str_cut(&rest, ':');
	}
	if (!str_to_u64(rest, &number) || number > UINT16_MAX)
		return err_set(err, ERR_INPUT, "'%s': not HOST:PORT with a port of 0 to 65535",
			       address);
	*ret_host = host.len ? str_dup(host) : NULL;
	*ret_port = str_dup(rest);
	return 0;
}

/* Nobody has given a host: "::" takes both families where the kernel has IPv6. */
static int listen_everywhere(const char *address, const char *port, bool is_tls, size_t n_loops,
			     struct http_listener_vec *listeners, struct err *err)
{
	uint64_t number = 0;
	str_to_u64(str_of(port), &number);
	struct place place = {.len = sizeof(struct sockaddr_in6)};
	*(struct sockaddr_in6 *)&place.name = (struct sockaddr_in6){
		.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)number)};
	autoclose int has_six = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (has_six < 0) {
		place = (struct place){.len = sizeof(struct sockaddr_in)};
		*(struct sockaddr_in *)&place.name = (struct sockaddr_in){
			.sin_family = AF_INET, .sin_port = htons((uint16_t)number)};
	}
	return place_listen(&place, address, is_tls, n_loops, listeners, err);
}

int http_listen(const char *address, bool is_tls, size_t n_loops,
		struct http_listener_vec *listeners, struct err *err)
{
	autofree char *host = NULL;
	autofree char *port = NULL;

	if (text_starts(address, "unix:"))
		return listen_unix(address + sizeof("unix:") - 1, is_tls, listeners, err);
	if (address_split(address, &host, &port, err))
		return -1;
	n_loops = n_loops ? n_loops : http_default_loops();
	if (!host)
		return listen_everywhere(address, port, is_tls, n_loops, listeners, err);

	struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
				 .ai_socktype = SOCK_STREAM};
	struct addrinfo *found;
	int failed = getaddrinfo(host, port, &hints, &found);
	if (failed)
		return err_set(err, ERR_INPUT, "'%s': %s", address, gai_strerror(failed));
	int result = 0;
	for (struct addrinfo *it = found; it && !result; it = it->ai_next) {
		struct place place = {.len = it->ai_addrlen};
		memcpy(&place.name, it->ai_addr, it->ai_addrlen);
		result = place_listen(&place, address, is_tls, n_loops, listeners, err);
	}
	freeaddrinfo(found);
	return result;
}
