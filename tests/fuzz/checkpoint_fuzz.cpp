// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as a weight file (safetensors, torch zip or torch stream, by their content): tensors or a File error.
#include "checkpoint/weight_files.h"
#include "engine/error.h"

#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <unistd.h>

#include <sys/mman.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    using namespace engine;
    // A file that only lives in memory; reading goes by path.
    static const int descriptor = ::memfd_create("fuzz", 0);
    static const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
    if (::ftruncate(descriptor, 0) != 0 || ::pwrite(descriptor, data, size, 0) != static_cast<ssize_t>(size))
        std::abort();
    try {
        const auto files = checkpoint::openWeightFile(path, {});
        for (const auto &[name, entry] : files.tensors) {
            const Tensor tensor = entry.load();
            if (tensor.shape() != entry.shape)
                std::abort();
            unsigned sum = 0;
            for (std::size_t i = 0; i < tensor.bytes(); ++i) // every byte can be read
                sum += std::to_integer<unsigned>(tensor.data()[i]);
            static volatile unsigned sink = 0;
            sink = sum;
        }
    } catch (const Error &e) {
        if (e.kind() != ErrorKind::File)
            std::abort();
    }
    return 0;
}
