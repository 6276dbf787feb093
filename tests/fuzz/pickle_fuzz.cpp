// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes give a tree or a File error, within the bounds that the options set.
#include "engine/error.h"
#include "files/pickle.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    using namespace engine;
    const files::PickleOptions options{.maxValues = 10000,
                                       .allows = [](std::string_view name) { return name != "a.b"; }};
    try {
        const auto tree = files::readPickle("fuzz", std::as_bytes(std::span(data, size)), options);
        const auto root = tree->root();
        static_cast<void>(root.describe());
        for (std::size_t i = 0; i < root.entryCount(); ++i)
            static_cast<void>(root.key(i).describe() + root.value(i).describe());
        for (std::size_t i = 0; i < root.size(); ++i)
            static_cast<void>(root[i].describe());
        if (tree->bytesRead() > size)
            std::abort();
    } catch (const Error &e) {
        if (e.kind() != ErrorKind::File)
            std::abort();
    }
    return 0;
}
