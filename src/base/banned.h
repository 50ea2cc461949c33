/* banned.h - functions that must not be used here; naming one stops the build.
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#undef alloca /* glibc's stdlib.h makes it a macro, and a macro cannot be poisoned */
#pragma GCC poison strtok strcpy strcat strncpy strncat sprintf vsprintf atoi atol atoll gmtime \
	localtime gets alloca
