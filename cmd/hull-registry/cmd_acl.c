/* cmd_acl.c - hull-registry acl explain: which rule decides, where it stands, and what it gives.
 * SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <fcntl.h>

#include "account/auth_file.h"
#include "service/config.h"

#include "tool.h"

#include "base/banned.h"

struct explain_opts {
	const char *config, *file, *ip, *type, *service;
	bool compat;
};

static const struct opt explain_opts[] = {
	{'c', "config", OPT_STRING, offsetof(struct explain_opts, config), "FILE",
	 "The configuration (default \"" DEFAULT_CONFIG "\")"},
	{'f', "file", OPT_STRING, offsetof(struct explain_opts, file), "FILE",
	 "A file of docker_auth instead"},
	{0, "compat", OPT_FLAG, offsetof(struct explain_opts, compat), NULL,
	 "Read --file as leniently as docker_auth does"},
	{0, "ip", OPT_STRING, offsetof(struct explain_opts, ip), "ADDRESS",
	 "The client's address, for rules with an 'ip'"},
	{0, "type", OPT_STRING, offsetof(struct explain_opts, type), "NAME",
	 "Of the resource: repository (the default) or registry"},
	{0, "service", OPT_STRING, offsetof(struct explain_opts, service), "NAME",
	 "The service that is asked for (default: the configuration's)"},
	{0},
};

static int parse_ip(const char *text, struct sockaddr_storage *ret_ip, struct err *err)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

	memset(ret_ip, 0, sizeof(*ret_ip));
	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		memcpy(ret_ip, &v4, sizeof(v4));
	else if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1)
		memcpy(ret_ip, &v6, sizeof(v6));
	else
		return err_set(err, ERR_INPUT, "--ip: '%s' is no address", text);
	return 0;
}

struct rules { /* wherever they come from */
	struct registry_config config;
	struct auth_file file;
	struct arena arena;
	const struct accounts *accounts;
	const char *service;
};

static void rules_done(struct rules *rules)
{
	registry_config_done(&rules->config);
	auth_file_done(&rules->file);
	arena_done(&rules->arena);
}

static int load_rules(const struct tool *tool, const struct explain_opts *opts, struct rules *rules,
		      struct err *err)
{
	const char *path = NULL;

	if (opts->file && opts->config)
		return err_set(err, ERR_INPUT, "--config or --file, not both");
	if (opts->file) {
		if (auth_file_read(&rules->arena, AT_FDCWD, opts->file, opts->compat, NULL,
				   &rules->file, err))
			return -1;
		rules->accounts = rules->file.accounts;
		return 0;
	}
	if (tool_config(opts->config, 0, NULL, &path, err) ||
	    registry_config_read(path, tool->env, &rules->config, err))
		return -1;
	rules->accounts = rules->config.accounts;
	rules->service = rules->config.service;
	if (!rules->accounts)
		return err_set(err, ERR_MISSING, "%s has no users and rules of its own: %s", path,
			       rules->config.is_open ? "everybody may do everything"
						     : "another service gives the tokens");
	return 0;
}

static int tell(const struct acl_question *question, const struct acl_verdict *verdict,
		bool is_known, const char *action, struct err *err)
{
	bool is_allowed = strlist_has(&verdict->actions, action);
	autobuf struct buf text = {0};

	buf_printf(&text, "%s: '%s' %s %s %s %s\n", is_allowed ? "allowed" : "denied",
		   question->account, is_allowed ? "may" : "may not", action, question->type,
		   question->name);
	if (!is_known)
		buf_printf(&text, "user: there is no '%s', so nobody can log in by that name\n",
			   question->account);
	if (verdict->hit_bound) {
		buf_printf(&text,
			   "rule: %s:%u:%u: its pattern takes too long for this question, and then "
			   "nothing is allowed\n",
			   verdict->rule_pos.file, verdict->rule_pos.line,
			   verdict->rule_pos.column);
	} else if (!verdict->rule_pos.line) {
		buf_puts(&text, "rule: none matches, and what no rule allows is denied\n");
	} else {
		buf_printf(&text, "rule: %s:%u:%u: %s\n", verdict->rule_pos.file,
			   verdict->rule_pos.line, verdict->rule_pos.column,
			   verdict->rule_text ? verdict->rule_text : "{}");
		if (!is_allowed)
			buf_printf(&text,
				   "why: it is the first that matches, and '%s' is not among "
				   "its actions\n",
				   action);
	}
	if (verdict->comment)
		buf_printf(&text, "comment: %s\n", verdict->comment);
	if (tool_print(buf_text(&text), err))
		return -1;
	return is_allowed ? 0 : 1;
}

static int explain_run(void *context, void *opts, int argc, char **argv, struct err *err)
{
	const struct explain_opts *o = opts;
	cleanup(rules_done) struct rules rules = {0};
	autostrlist struct strlist actions = {0};
	struct sockaddr_storage ip;
	struct acl_verdict verdict = {0};

	if (o->ip && parse_ip(o->ip, &ip, err))
		return -1;
	if (load_rules(context, o, &rules, err))
		return -1;
	strlist_add(&actions, argv[2]);
	struct acl_question question = {
		.account = argv[0],
		.type = o->type ? o->type : "repository",
		.name = argv[1],
		.service = o->service      ? o->service
			   : rules.service ? rules.service
					   : "",
		.ip = o->ip ? &ip : NULL,
		.actions = &actions,
	};
	acl_decide(rules.accounts, &question, &verdict);
	bool is_known = accounts_hash(rules.accounts, argv[0]) != NULL;
	int status = tell(&question, &verdict, is_known, argv[2], err);
	acl_verdict_done(&verdict);
	return status;
}

const struct command cmd_acl_explain = {
	.name = "acl explain",
	.args = "ACCOUNT NAME ACTION",
	.summary = "Tell which rule decides whether an account may do something, and why",
	.details =
		"NAME is a repository, ACTION is pull, push, delete or *. Exits with 1 when it is "
		"denied.",
	.opts = explain_opts,
	.opts_size = sizeof(struct explain_opts),
	.min_args = 3,
	.max_args = 3,
	.run = explain_run,
};
