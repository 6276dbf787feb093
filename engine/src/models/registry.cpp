// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/families.h"
#include "models/family.h"

#include <algorithm>
#include <array>

namespace engine {
namespace models {

std::span<const Family> registry()
{
    static const std::array kFamilies{
        openaiGpt(), gpt2(),    ctrl(),       transfoXl(),     reformer(), xlnet(),      bert(),
        albert(),    roberta(), distilbert(), convbert(),      xlm(),      xlmRoberta(), flaubert(),
        electra(),   funnel(),  longformer(), bart(),          pegasus(),  marian(),     t5(),
        mt5(),       mbart(),   prophetNet(), xlmProphetNet(), mmbt(),     dpr(),        rag(),
    };
    return kFamilies;
}

const Family *findFamily(std::string_view id)
{
    const auto all = registry();
    const auto it = std::ranges::find_if(all, [id](const Family &family) { return family.info.id == id; });
    return it == all.end() ? nullptr : &*it;
}

} // namespace models

std::span<const FamilyInfo> families()
{
    static const auto kInfos = [] {
        std::vector<FamilyInfo> infos;
        for (const auto &family : models::registry())
            infos.push_back(family.info);
        return infos;
    }();
    return kInfos;
}

} // namespace engine
