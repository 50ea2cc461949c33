/* net.h - a container's network: none, the host's, another container's, or a bridge by CNI plugins.
 * SPDX-License-Identifier: Apache-2.0
 * Source: CNI specification 0.4.0/1.0.0 (plugins are programs: JSON on stdin, CNI_* in the
 * environment). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/strlist.h"
#include "doc/node.h"

enum net_mode { NET_NONE, NET_HOST, NET_BRIDGE, NET_CONTAINER };

struct port_mapping {
	char *host_ip;          /* NULL: all addresses */
	uint16_t host_port;     /* 0: any free one (chosen at setup) */
	uint16_t host_port_end; /* not 0: any free one from host_port to this (chosen at setup) */
	uint16_t container_port;
	char protocol[5]; /* "tcp", "udp", "sctp" */
};
/* docker's -p: [ip:][host]:container[/proto], ranges; ERR_INPUT. Appends. */
struct port_list {
	struct port_mapping *items;
	size_t n, cap;
};
int port_parse(const char *text, struct port_list *list, struct err *err) must_check;
void port_list_done(struct port_list *list);
#define autoports cleanup(port_list_done)

struct net_options {
	enum net_mode mode;
	const char *network; /* conflist name below config_dir; NULL: the default "hull"
				(hull0, 10.89.0.0/16) */
	const char *id;      /* of the container */
	const char *netns;   /* path where the namespace is (made and) bound; "<netns>.json" keeps
			      * what teardown   needs. NET_CONTAINER: the other's, left alone */
	struct port_list ports;
	const char *config_dir; /* NULL: HULL_SYSCONFDIR/net.d */
	const char *state_dir;  /* addresses and ports in use, gone after a reboot; NULL:
				   /run/hull/net */
};
struct net_result {    /* what inspect tells; all owned, NULL when none */
	char *network; /* "bridge" networks by name, else "none", "host", "container" */
	char *ip_address;
	int prefix_len;
	char *gateway;
	char *mac_address;
	struct strlist dns;
	struct port_list ports; /* with the host ports that were chosen */
};
void net_result_done(struct net_result *result);
#define autonet cleanup(net_result_done)
/* Makes the namespace and the interfaces; undone whole when it fails. A missing plugin is named
 * with the Debian package that has it. A host port that somebody has is ERR_EXISTS. */
int net_setup(const struct net_options *options, struct net_result *ret_result,
	      struct err *err) must_check;
/* Releases address and ports, removes the namespace; goes on past what is gone already, and past
 * what fails: the first failure is the error. */
int net_teardown(const struct net_options *options, struct err *err) must_check;
struct node *net_result_encode(struct arena *arena, const struct net_result *result);
int net_result_decode(const struct node *map, struct net_result *ret_result,
		      struct err *err) must_check;

/* The texts of /etc/hosts and /etc/resolv.conf. `add_hosts`: "name:ip" ("host-gateway" is the
 * gateway; with the host's network 127.0.0.1). With the host's network its own /etc/hosts stands in
 * front. */
int net_hosts_text(const char *hostname, const struct net_result *result,
		   const struct strlist *add_hosts, struct buf *out, struct err *err) must_check;
/* The host's resolv.conf without loopback servers that the container cannot reach
 * (systemd-resolved's stub: its real servers; none left: docker's fallback). With NET_HOST: as it
 * is. `dns` (may be NULL or empty) replaces the servers, the rest of the file stays. */
int net_resolv_text(enum net_mode mode, const struct strlist *dns, struct buf *out,
		    struct err *err) must_check;
