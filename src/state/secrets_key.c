/* secrets_key.c - which keys look as if their values were secret.
 * SPDX-License-Identifier: Apache-2.0 */
#include "state/secrets_private.h"

#include "base/banned.h"

#define KEY_MAX 120 /* bytes of a key that are looked at: names end before */

/* The key as "_word_word_". */
struct words {
	char text[2 * KEY_MAX + 3];
	size_t len;
};

static bool is_lower(char byte)
{
	return byte >= 'a' && byte <= 'z';
}

static bool is_upper(char byte)
{
	return byte >= 'A' && byte <= 'Z';
}

static char lower(char byte)
{
	if (is_upper(byte))
		byte = (char)(byte - 'A' + 'a');
	return byte;
}

static void add_byte(struct words *words, char byte)
{
	if (byte != '_' || words->text[words->len - 1] != '_')
		words->text[words->len++] = byte;
}

/* A word begins at a capital behind a small letter, and at the last of several capitals before one
 * ("APIKey"). */
static bool begins_word(struct str key, size_t i)
{
	if (!is_upper(key.ptr[i]) || !i)
		return false;
	return is_lower(key.ptr[i - 1]) ||
	       (is_upper(key.ptr[i - 1]) && i + 1 < key.len && is_lower(key.ptr[i + 1]));
}

static void split(struct words *words, struct str key)
{
	if (key.len > KEY_MAX)
		key = (struct str){key.ptr + (key.len - KEY_MAX), KEY_MAX};
	words->text[0] = '_';
	words->len = 1;
	for (size_t i = 0; i < key.len; i++) {
		char byte = key.ptr[i];
		if (begins_word(key, i))
			add_byte(words, '_');
		bool is_letter = is_lower(byte) || is_upper(byte) || (unsigned char)byte >= 0x80;
		if (!is_letter)
			byte = '_';
		add_byte(words, lower(byte));
	}
	add_byte(words, '_');
	words->text[words->len] = '\0';
}

static bool has_any(const char *words, const char *const *list)
{
	for (; *list; list++)
		if (strstr(words, *list))
			return true;
	return false;
}

static bool ends_with_any(const char *words, const char *const *list)
{
	for (; *list; list++)
		if (text_ends(words, *list))
			return true;
	return false;
}

/* What is secret holds one of these; most keys hold none, and are not looked at further. */
static const char *const secret_stems[] = {"pass", "pwd", "secr", "cred", "key", "toke", NULL};

static const char *const secret_words[] = {
	"_password_",     "_passwords_",   "_passwd_",     "_passwds_", "_passphrase_",
	"_passphrases_",  "_passcode_",    "_pwd_",        "_secret_",  "_secrets_",
	"_credential_",   "_credentials_", "_apikey_",     "_apikeys_", "_api_keys_",
	"_private_keys_", "_private_key_", "_privatekey_", "_tokens_",  NULL,
};

/* About a secret, not the secret. */
static const char *const harmless_ends[] = {
	"_file_",    "_files_",     "_path_",     "_dir_",      "_name_",
	"_names_",   "_url_",       "_uri_",      "_endpoint_", "_length_",
	"_len_",     "_min_",       "_max_",      "_ttl_",      "_expiration_",
	"_expires_", "_expiry_",    "_lifetime_", "_age_",      "_type_",
	"_policy_",  "_algorithm_", "_algo_",     "_enabled_",  "_required_",
	"_id_",      "_ids_",       "_pattern_",  "_server_",   "_service_",
	"_realm_",   "_issuer_",    "_field_",    "_prompt_",   "_authentication_",
	"_rounds_",  "_header_",    "_user_",     "_group_",    "_mode_",
	"_owner_",   "_size_",      NULL,
};

static const char *const harmless_pass[] = {
	"_proxy_pass_", "_fastcgi_pass_",   "_uwsgi_pass_", "_scgi_pass_",
	"_grpc_pass_",  "_memcached_pass_", NULL,
};

static const char *const harmless_keys[] = {
	"_public_key_",
	"_pub_key_",
	"_primary_key_",
	"_foreign_key_",
	"_cache_key_",
	"_sort_key_",
	"_unique_key_",
	"_hash_key_",
	"_partition_key_",
	"_group_key_",
	"_index_key_",
	"_host_key_",
	"_known_key_",
	"_config_key_",
	"_dict_key_",
	"_pillar_key_",
	"_grain_key_",
	"_registry_key_",
	NULL,
};

/* The user's own list: each entry is words in a row. */
static bool matches_pattern(const struct words *words, const char *pattern)
{
	struct str rest = str_of(pattern);

	while (rest.ptr) {
		struct words wanted;
		split(&wanted, str_trim(str_cut(&rest, '|')));
		if (wanted.len > 1 && strstr(words->text, wanted.text))
			return true;
	}
	return false;
}

enum secret_key secret_key_kind(const struct secrets *secrets, struct str key)
{
	struct words words;

	if (key.len && memchr(key.ptr, '/', key.len)) /* changes have paths as keys: /etc/passwd */
		return SECRET_NONE;
	split(&words, key);
	if (secrets->key_pattern)
		return matches_pattern(&words, secrets->key_pattern) ? SECRET_ALL : SECRET_NONE;
	if (!has_any(words.text, secret_stems) || ends_with_any(words.text, harmless_ends))
		return SECRET_NONE;
	if (has_any(words.text, secret_words))
		return SECRET_ALL;
	if (strstr(words.text, "_token_"))
		return SECRET_TEXT;
	if (text_ends(words.text, "_pass_") && !ends_with_any(words.text, harmless_pass))
		return SECRET_TEXT;
	if (text_ends(words.text, "_key_") && !text_eq(words.text, "_key_") &&
	    !ends_with_any(words.text, harmless_keys))
		return SECRET_KEY;
	return SECRET_NONE;
}

bool secrets_is_key(const struct secrets *secrets, struct str key)
{
	return secret_key_kind(secrets, key) != SECRET_NONE;
}
