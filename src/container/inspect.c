/* inspect.c - the whole of docker inspect's object for a container.
 * SPDX-License-Identifier: Apache-2.0
 * Source: docker's API, "ContainerInspect": all names are there, whether we have the thing or not,
 * so that templates written for docker work. */
#include "container/container_private.h"

#include <stdlib.h>

#include "base/io.h"
#include "base/vec.h"
#include "container/settings.h"

#include "base/banned.h"

#define NEVER "0001-01-01T00:00:00Z" /* Go's zero time */

/* One row of a table of names: what stands there when nothing else does. */
enum blank { BLANK_TEXT, BLANK_INT, BLANK_FALSE, BLANK_NULL, BLANK_LIST, BLANK_MAP };
struct blank_field {
	const char *name;
	enum blank blank;
};

static struct node *blank_node(struct arena *arena, enum blank blank)
{
	switch (blank) {
	case BLANK_TEXT: return node_new_text(arena, "");
	case BLANK_INT: return node_new_int(arena, 0);
	case BLANK_FALSE: return node_new_bool(arena, false);
	case BLANK_LIST: return node_new(arena, NODE_LIST);
	case BLANK_MAP: return node_new(arena, NODE_MAP);
	case BLANK_NULL: break;
	}
	return node_new(arena, NODE_NULL);
}

/* The map with all its names in docker's order; what we have is set over them. */
static struct node *blank_map(struct arena *arena, const struct blank_field *fields)
{
	struct node *map = node_new(arena, NODE_MAP);

	for (; fields->name; fields++)
		node_set(arena, map, fields->name, blank_node(arena, fields->blank));
	return map;
}

static void set_text(struct arena *arena, struct node *map, const char *key, const char *text)
{
	node_set_text(arena, map, key, text ? text : "");
}

static void set_int(struct arena *arena, struct node *map, const char *key, int64_t value)
{
	node_set(arena, map, key, node_new_int(arena, value));
}

static void set_bool(struct arena *arena, struct node *map, const char *key, bool value)
{
	node_set(arena, map, key, node_new_bool(arena, value));
}

/* null when empty: Go's nil slice */
static void set_texts(struct arena *arena, struct node *map, const char *key,
		      const struct strlist *texts)
{
	node_set(arena, map, key,
		 texts->n ? node_new_texts(arena, texts) : node_new(arena, NODE_NULL));
}

/* {"80/tcp": {}} */
static struct node *set_of(struct arena *arena, const struct strlist *names)
{
	struct node *map = node_new(arena, NODE_MAP);

	for (size_t i = 0; i < names->n; i++)
		node_set(arena, map, names->items[i], node_new(arena, NODE_MAP));
	return map;
}

static struct node *mapping_of(struct arena *arena, const struct strlist *pairs)
{
	struct node *map = node_new(arena, NODE_MAP);

	for (size_t i = 0; i < pairs->n; i++) {
		struct str value = str_of(pairs->items[i]);
		autofree char *key = str_dup(str_cut(&value, '='));
		node_set_text(arena, map, key, value.ptr ? value.ptr : "");
	}
	return map;
}

/* ---- State ---- */

static struct node *state_node(struct arena *arena, struct container *container)
{
	int exit_code;
	enum container_state state = container_state(container, &exit_code);
	const struct run_state *run = &container->state;
	struct node *map = node_new(arena, NODE_MAP);
	bool is_up = state == CONTAINER_RUNNING || state == CONTAINER_PAUSED ||
		     state == CONTAINER_RESTARTING;

	set_text(arena, map, "Status", container_state_name(state));
	set_bool(arena, map, "Running", is_up);
	set_bool(arena, map, "Paused", state == CONTAINER_PAUSED);
	set_bool(arena, map, "Restarting", state == CONTAINER_RESTARTING);
	set_bool(arena, map, "OOMKilled", run->oom_killed);
	set_bool(arena, map, "Dead", state == CONTAINER_DEAD);
	set_int(arena, map, "Pid", run->pid);
	set_int(arena, map, "ExitCode", exit_code);
	set_text(arena, map, "Error", run->error);
	set_text(arena, map, "StartedAt", run->started_at ? run->started_at : NEVER);
	set_text(arena, map, "FinishedAt", run->finished_at ? run->finished_at : NEVER);
	return map;
}

/* ---- Config ---- */

static struct node *config_node(struct arena *arena, const struct record *record)
{
	static const struct blank_field fields[] = {{"Hostname", BLANK_TEXT},
						    {"Domainname", BLANK_TEXT},
						    {"User", BLANK_TEXT},
						    {"AttachStdin", BLANK_FALSE},
						    {"AttachStdout", BLANK_FALSE},
						    {"AttachStderr", BLANK_FALSE},
						    {"ExposedPorts", BLANK_MAP},
						    {"Tty", BLANK_FALSE},
						    {"OpenStdin", BLANK_FALSE},
						    {"StdinOnce", BLANK_FALSE},
						    {"Env", BLANK_LIST},
						    {"Cmd", BLANK_NULL},
						    {"Image", BLANK_TEXT},
						    {"Volumes", BLANK_NULL},
						    {"WorkingDir", BLANK_TEXT},
						    {"Entrypoint", BLANK_NULL},
						    {"OnBuild", BLANK_NULL},
						    {"Labels", BLANK_MAP},
						    {"StopSignal", BLANK_TEXT},
						    {"StopTimeout", BLANK_NULL},
						    {0}};
	struct node *map = blank_map(arena, fields);

	set_text(arena, map, "Hostname", record->hostname);
	set_text(arena, map, "User", record->user);
	set_bool(arena, map, "AttachStdin", record->interactive);
	node_set(arena, map, "ExposedPorts", set_of(arena, &record->exposed));
	set_bool(arena, map, "Tty", record->tty);
	set_bool(arena, map, "OpenStdin", record->interactive);
	node_set(arena, map, "Env", node_new_texts(arena, &record->env));
	set_texts(arena, map, "Cmd", &record->cmd);
	set_text(arena, map, "Image", record->image_name);
	if (record->image_volumes.n)
		node_set(arena, map, "Volumes", set_of(arena, &record->image_volumes));
	set_text(arena, map, "WorkingDir", record->workdir);
	set_texts(arena, map, "Entrypoint", &record->entrypoint);
	node_set(arena, map, "Labels", mapping_of(arena, &record->labels));
	set_text(arena, map, "StopSignal", record->stop_signal);
	if (record->stop_timeout_given)
		set_int(arena, map, "StopTimeout", record->stop_timeout_ns / 1000000000);
	return map;
}

/* ---- HostConfig ---- */

static const struct blank_field host_fields[] = {{"Binds", BLANK_NULL},
						 {"ContainerIDFile", BLANK_TEXT},
						 {"LogConfig", BLANK_MAP},
						 {"NetworkMode", BLANK_TEXT},
						 {"PortBindings", BLANK_MAP},
						 {"RestartPolicy", BLANK_MAP},
						 {"AutoRemove", BLANK_FALSE},
						 {"VolumeDriver", BLANK_TEXT},
						 {"VolumesFrom", BLANK_NULL},
						 {"ConsoleSize", BLANK_LIST},
						 {"CapAdd", BLANK_NULL},
						 {"CapDrop", BLANK_NULL},
						 {"CgroupnsMode", BLANK_TEXT},
						 {"Dns", BLANK_LIST},
						 {"DnsOptions", BLANK_LIST},
						 {"DnsSearch", BLANK_LIST},
						 {"ExtraHosts", BLANK_NULL},
						 {"GroupAdd", BLANK_NULL},
						 {"IpcMode", BLANK_TEXT},
						 {"Cgroup", BLANK_TEXT},
						 {"Links", BLANK_NULL},
						 {"OomScoreAdj", BLANK_INT},
						 {"PidMode", BLANK_TEXT},
						 {"Privileged", BLANK_FALSE},
						 {"PublishAllPorts", BLANK_FALSE},
						 {"ReadonlyRootfs", BLANK_FALSE},
						 {"SecurityOpt", BLANK_NULL},
						 {"Tmpfs", BLANK_MAP},
						 {"UTSMode", BLANK_TEXT},
						 {"UsernsMode", BLANK_TEXT},
						 {"ShmSize", BLANK_INT},
						 {"Runtime", BLANK_TEXT},
						 {"Isolation", BLANK_TEXT},
						 {"CpuShares", BLANK_INT},
						 {"Memory", BLANK_INT},
						 {"NanoCpus", BLANK_INT},
						 {"CgroupParent", BLANK_TEXT},
						 {"BlkioWeight", BLANK_INT},
						 {"BlkioWeightDevice", BLANK_LIST},
						 {"BlkioDeviceReadBps", BLANK_LIST},
						 {"BlkioDeviceWriteBps", BLANK_LIST},
						 {"BlkioDeviceReadIOps", BLANK_LIST},
						 {"BlkioDeviceWriteIOps", BLANK_LIST},
						 {"CpuPeriod", BLANK_INT},
						 {"CpuQuota", BLANK_INT},
						 {"CpuRealtimePeriod", BLANK_INT},
						 {"CpuRealtimeRuntime", BLANK_INT},
						 {"CpusetCpus", BLANK_TEXT},
						 {"CpusetMems", BLANK_TEXT},
						 {"Devices", BLANK_LIST},
						 {"DeviceCgroupRules", BLANK_NULL},
						 {"DeviceRequests", BLANK_NULL},
						 {"MemoryReservation", BLANK_INT},
						 {"MemorySwap", BLANK_INT},
						 {"MemorySwappiness", BLANK_NULL},
						 {"OomKillDisable", BLANK_FALSE},
						 {"PidsLimit", BLANK_NULL},
						 {"Ulimits", BLANK_LIST},
						 {"CpuCount", BLANK_INT},
						 {"CpuPercent", BLANK_INT},
						 {"IOMaximumIOps", BLANK_INT},
						 {"IOMaximumBandwidth", BLANK_INT},
						 {"MaskedPaths", BLANK_LIST},
						 {"ReadonlyPaths", BLANK_LIST},
						 {0}};

static struct node *binds_node(struct arena *arena, const struct record *record)
{
	struct node *list = node_new(arena, NODE_LIST);

	vec_foreach(mount, &record->mounts) {
		if (mount->type == RECORD_MOUNT_TMPFS || mount->is_anonymous)
			continue;
		const char *from = mount->type == RECORD_MOUNT_BIND ? mount->source : mount->name;
		node_append(
			list,
			node_new_text(arena, arena_printf(arena, "%s:%s%s%s", from, mount->target,
							  mount->mode && mount->mode[0] ? ":" : "",
							  mount->mode ? mount->mode : "")));
	}
	return list->children.n ? list : node_new(arena, NODE_NULL);
}

static struct node *tmpfs_node(struct arena *arena, const struct record *record)
{
	struct node *map = node_new(arena, NODE_MAP);

	vec_foreach(mount, &record->mounts) {
		autofree char *options = strlist_join(&mount->options, ",");
		if (mount->type == RECORD_MOUNT_TMPFS)
			node_set_text(arena, map, mount->target, options);
	}
	return map;
}

static struct node *devices_node(struct arena *arena, const struct record *record)
{
	struct node *list = node_new(arena, NODE_LIST);

	for (size_t i = 0; i < record->devices.n; i++) {
		struct spec_device device;
		if (!device_split(record->devices.items[i], &device))
			continue;
		struct node *map = node_new(arena, NODE_MAP);
		set_text(arena, map, "PathOnHost", device.host_path);
		set_text(arena, map, "PathInContainer", device.container_path);
		set_text(arena, map, "CgroupPermissions", device.access);
		node_append(list, map);
		free(device.host_path);
		free(device.container_path);
	}
	return list;
}

static struct node *ulimits_node(struct arena *arena, const struct record *record)
{
	struct node *list = node_new(arena, NODE_LIST);

	for (size_t i = 0; i < record->ulimits.n; i++) {
		struct spec_ulimit ulimit;
		if (!ulimit_split(record->ulimits.items[i], &ulimit))
			continue;
		struct node *map = node_new(arena, NODE_MAP);
		set_text(arena, map, "Name", ulimit.name);
		set_int(arena, map, "Hard", (int64_t)ulimit.hard);
		set_int(arena, map, "Soft", (int64_t)ulimit.soft);
		node_append(list, map);
		free(ulimit.name);
	}
	return list;
}

/* {"80/tcp": [{"HostIp": "", "HostPort": "8080"}]} */
static struct node *bindings_node(struct arena *arena, const struct port_list *ports)
{
	struct node *map = node_new(arena, NODE_MAP);

	vec_foreach(port, ports) {
		const char *key =
			arena_printf(arena, "%u/%s", port->container_port, port->protocol);
		struct node *list = node_get(map, key);
		struct node *binding = node_new(arena, NODE_MAP);
		if (!list) {
			list = node_new(arena, NODE_LIST);
			node_set(arena, map, key, list);
		}
		set_text(arena, binding, "HostIp", port->host_ip);
		set_text(arena, binding, "HostPort",
			 port->host_port ? arena_printf(arena, "%u", port->host_port) : "");
		node_append(list, binding);
	}
	return map;
}

static struct node *asked_bindings(struct arena *arena, const struct record *record)
{
	cleanup(port_list_done) struct port_list ports = {0};
	autoerr struct err ignored = {0};

	for (size_t i = 0; i < record->ports.n; i++)
		if (port_parse(record->ports.items[i], &ports, &ignored))
			err_clear(&ignored);
	return bindings_node(arena, &ports);
}

static void host_limits(struct arena *arena, const struct record *record, struct node *map)
{
	set_int(arena, map, "Memory", record->memory);
	set_int(arena, map, "NanoCpus", record->nano_cpus);
	set_int(arena, map, "ShmSize", record->shm_size);
	if (record->pids_limit)
		set_int(arena, map, "PidsLimit", record->pids_limit);
	node_set(arena, map, "Devices", devices_node(arena, record));
	node_set(arena, map, "Ulimits", ulimits_node(arena, record));
	set_texts(arena, map, "CapAdd", &record->cap_add);
	set_texts(arena, map, "CapDrop", &record->cap_drop);
	set_texts(arena, map, "SecurityOpt", &record->security_opts);
	set_texts(arena, map, "GroupAdd", &record->group_adds);
	set_bool(arena, map, "Privileged", record->privileged);
	set_bool(arena, map, "ReadonlyRootfs", record->read_only);
	if (record->init)
		set_bool(arena, map, "Init", true);
}

static struct node *host_node(struct arena *arena, const struct record *record)
{
	struct node *map = blank_map(arena, host_fields);
	struct node *log = node_new(arena, NODE_MAP);
	struct node *restart = node_new(arena, NODE_MAP);

	set_text(arena, log, "Type", record->no_log ? "none" : "json-file");
	node_set(arena, log, "Config", node_new(arena, NODE_MAP));
	node_set(arena, map, "LogConfig", log);
	set_text(arena, restart, "Name", record->restart);
	set_int(arena, restart, "MaximumRetryCount", record->restart_max);
	node_set(arena, map, "RestartPolicy", restart);
	node_set(arena, map, "Binds", binds_node(arena, record));
	set_text(arena, map, "NetworkMode", record->network);
	node_set(arena, map, "PortBindings", asked_bindings(arena, record));
	set_bool(arena, map, "AutoRemove", record->remove);
	set_bool(arena, map, "PublishAllPorts", record->publish_all);
	node_set(arena, map, "ConsoleSize", node_new(arena, NODE_LIST));
	node_append(node_get(map, "ConsoleSize"), node_new_int(arena, 0));
	node_append(node_get(map, "ConsoleSize"), node_new_int(arena, 0));
	set_text(arena, map, "CgroupnsMode", "private");
	set_text(arena, map, "IpcMode", "private");
	node_set(arena, map, "Dns", node_new_texts(arena, &record->dns));
	set_texts(arena, map, "ExtraHosts", &record->add_hosts);
	node_set(arena, map, "Tmpfs", tmpfs_node(arena, record));
	set_text(arena, map, "Runtime", record->runtime ? record->runtime : "auto");
	host_limits(arena, record, map);
	return map;
}

/* ---- Mounts, NetworkSettings, the rest ---- */

static struct node *mounts_node(struct arena *arena, const struct record *record)
{
	struct node *list = node_new(arena, NODE_LIST);

	vec_foreach(mount, &record->mounts) {
		struct node *map = node_new(arena, NODE_MAP);
		set_text(arena, map, "Type", record_mount_type_name(mount->type));
		if (mount->type == RECORD_MOUNT_VOLUME)
			set_text(arena, map, "Name", mount->name);
		set_text(arena, map, "Source", mount->source);
		set_text(arena, map, "Destination", mount->target);
		if (mount->type == RECORD_MOUNT_VOLUME)
			set_text(arena, map, "Driver", "local");
		set_text(arena, map, "Mode", mount->mode);
		set_bool(arena, map, "RW", !mount->read_only);
		set_text(arena, map, "Propagation",
			 mount->propagation                 ? mount->propagation
			 : mount->type == RECORD_MOUNT_BIND ? "rprivate"
							    : "");
		node_append(list, map);
	}
	return list;
}

static struct node *endpoint_node(struct arena *arena, const struct net_result *net, const char *id)
{
	static const struct blank_field fields[] = {{"IPAMConfig", BLANK_NULL},
						    {"Links", BLANK_NULL},
						    {"Aliases", BLANK_NULL},
						    {"NetworkID", BLANK_TEXT},
						    {"EndpointID", BLANK_TEXT},
						    {"Gateway", BLANK_TEXT},
						    {"IPAddress", BLANK_TEXT},
						    {"IPPrefixLen", BLANK_INT},
						    {"IPv6Gateway", BLANK_TEXT},
						    {"GlobalIPv6Address", BLANK_TEXT},
						    {"GlobalIPv6PrefixLen", BLANK_INT},
						    {"MacAddress", BLANK_TEXT},
						    {"DriverOpts", BLANK_NULL},
						    {0}};
	struct node *map = blank_map(arena, fields);

	set_text(arena, map, "NetworkID", net->network);
	if (net->ip_address)
		set_text(arena, map, "EndpointID", id);
	set_text(arena, map, "Gateway", net->gateway);
	set_text(arena, map, "IPAddress", net->ip_address);
	set_int(arena, map, "IPPrefixLen", net->prefix_len);
	set_text(arena, map, "MacAddress", net->mac_address);
	return map;
}

/* Exposed ports that are not published are there with null. */
static struct node *ports_node(struct arena *arena, const struct record *record,
			       const struct net_result *net)
{
	struct node *map = bindings_node(arena, &net->ports);

	for (size_t i = 0; i < record->exposed.n; i++)
		if (!node_get(map, record->exposed.items[i]))
			node_set(arena, map, record->exposed.items[i], node_new(arena, NODE_NULL));
	return map;
}

static struct node *network_node(struct arena *arena, const struct container *container, bool is_up)
{
	static const struct blank_field fields[] = {{"Bridge", BLANK_TEXT},
						    {"SandboxID", BLANK_TEXT},
						    {"HairpinMode", BLANK_FALSE},
						    {"LinkLocalIPv6Address", BLANK_TEXT},
						    {"LinkLocalIPv6PrefixLen", BLANK_INT},
						    {"Ports", BLANK_MAP},
						    {"SandboxKey", BLANK_TEXT},
						    {"SecondaryIPAddresses", BLANK_NULL},
						    {"SecondaryIPv6Addresses", BLANK_NULL},
						    {"EndpointID", BLANK_TEXT},
						    {"Gateway", BLANK_TEXT},
						    {"GlobalIPv6Address", BLANK_TEXT},
						    {"GlobalIPv6PrefixLen", BLANK_INT},
						    {"IPAddress", BLANK_TEXT},
						    {"IPPrefixLen", BLANK_INT},
						    {"IPv6Gateway", BLANK_TEXT},
						    {"MacAddress", BLANK_TEXT},
						    {"Networks", BLANK_MAP},
						    {0}};
	static const struct net_result none = {0};
	const struct record *record = &container->record;
	const struct net_result *net = is_up ? &container->state.network : &none;
	struct node *map = blank_map(arena, fields);

	if (is_up)
		node_set(arena, map, "Ports", ports_node(arena, record, net));
	if (net->ip_address) {
		set_text(arena, map, "EndpointID", record->id);
		set_text(arena, map, "SandboxKey",
			 arena_printf(arena, "%s/netns", container->run_dir));
	}
	set_text(arena, map, "Gateway", net->gateway);
	set_text(arena, map, "IPAddress", net->ip_address);
	set_int(arena, map, "IPPrefixLen", net->prefix_len);
	set_text(arena, map, "MacAddress", net->mac_address);
	if (!text_starts(record->network, "container:"))
		node_set(arena, node_get(map, "Networks"), record->network,
			 endpoint_node(arena, net, record->id));
	return map;
}

static struct node *graph_node(struct arena *arena, const struct container *container)
{
	struct node *map = node_new(arena, NODE_MAP);
	struct node *paths = node_new(arena, NODE_MAP);
	autoerr struct err ignored = {0};
	struct snapshot *snapshot = NULL;
	bool is_overlay =
		!snap_open(container->engine->store, container->dir, false, &snapshot, &ignored) &&
		snap_driver_used(snapshot) == SNAP_OVERLAY;

	snap_close(snapshot);
	set_text(arena, map, "Name", is_overlay ? "overlay2" : "vfs");
	set_text(arena, paths, is_overlay ? "MergedDir" : "dir", container->rootfs);
	if (is_overlay) {
		set_text(arena, paths, "UpperDir", arena_printf(arena, "%s/upper", container->dir));
		set_text(arena, paths, "WorkDir", arena_printf(arena, "%s/work", container->dir));
	}
	node_set(arena, map, "Data", paths);
	return map;
}

static void set_path(struct arena *arena, struct node *map, const char *key,
		     const struct container *container, const char *file)
{
	node_set_text(arena, map, key, arena_printf(arena, "%s/%s", container->dir, file));
}

static struct node *arguments_node(struct arena *arena, const struct strlist *args)
{
	struct node *list = node_new(arena, NODE_LIST);

	for (size_t i = 1; i < args->n; i++)
		node_append(list, node_new_text(arena, args->items[i]));
	return list;
}

struct node *container_inspect(struct arena *arena, struct container *container)
{
	struct node *map = node_new(arena, NODE_MAP);
	struct node *state = state_node(arena, container); /* refreshes the record as well */
	const struct record *record = &container->record;
	bool is_up = node_get_bool(state, "Running", false);

	set_text(arena, map, "Id", record->id);
	set_text(arena, map, "Created", record->created);
	set_text(arena, map, "Path", record->args.n ? record->args.items[0] : "");
	node_set(arena, map, "Args", arguments_node(arena, &record->args));
	node_set(arena, map, "State", state);
	set_text(arena, map, "Image", record->image_id);
	set_path(arena, map, "ResolvConfPath", container, FILE_RESOLV);
	set_path(arena, map, "HostnamePath", container, FILE_HOSTNAME);
	set_path(arena, map, "HostsPath", container, FILE_HOSTS);
	set_path(arena, map, "LogPath", container, FILE_LOG);
	set_text(arena, map, "Name", arena_printf(arena, "/%s", record->name));
	set_int(arena, map, "RestartCount", container->state.restart_count);
	set_text(arena, map, "Driver", "overlay2");
	set_text(arena, map, "Platform", "linux");
	set_text(arena, map, "MountLabel", "");
	set_text(arena, map, "ProcessLabel", "");
	set_text(arena, map, "AppArmorProfile", record->apparmor);
	node_set(arena, map, "ExecIDs", node_new(arena, NODE_NULL));
	node_set(arena, map, "HostConfig", host_node(arena, record));
	node_set(arena, map, "GraphDriver", graph_node(arena, container));
	node_set_text(arena, map, "Driver", node_get_text(node_get(map, "GraphDriver"), "Name"));
	node_set(arena, map, "Mounts", mounts_node(arena, record));
	node_set(arena, map, "Config", config_node(arena, record));
	node_set(arena, map, "NetworkSettings", network_node(arena, container, is_up));
	return map;
}
