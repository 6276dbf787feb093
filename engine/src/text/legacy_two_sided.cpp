// SPDX-License-Identifier: GPL-3.0-or-later
// Two folders with a tokenizer each, as RAG's class reads them.
#include "text/legacy.h"
#include "text/tokenizer_classes.h"
#include "text/two_sided.h"

namespace engine::text {

LegacyReader legacyTwoSided(TwoSidedClasses classes)
{
    return [classes = std::move(classes)](const std::filesystem::path &directory, const TokenizerSpec &spec) {
        const auto side = [&](const std::string &folder, const std::string &className) {
            return TwoSidedTokenizer::Side{.name = folder,
                                           .tokenizer = load(directory / folder, tokenizerClass(className))};
        };
        return std::make_shared<TwoSidedTokenizer>(side(spec.files.at(0), classes.input),
                                                   side(spec.files.at(1), classes.output));
    };
}

} // namespace engine::text
