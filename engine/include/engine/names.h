// SPDX-License-Identifier: GPL-3.0-or-later
// Names of model inputs and outputs, those of the reference library.
#pragma once

namespace engine::names {

inline constexpr char kInputIds[] = "input_ids";           // (batch, length) or (batch, choices, length), I64
inline constexpr char kAttentionMask[] = "attention_mask"; // like the ids, I64; 1 = real token
inline constexpr char kTokenTypeIds[] = "token_type_ids";  // like the ids, I64
inline constexpr char kPositionIds[] = "position_ids";     // like the ids, I64
inline constexpr char kGlobalAttentionMask[] = "global_attention_mask"; // like the ids, I64; 1 = global token
inline constexpr char kGlobalTokens[] =
    "global_tokens";                            // (n), I64: positions that are global in every row; beats the mask
inline constexpr char kLangs[] = "langs";       // like the ids, I64: the language of each token
inline constexpr char kLengths[] = "lengths";   // (batch), I64: tokens of each row
inline constexpr char kLanguage[] = "language"; // a scalar, I64: the language of all tokens; beats langs
inline constexpr char kPairLanguage[] = "pair_language";   // a scalar, I64: that of the second text's tokens (type 1)
inline constexpr char kMcTokenIds[] = "mc_token_ids";      // (batch, choices), I64: the token that is summarised
inline constexpr char kPermMask[] = "perm_mask";           // (batch, query, key); 1 = hidden
inline constexpr char kTargetMapping[] = "target_mapping"; // (batch, targets, length): which token each target is
// A scalar, I64: how many of the last positions that the run state holds this call computes again (no input of the
// reference, which cuts its memory outside the model).
inline constexpr char kRecomputed[] = "recomputed";
inline constexpr char kClsIndex[] = "cls_index";                // (batch), I64: the token that a class is read from
inline constexpr char kPMask[] = "p_mask";                      // (batch, length); 1 = cannot be in the answer
inline constexpr char kNumHashes[] = "num_hashes";              // a scalar, I64: rounds of LSH attention
inline constexpr char kDecoderInputIds[] = "decoder_input_ids"; // (batch, target length), I64
inline constexpr char kDecoderAttentionMask[] = "decoder_attention_mask"; // like the decoder's ids, I64
inline constexpr char kLabels[] = "labels";                               // (batch, target length), I64; −100 = none
inline constexpr char kSegmentLength[] = "segment_length"; // a scalar, I64: positions read at a time, beside a memory
inline constexpr char kInputModal[] = "input_modal"; // (batch, 3, height, width), or features (batch, tokens, features)
inline constexpr char kModalStartTokens[] = "modal_start_tokens";    // (batch), I64: the token before the picture's
inline constexpr char kModalEndTokens[] = "modal_end_tokens";        // (batch), I64: the token behind them
inline constexpr char kModalTokenTypeIds[] = "modal_token_type_ids"; // (batch, the picture's tokens), I64
inline constexpr char kModalPositionIds[] = "modal_position_ids";    // (batch, the picture's tokens), I64
inline constexpr char kFeatureMap[] = "feature_map";   // (batch, features, rows, columns): of a picture, before pooling
inline constexpr char kImageTokens[] = "image_tokens"; // (batch, tokens, features): pooled from the feature map
inline constexpr char kDocScores[] = "doc_scores";     // (batch, documents): inner products, F32
inline constexpr char kDoMarginalize[] = "do_marginalize";      // a scalar, I64: 1 = mix over documents
inline constexpr char kExcludeBosScore[] = "exclude_bos_score"; // a scalar, I64: 1 = leave the first target out
inline constexpr char kLogits[] = "logits";
inline constexpr char kLoss[] = "loss";                                        // a scalar
inline constexpr char kEncoderLastHiddenState[] = "encoder_last_hidden_state"; // (batch, length, hidden)
inline constexpr char kMcLogits[] = "mc_logits";                               // (batch, choices)
inline constexpr char kStartLogits[] = "start_logits";                         // (batch, length)
inline constexpr char kEndLogits[] = "end_logits";                             // (batch, length)
inline constexpr char kRelevanceLogits[] = "relevance_logits";     // (batch): that the passage answers the question
inline constexpr char kStartTopLogProbs[] = "start_top_log_probs"; // (batch, starts): probabilities, best first
inline constexpr char kStartTopIndex[] = "start_top_index";        // (batch, starts), I64
inline constexpr char kEndTopLogProbs[] = "end_top_log_probs";     // (batch, ends · starts): of each start, best first
inline constexpr char kEndTopIndex[] = "end_top_index";            // (batch, ends · starts), I64
inline constexpr char kClsLogits[] = "cls_logits";                 // (batch): that there is no answer
inline constexpr char kPredictionLogits[] = "prediction_logits";   // (batch, length, vocabulary)
inline constexpr char kPredictionScores[] = "prediction_scores";   // (batch, length, vocabulary), log-probabilities
inline constexpr char kSeqRelationshipLogits[] = "seq_relationship_logits"; // (batch, 2)
inline constexpr char kSopLogits[] = "sop_logits";                          // (batch, 2): sentences in order
inline constexpr char kLastHiddenState[] = "last_hidden_state";             // (batch, length, hidden)
inline constexpr char kPoolerOutput[] = "pooler_output";                    // (batch, hidden)

} // namespace engine::names
