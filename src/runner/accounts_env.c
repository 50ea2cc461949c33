/* accounts_env.c - the user that the environment asks for.
 * SPDX-License-Identifier: Apache-2.0 */
#include "runner/accounts.h"
#include "runner/environment.h"

#include "base/banned.h"

/* Either spelling; empty is unset. */
struct spelling {
	const char *names[2];
};
static const struct spelling uid_names = {{"USER_UID", "USER_ID"}},
			     gid_names = {{"USER_GID", "GROUP_ID"}};

static const char *get(const char *const *env, const char *name)
{
	const char *value = environment_get(env, str_of(name));

	return value && *value ? value : NULL;
}

static int parse_id(const char *name, const char *text, int64_t *ret_id, struct err *err)
{
	uint64_t id;

	/* chown(2) reads the last number as "leave it". */
	if (!str_to_u64(str_of(text), &id) || id >= UINT32_MAX)
		return err_set(err, ERR_INPUT,
			       "environment variable %s: '%s' is no number from 0 to %u", name,
			       text, (unsigned)(UINT32_MAX - 1));
	*ret_id = (int64_t)id;
	return 0;
}

/* *ret_id stays when neither is set. */
static int get_id(const char *const *env, const struct spelling *spelling, int64_t *ret_id,
		  struct err *err)
{
	int64_t ids[2] = {-1, -1};

	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		const char *text = get(env, spelling->names[i]);
		if (text && parse_id(spelling->names[i], text, &ids[i], err))
			return -1;
	}
	if (ids[0] >= 0 && ids[1] >= 0 && ids[0] != ids[1])
		return err_set(err, ERR_INPUT,
			       "environment variables %s and %s differ: %lld and %lld",
			       spelling->names[0], spelling->names[1], (long long)ids[0],
			       (long long)ids[1]);
	if (ids[0] >= 0 || ids[1] >= 0)
		*ret_id = ids[0] >= 0 ? ids[0] : ids[1];
	return 0;
}

int user_from_env(const char *const *env, const struct init_settings *init,
		  struct user_spec *ret_user, bool *ret_found, struct err *err)
{
	const char *name = get(env, "USER_NAME");
	struct user_spec user = {
		.name = name ? name : init->default_user,
		.uid = name ? -1 : init->default_uid,
		.gid = -1,
		.group = get(env, "GROUP_NAME"),
		.make_home = true,
	};

	if (!user.name) {
		*ret_found = false;
		return 0;
	}
	if (get_id(env, &uid_names, &user.uid, err) || get_id(env, &gid_names, &user.gid, err))
		return -1;
	if (user.uid < 0 && name)
		return err_set(err, ERR_INPUT, "Environment variable USER_UID is not set");
	*ret_user = user;
	*ret_found = true;
	return 0;
}
