/* filter_digest.c - Salt's filters with digests and base64.
 * SPDX-License-Identifier: Apache-2.0 */
#include <nettle/hmac.h>
#include <nettle/nettle-meta.h>

#include "base/encode.h"
#include "tmpl/filter_private.h"

#include "base/banned.h"

#define DIGEST_MAX 64 /* bytes: SHA-512 */

static const struct param one_value[] = {{"value", PARAM_REQUIRED}, {NULL}};

/* Returns how many bytes. */
static size_t digest(const struct nettle_hash *hash, const struct str *parts, size_t n_parts,
		     uint8_t out[DIGEST_MAX])
{
	autofree void *state = xmalloc(hash->context_size);

	hash->init(state);
	for (size_t i = 0; i < n_parts; i++)
		hash->update(state, parts[i].len, (const uint8_t *)parts[i].ptr);
	hash->digest(state, hash->digest_size, out);
	return hash->digest_size;
}

static int digest_filter(struct call *call, const char *name, const struct nettle_hash *hash,
			 struct value *ret_value, struct err *err)
{
	uint8_t bytes[DIGEST_MAX];
	char hex[2 * DIGEST_MAX + 1];
	struct value v;
	struct str text;

	if (call_bind(call, name, one_value, &v, err) || bytes_of(v, &text, err))
		return -1;
	hex_encode(bytes, digest(hash, &text, 1, bytes), hex);
	*ret_value = value_cstr(call->heap, hex);
	return 0;
}

int filter_md5(struct call *call, struct value *ret_value, struct err *err)
{
	return digest_filter(call, "md5", &nettle_md5, ret_value, err);
}

int filter_sha1(struct call *call, struct value *ret_value, struct err *err)
{
	return digest_filter(call, "sha1", &nettle_sha1, ret_value, err);
}

int filter_sha256(struct call *call, struct value *ret_value, struct err *err)
{
	return digest_filter(call, "sha256", &nettle_sha256, ret_value, err);
}

int filter_sha512(struct call *call, struct value *ret_value, struct err *err)
{
	return digest_filter(call, "sha512", &nettle_sha512, ret_value, err);
}

static void hmac_of(struct str text, struct str secret, uint8_t out[SHA256_DIGEST_SIZE])
{
	struct hmac_sha256_ctx state;

	hmac_sha256_set_key(&state, secret.len, (const uint8_t *)secret.ptr);
	hmac_sha256_update(&state, text.len, (const uint8_t *)text.ptr);
	hmac_sha256_digest(&state, SHA256_DIGEST_SIZE, out);
}

/* Whether the challenge is the HMAC-SHA-256 of the text, in base64. */
int filter_hmac(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {{"string", PARAM_REQUIRED},
					      {"shared_secret", PARAM_REQUIRED},
					      {"challenge_hmac", PARAM_REQUIRED},
					      {NULL}};
	uint8_t bytes[SHA256_DIGEST_SIZE];
	autobuf struct buf encoded = {0};
	struct str text, secret, challenge;
	struct value v[3];

	if (call_bind(call, "hmac_signature", params, v, err) || bytes_of(v[0], &text, err) ||
	    bytes_of(v[1], &secret, err) || bytes_of(v[2], &challenge, err))
		return -1;
	hmac_of(text, secret, bytes);
	base64_encode(&encoded, bytes, sizeof(bytes));
	*ret_value = value_bool(str_eq(buf_str(&encoded), challenge));
	return 0;
}

int filter_hmac_compute(struct call *call, struct value *ret_value, struct err *err)
{
	static const struct param params[] = {
		{"string", PARAM_REQUIRED}, {"shared_secret", PARAM_REQUIRED}, {NULL}};
	uint8_t bytes[SHA256_DIGEST_SIZE];
	char hex[2 * SHA256_DIGEST_SIZE + 1];
	struct str text, secret;
	struct value v[2];

	if (call_bind(call, "hmac_compute", params, v, err) || bytes_of(v[0], &text, err) ||
	    bytes_of(v[1], &secret, err))
		return -1;
	hmac_of(text, secret, bytes);
	hex_encode(bytes, sizeof(bytes), hex);
	*ret_value = value_cstr(call->heap, hex);
	return 0;
}

int filter_base64_encode(struct call *call, struct value *ret_value, struct err *err)
{
	autobuf struct buf encoded = text_buf();
	struct value v;
	struct str text;

	if (call_bind(call, "base64_encode", one_value, &v, err) || bytes_of(v, &text, err))
		return -1;
	base64_encode(&encoded, text.ptr, text.len);
	return text_give(call->heap, &encoded, ret_value, err);
}

/* What is no digit of it is passed over, as Python's decoder does. */
int filter_base64_decode(struct call *call, struct value *ret_value, struct err *err)
{
	autobuf struct buf digits = text_buf(), decoded = text_buf();
	struct value v;
	struct str text;

	if (call_bind(call, "base64_decode", one_value, &v, err) || bytes_of(v, &text, err))
		return -1;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '/' && c <= '9') ||
		    c == '+' || c == '=')
			buf_putc(&digits, c);
	}
	if (!base64_decode(&decoded, buf_str(&digits)))
		return err_set(err, ERR_INPUT, "Incorrect padding");
	if (text_give(call->heap, &decoded, ret_value, err))
		return -1;
	if (!text_is_utf8(buf_str(&decoded)))
		ret_value->flags |= VALUE_RAW;
	return 0;
}

/* RFC 9562, 5.5: by name, in Salt's own name space. */
int filter_uuid(struct call *call, struct value *ret_value, struct err *err)
{
	static const uint8_t space[16] = {0x91, 0x63, 0x3e, 0xbf, 0x1c, 0x86, 0x5e, 0x33,
					  0x93, 0x5a, 0x28, 0x06, 0x1f, 0x4b, 0x48, 0x0e};
	struct str parts[2] = {{(const char *)space, sizeof(space)}};
	uint8_t bytes[DIGEST_MAX];
	char hex[2 * 16 + 1];
	struct value v;

	if (call_bind(call, "uuid", one_value, &v, err) || bytes_of(v, &parts[1], err))
		return -1;
	digest(&nettle_sha1, parts, ARRAY_LEN(parts), bytes);
	bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x50);
	bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
	hex_encode(bytes, 16, hex);
	*ret_value = value_printf(call->heap, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
				  hex + 16, hex + 20);
	return 0;
}
