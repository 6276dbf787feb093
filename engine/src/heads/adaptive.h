// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "heads/head.h"
#include "layers/adaptive_words.h"

namespace engine::heads {

// Log-probabilities of every word, by clusters: the first cluster's scores stand beside one score for each further
// cluster, and a word of cluster i has log p(cluster i) + log p(word within it).
// Source: Grave et al. 2017, "Efficient softmax approximation for GPUs".
struct AdaptiveScores {
    struct Cluster {
        Tensor weight;     // (words, width)
        Tensor bias;       // (words)
        Tensor projection; // (features, width); null: scores are taken of the hidden state as it is
    };
    layers::AdaptiveShape shape;
    std::vector<Cluster> clusters;
    Tensor clusterWeight; // (further clusters, width of the first); null when there is one cluster
    Tensor clusterBias;   // (further clusters)
};
// Output prediction_scores (leading…, length, vocabulary).
[[nodiscard]] HeadPtr adaptiveScores(const AdaptiveScores &parts);

} // namespace engine::heads
