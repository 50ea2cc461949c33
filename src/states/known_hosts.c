/* known_hosts.c - keys of other hosts: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT.
 * SPDX-License-Identifier: Apache-2.0 */
#include "states/known_hosts.h"

#include <nettle/hmac.h>
#include <nettle/md5.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

#include "base/encode.h"
#include "base/random.h"
#include "state/run.h"
#include "states/auth_keys.h"
#include "states/program.h"
#include "states/text_file.h"
#include "value/list.h"

#include "base/banned.h"

#define SYSTEM_FILE "/etc/ssh/ssh_known_hosts"
#define USER_FILE   ".ssh/known_hosts"

struct known_args {
	struct str user, fingerprint, key, enc, config, hash_type;
	int64_t port, timeout;
	bool hash_known_hosts;
};

#define ROW(arg_name, arg_type, field)                       \
	{                                                    \
		.name = (arg_name), .type = (arg_type),      \
		.offset = offsetof(struct known_args, field) \
	}

static const struct state_arg known_arg_rows[] = {
	ROW("user", ARG_STR, user),
	ROW("fingerprint", ARG_STR, fingerprint),
	ROW("key", ARG_STR, key),
	ROW("enc", ARG_STR, enc),
	ROW("config", ARG_STR, config),
	ROW("port", ARG_INT, port),
	{.name = "timeout",
	 .type = ARG_INT,
	 .offset = offsetof(struct known_args, timeout),
	 .fallback = "5"},
	{.name = "hash_known_hosts",
	 .type = ARG_BOOL,
	 .offset = offsetof(struct known_args, hash_known_hosts),
	 .fallback = "true"},
	ROW("fingerprint_hash_type", ARG_STR, hash_type),
	{0},
};

/* ---- lines ---- */

struct known_line { /* views */
	struct str hosts, enc, key;
};

static bool line_parse(struct str line, struct known_line *ret_line)
{
	struct str rest = str_trim(line);
	struct known_line known = {0};

	if (!rest.len || rest.ptr[0] == '#' || rest.ptr[0] == '@')
		return false;
	known.hosts = str_cut(&rest, ' ');
	rest = str_trim_blanks(rest);
	known.enc = str_cut(&rest, ' ');
	rest = str_trim_blanks(rest);
	known.key = str_cut(&rest, ' ');
	if (!known.key.len)
		return false;
	*ret_line = known;
	return true;
}

static void hash_host(struct str host, const struct buf *salt, struct buf *base64)
{
	struct hmac_sha1_ctx ctx;
	uint8_t digest[SHA1_DIGEST_SIZE];

	hmac_sha1_set_key(&ctx, salt->len, (const uint8_t *)salt->ptr);
	hmac_sha1_update(&ctx, host.len, (const uint8_t *)host.ptr);
	hmac_sha1_digest(&ctx, sizeof(digest), digest);
	base64_encode(base64, digest, sizeof(digest));
}

/* |1|SALT|HASH */
static bool hashed_is(struct str word, struct str host)
{
	autobuf struct buf salt = {.max = 256};
	autobuf struct buf hash = {0};
	struct str rest = {word.ptr + 3, word.len - 3};

	if (!base64_decode(&salt, str_cut(&rest, '|')) || !salt.len)
		return false;
	hash_host(host, &salt, &hash);
	return str_eq(buf_str(&hash), rest);
}

static bool is_for(const struct known_line *line, struct str host)
{
	struct str rest = line->hosts;

	if (str_starts(rest, STR("|1|")))
		return hashed_is(rest, host);
	while (rest.len)
		if (str_eq(str_cut(&rest, ','), host))
			return true;
	return false;
}

static void write_host(struct str host, bool hashed, struct buf *buf)
{
	autobuf struct buf salt = {0};

	if (!hashed) {
		buf_append_str(buf, host);
		return;
	}
	char *bytes = buf_reserve(&salt, SHA1_DIGEST_SIZE);
	random_bytes(bytes, SHA1_DIGEST_SIZE);
	buf_added(&salt, SHA1_DIGEST_SIZE);
	buf_puts(buf, "|1|");
	base64_encode(buf, salt.ptr, salt.len);
	buf_putc(buf, '|');
	hash_host(host, &salt, buf);
}

/* "aa:bb:…" of the key's bytes by md5 or sha256; "" when it is no base64. */
static const char *fingerprint(struct heap *heap, struct str key, bool md5)
{
	autobuf struct buf bytes = {0};
	autobuf struct buf text = {0};
	uint8_t digest[SHA256_DIGEST_SIZE];
	size_t len = md5 ? MD5_DIGEST_SIZE : SHA256_DIGEST_SIZE;

	if (!base64_decode(&bytes, key))
		return "";
	if (md5) {
		struct md5_ctx ctx;
		md5_init(&ctx);
		md5_update(&ctx, bytes.len, (const uint8_t *)bytes.ptr);
		md5_digest(&ctx, len, digest);
	} else {
		struct sha256_ctx ctx;
		sha256_init(&ctx);
		sha256_update(&ctx, bytes.len, (const uint8_t *)bytes.ptr);
		sha256_digest(&ctx, len, digest);
	}
	for (size_t i = 0; i < len; i++)
		buf_printf(&text, "%s%02x", i ? ":" : "", digest[i]);
	return heap_strdup(heap, buf_str(&text));
}

/* ---- the file ---- */

struct known_file {
	struct auth_file user_file;
	const char *path; /* NULL: user_file */
	struct buf text;
};

static void known_file_done(struct known_file *file)
{
	auth_file_done(&file->user_file);
	buf_done(&file->text);
}

static const char *config_of(struct state_call *call)
{
	const struct known_args *args = call->args;

	if (args->config.len)
		return heap_strdup(call->heap, args->config);
	return args->user.len ? USER_FILE : SYSTEM_FILE;
}

static bool open_known(struct state_call *call, struct known_file *file, struct outcome *outcome)
{
	const struct known_args *args = call->args;
	const char *config = config_of(call);
	autoerr struct err err = {0};

	if (!args->user.len && config[0] != '/') {
		outcome_fail(outcome, "If not specifying a \"user\", specify an absolute "
				      "\"config\".");
		return false;
	}
	if (!args->user.len) {
		file->path = config;
		if (!text_file_read(call->world, config, &file->text, NULL, &err))
			return true;
	} else {
		const char *user = heap_strdup(call->heap, args->user);
		if (!auth_file_open(call->world, user, str_of(config), !call->is_test,
				    &file->user_file, &err)) {
			file->text = steal(&file->user_file.text);
			return true;
		}
		if (call->is_test && err.kind == ERR_MISSING)
			return true;
	}
	outcome_fail_err(outcome, &err);
	return false;
}

static int save_known(struct state_call *call, struct known_file *file, struct str text,
		      struct err *err)
{
	const struct ownership fresh = {0, 0, 0644};

	if (file->path)
		return text_file_write(call->world, file->path, text, &fresh, err);
	return auth_file_save(call->world, &file->user_file, text, err);
}

/* ---- present ---- */

static struct str host_of(struct state_call *call)
{
	const struct known_args *args = call->args;

	if (!args->port || args->port == 22)
		return str_of(call->name);
	return str_of(heap_printf(call->heap, "[%s]:%lld", call->name, (long long)args->port));
}

static bool uses_md5(const struct known_args *args)
{
	return str_is(args->hash_type, "md5");
}

static struct value line_value(struct state_call *call, const struct known_line *line)
{
	struct dict *dict = dict_new(call->heap);

	dict_set(call->heap, dict, "hostname", value_text(call->heap, line->hosts));
	dict_set(call->heap, dict, "enc", value_text(call->heap, line->enc));
	dict_set(call->heap, dict, "key", value_text(call->heap, line->key));
	dict_set(call->heap, dict, "fingerprint",
		 value_cstr(call->heap, fingerprint(call->heap, line->key, uses_md5(call->args))));
	return value_of_dict(dict);
}

static struct list *lines_for(struct state_call *call, struct str text, struct str host)
{
	struct list *list = list_new(call->heap, 0);

	while (text.len) {
		struct known_line line;
		if (line_parse(str_cut(&text, '\n'), &line) && is_for(&line, host))
			list_push(call->heap, list, line_value(call, &line));
	}
	return list;
}

static bool has_text(const struct list *lines, const char *key, struct str wanted)
{
	for (size_t i = 0; i < lines->n; i++)
		if (str_eq(value_bytes(*dict_get(lines->items[i].dict, key)), wanted))
			return true;
	return false;
}

/* The keys that the host itself offers; the fingerprint that was given must be among them. */
static struct list *scan(struct state_call *call, struct outcome *outcome)
{
	const struct known_args *args = call->args;
	const char *words[12] = {"ssh-keyscan", "-T",
				 heap_printf(call->heap, "%lld", (long long)args->timeout)};
	size_t n = 3;
	cleanup(command_outcome_done) struct command_outcome said = {0};
	autoerr struct err err = {0};

	if (args->port) {
		words[n++] = "-p";
		words[n++] = heap_printf(call->heap, "%lld", (long long)args->port);
	}
	if (args->enc.len) {
		words[n++] = "-t";
		words[n++] = heap_strdup(call->heap, args->enc);
	}
	words[n++] = "--";
	words[n++] = call->name;
	if (program_run(call->world, words, NULL, &said, &err)) {
		outcome_fail_err(outcome, &err);
		return NULL;
	}
	struct list *list = list_new(call->heap, 0);
	struct str rest = buf_str(&said.out);
	while (rest.len) {
		struct known_line line;
		if (line_parse(str_cut(&rest, '\n'), &line))
			list_push(call->heap, list, line_value(call, &line));
	}
	if (!list->n)
		outcome_fail(outcome, "Unable to receive remote host keys");
	else if (args->fingerprint.len && !has_text(list, "fingerprint", args->fingerprint))
		outcome_fail(outcome, "Remote host public keys found but none of their "
				      "fingerprints match the one you have provided");
	else
		return list;
	return NULL;
}

static struct list *new_lines(struct state_call *call, struct outcome *outcome)
{
	const struct known_args *args = call->args;
	struct list *list = list_new(call->heap, 1);

	if (!args->key.len)
		return scan(call, outcome);
	struct known_line line = {host_of(call), args->enc, args->key};
	list_push(call->heap, list, line_value(call, &line));
	return list;
}

/* Other keys of the same type are taken out; those of other types stay. */
static void write_lines(struct state_call *call, struct str text, const struct list *lines,
			struct buf *buf)
{
	const struct known_args *args = call->args;
	struct str host = host_of(call);

	while (text.len) {
		struct str line = str_cut(&text, '\n');
		struct known_line known;
		bool is_old = line_parse(line, &known) && is_for(&known, host) &&
			      has_text(lines, "enc", known.enc);
		if (!is_old)
			buf_printf(buf, "%.*s\n", STR_ARG(line));
	}
	for (size_t i = 0; i < lines->n; i++) {
		const struct dict *line = lines->items[i].dict;
		write_host(host, args->hash_known_hosts, buf);
		buf_printf(buf, " %.*s %.*s\n", STR_ARG(value_bytes(*dict_get(line, "enc"))),
			   STR_ARG(value_bytes(*dict_get(line, "key"))));
	}
}

static bool is_word(struct str text)
{
	return text_is_line(text) && !(text.len && memchr(text.ptr, ' ', text.len));
}

static bool check_args(struct state_call *call, struct outcome *outcome)
{
	const struct known_args *args = call->args;

	if (args->key.len && args->fingerprint.len)
		outcome_fail(outcome, "Specify either \"key\" or \"fingerprint\", not both.");
	else if (args->key.len && !args->enc.len)
		outcome_fail(outcome, "Required argument \"enc\" if using \"key\" argument.");
	else if (strpbrk(call->name, " \t\r\n") || !is_word(args->enc) || !is_word(args->key))
		outcome_fail(outcome, "'%s' with this key is no line of known hosts", call->name);
	else if (args->port && args->port != 22 && args->hash_known_hosts)
		outcome_fail(outcome, "argument port can not be used in conjunction with argument "
				      "hash_known_hosts");
	else
		return true;
	return false;
}

static bool is_known(const struct known_args *args, const struct list *old)
{
	if (!old->n)
		return false;
	if (args->key.len)
		return has_text(old, "key", args->key);
	return !args->fingerprint.len || has_text(old, "fingerprint", args->fingerprint);
}

static void save_new(struct state_call *call, struct known_file *file, struct list *old,
		     struct outcome *outcome)
{
	const struct known_args *args = call->args;
	autobuf struct buf after = {0};
	autoerr struct err err = {0};
	struct list *lines = new_lines(call, outcome);

	if (!lines)
		return;
	write_lines(call, buf_str(&file->text), lines, &after);
	if (save_known(call, file, buf_str(&after), &err)) {
		outcome_fail_err(outcome, &err);
		return;
	}
	outcome_change(call->heap, outcome, "old", old->n ? value_of_list(old) : value_none());
	outcome_change(call->heap, outcome, "new", value_of_list(lines));
	const char *what = args->key.len ? "key" : "fingerprint";
	outcome_say(outcome, "%s's key saved to %s (%s: %.*s)", call->name, config_of(call), what,
		    STR_ARG(value_bytes(*dict_get(lines->items[0].dict, what))));
}

static void known_present(struct state_call *call, struct outcome *outcome)
{
	cleanup(known_file_done) struct known_file file = {0};

	if (!check_args(call, outcome) || !open_known(call, &file, outcome))
		return;
	struct list *old = lines_for(call, buf_str(&file.text), host_of(call));
	const char *config = config_of(call);
	if (is_known(call->args, old))
		outcome_say(outcome,
			    call->is_test ? "Host %s is already in %s" : "%s already exists in %s",
			    call->name, config);
	else if (call->is_test)
		outcome_pending(outcome, "Key for %s is set to be %s %s", call->name,
				old->n ? "updated in" : "added to", config);
	else
		save_new(call, &file, old, outcome);
}

static void known_absent(struct state_call *call, struct outcome *outcome)
{
	cleanup(known_file_done) struct known_file file = {0};
	autobuf struct buf after = {0};
	autoerr struct err err = {0};

	if (!open_known(call, &file, outcome))
		return;
	struct str rest = buf_str(&file.text), host = host_of(call);
	struct list *old = lines_for(call, rest, host);
	if (!old->n) {
		outcome_say(outcome, "Host is already absent");
		return;
	}
	if (call->is_test) {
		outcome_pending(outcome, "Key for %s is set to be removed from %s", call->name,
				config_of(call));
		return;
	}
	while (rest.len) {
		struct str line = str_cut(&rest, '\n');
		struct known_line known;
		if (!line_parse(line, &known) || !is_for(&known, host))
			buf_printf(&after, "%.*s\n", STR_ARG(line));
	}
	if (save_known(call, &file, buf_str(&after), &err)) {
		outcome_fail_err(outcome, &err);
		return;
	}
	outcome_change(call->heap, outcome, "old", value_of_list(old));
	outcome_change(call->heap, outcome, "new", value_none());
	outcome_say(outcome, "Removed %s from %s", call->name, config_of(call));
}

const struct state_def known_hosts_present_def = {
	.name = "ssh_known_hosts.present",
	.args = known_arg_rows,
	.args_size = sizeof(struct known_args),
	.apply = known_present,
};
const struct state_def known_hosts_absent_def = {
	.name = "ssh_known_hosts.absent",
	.args = known_arg_rows,
	.args_size = sizeof(struct known_args),
	.apply = known_absent,
};
