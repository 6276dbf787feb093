// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as the files of any tokenizer class: a tokenizer that works, or a File error. The first byte picks the
// class and whether its legacy files are meant or tokenizer.json; files are separated by two bytes 0xFF.
#include "engine/error.h"
#include "text/tokenizer_classes.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <unistd.h>

namespace {

using namespace engine;
namespace fs = std::filesystem;

const text::TokenizerSpec *specOf(std::uint8_t choice)
{
    static constexpr const char *kClasses[] = {
        "BertTokenizer",    "GPT2Tokenizer",     "RobertaTokenizer",      "OpenAIGPTTokenizer",  "CTRLTokenizer",
        "XLMTokenizer",     "FlaubertTokenizer", "TransfoXLTokenizer",    "ProphetNetTokenizer", "AlbertTokenizer",
        "XLNetTokenizer",   "ReformerTokenizer", "XLMRobertaTokenizer",   "MBartTokenizer",      "T5Tokenizer",
        "PegasusTokenizer", "MarianTokenizer",   "XLMProphetNetTokenizer"};
    return text::findTokenizerClass(kClasses[choice % std::size(kClasses)]);
}

const fs::path &folder()
{
    static const fs::path path = [] {
        fs::path made = fs::temp_directory_path() / ("tokenizer_files_fuzz." + std::to_string(::getpid()));
        fs::create_directories(made);
        return made;
    }();
    return path;
}

void write(const std::vector<std::string> &names, std::string_view content)
{
    constexpr std::string_view kEnd = "\xFF\xFF";
    for (const fs::directory_entry &entry : fs::directory_iterator(folder()))
        fs::remove(entry.path());
    for (const std::string &name : names) {
        const std::size_t end = std::min(content.find(kEnd), content.size());
        std::ofstream(folder() / name, std::ios::binary) << content.substr(0, end);
        content.remove_prefix(std::min(end + kEnd.size(), content.size()));
    }
}

void use(const Tokenizer &tokenizer, std::string_view text)
{
    try {
        const Encoding encoding = tokenizer.encode(text, std::nullopt, {});
        if (encoding.offsets.size() != encoding.size() || encoding.tokens.size() != encoding.size())
            std::abort();
        for (const Offset &offset : encoding.offsets)
            if (offset.begin < 0 || offset.end < offset.begin || offset.end > static_cast<std::int64_t>(text.size()))
                std::abort();
        static_cast<void>(tokenizer.decode(encoding.ids, {}));
    } catch (const Error &error) {
        if (error.kind() != ErrorKind::Argument)
            std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size < 1)
        return 0;
    const text::TokenizerSpec *spec = specOf(data[0] & 0x7FU);
    if (spec == nullptr)
        return 0;
    const std::string_view content(reinterpret_cast<const char *>(data + 1), size - 1);
    std::vector<std::string> names = spec->files;
    if ((data[0] & 0x80U) != 0)
        names = {"tokenizer.json"};
    names.insert(names.end(), {"tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"});
    if (std::ranges::count(content, '\xFF') < 6) // the last three are left out
        names.resize(names.size() - 3);
    write(names, content);
    try {
        const auto tokenizer = text::load(folder(), *spec);
        use(*tokenizer, "Ab  \xC3\xA9 \xE2\x96\x81 a\xCC\x81 <s> 12,3. \xF0\x9F\x98\x80");
        use(*tokenizer, content.substr(0, std::min<std::size_t>(content.size(), 64)));
    } catch (const Error &error) {
        if (error.kind() != ErrorKind::File)
            std::abort();
    }
    return 0;
}
