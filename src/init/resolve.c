/* resolve.c - the addresses of a name: known ones at once, others from DNS, never blocking.
 * SPDX-License-Identifier: Apache-2.0 */
#include "init/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/banned.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"
#include "init/dns.h"

/* As resolv.conf(5) and musl: servers, and names tried. */
#define SERVERS_MAX     3
#define SEARCH_MAX      6
#define SEARCH_BYTES    256
#define NDOTS_MAX       15
#define SERVER_PORT     53
/* Rounds over all servers before a name is given up; a server has this long to answer. */
#define ROUNDS          2
#define ANSWER_NS       (NS_PER_SEC)
/* How much longer the answer with the other kind of address may take. */
#define OTHER_ANSWER_NS (NS_PER_SEC / 4)

static const enum dns_type types[] = {DNS_A, DNS_AAAA};

/* ---- resolv.conf(5), read again for each try: it is small, and it changes ---- */

struct resolve_config {
	struct address servers[SERVERS_MAX];
	size_t n_servers;
	char search[SEARCH_BYTES]; /* words, one blank between */
	unsigned ndots;
};

static bool next_word(struct str *rest, struct str *ret_word)
{
	*rest = str_trim_blanks(*rest);
	size_t len = 0;
	while (len < rest->len && rest->ptr[len] != ' ' && rest->ptr[len] != '\t')
		len++;
	*ret_word = (struct str){rest->ptr, len};
	*rest = (struct str){rest->ptr + len, rest->len - len};
	return len > 0;
}

static void read_option(struct resolve_config *config, struct str option)
{
	uint64_t number;
	struct str name = str_cut(&option, ':');
	if (str_is(name, "ndots") && str_to_u64(option, &number))
		config->ndots = number > NDOTS_MAX ? NDOTS_MAX : (unsigned)number;
}

static void read_line(struct resolve_config *config, struct str line, uint16_t port)
{
	struct str word, value;
	line = str_trim(line);
	if (!next_word(&line, &word))
		return;
	if (str_is(word, "nameserver") && config->n_servers < SERVERS_MAX) {
		char text[ADDRESS_TEXT];
		if (next_word(&line, &value) && value.len < sizeof(text)) {
			snprintf(text, sizeof(text), "%.*s", STR_ARG(value));
			if (address_of_number(text, port, &config->servers[config->n_servers]))
				config->n_servers++;
		}
	} else if (str_is(word, "search") || str_is(word, "domain")) {
		line = str_trim_blanks(line); /* the last one counts */
		if (line.len < sizeof(config->search))
			snprintf(config->search, sizeof(config->search), "%.*s", STR_ARG(line));
	} else if (str_is(word, "options")) {
		while (next_word(&line, &value))
			read_option(config, value);
	}
}

static void read_config(const struct resolve *resolve, struct resolve_config *ret_config)
{
	*ret_config = (struct resolve_config){.ndots = 1};
	uint16_t port = resolve->server_port ? resolve->server_port : SERVER_PORT;
	char text[2048];
	const char *path = resolve->config ? resolve->config : "/etc/resolv.conf";
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text));
	struct str rest = {text, n > 0 ? (size_t)n : 0};
	while (rest.len)
		read_line(ret_config, str_cut(&rest, '\n'), port);
	if (ret_config->n_servers == 0) { /* as resolv.conf(5) has it */
		address_of_number("127.0.0.1", port, &ret_config->servers[0]);
		ret_config->n_servers = 1;
	}
}

/* The name to ask for as the number-th; false: there are no more. */
static bool candidate_name(const struct resolve_config *config, const char *name, unsigned number,
			   char out[DNS_NAME_MAX])
{
	unsigned dots = 0;
	for (const char *at = name; *at; at++)
		dots += *at == '.';
	bool is_absolute = *name && name[strlen(name) - 1] == '.';
	bool plain_first = is_absolute || dots >= config->ndots;
	struct str search = is_absolute ? STR("") : str_of(config->search), word = {0};
	unsigned at = 0;
	if (plain_first && number == at++)
		return (size_t)snprintf(out, DNS_NAME_MAX, "%s", name) < DNS_NAME_MAX;
	for (int i = 0; i < SEARCH_MAX && next_word(&search, &word); i++) {
		if (number == at++)
			return (size_t)snprintf(out, DNS_NAME_MAX, "%s.%.*s", name, STR_ARG(word)) <
			       DNS_NAME_MAX;
	}
	if (!plain_first && number == at)
		return (size_t)snprintf(out, DNS_NAME_MAX, "%s", name) < DNS_NAME_MAX;
	return false;
}

/* ---- one try: both questions to one server ---- */

static void stop(struct resolve *resolve)
{
	if (!resolve->events)
		return;
	timer_cancel(resolve->events, &resolve->timer);
	if (resolve->watch.active) {
		watch_stop(resolve->events, &resolve->watch);
		close(resolve->watch.fd);
	}
}

void resolve_cancel(struct resolve *resolve)
{
	stop(resolve);
}

static void finish(struct resolve *resolve)
{
	stop(resolve);
	resolve->done(resolve);
}

static int send_queries(struct resolve *resolve, const char *name, const struct address *server)
{
	autoclose int fd =
		socket(server->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* connected: the kernel passes on what comes from that server alone, and its ICMP errors */
	if (fd < 0 || connect(fd, &server->any, address_size(server)))
		return -errno;
	random_bytes(resolve->ids, sizeof(resolve->ids));
	resolve->failed[0] = resolve->failed[1] = false;
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		uint8_t query[DNS_QUERY_MAX];
		size_t len = dns_query(resolve->ids[i], name, types[i], query);
		if (len == 0)
			return -EINVAL;
		if (!resolve->answered[i] && send(fd, query, len, MSG_NOSIGNAL) < 0)
			return -errno;
	}
	int failed = watch_start(resolve->events, &resolve->watch, fd, EPOLLIN);
	if (!failed)
		resolve->watch.fd = steal_fd(&fd);
	return failed;
}

static void say_no_answer(struct resolve *resolve, const struct address *server, int error)
{
	char text[ADDRESS_TEXT];
	address_format(server, text);
	if (error)
		snprintf(resolve->reason, sizeof(resolve->reason), "name server %s: %s", text,
			 strerror(error));
	else
		snprintf(resolve->reason, sizeof(resolve->reason), "no answer from name server %s",
			 text);
}

/* Sends to the next server, of the next name when all were asked; ends when there is no more. */
static void try_next(struct resolve *resolve)
{
	struct resolve_config config;
	char name[DNS_NAME_MAX];
	read_config(resolve, &config);
	for (; candidate_name(&config, resolve->name, resolve->candidate, name);
	     resolve->candidate++, resolve->attempt = 0) {
		while (resolve->attempt < config.n_servers * ROUNDS) {
			const struct address *server =
				&config.servers[resolve->attempt++ % config.n_servers];
			int failed = send_queries(resolve, name, server);
			if (failed != -EINVAL)
				say_no_answer(resolve, server, -failed);
			if (!failed) {
				timer_after(resolve->events, &resolve->timer, ANSWER_NS);
				return;
			}
			if (failed == -EINVAL)
				break;
		}
		if (resolve->attempt >= config.n_servers * ROUNDS)
			break; /* nobody answers: the other names would fare no better */
	}
	if (!*resolve->reason)
		snprintf(resolve->reason, sizeof(resolve->reason), "no address known of '%.60s'",
			 resolve->name);
	finish(resolve);
}

static void try_again(struct resolve *resolve)
{
	stop(resolve);
	if (resolve->n_found)
		finish(resolve);
	else
		try_next(resolve);
}

static void no_answer(struct timer *timer)
{
	try_again(container_of(timer, struct resolve, timer));
}

static void hear(struct resolve *resolve, const uint8_t *packet, size_t len, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		uint8_t query[DNS_QUERY_MAX];
		size_t query_len = dns_query(resolve->ids[i], name, types[i], query);
		if (resolve->answered[i])
			continue;
		struct dns_found found = {resolve->found, resolve->n_found,
					  ARRAY_LEN(resolve->found), resolve->port};
		enum dns_outcome outcome = dns_answer(packet, len, query, query_len, &found);
		resolve->n_found = found.n;
		if (outcome == DNS_NOT_OURS)
			continue;
		resolve->failed[i] = outcome == DNS_FAILED;
		resolve->answered[i] = outcome != DNS_FAILED;
		return;
	}
}

static bool is_settled(const struct resolve *resolve, size_t i)
{
	return resolve->answered[i] || resolve->failed[i];
}

static void next_candidate(struct resolve *resolve)
{
	stop(resolve);
	resolve->candidate++;
	resolve->attempt = 0;
	resolve->answered[0] = resolve->answered[1] = false;
	resolve->reason[0] = '\0';
	try_next(resolve);
}

static void datagram_ready(struct watch *watch, uint32_t events)
{
	struct resolve *resolve = container_of(watch, struct resolve, watch);
	struct resolve_config config;
	char name[DNS_NAME_MAX];
	uint8_t packet[DNS_ANSWER_MAX];
	ssize_t n = recv(watch->fd, packet, sizeof(packet), MSG_DONTWAIT);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	read_config(resolve, &config);
	if (n < 0 || !candidate_name(&config, resolve->name, resolve->candidate, name)) {
		try_again(resolve); /* ECONNREFUSED: nobody is there */
		return;
	}
	hear(resolve, packet, (size_t)n, name);
	if (is_settled(resolve, 0) && is_settled(resolve, 1)) {
		if (resolve->failed[0] || resolve->failed[1] || resolve->n_found)
			try_again(resolve);
		else
			next_candidate(resolve);
	} else if (resolve->n_found) {
		timer_after(resolve->events, &resolve->timer, OTHER_ANSWER_NS);
	}
}

bool resolve_start(struct events *events, struct resolve *resolve, const char *name, uint16_t port)
{
	resolve_cancel(resolve);
	resolve->events = events;
	resolve->name = name;
	resolve->port = port;
	resolve->candidate = resolve->attempt = 0;
	resolve->n_found = 0;
	resolve->answered[0] = resolve->answered[1] = false;
	resolve->reason[0] = '\0';
	resolve->watch.ready = datagram_ready;
	resolve->timer.fire = no_answer;
	resolve->n_found = address_of_known(resolve->hosts, name, port, resolve->found,
					    ARRAY_LEN(resolve->found));
	if (resolve->n_found)
		return true;
	timer_set(events, &resolve->timer, 0); /* the first try comes out of the loop as well */
	return false;
}
