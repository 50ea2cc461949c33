/* functions_hash.c - hashutil.* and random.*: digests, base64, things that nobody guesses.
 * SPDX-License-Identifier: Apache-2.0 */
#include "state/functions_private.h"

#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <nettle/nettle-meta.h>

#include "base/encode.h"
#include "base/random.h"

#include "base/banned.h"

#define MAX_DIGEST 64 /* bytes of sha512 */

/* ---- digests ---- */

static const struct digest_row {
	const char *name;
	const struct nettle_hash *hash;
} digests[] = {
	{"md5", &nettle_md5},       {"sha1", &nettle_sha1},     {"sha224", &nettle_sha224},
	{"sha256", &nettle_sha256}, {"sha384", &nettle_sha384}, {"sha512", &nettle_sha512},
};

/* A context for any of them. */
union digest_state {
	struct md5_ctx md5;
	struct sha1_ctx sha1;
	struct sha256_ctx sha256;
	struct sha512_ctx sha512;
};

const char *text_digest(struct heap *heap, struct str algorithm, struct str text)
{
	union digest_state state;
	uint8_t digest[MAX_DIGEST];
	char hex[2 * MAX_DIGEST + 1];

	for (size_t i = 0; i < ARRAY_LEN(digests); i++) {
		const struct nettle_hash *hash = digests[i].hash;

		if (!str_is_nocase(algorithm, digests[i].name))
			continue;
		hash->init(&state);
		hash->update(&state, text.len, (const uint8_t *)text.ptr);
		hash->digest(&state, hash->digest_size, digest);
		hex_encode(digest, hash->digest_size, hex);
		return heap_strdup(heap, str_of(hex));
	}
	return NULL;
}

static int digest_of(struct call *call, struct str algorithm, struct value v,
		     struct value *ret_value, struct err *err)
{
	struct str text = {0};

	if (value_as_str(v, &text, err))
		return -1;
	const char *hex = text_digest(call->heap, algorithm, text);
	if (!hex)
		return err_set(err, ERR_INPUT, "Hash func '%.*s' is not supported.",
			       STR_ARG(algorithm));
	*ret_value = value_view(str_of(hex));
	return 0;
}

int fn_hashutil_digest(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"instr", PARAM_REQUIRED}, {"checksum", PARAM_OPTIONAL}, {NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0};
	struct str algorithm = {0};

	if (call_bind(call, "hashutil.digest", params, values, err) ||
	    param_text(values[1], "md5", &algorithm, err))
		return -1;
	if (!str_is(algorithm, "md5") && !str_is(algorithm, "sha256") &&
	    !str_is(algorithm, "sha512"))
		return err_set(err, ERR_INPUT, "Hash func '%.*s' is not supported.",
			       STR_ARG(algorithm));
	return digest_of(call, algorithm, values[0], ret_value, err);
}

static const struct param param_instr[] = {{"instr", PARAM_REQUIRED}, {NULL, PARAM_REQUIRED}};

static int digest_by(struct call *call, const char *function, struct str algorithm,
		     struct value *ret_value, struct err *err)
{
	struct value values[ARRAY_LEN(param_instr)] = {0};

	if (call_bind(call, function, param_instr, values, err))
		return -1;
	return digest_of(call, algorithm, values[0], ret_value, err);
}

int fn_hashutil_md5(struct call *call, struct value *ret_value, struct err *err)
{
	return digest_by(call, "hashutil.md5_digest", STR("md5"), ret_value, err);
}

int fn_hashutil_sha256(struct call *call, struct value *ret_value, struct err *err)
{
	return digest_by(call, "hashutil.sha256_digest", STR("sha256"), ret_value, err);
}

int fn_hashutil_sha512(struct call *call, struct value *ret_value, struct err *err)
{
	return digest_by(call, "hashutil.sha512_digest", STR("sha512"), ret_value, err);
}

/* ---- base64 ---- */

int fn_hashutil_base64_encode(struct call *call, struct value *ret_value, struct err *err)
{
	struct value values[ARRAY_LEN(param_instr)] = {0};
	autobuf struct buf buf = {0};
	struct str text = {0};

	if (call_bind(call, "hashutil.base64_b64encode", param_instr, values, err) ||
	    value_as_str(values[0], &text, err) || heap_room(call->heap, text.len * 2, err))
		return -1;
	base64_encode(&buf, text.ptr, text.len);
	*ret_value = value_text(call->heap, buf_str(&buf));
	return 0;
}

#define BASE64_LINE 76 /* letters a line, as Python's encodebytes has it (RFC 2045, 6.8) */

int fn_hashutil_base64_lines(struct call *call, struct value *ret_value, struct err *err)
{
	autobuf struct buf lines = {0};
	struct value letters = {0};

	if (fn_hashutil_base64_encode(call, &letters, err))
		return -1;
	for (size_t i = 0; i < letters.len; i += BASE64_LINE) {
		size_t rest = letters.len - i;
		buf_append(&lines, letters.text + i, rest < BASE64_LINE ? rest : BASE64_LINE);
		buf_putc(&lines, '\n');
	}
	*ret_value = value_text(call->heap, buf_str(&lines));
	return 0;
}

int fn_hashutil_base64_decode(struct call *call, struct value *ret_value, struct err *err)
{
	struct value values[ARRAY_LEN(param_instr)] = {0};
	autobuf struct buf buf = {0}, plain = {0};
	struct str text = {0};

	if (call_bind(call, "hashutil.base64_b64decode", param_instr, values, err) ||
	    value_as_str(values[0], &text, err))
		return -1;
	for (size_t i = 0; i < text.len; i++) /* lines are what others fold it into */
		if (text.ptr[i] != '\n' && text.ptr[i] != '\r')
			buf_putc(&buf, text.ptr[i]);
	if (!base64_decode(&plain, buf_str(&buf)))
		return err_set(err, ERR_INPUT, "hashutil.base64_b64decode: not base64");
	*ret_value = value_text(call->heap, buf_str(&plain));
	if (!text_is_utf8(buf_str(&plain)))
		ret_value->flags |= VALUE_RAW;
	return 0;
}

/* ---- hmac ---- */

static void hmac_text(struct heap *heap, struct str text, struct str key, bool is_hex,
		      struct value *ret_value)
{
	char hex[2 * SHA256_DIGEST_SIZE + 1];
	struct hmac_sha256_ctx state;
	uint8_t digest[SHA256_DIGEST_SIZE];
	autobuf struct buf buf = {0};

	hmac_sha256_set_key(&state, key.len, (const uint8_t *)key.ptr);
	hmac_sha256_update(&state, text.len, (const uint8_t *)text.ptr);
	hmac_sha256_digest(&state, sizeof(digest), digest);
	base64_encode(&buf, digest, sizeof(digest));
	hex_encode(digest, sizeof(digest), hex);
	*ret_value = value_text(heap, is_hex ? str_of(hex) : buf_str(&buf));
}

static int hmac_args(struct call *call, const char *function, const struct param *params,
		     struct value *values, struct str texts[2], struct err *err)
{
	return call_bind(call, function, params, values, err) ||
			       value_as_str(values[0], &texts[0], err) ||
			       value_as_str(values[1], &texts[1], err)
		       ? -1
		       : 0;
}

int fn_hashutil_hmac_compute(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"string", PARAM_REQUIRED},
					      {"shared_secret", PARAM_REQUIRED},
					      {NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0};
	struct str texts[2] = {{0}};

	if (hmac_args(call, "hashutil.hmac_compute", params, values, texts, err))
		return -1;
	hmac_text(call->heap, texts[0], texts[1], true, ret_value);
	return 0;
}

int fn_hashutil_hmac_signature(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"string", PARAM_REQUIRED},
					      {"shared_secret", PARAM_REQUIRED},
					      {"challenge_hmac", PARAM_REQUIRED},
					      {NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0}, real = {0};
	struct str texts[2] = {{0}}, challenge = {0};

	if (hmac_args(call, "hashutil.hmac_signature", params, values, texts, err) ||
	    value_as_str(values[2], &challenge, err))
		return -1;
	hmac_text(call->heap, texts[0], texts[1], false, &real);
	*ret_value = value_bool(real.len == challenge.len &&
				nettle_memeql_sec(real.text, challenge.ptr, challenge.len));
	return 0;
}

/* ---- random ---- */

#define MAX_RANDOM  4096 /* characters of one text */
#define LOWER       "abcdefghijklmnopqrstuvwxyz"
#define UPPER       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS      "0123456789"
#define PUNCTUATION "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"

char *text_random(struct heap *heap, struct str alphabet, size_t n)
{
	char *text = heap_alloc(heap, n + 1);
	unsigned limit = 256 - 256 % (unsigned)alphabet.len; /* so that none is likelier */

	for (size_t i = 0; i < n;) {
		uint8_t bytes[64];

		random_bytes(bytes, sizeof(bytes));
		for (size_t j = 0; j < sizeof(bytes) && i < n; j++)
			if (bytes[j] < limit)
				text[i++] = alphabet.ptr[bytes[j] % alphabet.len];
	}
	return text;
}

static int random_length(struct value v, int64_t *ret_length, struct err *err)
{
	*ret_length = 20;
	if (param_given(v) && value_as_int(v, ret_length, err))
		return -1;
	if (*ret_length < 1 || *ret_length > MAX_RANDOM)
		return err_set(err, ERR_INPUT, "random.get_str: a length of 1 to %d", MAX_RANDOM);
	return 0;
}

int fn_random_get_str(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"length", PARAM_OPTIONAL},     {"chars", PARAM_OPTIONAL},
		{"lowercase", PARAM_OPTIONAL},  {"uppercase", PARAM_OPTIONAL},
		{"digits", PARAM_OPTIONAL},     {"punctuation", PARAM_OPTIONAL},
		{"whitespace", PARAM_OPTIONAL}, {"printable", PARAM_OPTIONAL},
		{NULL, PARAM_REQUIRED}};
	static const struct {
		const char *characters;
		bool is_default;
	} sets[] = {
		{LOWER, true}, {UPPER, true}, {DIGITS, true}, {PUNCTUATION, true}, {" ", false}};
	struct value values[ARRAY_LEN(params)] = {0};
	autobuf struct buf alphabet = {0};
	struct str chars = {0};
	int64_t length = 0;

	if (call_bind(call, "random.get_str", params, values, err) ||
	    random_length(values[0], &length, err) || param_text(values[1], "", &chars, err))
		return -1;
	bool is_printable = param_is_true(values[7], false);
	buf_append_str(&alphabet, chars);
	for (size_t i = 0; i < ARRAY_LEN(sets) && !chars.len; i++)
		if (is_printable || param_is_true(values[2 + i], sets[i].is_default))
			buf_puts(&alphabet, sets[i].characters);
	if (!alphabet.len || alphabet.len > 256)
		return err_set(err, ERR_INPUT,
			       "random.get_str: 1 to 256 characters to choose from");
	char *text = text_random(call->heap, buf_str(&alphabet), (size_t)length);
	secrets_add(&call_world(call)->secrets, str_of(text));
	*ret_value = value_view((struct str){text, (size_t)length});
	return 0;
}

int fn_random_rand_int(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"start", PARAM_OPTIONAL},
					      {"end", PARAM_OPTIONAL},
					      {"seed", PARAM_OPTIONAL},
					      {NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0};
	int64_t start = 1, end = 10;
	uint64_t bytes = 0;

	if (call_bind(call, "random.rand_int", params, values, err) ||
	    (param_given(values[0]) && value_as_int(values[0], &start, err)) ||
	    (param_given(values[1]) && value_as_int(values[1], &end, err)))
		return -1;
	if (end < start)
		return err_set(err, ERR_INPUT, "random.rand_int: the end is before the start");
	random_bytes(&bytes, sizeof(bytes));
	uint64_t n = (uint64_t)end - (uint64_t)start + 1;
	*ret_value = value_int((int64_t)((uint64_t)start + (n ? bytes % n : bytes)));
	return 0;
}

int fn_random_hash(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"value", PARAM_REQUIRED}, {"algorithm", PARAM_OPTIONAL}, {NULL, PARAM_REQUIRED}};
	struct value values[ARRAY_LEN(params)] = {0}, text = {0};
	struct str algorithm = {0};

	if (call_bind(call, "random.hash", params, values, err) ||
	    param_text(values[1], "sha512", &algorithm, err) ||
	    value_str(call->heap, values[0], &text, err))
		return -1;
	return digest_of(call, algorithm, text, ret_value, err);
}
