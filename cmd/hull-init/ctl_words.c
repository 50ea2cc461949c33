/* ctl_words.c - the verbs of circusctl and ours: their words, their options, their requests.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/str.h"
#include "init/limits.h"

#include "ctl.h"

#include "base/banned.h"

#define WRONG_NUMBER "Invalid number of arguments"

/* ---- properties ---- */

static const char *word(const struct ctl_call *call, size_t i)
{
	return i < call->words.n ? call->words.items[i] : NULL;
}

static void put_word(const struct ctl_call *call, size_t i, struct out *out, const char *name)
{
	if (word(call, i))
		json_put_text(out, name, word(call, i));
}

static int put_int(const struct ctl_call *call, size_t i, struct out *out, const char *name,
		   struct err *err)
{
	int64_t number;
	if (!word(call, i))
		return 0;
	if (!str_to_i64(str_of(word(call, i)), &number))
		return err_set(err, ERR_INPUT, "'%s' is not a number", word(call, i));
	json_put_number(out, name, number);
	return 0;
}

static int fill_count(const struct ctl_call *call, struct out *out, struct err *err)
{
	put_word(call, 0, out, "name");
	return put_int(call, 1, out, "nb", err);
}

static int fill_reload(const struct ctl_call *call, struct out *out, struct err *err)
{
	put_word(call, 0, out, "name");
	json_put_bool(out, "graceful", !(call->given & CTL_TERMINATE));
	json_put_bool(out, "sequential", call->given & CTL_SEQUENTIAL);
	return 0;
}

static int fill_signal(const struct ctl_call *call, struct out *out, struct err *err)
{
	put_word(call, 0, out, "name");
	json_put_bool(out, "children", call->given & CTL_CHILDREN);
	json_put_bool(out, "recursive", call->given & CTL_RECURSIVE);
	put_word(call, call->words.n - 1, out, "signum");
	return call->words.n == 3 ? put_int(call, 1, out, "pid", err) : 0;
}

static int fill_kill(const struct ctl_call *call, struct out *out, struct err *err)
{
	put_word(call, 0, out, "name");
	if (call->signum)
		json_put_text(out, "signum", call->signum);
	if (call->graceful_timeout)
		json_put_text(out, "graceful_timeout", call->graceful_timeout);
	return put_int(call, 1, out, "pid", err);
}

static int fill_get(const struct ctl_call *call, struct out *out, struct err *err)
{
	put_word(call, 0, out, "name");
	json_open(out, "keys", '[');
	for (size_t i = 1; i < call->words.n; i++)
		json_put_text(out, NULL, word(call, i));
	json_close(out, ']');
	return 0;
}

static int fill_set(const struct ctl_call *call, struct out *out, struct err *err)
{
	if (call->words.n % 2 == 0)
		return err_set(err, ERR_INPUT, "List of key/values is invalid");
	put_word(call, 0, out, "name");
	json_open(out, "options", '{');
	for (size_t i = 1; i + 1 < call->words.n; i += 2) {
		char *key = call->words.items[i];
		for (char *it = key; *it; it++)
			if (*it >= 'A' && *it <= 'Z' && !strchr(key, '.'))
				*it = (char)(*it + 32);
		json_put_text(out, key, word(call, i + 1));
	}
	json_close(out, '}');
	return 0;
}

static int fill_add(const struct ctl_call *call, struct out *out, struct err *err)
{
	autobuf struct buf cmd = {0};
	for (size_t i = 1; i < call->words.n; i++)
		buf_printf(&cmd, "%s%s", i > 1 ? " " : "", word(call, i));
	put_word(call, 0, out, "name");
	json_put_text(out, "cmd", buf_text(&cmd));
	json_put_bool(out, "start", call->given & CTL_START);
	return 0;
}

static int fill_rm(const struct ctl_call *call, struct out *out, struct err *err)
{
	put_word(call, 0, out, "name");
	json_put_bool(out, "nostop", call->given & CTL_NOSTOP);
	return 0;
}

static int fill_stats(const struct ctl_call *call, struct out *out, struct err *err)
{
	put_word(call, 0, out, "name");
	json_put_bool(out, "extended", call->given & CTL_EXTENDED);
	return put_int(call, 1, out, "process", err);
}

static int fill_option(const struct ctl_call *call, struct out *out, struct err *err)
{
	put_word(call, 0, out, "option");
	return 0;
}

static int fill_topics(const struct ctl_call *call, struct out *out, struct err *err)
{
	json_open(out, "topics", '[');
	for (size_t i = 0; i < call->words.n; i++)
		json_put_text(out, NULL, word(call, i));
	json_close(out, ']');
	return 0;
}

static int fill_tail(const struct ctl_call *call, struct out *out, struct err *err)
{
	int64_t lines;
	put_word(call, 0, out, "name");
	json_put_bool(out, "follow", call->given & CTL_FOLLOW);
	if (!call->lines)
		return 0;
	if (!str_to_i64(str_of(call->lines), &lines) || lines < 0)
		return err_set(err, ERR_INPUT, "'%s' is not a number of lines", call->lines);
	json_put_number(out, "lines", lines);
	return 0;
}

/* ---- the table ---- */

/* clang-format off */
static const struct ctl_verb verbs[] = {
	{"add", "NAME CMD...", "Add a watcher", CTL_START, 2, -1, WRONG_NUMBER,
	 .fill = fill_add},
	{"decr", "NAME [N]", "Decrement the number of processes in a watcher", CTL_WAITING, 1, -1,
	 WRONG_NUMBER, .fill = fill_count, .print = print_scaled},
	{"dstats", "", "Get circusd stats", 0, 0, 0, "Invalid message",
	 .print = print_daemon_stats},
	{"dump", "", "Show the effective model as JSON", 0, 0, 0, WRONG_NUMBER, .is_ours = true,
	 .print = print_model},
	{"events", "[TOPIC...]", "Follow events; another name of listen", 0, 0, -1, WRONG_NUMBER,
	 .is_ours = true, .streams = true, .fill = fill_topics},
	{"explain", "NAME", "Tell why a service is where it is", 0, 1, 1, WRONG_NUMBER,
	 .is_ours = true, .print = print_text},
	{"get", "NAME KEY...", "Get the value of specific watcher options", 0, 2, -1, WRONG_NUMBER,
	 .fill = fill_get, .print = print_options},
	{"globaloptions", "[OPTION]", "Get the arbiter options", 0, 0, -1, WRONG_NUMBER,
	 .fill = fill_option, .print = print_options},
	{"incr", "NAME [N]", "Increment the number of processes in a watcher", CTL_WAITING, 1, -1,
	 WRONG_NUMBER, .fill = fill_count, .print = print_scaled},
	{"kill", "NAME [PID]", "Kill processes: the stop signal, then KILL",
	 CTL_WAITING | CTL_SIGNUM | CTL_GRACEFUL, 1, 2, WRONG_NUMBER, .fill = fill_kill},
	{"list", "[NAME]", "Get list of watchers or processes in a watcher", 0, 0, 1, WRONG_NUMBER,
	 .print = print_names},
	{"listen", "[TOPIC...]", "Subscribe to watcher events", 0, 0, -1, WRONG_NUMBER,
	 .streams = true, .fill = fill_topics},
	{"listsockets", "", "Get the list of sockets", 0, 0, -1, WRONG_NUMBER,
	 .print = print_sockets},
	{"numprocesses", "[NAME]", "Get the number of processes", 0, 0, 1, "message invalid",
	 .print = print_number},
	{"numwatchers", "", "Get the number of watchers", 0, 0, 0, WRONG_NUMBER,
	 .print = print_number},
	{"options", "NAME", "Get the value of all options of a watcher", 0, 1, -1,
	 "number of arguments invalid", .print = print_sorted_options},
	{"quit", "", "Quit the arbiter immediately", CTL_WAITING, 0, -1, WRONG_NUMBER},
	{"ready", "", "Tell whether every wanted service is ready", 0, 0, 0, WRONG_NUMBER,
	 .is_ours = true, .print = print_ready},
	{"reload", "[NAME]", "Reload the arbiter or a watcher",
	 CTL_WAITING | CTL_SEQUENTIAL | CTL_TERMINATE, 0, 1, "invalid number of arguments",
	 .fill = fill_reload},
	{"reloadconfig", "", "Reload the configuration file", CTL_WAITING, 0, -1, WRONG_NUMBER},
	{"restart", "[NAME]", "Restart the arbiter or a watcher", CTL_WAITING | CTL_MATCH, 0, 1,
	 WRONG_NUMBER},
	{"rm", "NAME", "Remove a watcher", CTL_WAITING | CTL_NOSTOP, 1, 1, WRONG_NUMBER,
	 .fill = fill_rm},
	{"set", "NAME KEY VALUE...", "Set a watcher option", CTL_WAITING, 3, -1, WRONG_NUMBER,
	 .fill = fill_set},
	{"signal", "NAME [PID] SIGNAL", "Send a signal", CTL_CHILDREN | CTL_RECURSIVE, 2, 3,
	 WRONG_NUMBER, .fill = fill_signal},
	{"start", "[NAME]", "Start the arbiter or a watcher", CTL_WAITING | CTL_MATCH, 0, 1,
	 WRONG_NUMBER},
	{"stats", "[NAME [PID]]", "Get process infos", CTL_EXTENDED, 0, 2, "message invalid",
	 .fill = fill_stats, .print = print_stats},
	{"status", "[NAME]", "Get the status of a watcher or all watchers", 0, 0, 1,
	 "message invalid", .print = print_status},
	{"stop", "[NAME]", "Stop watchers", CTL_WAITING | CTL_MATCH, 0, -1, WRONG_NUMBER},
	{"tail", "NAME", "Show the last lines of a service; follow them", CTL_FOLLOW | CTL_LINES, 1,
	 1, WRONG_NUMBER, .is_ours = true, .streams = true, .fill = fill_tail, .print = print_text},
	{"version", "", "Show the version of the running hull-init", 0, 0, 0, WRONG_NUMBER,
	 .is_ours = true, .print = print_version},
};

static const struct option {
	const char *name;
	char letter;
	unsigned bit;
	size_t value; /* offset of its text; 0: a flag */
} options[] = {
	{"children", 0, CTL_CHILDREN},
	{"extended", 0, CTL_EXTENDED},
	{"follow", 'f', CTL_FOLLOW},
	{"graceful_timeout", 0, CTL_GRACEFUL, offsetof(struct ctl_call, graceful_timeout)},
	{"help", 'h', CTL_HELP},
	{"lines", 'n', CTL_LINES, offsetof(struct ctl_call, lines)},
	{"match", 0, CTL_MATCH, offsetof(struct ctl_call, match)},
	{"nostop", 0, CTL_NOSTOP},
	{"recursive", 0, CTL_RECURSIVE},
	{"sequential", 0, CTL_SEQUENTIAL},
	{"signum", 0, CTL_SIGNUM, offsetof(struct ctl_call, signum)},
	{"start", 0, CTL_START},
	{"terminate", 0, CTL_TERMINATE},
	{"waiting", 0, CTL_WAITING},
};
/* clang-format on */

const struct ctl_verb *ctl_verb_get(size_t i)
{
	return i < ARRAY_LEN(verbs) ? &verbs[i] : NULL;
}

const struct ctl_verb *ctl_verb_find(const char *name, bool with_ours)
{
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (text_eq(verbs[i].name, name) && (with_ours || !verbs[i].is_ours))
			return &verbs[i];
	return NULL;
}

/* ---- words ---- */

/* By its name, a beginning of it that no other has, or its letter. */
static const struct option *find_option(unsigned allowed, struct str name, bool is_letter)
{
	const struct option *found = NULL;
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		const struct option *it = &options[i];
		if (!(it->bit & (allowed | CTL_HELP)))
			continue;
		if (is_letter ? name.len == 1 && it->letter == name.ptr[0] : str_is(name, it->name))
			return it;
		if (is_letter || !str_starts(str_of(it->name), name))
			continue;
		if (found)
			return NULL;
		found = it;
	}
	return found;
}

static int read_option(struct ctl_call *call, int argc, char *const *argv, int *i, struct err *err)
{
	bool is_letter = argv[*i][1] != '-';
	struct str value = str_of(argv[*i] + (is_letter ? 1 : 2));
	struct str name = is_letter ? value : str_cut(&value, '=');
	const char *text = is_letter ? NULL : value.ptr;
	/* -n5 */
	if (is_letter && name.len > 1) {
		text = name.ptr + 1;
		name.len = 1;
	}
	const struct option *option = find_option(call->verb->options, name, is_letter);
	if (!option || (!option->value && text))
		return err_set(err, ERR_INPUT, "unrecognized arguments: %s", argv[*i]);
	call->given |= option->bit;
	if (!option->value)
		return 0;
	if (!text && *i + 1 < argc)
		text = argv[++*i];
	if (!text)
		return err_set(err, ERR_INPUT, "argument --%s: expected one argument",
			       option->name);
	*(const char **)((char *)call + option->value) = text;
	return 0;
}

/* -1 is a word: no option looks like a number. */
static bool is_number(const char *text)
{
	return strspn(text, "0123456789.") == strlen(text);
}

int ctl_read(int argc, char *const *argv, bool with_ours, struct ctl_call *ret_call,
	     struct err *err)
{
	struct ctl_call call = {.verb = ctl_verb_find(argv[0], with_ours)};
	bool only_words = false;
	int result = 0;
	if (!call.verb)
		return err_set(err, ERR_INPUT, "unrecognized arguments: %s", argv[0]);
	for (int i = 1; i < argc && !result; i++) {
		if (!only_words && text_eq(argv[i], "--"))
			only_words = true;
		else if (!only_words && argv[i][0] == '-' && argv[i][1] && !is_number(argv[i] + 1))
			result = read_option(&call, argc, argv, &i, err);
		else
			strlist_add(&call.words, argv[i]);
	}
	int n = (int)call.words.n;
	if (!result && !(call.given & CTL_HELP) &&
	    (n < call.verb->min || (call.verb->max >= 0 && n > call.verb->max)))
		result = err_set(err, ERR_INPUT, "%s", call.verb->wrong);
	if (result) {
		ctl_call_done(&call);
		return -1;
	}
	*ret_call = call;
	return 0;
}

void ctl_call_done(struct ctl_call *call)
{
	strlist_done(&call->words);
}

int ctl_request(const struct ctl_call *call, struct out *line, struct err *err)
{
	json_open(line, NULL, '{');
	json_put_text(line, "id", "ctl");
	json_put_text(line, "command", call->verb->name);
	json_open(line, "properties", '{');
	if (call->verb->fill) {
		if (call->verb->fill(call, line, err))
			return -1;
	} else {
		put_word(call, 0, line, "name");
	}
	if (call->match)
		json_put_text(line, "match", call->match);
	if (call->given & CTL_WAITING)
		json_put_bool(line, "waiting", true);
	if (call->detail)
		json_put_bool(line, "detail", true);
	if (call->timeout_ns)
		json_put_time(line, "timeout", call->timeout_ns);
	json_close(line, '}');
	json_close(line, '}');
	out_text(line, "\n");
	if (line->failed || line->len > LIMIT_CONTROL_LINE)
		return err_set(err, ERR_LIMIT, "the request is longer than %zu bytes",
			       LIMIT_CONTROL_LINE);
	return 0;
}
