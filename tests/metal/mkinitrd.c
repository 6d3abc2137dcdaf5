/* SPDX-License-Identifier: BSD-2-Clause */
/* `cloudos mkinitrd` alone, for build trees whose compiler is not the host's. */
#include "hostsim/tools/commands.h"

int main(int argc, char **argv)
{
    return command_mkinitrd.run(&command_mkinitrd, argc, argv);
}
