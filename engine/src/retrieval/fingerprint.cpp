// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/weight_files.h"
#include "engine/passage_index.h"
#include "files/mapped_file.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace engine {
namespace {

// FNV-1a, 64 bits.
class Hash {
public:
    void add(std::string_view bytes)
    {
        constexpr std::uint64_t kPrime = 0x100000001b3;
        for (const char byte : bytes) {
            m_value ^= static_cast<unsigned char>(byte);
            m_value *= kPrime;
        }
    }
    [[nodiscard]] std::string hex() const
    {
        constexpr std::string_view kDigits = "0123456789abcdef";
        constexpr int kBits = 64;
        constexpr int kOfDigit = 4;
        std::string out;
        for (int shift = kBits - kOfDigit; shift >= 0; shift -= kOfDigit)
            out += kDigits[(m_value >> shift) & 0xfU];
        return out;
    }

private:
    std::uint64_t m_value = 0xcbf29ce484222325;
};

} // namespace

std::string weightsFingerprint(const std::filesystem::path &directory)
{
    // Training moves every weight, so samples tell two checkpoints apart; reading gigabytes would take seconds.
    constexpr std::size_t kSamples = 256;
    constexpr std::size_t kSampleBytes = 4096;
    Hash hash;
    auto files = checkpoint::openWeightFiles(directory, {}).files;
    std::ranges::sort(files);
    for (const auto &file : files) {
        const auto mapped = files::MappedFile::open(file);
        const auto text = mapped->text();
        hash.add(std::to_string(text.size()));
        const std::size_t step = std::max<std::size_t>(text.size() / kSamples, kSampleBytes);
        for (std::size_t at = 0; at < text.size(); at += step)
            hash.add(text.substr(at, kSampleBytes));
    }
    return hash.hex();
}

} // namespace engine
