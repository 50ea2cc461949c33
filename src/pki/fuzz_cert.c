/* fuzz_cert.c - certificates as PEM and as x5c: what is read can be asked everything.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>

#include "base/encode.h"
#include "pki/cert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void ask(const struct cert_chain *chain)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	autostrlist struct strlist names = {0};
	autochain struct cert_chain *again = NULL;

	cert_chain_names(chain, &names);
	for (size_t i = 0; i < cert_chain_length(chain); i++) {
		key_unref(cert_chain_key(chain, i));
		(void)cert_chain_not_before(chain, i);
		(void)cert_chain_not_after(chain, i);
	}
	if (cert_chain_verify(chain, chain, 1700000000, &err))
		err_clear(&err);
	if (cert_chain_parse_x5c(cert_chain_x5c(&arena, chain), &again, &err))
		assert(err_is_set(&err)); /* longer than a stranger's may be */
	else
		assert(cert_chain_length(again) == cert_chain_length(chain));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	autoarena struct arena arena = {0};
	autoerr struct err err = {0};
	autochain struct cert_chain *of_pem = NULL, *of_der = NULL;
	struct str text = {(const char *)data, len};

	if (cert_chain_parse("fuzz", text, &of_pem, &err))
		err_clear(&err);
	else
		ask(of_pem);

	/* Bare DER reaches deeper than mutated base64 does. */
	autobuf struct buf coded = {0};
	base64_encode(&coded, data, len);
	struct node *x5c = node_new(&arena, NODE_LIST);
	node_append(x5c, node_new_text(&arena, buf_text(&coded)));
	if (!cert_chain_parse_x5c(x5c, &of_der, &err))
		ask(of_der);
	return 0;
}
