/* network.c - the network of one run, and the files that tell it to the container.
 * SPDX-License-Identifier: Apache-2.0 */
#include "container/container_private.h"

#include <fcntl.h>

#include "base/io.h"

#include "base/banned.h"

static const struct {
	const char *name;
	enum net_mode mode;
} modes[] = {{"none", NET_NONE}, {"host", NET_HOST}, {"bridge", NET_BRIDGE}};

static enum net_mode network_mode(const char *network, const char **ret_conflist)
{
	*ret_conflist = NULL;
	if (text_starts(network, "container:"))
		return NET_CONTAINER;
	for (size_t i = 0; i < ARRAY_LEN(modes); i++)
		if (text_eq(network, modes[i].name))
			return modes[i].mode;
	*ret_conflist = network;
	return NET_BRIDGE;
}

static int network_options(struct container *container, const char *netns,
			   struct net_options *ret_options, struct err *err)
{
	struct net_options options = {.id = container->record.id, .netns = netns};

	options.mode = network_mode(container->record.network, &options.network);
	for (size_t i = 0; i < container->record.ports.n; i++) {
		if (port_parse(container->record.ports.items[i], &options.ports, err)) {
			port_list_done(&options.ports);
			return -1;
		}
	}
	*ret_options = options;
	return 0;
}

static char *netns_path(const struct container *container)
{
	return path_join(container->run_dir, "netns");
}

static int join_container(const struct container *container, char **ret_netns, struct err *err)
{
	cleanup(container_closep) struct container *other = NULL;

	if (container_open(container->engine, container->record.network + strlen("container:"),
			   &other, err))
		return -1;
	pid_t pid = container_pid(other);
	if (!pid)
		return err_set(err, ERR_INPUT,
			       "cannot join the network of container '%s': it is not running",
			       other->record.name);
	*ret_netns = xasprintf("/proc/%d/ns/net", (int)pid);
	return 0;
}

int network_setup(struct container *container, char **ret_netns, struct err *err)
{
	autofree char *path = netns_path(container);
	struct net_options options;
	struct net_result result = {0};

	if (network_options(container, path, &options, err))
		return -1;
	int failed = 0;
	if (options.mode == NET_CONTAINER)
		failed = join_container(container, ret_netns, err);
	if (options.mode == NET_NONE) /* the runtime makes an empty one and brings lo up */
		result.network = xstrdup("none");
	else if (!failed)
		failed = net_setup(&options, &result, err);
	port_list_done(&options.ports);
	if (failed)
		return -1;
	net_result_done(&container->state.network);
	container->state.network = result;
	if (options.mode == NET_HOST)
		*ret_netns = xstrdup(NETNS_HOST);
	else if (options.mode == NET_BRIDGE)
		*ret_netns = steal(&path);
	return 0;
}

int network_teardown(struct container *container, struct err *err)
{
	autofree char *path = netns_path(container);
	struct net_options options = {.id = container->record.id, .netns = path};

	/* What was set up is written beside the namespace: ports and network are not asked again.
	 */
	options.mode = network_mode(container->record.network, &options.network);
	return options.mode == NET_BRIDGE ? net_teardown(&options, err) : 0;
}

int network_write_files(struct container *container, struct err *err)
{
	const struct record *record = &container->record;
	const char *conflist;
	enum net_mode mode = network_mode(record->network, &conflist);
	autobuf struct buf hosts = {0};
	autobuf struct buf resolv = {0};
	autofree char *hostname = xasprintf("%s\n", record->hostname);

	if (mode == NET_CONTAINER) /* the other's files are mounted */
		return 0;
	if (net_hosts_text(record->hostname, &container->state.network, &record->add_hosts, &hosts,
			   err) ||
	    net_resolv_text(mode, &record->dns, &resolv, err))
		return -1;
	const struct {
		const char *name, *text;
	} files[] = {{FILE_HOSTS, buf_text(&hosts)},
		     {FILE_RESOLV, buf_text(&resolv)},
		     {FILE_HOSTNAME, hostname}};
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		if (file_write_at(container->dirfd, files[i].name, files[i].text,
				  strlen(files[i].text), 0644, FILE_NO_SYNC, err))
			return -1;
	return 0;
}
