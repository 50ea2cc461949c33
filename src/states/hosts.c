/* hosts.c - /etc/hosts, line by line; a container's is a mount and is written in place.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/hosts.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "states/text_file.h"
#include "value/list.h"

#include "base/banned.h"

#define HOSTS_FILE "/etc/hosts"

struct host_args {
	struct list *ip, *hostnames;
	struct str comment;
	bool clean;
};

static const struct state_arg present_args[] = {
	{"ip", ARG_LIST, offsetof(struct host_args, ip), .is_required = true},
	{"comment", ARG_STR, offsetof(struct host_args, comment)},
	{"clean", ARG_BOOL, offsetof(struct host_args, clean)},
	{0},
};
static const struct state_arg absent_args[] = {
	{"ip", ARG_LIST, offsetof(struct host_args, ip), .is_required = true},
	{0},
};
static const struct state_arg only_args[] = {
	{"hostnames", ARG_LIST, offsetof(struct host_args, hostnames), .is_required = true},
	{0},
};

static const struct ownership fresh = {0, 0, 0644};

/* ---- one line: ADDRESS NAME... [# COMMENT] ---- */

struct host_line {
	struct str address, names, comment;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct str cut_word(struct str *rest)
{
	size_t n = 0;

	*rest = str_trim(*rest);
	while (n < rest->len && !is_blank(rest->ptr[n]))
		n++;
	struct str word = {rest->ptr, n};
	*rest = (struct str){rest->ptr + n, rest->len - n};
	return word;
}

static bool line_parse(struct str line, struct host_line *ret_line)
{
	struct str comment = line, rest = str_trim(str_cut(&comment, '#'));

	if (!rest.len)
		return false;
	ret_line->address = cut_word(&rest);
	ret_line->names = str_trim(rest);
	ret_line->comment = comment.ptr ? str_trim(comment) : (struct str){0};
	return true;
}

static bool has_name(const struct host_line *line, struct str name)
{
	struct str rest = line->names;

	while (rest.len)
		if (str_eq(cut_word(&rest), name))
			return true;
	return false;
}

/* Whether any line gives the pair; *ret_known: whether the address has a line at all. */
static bool has_pair(struct str text, struct str address, struct str name, bool *ret_known,
		     struct str *ret_comment)
{
	bool found = false;

	*ret_known = false;
	*ret_comment = (struct str){0};
	while (text.len) {
		struct host_line line;
		if (!line_parse(str_cut(&text, '\n'), &line) || !str_eq(line.address, address))
			continue;
		*ret_known = true;
		if (line.comment.len)
			*ret_comment = line.comment;
		found |= has_name(&line, name);
	}
	return found;
}

static bool is_address(const char *text)
{
	struct in6_addr address;

	return inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1;
}

static void write_line(const struct host_line *line, struct str more, struct buf *buf)
{
	buf_printf(buf, "%.*s\t\t%.*s", STR_ARG(line->address), STR_ARG(line->names));
	if (more.len)
		buf_printf(buf, "%s%.*s", line->names.len ? " " : "", STR_ARG(more));
	if (line->comment.len)
		buf_printf(buf, "\t\t# %.*s", STR_ARG(line->comment));
	buf_putc(buf, '\n');
}

/* Into the address' first line, or a new one at the end. */
static void add_pair(struct str text, struct str address, struct str name, struct buf *buf)
{
	bool is_done = false;

	while (text.len) {
		struct str whole = str_cut(&text, '\n');
		struct host_line line;
		if (!is_done && line_parse(whole, &line) && str_eq(line.address, address)) {
			write_line(&line, name, buf);
			is_done = true;
		} else {
			buf_printf(buf, "%.*s\n", STR_ARG(whole));
		}
	}
	if (!is_done)
		write_line(&(struct host_line){.address = address, .names = name}, STR(""), buf);
}

static void remove_pair(struct str text, struct str address, struct str name, struct buf *buf)
{
	while (text.len) {
		struct str whole = str_cut(&text, '\n');
		struct host_line line;
		if (!line_parse(whole, &line) || !str_eq(line.address, address) ||
		    !has_name(&line, name)) {
			buf_printf(buf, "%.*s\n", STR_ARG(whole));
			continue;
		}
		autobuf struct buf names = {0};
		struct str rest = line.names;
		while (rest.len) {
			struct str each = cut_word(&rest);
			if (each.len && !str_eq(each, name))
				buf_printf(&names, "%s%.*s", names.len ? " " : "", STR_ARG(each));
			rest = str_trim(rest);
		}
		line.names = buf_str(&names);
		if (names.len)
			write_line(&line, STR(""), buf);
	}
}

static void set_comment(struct str text, struct str address, struct str comment, struct buf *buf)
{
	while (text.len) {
		struct str whole = str_cut(&text, '\n');
		struct host_line line;
		if (!line_parse(whole, &line) || !str_eq(line.address, address)) {
			buf_printf(buf, "%.*s\n", STR_ARG(whole));
			continue;
		}
		line.comment = comment;
		write_line(&line, STR(""), buf);
	}
}

/* ---- states ---- */

struct hosts {
	struct state_call *call;
	struct outcome *outcome;
	struct buf text;
	bool is_changed;
};

static void hosts_done(struct hosts *hosts)
{
	buf_done(&hosts->text);
}

static bool hosts_open(struct hosts *hosts, struct state_call *call, struct outcome *outcome)
{
	autoerr struct err err = {0};

	*hosts = (struct hosts){.call = call, .outcome = outcome};
	if (!text_file_read(call->world, HOSTS_FILE, &hosts->text, NULL, &err))
		return true;
	outcome_fail_err(outcome, &err);
	return false;
}

static void hosts_take(struct hosts *hosts, struct buf *after)
{
	buf_done(&hosts->text);
	hosts->text = *after;
	hosts->is_changed = true;
}

static void hosts_save(struct hosts *hosts)
{
	autoerr struct err err = {0};

	if (!hosts->is_changed || hosts->call->is_test)
		return;
	if (text_file_write(hosts->call->world, HOSTS_FILE, buf_str(&hosts->text), &fresh, &err)) {
		hosts->outcome->changes = (struct value){0};
		outcome_fail_err(hosts->outcome, &err);
	}
}

/* changes[kind][address] gets `what` at its end. */
static void change(struct hosts *hosts, const char *kind, const char *address, const char *what)
{
	struct heap *heap = hosts->call->heap;
	struct outcome *outcome = hosts->outcome;
	struct value *group =
		outcome->changes.kind == VALUE_DICT ? dict_get(outcome->changes.dict, kind) : NULL;
	struct dict *addresses = group ? group->dict : dict_new(heap);

	if (!group)
		outcome_change(heap, outcome, kind, value_of_dict(addresses));
	struct value *found = dict_get(addresses, address);
	struct list *list = found ? found->list : list_new(heap, 1);
	if (!found)
		dict_set(heap, addresses, address, value_of_list(list));
	list_push(heap, list, value_cstr(heap, what));
}

static void add_host(struct hosts *hosts, const char *address, const char *name)
{
	struct buf after = {0};

	if (!is_address(address)) {
		outcome_fail(hosts->outcome, "Invalid IP Address for %s (%s)", name, address);
		return;
	}
	add_pair(buf_str(&hosts->text), str_of(address), str_of(name), &after);
	hosts_take(hosts, &after);
	change(hosts, "added", address, name);
	if (hosts->call->is_test)
		outcome_pending(hosts->outcome, "Host %s (%s) would be added", name, address);
	else
		outcome_say(hosts->outcome, "Added host %s (%s)", name, address);
}

static void comment_host(struct hosts *hosts, const char *address, struct str comment)
{
	struct buf after = {0};

	set_comment(buf_str(&hosts->text), str_of(address), comment, &after);
	hosts_take(hosts, &after);
	change(hosts, "comment_added", address, heap_strdup(hosts->call->heap, comment));
	if (hosts->call->is_test)
		outcome_pending(hosts->outcome, "Comment for %s (%.*s) would be added", address,
				STR_ARG(comment));
	else
		outcome_say(hosts->outcome, "Set comment for host %s (%.*s)", address,
			    STR_ARG(comment));
}

static const char *address_at(struct state_call *call, const struct list *list, size_t i)
{
	struct value text;
	autoerr struct err err = {0};

	if (value_str(call->heap, list->items[i], &text, &err))
		return "";
	return heap_strdup(call->heap, value_bytes(text));
}

static bool is_listed(struct state_call *call, const struct list *list, struct str address)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_is(address, address_at(call, list, i)))
			return true;
	return false;
}

/* The name at other addresses: out with clean, else a warning. */
static void clean_others(struct hosts *hosts, const struct host_args *args, const char *name)
{
	struct state_call *call = hosts->call;
	autobuf struct buf before = {0};

	buf_append(&before, hosts->text.ptr, hosts->text.len);
	struct str rest = buf_str(&before);
	while (rest.len) {
		struct host_line line;
		if (!line_parse(str_cut(&rest, '\n'), &line) || !has_name(&line, str_of(name)) ||
		    is_listed(call, args->ip, line.address))
			continue;
		const char *address = heap_strdup(call->heap, line.address);
		if (!args->clean) {
			outcome_warn(call->heap, hosts->outcome,
				     "Host %s present for IP address %s. To get rid of this "
				     "warning, either run this state with 'clean' set to True to "
				     "remove %s from %s, or add %s to the 'ip' argument.",
				     name, address, name, address, address);
			continue;
		}
		struct buf after = {0};
		remove_pair(buf_str(&hosts->text), line.address, str_of(name), &after);
		hosts_take(hosts, &after);
		change(hosts, "removed", address, name);
		if (call->is_test)
			outcome_pending(hosts->outcome, "Host %s (%s) would be removed", name,
					address);
		else
			outcome_say(hosts->outcome, "Removed host %s (%s)", name, address);
	}
}

static void host_present(struct state_call *call, struct outcome *outcome)
{
	const struct host_args *args = call->args;
	cleanup(hosts_done) struct hosts hosts = {0};

	if (strpbrk(call->name, " \t\r\n#")) {
		outcome_fail(outcome, "'%s' is no name of a host", call->name);
		return;
	}
	if (!text_is_line(args->comment)) {
		outcome_fail(outcome, "the comment of '%s' holds a line's end", call->name);
		return;
	}
	if (!hosts_open(&hosts, call, outcome))
		return;
	for (size_t i = 0; args->ip && i < args->ip->n; i++) {
		const char *address = address_at(call, args->ip, i);
		struct str comment;
		bool is_known;
		bool has = has_pair(buf_str(&hosts.text), str_of(address), str_of(call->name),
				    &is_known, &comment);
		bool comment_differs = args->comment.len && !str_eq(comment, args->comment);
		if (!has)
			add_host(&hosts, address, call->name);
		else if (!comment_differs)
			outcome_say(outcome, "Host %s (%s) already present", call->name, address);
		if (comment_differs && is_address(address))
			comment_host(&hosts, address, args->comment);
	}
	if (args->ip)
		clean_others(&hosts, args, call->name);
	hosts_save(&hosts);
}

static void host_absent(struct state_call *call, struct outcome *outcome)
{
	const struct host_args *args = call->args;
	cleanup(hosts_done) struct hosts hosts = {0};

	if (!hosts_open(&hosts, call, outcome))
		return;
	for (size_t i = 0; args->ip && i < args->ip->n; i++) {
		const char *address = address_at(call, args->ip, i);
		struct str comment;
		bool is_known;
		if (!has_pair(buf_str(&hosts.text), str_of(address), str_of(call->name), &is_known,
			      &comment)) {
			outcome_say(outcome, "Host %s (%s) already absent", call->name, address);
			continue;
		}
		if (call->is_test) {
			outcome_pending(outcome, "Host %s (%s) needs to be removed", call->name,
					address);
			continue;
		}
		struct buf after = {0};
		remove_pair(buf_str(&hosts.text), str_of(address), str_of(call->name), &after);
		hosts_take(&hosts, &after);
		outcome_change_text(call->heap, outcome, "host", call->name);
		outcome_say(outcome, "Removed host %s (%s)", call->name, address);
	}
	hosts_save(&hosts);
}

/* ---- host.only: the names of one address ---- */

static void old_names(struct str text, struct str address, struct buf *names)
{
	while (text.len) {
		struct host_line line;
		if (!line_parse(str_cut(&text, '\n'), &line) || !str_eq(line.address, address))
			continue;
		while (line.names.len) {
			struct str each = cut_word(&line.names);
			buf_printf(names, "%s%.*s", names->len ? " " : "", STR_ARG(each));
			line.names = str_trim(line.names);
		}
	}
}

static void replace_names(struct str text, struct str address, struct str names, struct buf *buf)
{
	const struct host_line wanted = {.address = address, .names = names};
	bool is_done = !names.len;

	while (text.len) {
		struct str whole = str_cut(&text, '\n');
		struct host_line line;
		if (!line_parse(whole, &line) || !str_eq(line.address, address)) {
			buf_printf(buf, "%.*s\n", STR_ARG(whole));
		} else if (!is_done) {
			write_line(&wanted, STR(""), buf);
			is_done = true;
		}
	}
	if (!is_done)
		write_line(&wanted, STR(""), buf);
}

static void host_only(struct state_call *call, struct outcome *outcome)
{
	const struct host_args *args = call->args;
	cleanup(hosts_done) struct hosts hosts = {0};
	autobuf struct buf old = {0};
	autobuf struct buf new = {0};
	struct buf after = {0};

	if (!hosts_open(&hosts, call, outcome))
		return;
	for (size_t i = 0; args->hostnames && i < args->hostnames->n; i++)
		buf_printf(&new, "%s%.*s", i ? " " : "",
			   STR_ARG(str_trim(str_of(address_at(call, args->hostnames, i)))));
	if (!is_address(call->name) || !text_is_line(buf_str(&new)) ||
	    memchr(buf_text(&new), '#', new.len)) {
		outcome_fail(outcome, "'%s %s' is no line of hosts", call->name, buf_text(&new));
		return;
	}
	old_names(buf_str(&hosts.text), str_of(call->name), &old);
	if (text_eq(buf_text(&old), buf_text(&new))) {
		outcome_say(outcome, "IP address %s already set to \"%s\"", call->name,
			    buf_text(&new));
		return;
	}
	if (call->is_test) {
		outcome_pending(outcome, "Would change %s from \"%s\" to \"%s\"", call->name,
				buf_text(&old), buf_text(&new));
		return;
	}
	replace_names(buf_str(&hosts.text), str_of(call->name), buf_str(&new), &after);
	hosts_take(&hosts, &after);
	outcome_say(outcome, "successfully changed %s from \"%s\" to \"%s\"", call->name,
		    buf_text(&old), buf_text(&new));
	outcome_change_pair(call->heap, outcome, call->name, value_text(call->heap, buf_str(&old)),
			    value_text(call->heap, buf_str(&new)));
	hosts_save(&hosts);
}

const struct state_def host_present_def = {
	.name = "host.present",
	.args = present_args,
	.args_size = sizeof(struct host_args),
	.apply = host_present,
};
const struct state_def host_absent_def = {
	.name = "host.absent",
	.args = absent_args,
	.args_size = sizeof(struct host_args),
	.apply = host_absent,
};
const struct state_def host_only_def = {
	.name = "host.only",
	.args = only_args,
	.args_size = sizeof(struct host_args),
	.apply = host_only,
};
