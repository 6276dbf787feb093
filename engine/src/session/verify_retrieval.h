// SPDX-License-Identifier: GPL-3.0-or-later
// Cases of tasks over passages.
#pragma once

#include "session/verify_case.h"

namespace engine::session {

void verifyEmbedding(const Fixture &fixture, const nlohmann::json &entry, Comparer &comparer,
                     const RunControl &control);
void verifySpans(const Fixture &fixture, const nlohmann::json &entry, Comparer &comparer, const RunControl &control);
void verifyRetrieval(const Fixture &fixture, const nlohmann::json &entry, Comparer &comparer,
                     const RunControl &control);
void verifyContexts(const Fixture &fixture, const nlohmann::json &entry, Comparer &comparer, const RunControl &control);
void verifyAnswer(const Fixture &fixture, const nlohmann::json &entry, Comparer &comparer, const RunControl &control);
void verifyDocumentShares(const Fixture &fixture, const nlohmann::json &entry, Comparer &comparer,
                          const RunControl &control);
void verifyCandidates(const Fixture &fixture, const nlohmann::json &entry, Comparer &comparer,
                      const RunControl &control);
// A "generate" case whose inputs have doc_scores.
void verifyGenerateOverDocuments(const Fixture &fixture, const nlohmann::json &entry, Comparer &comparer,
                                 const RunControl &control);

} // namespace engine::session
