/* listening.c - the sockets: those that a manager handed over, or those that the file names.
 * SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <sys/un.h>

#include "base/log.h"
#include "base/vec.h"
#include "service/notify.h"
#include "service/service_private.h"

#include "base/banned.h"

#define ADDRESS_TEXT_MAX 160

static void address_of(int fd, char out[ADDRESS_TEXT_MAX])
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_un local;
		struct sockaddr_storage room;
	} address = {0};
	socklen_t len = sizeof(address);
	char text[INET6_ADDRSTRLEN] = "?";

	if (getsockname(fd, &address.any, &len))
		address.any.sa_family = AF_UNSPEC;
	switch (address.any.sa_family) {
	case AF_INET:
		inet_ntop(AF_INET, &address.v4.sin_addr, text, sizeof(text));
		snprintf(out, ADDRESS_TEXT_MAX, "%s:%u", text, ntohs(address.v4.sin_port));
		return;
	case AF_INET6:
		inet_ntop(AF_INET6, &address.v6.sin6_addr, text, sizeof(text));
		snprintf(out, ADDRESS_TEXT_MAX, "[%s]:%u", text, ntohs(address.v6.sin6_port));
		return;
	case AF_UNIX: snprintf(out, ADDRESS_TEXT_MAX, "unix:%s", address.local.sun_path); return;
	default: snprintf(out, ADDRESS_TEXT_MAX, "?");
	}
}

static void tell(const struct http_listener_vec *listeners, const char *what)
{
	char last[ADDRESS_TEXT_MAX] = "", text[ADDRESS_TEXT_MAX];

	vec_foreach(listener, listeners) {
		address_of(listener->fd, text);
		if (!text_eq(text, last)) /* one descriptor a loop */
			log_info("%s on %s%s", what, text, listener->is_tls ? " (TLS)" : "");
		memcpy(last, text, sizeof(last));
	}
}

static bool is_local(int fd)
{
	struct sockaddr_storage address = {0};
	socklen_t len = sizeof(address);
	return !getsockname(fd, (struct sockaddr *)&address, &len) && address.ss_family == AF_UNIX;
}

/* By its name a socket is the admin's or plain; a local one is always plain. */
static void adopt(struct service *service, int i, struct listening *listening)
{
	int fd = NOTIFY_FIRST_FD + i;
	char name[NOTIFY_NAME_MAX];

	notify_socket_name(service->options->env, i, name);
	bool is_admin = text_eq(name, "admin");
	bool is_plain =
		is_admin || text_eq(name, "plain") || is_local(fd) || !service->config.tls.n;
	struct http_listener_vec *kind = is_admin ? &listening->admin : &listening->main;
	vec_push(kind, {.fd = fd, .is_tls = !is_plain});
}

/* A taken port is told with the place that asks for it. */
static int listen_one(const struct listen_address *address, size_t n_loops,
		      struct http_listener_vec *listeners, struct err *err)
{
	if (!http_listen(address->text, address->is_tls, n_loops, listeners, err))
		return 0;
	if (err->kind == ERR_EXISTS || err->kind == ERR_DENIED)
		err->kind = ERR_INPUT; /* the file asks for what cannot be had */
	if (!address->pos.line)
		return err_wrap(err, "%s", address->pos.file ? address->pos.file : "listen");
	return err_wrap(err, "%s:%u:%u", address->pos.file, address->pos.line, address->pos.column);
}

int listening_open(struct service *service, struct listening *ret_listening, struct err *err)
{
	const struct registry_config *config = &service->config;
	struct listening listening = {0};
	size_t n_loops = config->http.loops ? config->http.loops : http_default_loops();
	int n_handed = 0;

	if (notify_sockets(service->options->env, &n_handed, err))
		return -1;
	for (int i = 0; i < n_handed; i++)
		adopt(service, i, &listening);
	int failed = 0;
	if (!listening.main.n)
		vec_foreach(address, &config->listen)
			if (!failed)
				failed = listen_one(address, n_loops, &listening.main, err);
	if (!failed && !listening.admin.n && config->admin.text)
		failed = listen_one(&config->admin, 1, &listening.admin, err);
	if (failed) {
		listening_close(&listening);
		return -1;
	}
	tell(&listening.main, "listening");
	tell(&listening.admin, "admin listening");
	*ret_listening = listening;
	return 0;
}

void listening_close(struct listening *listening)
{
	vec_foreach(listener, &listening->main)
		if (listener->fd >= 0)
			close(listener->fd);
	vec_foreach(listener, &listening->admin)
		if (listener->fd >= 0)
			close(listener->fd);
	vec_done(&listening->main);
	vec_done(&listening->admin);
}
