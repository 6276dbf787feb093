// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/command_line.h"
#include "cli/interrupt.h"

#include <iostream>
#include <unistd.h>

int main(int argc, char **argv)
{
    std::ios::sync_with_stdio(false);
    const app::cli::InterruptWatcher interrupts; // first: threads started later inherit its signal mask
    return app::cli::run({.arguments = {argv + 1, argv + argc},
                          .out = std::cout,
                          .err = std::cerr,
                          .stopToken = interrupts.stopToken(),
                          .showsProgress = isatty(STDERR_FILENO) == 1});
}
