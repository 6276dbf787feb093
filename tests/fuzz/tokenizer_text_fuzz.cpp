// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as a text, and as ids, for every tokenizer among the fixtures: an encoding whose offsets lie in the text,
// or an Argument error. The first byte picks the tokenizer, the second the arguments.
#include "engine/error.h"
#include "text/tokenizer_classes.h"
#include "text/unicode.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

using namespace engine;
namespace fs = std::filesystem;

std::vector<std::shared_ptr<const Tokenizer>> load()
{
    std::vector<fs::path> folders;
    for (const fs::directory_entry &entry : fs::directory_iterator(fs::path(MODELARIUM_FIXTURES) / "tokenizers"))
        folders.push_back(entry.path());
    std::ranges::sort(folders);
    std::vector<std::shared_ptr<const Tokenizer>> tokenizers;
    for (const fs::path &folder : folders) {
        std::ifstream stream(folder / "parity.json");
        const auto name = nlohmann::json::parse(stream).at("class").get<std::string>();
        if (const text::TokenizerSpec *spec = text::findTokenizerClass(name))
            tokenizers.push_back(text::load(folder, *spec));
    }
    return tokenizers;
}

void check(const Tokenizer &tokenizer, const Encoding &encoding, std::string_view text)
{
    const auto length = static_cast<std::int64_t>(text::decodeUtf8(text).size());
    for (std::size_t at = 0; at < encoding.size(); ++at) {
        const Offset &offset = encoding.offsets[at];
        if (offset.begin < 0 || offset.end < offset.begin || offset.end > length)
            std::abort();
        if (tokenizer.token(encoding.ids[at]).empty())
            std::abort();
    }
    static_cast<void>(tokenizer.decode(encoding.ids, {.skipSpecialTokens = true}));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    static const std::vector<std::shared_ptr<const Tokenizer>> tokenizers = load();
    if (size < 2)
        return 0;
    const Tokenizer &tokenizer = *tokenizers[data[0] % tokenizers.size()];
    const std::string_view text(reinterpret_cast<const char *>(data + 2), size - 2);
    EncodeOptions options = {.addSpecialTokens = (data[1] & 1U) != 0};
    if ((data[1] & 2U) != 0) {
        options.maxLength = 1 + data[1] / 8;
        options.truncation = (data[1] & 4U) != 0 ? Truncation::OnlyFirst : Truncation::LongestFirst;
        options.returnsOverflow = true;
    }
    try {
        check(tokenizer, tokenizer.encode(text, std::nullopt, options), text);
    } catch (const Error &error) {
        if (error.kind() != ErrorKind::Argument)
            std::abort();
    }
    const std::vector<std::int64_t> ids(data, data + size);
    static_cast<void>(tokenizer.decode(ids, {}));
    return 0;
}
