// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/error.h"
#include "engine/session.h"

#include <utility>

namespace engine {

LoadedModel::LoadedModel(ModelInfo info, std::shared_ptr<const Model> model, std::shared_ptr<const Tokenizer> tokenizer)
    : m_info(std::move(info)), m_model(std::move(model)), m_tokenizer(std::move(tokenizer))
{
}

const Tokenizer &LoadedModel::tokenizer() const
{
    if (!m_tokenizer)
        failFile(m_info.directory.string() + ": no tokenizer files (expected vocab.txt, vocab.json and merges.txt, or "
                                             "tokenizer.json); this checkpoint takes no text");
    return *m_tokenizer;
}

} // namespace engine
