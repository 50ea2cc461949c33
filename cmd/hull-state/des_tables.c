/* des_tables.c - the tables of libcrypt's DES, made when they are first wanted.
 * SPDX-License-Identifier: Apache-2.0
 *
 * crypt(5)'s "descrypt" is what htpasswd files of old have, and next to nothing else. Its 68 KB of
 * tables follow from the 1 KB that FIPS 46-3 prints, so the library's are not linked: those of the
 * same names below are. Each says, for the bits of one byte of the input, which bits of the output
 * they become; alg-des.c of libxcrypt reads them behind _crypt_des_set_key. */
#include <stdbool.h>
#include <stdint.h>

/* NOLINTBEGIN(bugprone-reserved-identifier): their names are libcrypt's */
uint8_t _crypt_m_sbox[4][4096];
uint32_t _crypt_ip_maskl[8][256], _crypt_ip_maskr[8][256];
uint32_t _crypt_fp_maskl[8][256], _crypt_fp_maskr[8][256];
uint32_t _crypt_key_perm_maskl[8][128], _crypt_key_perm_maskr[8][128];
uint32_t _crypt_comp_maskl[8][128], _crypt_comp_maskr[8][128];
uint32_t _crypt_psbox[4][256];

void __real__crypt_des_set_key(void *context, const unsigned char *key);
void __wrap__crypt_des_set_key(void *context, const unsigned char *key);

/* FIPS 46-3: bits are counted from 1, the most significant first. */
static const uint8_t initial_permutation[64] = {
	58, 50, 42, 34, 26, 18, 10, 2,  60, 52, 44, 36, 28, 20, 12, 4,  62, 54, 46, 38, 30, 22,
	14, 6,  64, 56, 48, 40, 32, 24, 16, 8,  57, 49, 41, 33, 25, 17, 9,  1,  59, 51, 43, 35,
	27, 19, 11, 3,  61, 53, 45, 37, 29, 21, 13, 5,  63, 55, 47, 39, 31, 23, 15, 7,
};
static const uint8_t permuted_choice_1[56] = {
	57, 49, 41, 33, 25, 17, 9,  1,  58, 50, 42, 34, 26, 18, 10, 2,  59, 51, 43,
	35, 27, 19, 11, 3,  60, 52, 44, 36, 63, 55, 47, 39, 31, 23, 15, 7,  62, 54,
	46, 38, 30, 22, 14, 6,  61, 53, 45, 37, 29, 21, 13, 5,  28, 20, 12, 4,
};
static const uint8_t permuted_choice_2[48] = {
	14, 17, 11, 24, 1,  5,  3,  28, 15, 6,  21, 10, 23, 19, 12, 4,
	26, 8,  16, 7,  27, 20, 13, 2,  41, 52, 31, 37, 47, 55, 30, 40,
	51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
};
static const uint8_t permutation_p[32] = {
	16, 7, 20, 21, 29, 12, 28, 17, 1,  15, 23, 26, 5,  18, 31, 10,
	2,  8, 24, 14, 32, 27, 3,  9,  19, 13, 30, 6,  22, 11, 4,  25,
};
/* Two values a byte. A row is chosen by the first and the last of six bits. */
static const char selections[8][65] = {
	"e4d12fb83a6c5907"
	"0f74e2d1a6cb9538"
	"41e8d62bfc973a50"
	"fc8249175b3ea06d",
	"f18e6b34972dc05a"
	"3d47f28ec01a69b5"
	"0e7ba4d158c6932f"
	"d8a13f42b67c05e9",
	"a09e63f51dc7b428"
	"d709346a285ecbf1"
	"d6498f30b12c5ae7"
	"1ad069874fe3b52c",
	"7de3069a1285bc4f"
	"d8b56f03472c1ae9"
	"a690cb7df13e5284"
	"3f06a1d8945bc72e",
	"2c417ab6853fd0e9"
	"eb2c47d150fa3986"
	"421bad78f9c5630e"
	"b8c71e2d6f09a453",
	"c1af92680d34e75b"
	"af427c9561de0b38"
	"9ef528c3704a1db6"
	"432c95fabe17608d",
	"4b2ef08d3c975a61"
	"d0b7491ae35c2f86"
	"14bdc37eaf680592"
	"6bd814a7950fe23c",
	"d2846fb1a93e50c7"
	"1fd8a374c56b0e92"
	"7b419ce206adf358"
	"21e74a8dfc90356b",
};

static uint8_t selected(int box, unsigned bits)
{
	unsigned row = (bits >> 4 & 2) | (bits & 1), column = bits >> 1 & 15;
	char digit = selections[box][row * 16 + column];

	return (uint8_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

/* Output bits first .. first + n_out of a permutation, as masks: of each `n_bits` input bits of
 * which a new row begins every `stride`. */
struct part {
	uint32_t *table;
	const uint8_t *from; /* of each output bit, from 1 */
	uint8_t first, n_out, n_bits, stride;
};

static void fill(const struct part *part)
{
	for (unsigned out = 0; out < part->n_out; out++) {
		unsigned in = part->from[part->first + out] - 1U;
		uint32_t *row = part->table + ((in / part->stride) << part->n_bits);
		unsigned bit = 1U << (part->n_bits - 1U - in % part->stride);

		for (unsigned value = 0; value < 1U << part->n_bits; value++)
			if (value & bit)
				row[value] |= 1U << (part->n_out - 1U - out);
	}
}

static void make_tables(void)
{
	uint8_t final_permutation[64];
	const struct part parts[] = {
		{_crypt_ip_maskl[0], initial_permutation, 0, 32, 8, 8},
		{_crypt_ip_maskr[0], initial_permutation, 32, 32, 8, 8},
		{_crypt_fp_maskl[0], final_permutation, 0, 32, 8, 8},
		{_crypt_fp_maskr[0], final_permutation, 32, 32, 8, 8},
		{_crypt_key_perm_maskl[0], permuted_choice_1, 0, 28, 7, 8},
		{_crypt_key_perm_maskr[0], permuted_choice_1, 28, 28, 7, 8},
		{_crypt_comp_maskl[0], permuted_choice_2, 0, 24, 7, 7},
		{_crypt_comp_maskr[0], permuted_choice_2, 24, 24, 7, 7},
		{_crypt_psbox[0], permutation_p, 0, 32, 8, 8},
	};

	for (uint8_t i = 0; i < 64; i++)
		final_permutation[initial_permutation[i] - 1] = (uint8_t)(i + 1);
	for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		fill(&parts[i]);
	for (int pair = 0; pair < 4; pair++)
		for (unsigned bits = 0; bits < 4096; bits++)
			_crypt_m_sbox[pair][bits] = (uint8_t)(selected(2 * pair, bits >> 6) << 4 |
							      selected(2 * pair + 1, bits & 63));
}

/* The linker calls us for it (--wrap): every method of DES begins with its key. */
void __wrap__crypt_des_set_key(void *context, const unsigned char *key)
{
	static bool is_made;

	if (!is_made)
		make_tables();
	is_made = true;
	__real__crypt_des_set_key(context, key);
}
/* NOLINTEND(bugprone-reserved-identifier) */
