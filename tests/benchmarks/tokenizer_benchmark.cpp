// SPDX-License-Identifier: GPL-3.0-or-later
// tokenizer_benchmark CLASS DIRECTORY FILE [RUNS]: MiB of text a second that the tokenizer of the directory encodes,
// one figure a run, then the number of tokens. One thread.
#include "engine/error.h"
#include "text/tokenizer_classes.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

int main(int argc, char **argv)
{
    using namespace engine;
    if (argc < 4) {
        std::fputs("usage: tokenizer_benchmark CLASS DIRECTORY FILE [RUNS]\n", stderr);
        return 2;
    }
    const text::TokenizerSpec *spec = text::findTokenizerClass(argv[1]);
    std::ifstream stream(argv[3], std::ios::binary);
    const std::string content((std::istreambuf_iterator<char>(stream)), {});
    if (spec == nullptr || content.empty()) {
        std::fputs("an unknown class, or a file without text\n", stderr);
        return 2;
    }
    try {
        const auto tokenizer = text::load(argv[2], *spec);
        std::size_t tokens = 0;
        for (int run = 0; run < (argc > 4 ? std::atoi(argv[4]) : 5); ++run) {
            const auto begin = std::chrono::steady_clock::now();
            tokens = tokenizer->encode(content, std::nullopt, {}).size();
            const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
            std::printf("%.3f ", static_cast<double>(content.size()) / (1 << 20) / taken.count());
        }
        std::printf("%zu\n", tokens);
    } catch (const Error &error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}
