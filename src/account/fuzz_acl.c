/* fuzz_acl.c - users and rules of any text, asked about any request, within bounded time.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The first line is the request ("account name ip action"), the rest is the file. */
#include <arpa/inet.h>
#include <assert.h>

#include "account/accounts.h"
#include "base/clock.h"
#include "doc/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void ask(const struct accounts *accounts, struct str request)
{
	autofree char *account = str_dup(str_cut(&request, ' '));
	autofree char *name = str_dup(str_cut(&request, ' '));
	autofree char *address = str_dup(str_cut(&request, ' '));
	autostrlist struct strlist actions = {0};
	struct sockaddr_storage ip = {.ss_family = AF_INET6};
	bool has_ip = inet_pton(AF_INET6, address, &((struct sockaddr_in6 *)&ip)->sin6_addr) == 1;
	struct acl_verdict verdict;

	strlist_split(&actions, request, ',');
	struct acl_question question = {
		.account = account,
		.type = "repository",
		.name = name,
		.service = "registry",
		.ip = has_ip ? &ip : NULL,
		.actions = &actions,
	};
	acl_decide(accounts, &question, &verdict);
	for (size_t i = 0; i < verdict.actions.n; i++)
		assert(strlist_has(&actions, verdict.actions.items[i]));
	assert(!verdict.actions.n || (verdict.rule_text && !verdict.hit_bound));
	acl_verdict_done(&verdict);
}

static void try_mode(const struct node *root, struct str request, bool compat)
{
	autoaccounts struct accounts *accounts = NULL;
	autostrlist struct strlist warnings = {0};
	autoerr struct err err = {0};
	struct accounts_options options = {.users = node_get(root, "users"),
					   .acl = node_get(root, "acl"),
					   .compat = compat,
					   .warnings = &warnings};

	if (accounts_new(&options, &accounts, &err))
		assert(err_is_set(&err));
	else
		ask(accounts, request);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	struct str rest = {(const char *)bytes, len};
	struct str request = str_cut(&rest, '\n');
	struct node *root;

	if (!rest.ptr || yaml_parse(&arena, "fuzz", rest, &root, &err))
		return 0;
	try_mode(root, request, false);
	try_mode(root, request, true);
	return 0;
}
